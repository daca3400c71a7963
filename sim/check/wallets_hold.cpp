// What a customer's wallet holds is what the orders say: what was topped up and refunded, less what was paid and paid
// out. No wallet is ever below zero, nothing that one was asked for is done twice, and none denies what it did: it is
// no bank, and lies about nothing. Where an order is in doubt, or people were mistaken about it, its wallet may hold
// either.
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

#include <map>
#include <string>
#include <unordered_set>
#include <utility>

namespace oncepay::sim {

namespace {

class wallets_hold final : public checker {
public:
  std::string_view name() const override { return "wallets-hold"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    const replayed_order* order = h.find(d.stream);
    const bool by_wallet = order != nullptr && !order->state.from_wallet.empty() &&
                           order->state.kind != order_kind::pay_out && order->state.rulings.empty();
    for (const event& e : d.events) {
      if (by_wallet &&
          (std::holds_alternative<contradiction_recorded>(e) || std::holds_alternative<refund_contradicted>(e)))
        report("position " + std::to_string(r.position) + ": the wallet that pays " + d.stream.display() +
                   " contradicts what it said before",
               d.stream);
      for (const posting& line : postings_of(e))
        if (line.account.kind == account_kind::wallet &&
            (held_[{line.account.owner, line.amount.currency}] -= line.amount.minor) < 0)
          report("position " + std::to_string(r.position) + " leaves " + path(line.account) + " below zero", d.stream);
      if (auto* asked = std::get_if<claim_input>(&d.input);
          asked != nullptr && std::holds_alternative<account_claimed>(e) && !done_.insert(asked->key).second)
        report("position " + std::to_string(r.position) + " takes " + to_string(asked->amount) + " for " + asked->key +
                   " a second time",
               d.stream);
    }
  }

  void settled(const settled_run& run) override {
    std::map<wallet, range> expected;
    for (const known_order& known : run.history.orders())
      add(known.order->state, expected);
    for (const auto& [which, minor] : held_)
      expected.try_emplace(which);
    for (const auto& [which, may] : expected) {
      const auto it = held_.find(which);
      const wide_minor minor = it == held_.end() ? 0 : it->second;
      if (minor < may.least || minor > may.most)
        report("the wallet " + which.first + " holds " + words(minor, which.second) + "; its orders say " +
               words(may.least, which.second) +
               (may.least == may.most ? std::string() : " to " + words(may.most, which.second)));
    }
  }

private:
  using wallet = std::pair<std::string, currency>;
  struct range {
    wide_minor least = 0;
    wide_minor most = 0;

    void add(wide_minor minor, bool surely) {
      if (surely || minor < 0)
        least += minor;
      if (surely || minor > 0)
        most += minor;
    }
  };

  /// Its outcome is what evidence says, and says finally.
  static bool is_sure(const order::state& s, const order::attempt& a) {
    return !is_doubtful(a.state) && a.state != attempt_state::intended && !is_mistaken(s, a);
  }

  static void add(const order::state& s, std::map<wallet, range>& expected) {
    const currency cur = s.amount.currency;
    if (!s.to_wallet.empty() && s.status == order_state::paid)
      expected[{s.merchant.str() + "/" + s.to_wallet.str(), cur}].add(s.amount.minor, !s.asked);
    if (s.from_wallet.empty())
      return;
    range& paying = expected[{s.merchant.str() + "/" + s.from_wallet.str(), cur}];
    if (s.kind == order_kind::pay_out) {
      const bool is_claimed = s.status == order_state::paid || s.status == order_state::open;
      const bool is_asking = s.asked == account_deed::claim || s.asked == account_deed::release;
      if (is_claimed || is_asking)
        paying.add(-(wide_minor{s.amount.minor} + s.claimed_fee_minor), !is_asking);
      return;
    }
    for (const order::attempt& a : s.attempts)
      if (a.state == attempt_state::succeeded || s.surplus_attempt == a.number || !is_sure(s, a))
        paying.add(-s.amount.minor, is_sure(s, a));
    for (const order::refund& r : s.refunds)
      if (r.state != refund_state::failed || is_mistaken(s, r))
        paying.add(r.amount_minor, r.state == refund_state::succeeded && !is_mistaken(s, r));
  }

  std::map<wallet, wide_minor> held_;
  std::unordered_set<std::string> done_; ///< Never iterated.
};

} // namespace

checker_ptr make_wallets_hold() {
  return std::make_unique<wallets_hold>();
}

} // namespace oncepay::sim
