#include "sim/matrix/account_watch.hpp"

#include "sim/matrix/operations.hpp"

namespace oncepay::sim::matrix {

namespace {

std::string times(uint32_t n) {
  return n == 1 ? "once" : std::to_string(n) + " times";
}

/// Of no wallet: what is its merchant's own.
std::string account_named(const merchant_id& merchant, const wallet_id& wallet) {
  return path(wallet.empty() ? account_ref{account_kind::merchant_available, merchant.str()}
                             : account_ref{account_kind::wallet, merchant.str() + "/" + wallet.str()});
}

/// By when a channel wants done what it asks for; none: by no time.
instant deadline_of(const input& in) {
  if (auto* asked = std::get_if<claim_input>(&in))
    return asked->before;
  auto* back = std::get_if<credit_input>(&in);
  return back == nullptr ? instant{} : back->before;
}

} // namespace

void account_watch::decided(const recorded_decision& r) {
  const decision& d = r.decision;
  if (d.stream.kind() != stream_kind::account)
    return;
  if (const instant before = deadline_of(d.input); before && before < d.at && !d.events.empty())
    late_.push_back(d.stream.display() + " did at " + to_string(d.at) + " what was to be done by " + to_string(before));
  for (const event& e : d.events) {
    // What an account holds for its owner is a credit balance.
    for (const posting& line : postings_of(e))
      if (line.account.kind == account_kind::merchant_available || line.account.kind == account_kind::wallet)
        held_[path(line.account)] -= line.amount.minor;
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

std::vector<std::string> account_watch::faults(const history& h) const {
  std::vector<std::string> all = late_;
  amounts_by_account left;
  currency cur{};
  for (const known_order& known : h.orders()) {
    const order::state& s = known.order->state;
    cur = s.amount.currency;
    if (s.kind == order_kind::top_up)
      compare_top_up(known, left, all);
    if (s.kind == order_kind::pay_out)
      compare_pay_out(known, left, all);
    else if (!s.from_wallet.empty())
      compare_paid_from_wallet(known, left, all);
  }
  for (const auto& [account, minor] : held_)
    left.try_emplace(account);
  for (const auto& [account, minor] : left) {
    const auto it = held_.find(account);
    const wide_minor holds = it == held_.end() ? 0 : it->second;
    if (holds != minor)
      all.push_back(account + " holds " + words(holds, cur) + "; what its orders moved leaves " + words(minor, cur));
  }
  return all;
}

account_watch::claim_story account_watch::claim_of(const std::string& key) const {
  const auto it = claims_.find(key);
  return it == claims_.end() ? claim_story{} : it->second;
}

account_watch::credit_story account_watch::credit_of(const std::string& key) const {
  const auto it = credits_.find(key);
  return it == credits_.end() ? credit_story{} : it->second;
}

void account_watch::compare_top_up(const known_order& known, amounts_by_account& left,
                                   std::vector<std::string>& all) const {
  const order::state& s = known.order->state;
  const std::string name = known.stream->display();
  const credit_story c = credit_of(name);
  const bool paid = s.status == order_state::paid;
  left[account_named(s.merchant, s.to_wallet)] += paid ? s.amount.minor : 0;
  if (c.times != (paid ? 1U : 0U) || (paid && c.amount_minor != s.amount.minor))
    all.push_back("the top-up " + name + " is " + standing_words(s) + ", and was credited " + times(c.times));
}

void account_watch::compare_pay_out(const known_order& known, amounts_by_account& left,
                                    std::vector<std::string>& all) const {
  const order::state& s = known.order->state;
  const std::string name = known.stream->display();
  const claim_story c = claim_of(name);
  const bool paid = s.status == order_state::paid;
  const bool failed = s.status == order_state::failed;
  const int64_t minor = s.amount.minor + pay_out_fee_minor(s.amount.minor);
  left[account_named(s.merchant, s.from_wallet)] -= failed ? 0 : minor;
  // What was refused claimed nothing, and gives nothing back.
  const uint32_t claimed = failed && s.attempts.empty() ? c.claimed : 1U;
  if (c.claimed != claimed || c.claimed > 1 || c.settled != (paid ? 1U : 0U) ||
      c.released != (failed ? c.claimed : 0U) || (c.claimed != 0 && c.amount_minor != minor))
    all.push_back("the pay-out " + name + " is " + standing_words(s) + "; its money was claimed " + times(c.claimed) +
                  ", settled " + times(c.settled) + " and released " + times(c.released));
}

/// A wallet is no bank, and lies about nothing: what it did is how its attempt and refunds stand, with nothing in
/// doubt.
void account_watch::compare_paid_from_wallet(const known_order& known, amounts_by_account& left,
                                             std::vector<std::string>& all) const {
  const order::state& s = known.order->state;
  const std::string name = known.stream->display();
  wide_minor& holds = left[account_named(s.merchant, s.from_wallet)];
  for (const order::attempt& a : s.attempts) {
    const claim_story c = claim_of("pay/" + a.id.str());
    const bool paid = a.state == attempt_state::succeeded;
    holds -= paid ? s.amount.minor : 0;
    if (c.claimed != (paid ? 1U : 0U) || (paid && c.amount_minor != s.amount.minor))
      all.push_back(name + " is " + standing_words(s) + ", and its wallet paid " + times(c.claimed));
  }
  for (const order::refund& r : s.refunds) {
    const credit_story c = credit_of("refund/" + r.operation_id.str());
    const bool back = r.state == refund_state::succeeded;
    holds += back ? r.amount_minor : 0;
    if (c.times != (back ? 1U : 0U) || (back && c.amount_minor != r.amount_minor))
      all.push_back("the refund " + r.refund_no.str() + " of " + name + " has " + std::string(oncepay::name(r.state)) +
                    ", and its wallet was credited " + times(c.times));
  }
}

} // namespace oncepay::sim::matrix
