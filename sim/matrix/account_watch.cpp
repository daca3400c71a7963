#include "sim/matrix/account_watch.hpp"

namespace oncepay::sim::matrix {

namespace {

std::string times(uint32_t n) {
  return n == 1 ? "once" : std::to_string(n) + " times";
}

} // namespace

void account_watch::decided(const recorded_decision& r) {
  const decision& d = r.decision;
  if (d.stream.kind() != stream_kind::account)
    return;
  for (const event& e : d.events) {
    // What an account holds for its merchant is a credit balance.
    for (const posting& line : postings_of(e))
      if (line.account.kind == account_kind::merchant_available)
        available_minor_ -= line.amount.minor;
    if (auto* asked = std::get_if<claim_input>(&d.input);
        asked != nullptr && std::holds_alternative<account_claimed>(e)) {
      claims_[asked->key].amount_minor = asked->amount.minor;
      ++claims_[asked->key].claimed;
    }
    if (auto* over = std::get_if<settle_input>(&d.input); over != nullptr && std::holds_alternative<claim_settled>(e))
      ++claims_[over->key].settled;
    if (auto* back = std::get_if<release_input>(&d.input); back != nullptr && std::holds_alternative<claim_released>(e))
      ++claims_[back->key].released;
    if (auto* in = std::get_if<credit_input>(&d.input); in != nullptr && std::holds_alternative<account_credited>(e)) {
      credits_[in->key].amount_minor = in->amount.minor;
      ++credits_[in->key].times;
    }
  }
}

std::vector<std::string> account_watch::faults(const history& h, int64_t fee_minor) const {
  std::vector<std::string> all;
  wide_minor left = 0;
  currency cur{};
  for (const known_order& known : h.orders()) {
    const order::state& s = known.order->state;
    cur = s.amount.currency;
    const std::string name = known.stream->display();
    if (s.kind == order_kind::top_up) {
      const auto it = credits_.find(name);
      const credit_story c = it == credits_.end() ? credit_story{} : it->second;
      const bool paid = s.status == order_state::paid;
      left += paid ? s.amount.minor : 0;
      if (c.times != (paid ? 1U : 0U) || (paid && c.amount_minor != s.amount.minor))
        all.push_back("the top-up " + name + " is " + standing_words(s) + ", and was credited " + times(c.times));
    } else if (s.kind == order_kind::pay_out) {
      const auto it = claims_.find(name);
      const claim_story c = it == claims_.end() ? claim_story{} : it->second;
      const bool paid = s.status == order_state::paid;
      const bool failed = s.status == order_state::failed;
      left -= failed ? 0 : s.amount.minor + fee_minor;
      // What was refused claimed nothing, and gives nothing back.
      const uint32_t claimed = failed && s.attempts.empty() ? c.claimed : 1U;
      if (c.claimed != claimed || c.claimed > 1 || c.settled != (paid ? 1U : 0U) ||
          c.released != (failed ? c.claimed : 0U) || (c.claimed != 0 && c.amount_minor != s.amount.minor + fee_minor))
        all.push_back("the pay-out " + name + " is " + standing_words(s) + "; its money was claimed " +
                      times(c.claimed) + ", settled " + times(c.settled) + " and released " + times(c.released));
    }
  }
  if (available_minor_ != left)
    all.push_back("the merchant has " + words(available_minor_, cur) + " available; what it topped up and paid out " +
                  "leaves " + words(left, cur));
  return all;
}

} // namespace oncepay::sim::matrix
