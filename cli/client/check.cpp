// oncepay check: settled orders are asked about once more, one by hand or all that a channel had in some time.
#include "actors/domain/trajectory.hpp"
#include "cli/audit/orders_at_channel.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/open.hpp"
#include "cli/table.hpp"
#include "schema/limits.hpp"

#include <chrono>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

/// In flight at once: a channel is asked a few at a time whatever this is, and who waits here holds a ticket there.
constexpr size_t asked_at_once = 16;
/// Of those that don't agree so many are named; the log names them all.
constexpr size_t named_max = 1'000;

const command_spec check_spec = {
    .name = "check",
    .purpose =
        "Asks channels once more about what is settled: one order, or every order that had an attempt or a "
        "refund on a channel within a time, say after an incident. A channel that says otherwise is recorded, "
        "alarmed, and listed by `oncepay orders --state mismatched`; order and books stay as they are. Payments "
        "and enquiries go first, so it may take its time. Not asked about: what isn't settled or never left; and "
        "where money went back, the payment itself: its refunds are.",
    .positionals = {"[MERCHANT]", "[ORDER_NO]"},
    .options = {connect_option,
                {"channel", "ID", "Attempts and refunds on this channel alone; required where no order is named."},
                {"from", "TIME", "Attempts and refunds begun then or later: 2026-11-20T13:40:00Z."},
                {"to", "TIME", "Attempts and refunds begun before that."},
                {"data", "DIR", "Where the log lies in which those orders are looked up; with --from and --to."},
                {"operator", "NAME", "Who asks; required, recorded."},
                {"reason", "TEXT", "Why; required, recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples = "oncepay check m1 A-7 --operator lin --reason \"payer disputes it\"\n"
                "oncepay check --channel alpha --from 2026-11-20T10:00:00Z --to 2026-11-20T10:20:00Z --data data "
                "--operator lin --reason \"alpha's outage\"",
    .exit_codes =
        "0  every channel that was asked says the same\n"
        "1  one says otherwise, or said nothing that counts, or couldn't be asked yet; which ones is printed\n"
        "2  wrong arguments, or more orders than one command may ask about\n"
        "4  the log can't be read\n"
        "5  can't connect, or the connection broke: run it again, nothing hangs on asking twice"};

struct span_of_time {
  instant from;
  instant to;
};

/// What came of it, by code; of those that don't agree, which.
struct outcome {
  std::map<errc, uint64_t> by_code;
  std::vector<std::pair<order_key, errc>> not_agreeing;
  uint64_t unanswered = 0; ///< By the server: its connection broke, or it took too long.
  std::string broke;

  void note(const order_key& key, errc code) {
    ++by_code[code];
    if (code != errc::ok && code != errc::nothing_to_check && not_agreeing.size() < named_max)
      not_agreeing.emplace_back(key, code);
  }
  uint64_t of(errc code) const {
    auto it = by_code.find(code);
    return it == by_code.end() ? 0 : it->second;
  }
  uint64_t others() const {
    uint64_t count = 0;
    for (const auto& [code, n] : by_code)
      count += code == errc::ok || code == errc::check_disagrees || code == errc::check_unanswered ||
                       code == errc::nothing_to_check
                   ? 0
                   : n;
    return count;
  }
};

/// Asks about each order over one connection, a few at a time.
class inquirer {
public:
  inquirer(const client_options& options, const check_order_command& question, const std::vector<order_key>& orders)
      : options_(options), question_(question), orders_(orders), patience_(context_) {}

  outcome run() {
    connection_ = client_connection::make(context_, {.opened = [this] { send_more(); },
                                                     .replied = [this](reply&& r) { note(r); },
                                                     .closed =
                                                         [this](std::string why) {
                                                           end(std::move(why));
                                                         }});
    wait();
    connection_->open(options_.server, options_.connect_timeout_ms);
    context_.run();
    connection_->close();
    context_.restart();
    context_.poll(); // Lets the cancelled operations drop their references.
    outcome_.unanswered = orders_.size() - answered_;
    return std::move(outcome_);
  }

private:
  void send_more() {
    while (sent_ < orders_.size() && sent_ - answered_ < asked_at_once) {
      command c{.request_id = sent_ + 1, .body = question_};
      std::get<check_order_command>(c.body).merchant = orders_[sent_].merchant;
      std::get<check_order_command>(c.body).order_no = orders_[sent_].order_no;
      ++sent_;
      connection_->send(c);
    }
  }

  void note(const reply& r) {
    if (r.request_id == 0 || r.request_id > sent_)
      return;
    ++answered_;
    outcome_.note(orders_[r.request_id - 1], r.code);
    if (answered_ == orders_.size())
      return context_.stop();
    wait();
    send_more();
  }

  /// As long as something is answered it goes on.
  void wait() {
    patience_.expires_after(std::chrono::milliseconds(options_.connect_timeout_ms + options_.reply_timeout_ms));
    patience_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled)
        end("no answer from " + to_string(options_.server) + " any more");
    });
  }

  void end(std::string why) {
    outcome_.broke = std::move(why);
    context_.stop();
  }

  boost::asio::io_context context_;
  const client_options& options_;
  const check_order_command& question_;
  const std::vector<order_key>& orders_;
  boost::asio::steady_timer patience_;
  std::shared_ptr<client_connection> connection_;
  size_t sent_ = 0;
  size_t answered_ = 0;
  outcome outcome_;
};

tl::expected<std::vector<order_key>, exit_code> orders_of(const parsed_options& options, const channel_id& channel,
                                                          const span_of_time& when) {
  const auto log = open_for_reading(options);
  if (!log)
    return tl::unexpected(log.error());
  const auto known = (*log)->version_of(stream_name::of_channel(channel));
  if (!known)
    return tl::unexpected(fail_with(known.error()));
  if (*known == 0)
    return tl::unexpected(options.mistake(fmt::format("the log knows no channel {}", channel.str())));
  const auto found = find_orders_at(**log, channel, when.from, when.to, limits::checked_orders_max);
  if (!found)
    return tl::unexpected(fail_with(found.error()));
  if (found->more)
    return tl::unexpected(options.mistake(
        fmt::format("channel {} had more than {} orders, or there were more refunds, in that time: ask about them in "
                    "several parts",
                    channel.str(), grouped(limits::checked_orders_max))));
  std::vector<order_key> keys;
  for (const stream_name& order : found->orders)
    keys.push_back({merchant_id::trusted(order.part(0)), order_no::trusted(order.part(1))});
  return keys;
}

tl::expected<instant, exit_code> time_of(const parsed_options& options, std::string_view option) {
  const auto text = options.required(option);
  if (!text)
    return tl::unexpected(text.error());
  const auto parsed = parse_instant(*text);
  if (!parsed)
    return tl::unexpected(options.mistake(fmt::format("--{}: {}", option, parsed.error())));
  return *parsed;
}

tl::expected<std::vector<order_key>, exit_code> orders_named(const parsed_options& options, const channel_id& channel) {
  if (!options.positional(0).empty()) {
    for (std::string_view of_spans : {"from", "to", "data"})
      if (options.has(of_spans))
        return tl::unexpected(
            options.mistake(fmt::format("--{} is for asking about a time, not about one order", of_spans)));
    auto key = order_key_of(options, 0);
    if (!key)
      return tl::unexpected(key.error());
    return std::vector{std::move(*key)};
  }
  if (channel.empty())
    return tl::unexpected(
        options.mistake("name an order, or a channel and a time: --channel ID --from TIME --to TIME"));
  const auto from = time_of(options, "from");
  if (!from)
    return tl::unexpected(from.error());
  const auto to = time_of(options, "to");
  if (!to)
    return tl::unexpected(to.error());
  if (*to <= *from)
    return tl::unexpected(options.mistake("--to is before --from"));
  return orders_of(options, channel, {*from, *to});
}

std::string checks_text(uint64_t orders, const outcome& o) {
  std::string out;
  for (const auto& [key, code] : o.not_agreeing)
    out += printable(fmt::format("{}/{}: {}{}", key.merchant.str(), key.order_no.str(), name(code),
                                 code == errc::check_disagrees ? " - compare with the channel's statement" : "")) +
           "\n";
  return out +
         fmt::format("{}: {} agree, {} disagree, {} said nothing that counts, {} had nothing to ask about, {} not "
                     "asked yet\n",
                     counted(orders, "order"), grouped(o.of(errc::ok)), grouped(o.of(errc::check_disagrees)),
                     grouped(o.of(errc::check_unanswered)), grouped(o.of(errc::nothing_to_check)),
                     grouped(o.others() + o.unanswered));
}

nlohmann::ordered_json checks_json(uint64_t orders, const outcome& o) {
  auto named = nlohmann::ordered_json::array();
  for (const auto& [key, code] : o.not_agreeing)
    named.push_back(
        {{"merchant", key.merchant.str()}, {"order_no", printable(key.order_no.str())}, {"code", name(code)}});
  return {{"orders", orders},
          {"agree", o.of(errc::ok)},
          {"disagree", o.of(errc::check_disagrees)},
          {"unanswered", o.of(errc::check_unanswered)},
          {"nothing_to_check", o.of(errc::nothing_to_check)},
          {"not_asked", o.others() + o.unanswered},
          {"not_agreeing", std::move(named)}};
}

tl::expected<check_order_command, exit_code> question_of(const parsed_options& options) {
  check_order_command question;
  if (options.has("channel")) {
    auto channel = channel_id::parse(options.text("channel"));
    if (!channel)
      return tl::unexpected(options.mistake(fmt::format(
          "--channel: \"{}\" is no channel id: 1 to 16 of a-z, 0-9, _ and -", printable(options.text("channel")))));
    question.channel = std::move(*channel);
  }
  auto who = named_person_of(options);
  if (!who)
    return tl::unexpected(who.error());
  question.operator_name = std::move(who->name);
  question.reason = std::move(who->reason);
  return question;
}

} // namespace

exit_code run_check(const arguments& args) {
  const auto options = parsed_options::parse(check_spec, args);
  if (!options)
    return options.error();
  const auto client = client_options_of(*options);
  if (!client)
    return client.error();
  const auto question = question_of(*options);
  if (!question)
    return question.error();
  const auto orders = orders_named(*options, question->channel);
  if (!orders)
    return orders.error();
  outcome o;
  if (!orders->empty())
    o = inquirer(*client, *question, *orders).run();
  const bool agree = o.of(errc::ok) + o.of(errc::nothing_to_check) == orders->size();
  const exit_code printed =
      print_out(options->has("json") ? json_line(checks_json(orders->size(), o)) : checks_text(orders->size(), o),
                agree ? exit_code::ok : exit_code::negative);
  if (!o.broke.empty())
    return fail(exit_code::connection, o.broke + "; run it again for those that weren't asked");
  return printed;
}

} // namespace oncepay::cli
