// oncepay bank: a bank to rehearse with. It speaks WeChat Pay's and Alipay's interfaces over HTTP, keeps a book of its
// own, and goes wrong in every way its configuration asks for.
#include "cli/bank/bank_config.hpp"
#include "cli/bank/http_server.hpp"
#include "cli/bank/notifier.hpp"
#include "cli/bank/teller.hpp"
#include "cli/bank/voices.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/server/system_clock.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace oncepay::cli {

namespace {

constexpr std::string_view default_listen = "127.0.0.1:7500";

const command_spec bank_spec = {
    .name = "bank",
    .purpose = "Runs a virtual bank until SIGTERM or SIGINT: it speaks the interfaces of WeChat Pay (version 2) and of "
               "Alipay over HTTP, checks and makes their signatures, keeps a durable book of its own, tells of "
               "payments of its own "
               "accord where it is asked to, on this very machine only, and goes wrong as FILE asks for. Prints "
               "\"oncepay bank: ready on HOST:PORT\" when it accepts. A statement of one account's "
               "day (Beijing's) is at /statement?account=ACCOUNT&day=2026-11-20. Not for money.",
    .positionals = {},
    .options = {{"config", "FILE", "Whom it serves, with which keys, and what goes wrong (TOML). Required."},
                {"listen", "HOST:PORT",
                 "Where to listen; port 0 takes any free one. Default: the configuration's, else 127.0.0.1:7500."}},
    .examples = "oncepay bank --config tests/demo/wechat-bank.toml\n"
                "oncepay bank --config bank.toml --listen 127.0.0.1:0",
    .exit_codes = "0   stopped by a signal\n"
                  "2   wrong arguments, or the address can't be listened on\n"
                  "3   the configuration has mistakes; all are listed\n"
                  "4   its book can't be opened, or is damaged\n"
                  "70  its book couldn't be written any more"};

/// The value of a query's key, as it stands; dates and accounts need no escapes.
std::string_view query_value(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
  }
  return {};
}

class counter {
public:
  counter(const bank_config& config, teller& money) : config_(config), money_(money) {}

  http_answer answer(const http_question& q) {
    if (q.method == "GET" && q.path == "/statement")
      return statement(q.query);
    if (q.method != "POST")
      return {405, "text/plain; charset=utf-8", "POST only\n", 0, false};
    if (q.path == "/gateway.do")
      return serve(read_alipay(config_, q.body), answer_in_alipay, body_format::json);
    return serve(read_wechat(config_, q.path, q.body), answer_in_wechat, body_format::xml);
  }

  /// Why the bank had to stop; empty: it didn't.
  const std::string& broken() const { return broken_; }
  void stop_over(std::string why) { broken_ = std::move(why); }

private:
  http_answer serve(tl::expected<understood, std::string> asked,
                    std::string (*in_words)(const understood&, const bank_word&), body_format format) {
    http_answer said{200, std::string(content_type(format)), {}, 0, false};
    if (!asked) {
      said.body = asked.error();
      return said;
    }
    if (!asked->request.notices_url.empty() && !can_tell_of(asked->request))
      asked->request.notices_url.clear();
    const auto word = money_.ask(clock_.now(), asked->request);
    if (!word) {
      broken_ = word.error();
      said.hang_up = true;
      return said;
    }
    said.hang_up = word->fault == bank_fault::drop_before || word->fault == bank_fault::drop_after;
    said.after_ms = word->fault == bank_fault::slow ? config_.slow_ms : 0;
    said.body = word->fault == bank_fault::garbage ? "<html>\x01 502 }{" : in_words(*asked, *word);
    return said;
  }

  http_answer statement(std::string_view query) const {
    const auto day = query_value(query, "day");
    const auto account = query_value(query, "account");
    if (day.size() != 10 || account.empty())
      return {400, "text/plain; charset=utf-8", "ask for /statement?account=ACCOUNT&day=2026-11-20\n", 0, false};
    return {200, "text/csv; charset=utf-8", money_.statement(account, day), 0, false};
  }

  const bank_config& config_;
  teller& money_;
  system_clock clock_;
  std::string broken_;
};

void print(const std::string& line) {
  std::fputs(("oncepay bank: " + line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

} // namespace

exit_code run_bank(const arguments& args) {
  const auto options = parsed_options::parse(bank_spec, args);
  if (!options)
    return options.error();
  const auto file = options->required("config");
  if (!file)
    return file.error();
  const auto config = load_bank_config(*file);
  if (!config) {
    for (const std::string& mistake : config.error())
      std::fputs((mistake + "\n").c_str(), stderr);
    return fail(exit_code::configuration, fmt::format("{} has {} mistake{}; nothing was started", *file,
                                                      config.error().size(), config.error().size() == 1 ? "" : "s"));
  }
  auto money = teller::open(*config);
  if (!money)
    return fail(exit_code::data, money.error());
  counter at(*config, *money);
  http_server* running = nullptr;
  notifier* telling = nullptr;
  http_server server([&](const http_question& q) {
    auto said = at.answer(q);
    if (!at.broken().empty())
      running->stop();
    else
      telling->look();
    return said;
  });
  running = &server;
  notifier tells(server.io(), *config, *money, [&](std::string why) {
    at.stop_over(std::move(why));
    server.stop();
  });
  telling = &tells;
  const std::string listen = options->text("listen", config->listen.empty() ? default_listen : config->listen);
  const auto port = server.listen(listen);
  if (!port)
    return fail(exit_code::usage, port.error());
  print(fmt::format("ready on {}:{}, {} trades in its book", listen.substr(0, listen.rfind(':')), *port,
                    money->trades()));
  tells.look(); // what an earlier bank on this book still owed
  server.run();
  if (!at.broken().empty())
    return fail(exit_code::internal, at.broken());
  print(fmt::format("stopped with {} trades in its book", money->trades()));
  return exit_code::ok;
}

} // namespace oncepay::cli
