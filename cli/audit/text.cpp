#include "cli/audit/text.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

constexpr size_t columns_max = 120;
/// Digits of a hash in the text: enough to compare by eye; the JSON has all.
constexpr size_t hash_digits_shown = 16;

std::string fate_text(const order::state& state) {
  const auto* live = state.live_attempt();
  if (live != nullptr && is_doubtful(live->state))
    return fmt::format("in doubt on {}: not failed, not paid", printable(live->channel.str()));
  switch (state.status) {
  case order_state::paid:
    return state.attempts.empty() ? "paid" : fmt::format("paid on {}", printable(state.attempts.back().channel.str()));
  case order_state::failed:
    return "failed: no money moved";
  case order_state::open:
    return "open";
  case order_state::confirming:
    return "waits for its payer's confirmation: nothing was submitted";
  case order_state::closing:
    return "to be closed";
  case order_state::closed:
    return "closed: nothing was paid";
  case order_state::none:
    break;
  }
  return "not opened";
}

std::string rules_text(const audited_order& a) {
  if (a.again.differs_position == 0)
    return fmt::format("decided again by this build: all {} come out the same", counted(a.again.agreed, "decision"));
  return fmt::format("decided again by this build: differs first at position {}: {}", a.again.differs_position,
                     a.again.difference);
}

/// `text` with times of the decision's own day shortened: the heading shows the day.
std::string without_day(std::string text, instant day) {
  constexpr size_t date_chars = 11; // "2026-11-20T"
  const auto date = to_string(day).substr(0, date_chars);
  for (size_t at = 0; (at = text.find(date, at)) != std::string::npos;)
    text.erase(at, date.size());
  return text;
}

/// The amount, where the step is about money; the others only repeat the order's.
std::string amount_of(const trajectory_step& s) {
  const bool is_about_money = s.module == "gateway" || s.module == "ledger" || s.module == "account";
  return s.amount && is_about_money ? to_string(*s.amount) : "";
}

void add_steps(text_table& table, const recorded_decision& recorded, trajectory_context& context) {
  for (const auto& s : steps_of(recorded, context)) {
    auto text = s.text;
    if (s.deadline && s.step == "attempt_intended")
      text = fmt::format("send before {}, {}", to_string(s.deadline), text);
    else if (s.deadline)
      text += fmt::format("{}due {}", text.empty() ? "" : "; ", to_string(s.deadline));
    table.add({"  " + s.module, s.step, s.attempt == 0 ? "" : fmt::format("{}", s.attempt), printable(s.channel.str()),
               s.code, amount_of(s), without_day(std::move(text), s.at)});
    for (const auto& c : s.candidates) {
      const auto cost = s.amount ? to_string(money{c.cost_minor, s.amount->currency}) : "";
      table.add({"", "  candidate", "", printable(c.channel.str()), std::string(name(c.verdict)), "",
                 fmt::format("cost {}, priority {}{}", cost, c.priority, c.unstable ? ", unstable" : "")});
    }
  }
}

} // namespace

std::string audit_text(const audited_order& a) {
  const auto& state = a.again.state;
  auto out = fmt::format("order {}/{}: {}\n", printable(state.merchant.str()), printable(state.order_no.str()),
                         fate_text(state));
  out += fmt::format("  amount  {} by {}\n", to_string(state.amount), printable(state.method.str()));
  out += fmt::format("  log     {} of environment {}, up to position {}\n", counted(a.decisions.size(), "decision"),
                     printable(a.environment), a.head_position);
  if (a.until)
    out += fmt::format("  as of   {}; anything later is left out\n", to_string(*a.until));
  out += fmt::format("  rules   {}\n", rules_text(a));
  out += ruling_text(order::view(state));
  for (const auto& attempt : state.attempts)
    out += fmt::format(
        "  attempt {} on {} is known there as {}{}\n", attempt.number, printable(attempt.channel.str()),
        printable(attempt.id.str()),
        attempt.channel_ref.empty() ? "" : fmt::format(", its own number is {}", printable(attempt.channel_ref)));
  text_table table({{"  module"}, {"step"}, {"att"}, {"channel"}, {"code"}, {"amount", align::right}, {"what"}});
  trajectory_context context;
  for (size_t i = 0; i < a.decisions.size(); ++i) {
    const auto& d = a.decisions[i].decision;
    const auto since = d.at.ns - a.decisions.front().decision.at.ns;
    const auto& hashes = a.hashes.at(i);
    const auto hash = hashes.chain.empty() ? fmt::format("record {}…", hashes.record.substr(0, hash_digits_shown))
                                           : fmt::format("chain {}…", hashes.chain.substr(0, hash_digits_shown));
    table.add_heading(fmt::format("\n{}  +{}  position {}, version {}, {}", to_string(d.at), duration_text(since),
                                  a.decisions[i].position, d.version, hash));
    add_steps(table, a.decisions[i], context);
  }
  return out + '\n' + table.render(columns_max);
}

nlohmann::ordered_json audit_json(const audited_order& a) {
  const auto& state = a.again.state;
  auto o = nlohmann::ordered_json::object();
  o["merchant"] = printable(state.merchant.str());
  o["order_no"] = printable(state.order_no.str());
  o["environment"] = printable(a.environment);
  o["head_position"] = a.head_position;
  o["until"] = a.until ? to_json(*a.until) : nlohmann::ordered_json(nullptr);
  o["order"] = to_json(order::view(state));
  auto decisions = nlohmann::ordered_json::array();
  trajectory_context context;
  auto trajectory = nlohmann::ordered_json::array();
  for (size_t i = 0; i < a.decisions.size(); ++i) {
    decisions.push_back(to_json(a.decisions[i], a.hashes.at(i)));
    for (const auto& line : digest_lines(a.decisions[i], context))
      trajectory.push_back(line);
  }
  o["order"]["trajectory"] = std::move(trajectory);
  o["decisions"] = std::move(decisions);
  auto again = nlohmann::ordered_json::object();
  again["agrees"] = a.again.differs_position == 0;
  again["agreed_decisions"] = a.again.agreed;
  again["differs_position"] = a.again.differs_position == 0 ? nlohmann::ordered_json(nullptr)
                                                            : nlohmann::ordered_json(a.again.differs_position);
  again["difference"] = a.again.difference;
  o["decided_again"] = std::move(again);
  return o;
}

} // namespace oncepay::cli
