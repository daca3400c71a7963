// oncepay serve: the server. Everything is checked before anything starts; it stops on SIGTERM when what is under way
// has been answered.
#include "actors/system.hpp"
#include "cli/commands.hpp"
#include "cli/config/config.hpp"
#include "cli/options.hpp"
#include "cli/server/beside.hpp"
#include "cli/server/gateway.hpp"
#include "cli/server/http_link.hpp"
#include "cli/server/notice_door.hpp"
#include "cli/server/open_keys.hpp"
#include "cli/server/outside_links.hpp"
#include "cli/server/process_facts.hpp"
#include "cli/server/server_log.hpp"
#include "cli/server/status_server.hpp"
#include "cli/server/system_clock.hpp"
#include "cli/server/watch.hpp"
#include "cli/server/worker_pool.hpp"
#include "schema/limits.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/payer_vault.hpp"
#include "store/view_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace oncepay::cli {

namespace {

constexpr std::string_view default_listen = "127.0.0.1:7400";
/// How long a stop waits for what is under way; the rest is in the log and goes on after the next start.
constexpr int64_t drain_ms_max = 10'000;
constexpr int64_t reader_check_ms = 10'000;

const command_spec serve_spec = {
    .name = "serve",
    .purpose = "Runs the server: recovers its state from the log in DIR, applies the configuration, and accepts "
               "payments over TCP - and, where the configuration says so, channels' notices over HTTP - until SIGTERM "
               "or SIGINT. Prints \"oncepay: ready on HOST:PORT\" when it accepts.",
    .positionals = {},
    .options = {{"data", "DIR", "The data directory; made if it doesn't exist. Required."},
                {"config", "FILE", "The configuration (TOML). Required."},
                {"listen", "HOST:PORT",
                 "Where to listen; port 0 takes any free one. Default: the configuration's, else "
                 "127.0.0.1:7400."},
                {"metrics", "HOST:PORT",
                 "Where to answer /metrics, /healthz and /readyz over HTTP, without asking who asks: a local address. "
                 "Default: nowhere."},
                {"new-keys", "",
                 "Goes on with new keys, or those that are there, where the log's own are lost for good. Every order "
                 "from before that is sent again is then a conflict, its payer can't be read, and a pay-out isn't "
                 "compared with those before."},
                {"log-level", "LEVEL", "The least that is printed on stderr: info, warning or alarm. Default: info."},
                {"log-format", "FORMAT", "How it is printed there: text or json. Default: text."}},
    .examples = "oncepay serve --data /var/lib/oncepay --config oncepay.toml\n"
                "oncepay serve --data data --config oncepay.toml --listen 127.0.0.1:0\n"
                "oncepay serve --data data --config oncepay.toml --metrics 127.0.0.1:7401 --log-format json",
    .exit_codes = "0   stopped by a signal\n"
                  "2   wrong arguments, or the address can't be listened on\n"
                  "3   the configuration has mistakes; all are listed\n"
                  "4   the data directory is missing, in use, not writable, marked, of another version, or without\n"
                  "    the keys that its log was written with\n"
                  "70  a durable commit failed or a rule of our own was broken; restart, and read what it said"};

/// Milliseconds since the start, and since the last lap.
class stopwatch {
public:
  double lap_ms() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(lap_, now)).count();
  }
  double total_ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point lap_ = start_;
};

/// What the system refused us, and how it is got; else what the exception says.
std::string lack_behind(const std::exception& e) {
  const std::string text = e.what();
  std::error_code refused;
  if (auto* by_system = dynamic_cast<const std::system_error*>(&e))
    refused = by_system->code();
  else if (auto* by_sockets = dynamic_cast<const boost::system::system_error*>(&e))
    refused = by_sockets->code();
  if (refused == std::errc::too_many_files_open)
    return text + "; raise the limit of open files (ulimit -n), then start it again";
  if (refused == std::errc::resource_unavailable_try_again)
    return text + "; raise the limits of threads and memory (ulimit -u, -v, -d), then start it again";
  return text;
}

struct server;

/// Nothing may be tidied up: what isn't durable was never acknowledged, and what is will be recovered.
[[noreturn]] void stop_at_once(server&, std::string_view why);

/// Everything a running server owns, in the order in which it must end: actors before sockets, sockets before stores.
struct server {
  explicit server(log_options how)
      : messages(how), actor_config([this](const std::exception& e) { stop_at_once(*this, lack_behind(e)); }) {}

  server_log messages;
  system_clock clock;
  std::unique_ptr<lmdb_event_log> log;
  std::optional<payer_vault> vault;
  std::unique_ptr<view_store> balances;
  std::unique_ptr<view_store> trajectory;
  pooled_actors_config actor_config; ///< With the pool's sockets: the gateway holds one for whoever comes next.
  std::unique_ptr<gateway> doors;
  std::optional<watch> watcher;
  std::unique_ptr<status_server> status;
  std::unique_ptr<outbound> ways_out;
  std::unique_ptr<notice_door> notices; ///< Null where none are taken.
  std::unique_ptr<outbound> ways_to_merchants;
  std::unique_ptr<caf::actor_system> actors;
};

/// For whoever started it, scripts among them. A log that programs read tells it too, so that it needs no second
/// source.
void tell(server& s, const std::string& line) {
  std::fputs(("oncepay: " + line + "\n").c_str(), stdout);
  std::fflush(stdout);
  if (s.messages.format() == log_format::json)
    s.messages.say(severity::info, topic::lifecycle, line);
}

void stop_at_once(server& s, std::string_view why) {
  s.messages.last_words(why);
  std::_Exit(static_cast<int>(exit_code::internal));
}

[[noreturn]] void stop_over_log(server& s, const store_error& why) {
  stop_at_once(s, fmt::format("what was committed can't be written to the log ({}): {}", name(why.code), why.text));
}

tl::expected<log_options, exit_code> log_options_of(const parsed_options& options) {
  const auto level = options.one_of("log-level", "info", {"info", "warning", "alarm"});
  const auto format = options.one_of("log-format", "text", {"text", "json"});
  if (!level || !format)
    return tl::unexpected(exit_code::usage);
  return log_options{*level == "info"      ? severity::info
                     : *level == "warning" ? severity::warning
                                           : severity::alarm,
                     *format == "json" ? log_format::json : log_format::text};
}

exit_code fail_on(const store_error& e) {
  return fail(exit_code::data, e.text);
}

/// Opens log, keys and views, or says in one line what is wrong.
tl::expected<void, exit_code> open_stores(server& s, const std::string& data, const configuration& config,
                                          bool makes_new_keys, stopwatch& time) {
  auto log = lmdb_event_log::open(
      data, {.environment = config.environment, .access = log_access::read_write, .map_bytes = config.map_bytes});
  if (!log)
    return tl::unexpected(fail_on(log.error()));
  s.log = std::move(*log);
  s.clock.not_before(s.log->head().at);
  tell(s, fmt::format("log opened, its index's tail rebuilt ({:.0f} ms)", time.lap_ms()));
  auto vault = open_keys(*s.log, data, makes_new_keys);
  if (!vault)
    return tl::unexpected(vault.error());
  s.vault = std::move(*vault);
  // A view whose keys are others than an older build's goes by another name, and is made anew from the log.
  for (const auto& [view, name] : {std::pair{&s.balances, "balances"}, std::pair{&s.trajectory, "trajectories"}}) {
    auto opened = open_view_store(data, name, config.map_bytes);
    if (!opened)
      return tl::unexpected(fail_on(opened.error()));
    *view = std::move(*opened);
  }
  tell(s, fmt::format("keys and views opened ({:.0f} ms)", time.lap_ms()));
  return {};
}

context_ptr make_context(server& s, const configuration& config) {
  auto ctx = std::make_shared<context>();
  ctx->log = s.log.get();
  ctx->clock = &s.clock;
  ctx->vault = &*s.vault;
  ctx->balances_view = s.balances.get();
  ctx->trajectory_view = s.trajectory.get();
  ctx->environment = config.environment;
  ctx->restored = s.log->is_restored();
  ctx->say = [&s](severity how, topic about, std::string_view text) {
    s.messages.say(how, about, text);
  };
  ctx->fatal = [&s](std::string_view why) {
    stop_at_once(s, why);
  };
  s.ways_out = std::make_unique<outbound>();
  ctx->open_link = link_opener(config, *s.ways_out);
  s.ways_to_merchants = std::make_unique<outbound>();
  ctx->open_merchant = merchant_opener(config, *s.ways_to_merchants);
  if (config.risk) {
    ctx->risk = std::make_shared<const risk::rules>(
        risk::hashed(config.risk->rules, [&s](std::string_view name) { return s.vault->token(name); }));
    ctx->confirmed_with = config.risk->confirmed_with;
  }
  ctx->admitted = std::make_shared<admission>(limits::tickets_total, limits::tickets_in_hand);
  return ctx;
}

void report_opening(server& s, const opening_report& report, const configuration& config, stopwatch& time) {
  for (const std::string& mistake : report.mistakes)
    tell(s, "configuration not applied: " + mistake);
  tell(s, fmt::format("configuration applied: {} merchants, {} channels, {} changed ({:.0f} ms)",
                      config.merchants.size(), config.channels.size(), report.changed, time.lap_ms()));
  if (config.risk)
    tell(s, fmt::format("risk rules {}: {} of them", config.risk->rules.version, config.risk->rules.all.size()));
}

/// Before the doors ever opened. They hold actors until then, and outlive the actor system.
exit_code give_up(server& s, const system_ptr& sys, exit_code why) {
  s.status.reset();
  s.watcher.reset();
  s.doors.reset();
  s.notices.reset();
  stop_system(sys);
  s.ways_out->stop();
  s.ways_to_merchants->stop();
  return why;
}

std::string host_of(const std::string& host_port) {
  return host_port.substr(0, host_port.rfind(':'));
}

/// Both doors, or none: who is told of payments without being asked must be heard as soon as payments are made.
tl::expected<void, std::string> open_doors(server& s, const std::string& listen, const std::string& notices,
                                           const stopwatch& time) {
  if (s.notices) {
    auto port = s.notices->listen(notices);
    if (!port)
      return tl::unexpected(port.error());
    tell(s, fmt::format("notices of channels on {}:{}", host_of(notices), *port));
  }
  auto port = s.doors->listen(listen);
  if (!port)
    return tl::unexpected(port.error());
  tell(s, fmt::format("ready on {}:{} ({:.0f} ms after the start)", host_of(listen), *port, time.total_ms()));
  return {};
}

struct addresses {
  std::string listen;
  std::string metrics; ///< Empty: nowhere.
};

exit_code run_server(server& s, const configuration& config, const addresses& where, stopwatch& time) {
  const auto ctx = make_context(s, config);
  auto sys = start_system(*s.actors, ctx);
  s.doors = std::make_unique<gateway>(*s.actors, s.actor_config.sockets(), ctx, sys);
  if (!config.notices.empty())
    s.notices = std::make_unique<notice_door>(
        config, ctx, [desk = sys->notices](channel_notice n) { caf::anon_send(desk, std::move(n)); });
  s.watcher.emplace(ctx, *s.log, s.messages, *s.doors);
  if (!where.metrics.empty()) {
    s.status = std::make_unique<status_server>(s.doors->io(),
                                               [&s](const status_request& asked) { return s.watcher->answer(asked); });
    auto port = s.status->listen(where.metrics);
    if (!port)
      return give_up(s, sys, fail(exit_code::usage, port.error()));
    tell(s, fmt::format("metrics on {}:{}", host_of(where.metrics), *port));
    s.doors->every(1'000, [&s] { s.watcher->note_head(); });
  }
  store_result<recovery> found;
  run_beside(s.doors->io(), [&] { found = recover(*ctx); });
  if (!found)
    return give_up(s, sys, fail_on(found.error()));
  tell(s, fmt::format("recovered {} decisions: {} merchants, {} channels, {} open orders, {} permits out ({:.0f} ms)",
                      s.log->head().position, found->known.merchants.size(), found->known.channels.size(),
                      found->open_orders, found->known.leases.size(), time.lap_ms()));
  if (ctx->restored)
    tell(s, "this log was restored from a backup: queries only. Reconcile, then `oncepay log release`");

  exit_code result = exit_code::ok;
  auto open = [&](opening_report report) {
    s.doors->post([&, report = std::move(report)] {
      if (!ctx->restored)
        report_opening(s, report, config, time);
      if (auto opened = open_doors(s, where.listen, config.notices, time); !opened) {
        result = fail(exit_code::usage, opened.error());
        s.doors->stop(0);
      }
    });
  };
  s.doors->on_stop_signal([&] {
    tell(s, "stopping: finishing what is under way");
    s.doors->stop(drain_ms_max);
  });
  s.doors->every(1'000, [&] { s.messages.next_second(); });
  // Else an idle server would seem well until the next payment, and fail with it.
  s.doors->every(1'000, [&] {
    if (const auto why = s.log->failure())
      stop_over_log(s, *why);
  });
  s.doors->every(reader_check_ms, [&] {
    for (const std::string& warning : s.log->check_readers(s.clock.now()))
      s.messages.say(severity::warning, topic::old_reader, warning);
  });
  open_for_business(*s.actors, ctx, sys, std::move(*found), {config.merchants, config.channels}, open);
  s.doors->run();
  if (s.notices)
    s.notices->stop();
  stop_system(sys);
  sys.reset();
  s.ways_out->stop(); // nobody may hold an actor any more
  s.ways_to_merchants->stop();
  s.actors.reset(); // waits for the last actor
  // The next start would refuse over it: whoever stops this one has to know.
  if (auto flushed = s.log->flush(); !flushed)
    stop_over_log(s, flushed.error());
  if (result == exit_code::ok)
    tell(s, fmt::format("stopped at position {}", s.log->head().position));
  return result;
}

} // namespace

exit_code run_serve(const arguments& args) {
  stopwatch time;
  // Who reads what it says may go away at any time, and is no reason to.
  std::signal(SIGPIPE, SIG_IGN);
  allow_all_files();
  const auto options = parsed_options::parse(serve_spec, args);
  if (!options)
    return options.error();
  const auto data = options->required("data");
  if (!data)
    return data.error();
  const auto config_file = options->required("config");
  if (!config_file)
    return config_file.error();
  const auto how = log_options_of(*options);
  if (!how)
    return how.error();
  const auto config = load_configuration(*config_file);
  if (!config) {
    for (const std::string& mistake : config.error())
      std::fputs((mistake + "\n").c_str(), stderr);
    return fail(exit_code::configuration, fmt::format("{} has {} mistake{}; nothing was started", *config_file,
                                                      config.error().size(), config.error().size() == 1 ? "" : "s"));
  }
  server s(*how);
  tell(s, fmt::format("configuration read ({:.0f} ms)", time.lap_ms()));
  if (auto opened = open_stores(s, *data, *config, options->has("new-keys"), time); !opened)
    return opened.error();
  const addresses where{options->text("listen", config->listen.empty() ? default_listen : config->listen),
                        options->text("metrics")};
  try {
    s.actors = std::make_unique<caf::actor_system>(s.actor_config);
    return run_server(s, *config, where, time);
  } catch (const std::exception& e) {
    // Unwound any further, the actor system would wait for actors that nobody told to end, for good and silently.
    stop_at_once(s, lack_behind(e));
  }
}

} // namespace oncepay::cli
