// Money that goes out is the merchant's own, and goes out once: a bank gets a pay-out only while its money is claimed;
// no available balance is ever below zero; what is told of a pay-out that its channel doesn't know never fails it; none
// is sent while one of the same merchant, payee and amount isn't decided; and no order that has ended leaves its claim
// behind, or its credit undone.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace oncepay::sim {

namespace {

class paid_out_once final : public checker {
public:
  std::string_view name() const override { return "paid-out-once"; }

  void decided(const recorded_decision& r, const history& h) override {
    if (r.decision.stream.kind() == stream_kind::account)
      return follow_account(r);
    auto* said = std::get_if<attempt_input>(&r.decision.input);
    if (said == nullptr || said->outcome != reply_class::not_found)
      return;
    const replayed_order* order = h.find(r.decision.stream);
    for (const event& e : r.decision.events)
      if (order != nullptr && order->state.kind == order_kind::pay_out && std::holds_alternative<attempt_failed>(e))
        report("position " + std::to_string(r.position) + " fails the pay-out " + r.decision.stream.display() + " (" +
                   to_string(order->state.amount) + ") because its channel doesn't know it",
               r.decision.stream);
  }

  void bank_received(const bank_request& r, const history& h) override {
    if (r.what.operation != operation::pay_out)
      return;
    const replayed_attempt known = h.find(r.what.attempt);
    if (!known)
      return; // another checker's rule
    const auto it = claims_.find(known.stream->display());
    if (it == claims_.end() || it->second.is != standing::held)
      report("the bank of " + r.what.channel.str() + " received the pay-out " + known.stream->display() + " (" +
                 to_string(r.what.amount) + "), and its money isn't claimed",
             *known.stream);
    look_for_its_like(r, known, h);
  }

  void settled(const settled_run& run) override {
    for (const known_order& known : run.history.orders()) {
      const order::state& s = known.order->state;
      if (s.kind == order_kind::pay_out)
        compare_claim(*known.stream, s);
      else if (s.kind == order_kind::top_up)
        compare_credit(*known.stream, s);
    }
  }

private:
  enum class standing : uint8_t { held, released, settled };
  struct claim {
    money amount;
    standing is = standing::held;
  };

  void follow_account(const recorded_decision& r) {
    const decision& d = r.decision;
    for (const event& e : d.events) {
      for (const posting& line : postings_of(e))
        if (line.account.kind == account_kind::merchant_available)
          if ((balances_[{path(line.account), line.amount.currency}] -= line.amount.minor) < 0)
            report("position " + std::to_string(r.position) + " leaves " + path(line.account) + " below zero",
                   d.stream);
      if (auto* asked = std::get_if<claim_input>(&d.input);
          asked != nullptr && asked->channel.empty() && std::holds_alternative<account_claimed>(e))
        enter(r, asked->key, asked->amount);
      if (auto* back = std::get_if<release_input>(&d.input);
          back != nullptr && std::holds_alternative<claim_released>(e))
        end(r, back->key, standing::released);
      if (auto* over = std::get_if<settle_input>(&d.input); over != nullptr && std::holds_alternative<claim_settled>(e))
        end(r, over->key, standing::settled);
      if (auto* in = std::get_if<credit_input>(&d.input); in != nullptr && std::holds_alternative<account_credited>(e))
        if (!credits_.emplace(in->key, in->amount).second)
          report("position " + std::to_string(r.position) + " credits " + in->key + " a second time", d.stream);
    }
  }

  void enter(const recorded_decision& r, const std::string& key, money amount) {
    if (!claims_.emplace(key, claim{amount, standing::held}).second)
      report("position " + std::to_string(r.position) + " claims for " + key + " a second time", r.decision.stream);
  }

  void end(const recorded_decision& r, const std::string& key, standing to) {
    auto it = claims_.find(key);
    if (it == claims_.end() || it->second.is != standing::held)
      return report("position " + std::to_string(r.position) + " ends a claim for " + key + " that isn't held",
                    r.decision.stream);
    it->second.is = to;
  }

  /// The same merchant or wallet, payee and amount (C10).
  void look_for_its_like(const bank_request& r, const replayed_attempt& known, const history& h) {
    const order::state& s = known.order->state;
    auto& alike = sent_[likeness(s.merchant.str() + "/" + s.from_wallet.str(), as_text(std::span(s.payee_token)),
                                 s.amount.minor, s.amount.currency)];
    if (alike.empty() || alike != known.stream->display()) {
      const auto earlier = streams_.find(alike);
      const replayed_order* order = earlier == streams_.end() ? nullptr : h.find(earlier->second);
      if (order != nullptr && order->state.status == order_state::open)
        report("the bank of " + r.what.channel.str() + " received the pay-out " + known.stream->display() + " (" +
                   to_string(r.what.amount) + ") while its like " + alike + " was " + standing_words(order->state),
               *known.stream);
    }
    alike = known.stream->display();
    streams_.emplace(alike, *known.stream);
  }

  void compare_claim(const stream_name& stream, const order::state& s) const {
    const auto it = claims_.find(stream.display());
    const bool is_held = it != claims_.end() && it->second.is == standing::held;
    if (s.status == order_state::paid && (it == claims_.end() || it->second.is != standing::settled))
      report("the pay-out " + stream.display() + " is paid, and its claim isn't settled", stream);
    if (s.status == order_state::failed && is_held)
      report("the pay-out " + stream.display() + " has failed, and its claim of " + to_string(it->second.amount) +
                 " is left behind",
             stream);
    if (s.status == order_state::open && !is_held)
      report("the pay-out " + stream.display() + " is " + standing_words(s) + ", and its money isn't claimed", stream);
  }

  void compare_credit(const stream_name& stream, const order::state& s) const {
    const auto it = credits_.find(stream.display());
    const bool is_credited = it != credits_.end() && it->second == s.amount;
    if ((s.status == order_state::paid) != is_credited)
      report("the top-up " + stream.display() + " (" + to_string(s.amount) + ") is " + standing_words(s) + ", and " +
                 (is_credited ? "is credited" : "isn't credited"),
             stream);
  }

  using likeness = std::tuple<std::string, std::string, int64_t, currency>;

  std::map<std::pair<std::string, currency>, wide_minor> balances_;
  std::unordered_map<std::string, claim> claims_;        ///< By the order's name. Never iterated.
  std::unordered_map<std::string, money> credits_;       ///< By the order's name. Never iterated.
  std::map<likeness, std::string> sent_;                 ///< The last order that was sent.
  std::unordered_map<std::string, stream_name> streams_; ///< Never iterated.
};

} // namespace

checker_ptr make_paid_out_once() {
  return std::make_unique<paid_out_once>();
}

} // namespace oncepay::sim
