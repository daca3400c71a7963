// The books balance: each decision's postings sum to zero in each currency, a paid order's say exactly what it moved,
// an account pays no channel but the one that asked, and at the end the view of balances is the sum of all postings,
// and what a channel owes and keeps is what its bank moved for paid orders. Summed in 128 bits, by nothing that the
// ledger itself uses.
#include "actors/views/balances_view.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

#include <deque>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

namespace oncepay::sim {

namespace {

/// An account's balance in one currency, found without making a text.
struct account_key {
  account_kind kind;
  uint16_t currency;
  std::string_view owner; ///< Into the account itself.
  bool operator==(const account_key&) const = default;
};
struct account_hash {
  size_t operator()(const account_key& k) const {
    return std::hash<std::string_view>()(k.owner) ^ (size_t{static_cast<uint8_t>(k.kind)} << 24 | k.currency);
  }
};
struct account {
  account_ref ref;
  oncepay::currency currency;
  wide_minor minor = 0;
};

class books final : public checker {
public:
  std::string_view name() const override { return "books"; }

  void decided(const recorded_decision& r, const history& h) override {
    for (const event& e : r.decision.events) {
      const std::vector<posting>& lines = postings_of(e);
      if (lines.empty())
        continue;
      check_zero(r, lines);
      for (const posting& line : lines) {
        balance_of(line) += line.amount.minor;
        if (r.decision.stream.kind() != stream_kind::account || line.account.kind != account_kind::channel_receivable)
          continue;
        paid_by_wallets_[{line.account.owner, line.amount.currency}] += line.amount.minor;
        if (line.account.owner != asking_channel(r.decision.input))
          report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " posts to " +
                     path(line.account) + ", which didn't ask for it",
                 r.decision.stream);
      }
    }
    if (r.decision.stream.kind() != stream_kind::order)
      return;
    for (const event& e : r.decision.events)
      if (auto* paid = std::get_if<order_paid>(&e))
        check_paid(r, paid->postings, h);
  }

  void received(const received_reply& r, const history&) override {
    auto* query = std::get_if<query_balances_command>(&r.command.body);
    auto* list = std::get_if<balance_list>(&r.reply.body);
    if (query == nullptr || list == nullptr || r.number == 0 || !query->path_prefix.empty())
      return;
    for (const money& sum : list->sums)
      if (sum.minor != 0)
        report("request " + std::to_string(r.number) + " was told that all balances together are " + to_string(sum));
  }

  void settled(const settled_run& run) override {
    compare_view(run.balances_view);
    compare_banks(run);
    compare_held(run);
  }

private:
  using by_path = std::map<std::pair<std::string, currency>, wide_minor>;

  /// The channel inside the house that an account is asked by; empty: none does.
  static std::string_view asking_channel(const input& in) {
    if (auto* asked = std::get_if<claim_input>(&in))
      return asked->channel.str();
    if (auto* given = std::get_if<credit_input>(&in))
      return given->channel.str();
    return {};
  }

  wide_minor& balance_of(const posting& line) {
    const account_key key{line.account.kind, line.amount.currency.numeric, line.account.owner};
    if (auto it = index_.find(key); it != index_.end())
      return it->second->minor;
    account& a = accounts_.emplace_back(account{line.account, line.amount.currency, 0});
    index_.emplace(account_key{key.kind, key.currency, a.ref.owner}, &a);
    return a.minor;
  }

  void check_zero(const recorded_decision& r, const std::vector<posting>& lines) const {
    for (size_t i = 0; i < lines.size(); ++i) {
      const currency cur = lines[i].amount.currency;
      wide_minor sum = 0;
      bool is_first = true;
      for (size_t j = 0; j < lines.size() && is_first; ++j) {
        if (lines[j].amount.currency != cur)
          continue;
        is_first = j >= i; // else this currency was summed before
        sum += lines[j].amount.minor;
      }
      if (is_first && sum != 0)
        report("the postings of position " + std::to_string(r.position) + " (" + r.decision.stream.display() +
                   ") sum to " + words(sum, cur) + " instead of zero",
               r.decision.stream);
    }
  }

  /// A: the amount, F: our fee, K: the channel's cost. The channel owes A and keeps K, the merchant is owed A - F. Of a
  /// top-up A is in transit; of a pay-out A + F leaves it, A by way of the channel.
  void check_paid(const recorded_decision& r, const std::vector<posting>& lines, const history& h) const {
    const decision& d = r.decision;
    auto* said = std::get_if<attempt_input>(&d.input);
    const replayed_order* order = h.find(d.stream);
    const auto ruled = said == nullptr && order != nullptr ? ruled_attempt(d, &order->state) : std::nullopt;
    if (ruled)
      said = &*ruled;
    if (said == nullptr || order == nullptr || said->attempt_number == 0 ||
        said->attempt_number > order->state.attempts.size())
      return; // the white list's rule
    const order::attempt& a = order->state.attempts[said->attempt_number - 1];
    wide_minor receivable = 0;
    wide_minor cost = 0;
    wide_minor pending = 0;
    wide_minor fees = 0;
    wide_minor transit = 0;
    bool strange = false;
    for (const posting& line : lines) {
      const bool of_channel = line.account.owner == a.channel.str();
      if (line.amount.currency != order->state.amount.currency)
        strange = true;
      else if (line.account.kind == account_kind::channel_receivable && of_channel)
        receivable += line.amount.minor;
      else if (line.account.kind == account_kind::channel_cost && of_channel)
        cost += line.amount.minor;
      else if (line.account.kind == account_kind::merchant_pending && line.account.owner == d.stream.part(0))
        pending += line.amount.minor;
      else if (line.account.kind == account_kind::platform_fees && line.account.owner.empty())
        fees += line.amount.minor;
      else if (line.account.kind == account_kind::transit)
        transit += line.amount.minor;
      else
        strange = true;
    }
    // What is bound or authenticated moves nothing, so nothing may be posted for it.
    const wide_minor amount = order->state.amount.minor;
    const currency cur = order->state.amount.currency;
    const bool out = order->state.kind == order_kind::pay_out;
    const bool for_goods = order->state.kind == order_kind::payment || moves_no_money(order->state.kind);
    const wide_minor fee = out ? order->state.claimed_fee_minor : for_goods ? a.fee_minor : 0;
    const wide_minor moved = out ? -amount : amount;
    const wide_minor through = out ? amount + fee : for_goods ? 0 : -amount;
    if (strange || receivable != moved - a.cost_minor || cost != a.cost_minor || fees != -fee || transit != through ||
        pending != (for_goods ? fee - amount : 0))
      report("position " + std::to_string(r.position) + " posts " + words(receivable, cur) + " to what " +
                 a.channel.str() + " owes, " + words(cost, cur) + " to its cost, " + words(pending, cur) +
                 " to the merchant, " + words(fees, cur) + " to our fees, " + words(transit, cur) +
                 " to what is in transit" + (strange ? ", and something that is none of these" : "") + "; " +
                 d.stream.display() + " is about " + words(amount, cur) + " with a fee of " + words(a.fee_minor, cur) +
                 " and a cost of " + words(a.cost_minor, cur),
             d.stream);
  }

  void compare_view(const view_store& view) const {
    auto list = balances_view::read(view, {}, std::numeric_limits<size_t>::max());
    if (!list)
      return report("the balances can't be read: " + list.error().text);
    by_path told;
    for (const balance& b : list->balances)
      told[{b.path, b.amount.currency}] = b.amount.minor;
    by_path summed;
    for (const account& a : accounts_)
      summed[{path(a.ref), a.currency}] += a.minor;
    for (const auto& [key, minor] : summed) {
      auto it = told.find(key);
      if (it == told.end() || it->second != minor)
        report("the view says that the balance of " + key.first + " is " +
               (it == told.end() ? "nothing" : words(it->second, key.second)) + "; its postings sum to " +
               words(minor, key.second));
    }
    for (const auto& [key, minor] : told)
      if (!summed.contains(key))
        report("the view says that the balance of " + key.first + " is " + words(minor, key.second) +
               ", and nothing was ever posted there");
  }

  /// The surplus went back by its reversal: what its channel paid after that only goes back by a refund of its own.
  static bool was_reversed(const order::state& s) {
    return s.surplus_attempt != 0 && s.attempts[s.surplus_attempt - 1].state == attempt_state::reversed &&
           std::none_of(s.refunds.begin(), s.refunds.end(), [](const order::refund& r) { return r.is_surplus(); });
  }

  void compare_banks(const settled_run& run) const {
    std::map<std::pair<std::string, currency>, wide_minor> moved;
    for (const known_order& known : run.history.orders()) {
      const order::state& s = known.order->state;
      const bool out = s.kind == order_kind::pay_out;
      for (const order::attempt& a : s.attempts) {
        const bool paid = s.status == order_state::paid && a.state == attempt_state::succeeded;
        const bool in_suspense = a.number == s.surplus_attempt && !was_reversed(s);
        const bank_entry* e = paid || in_suspense ? run.banks.find(a.id) : nullptr;
        if (e != nullptr && (e->moved || first_word(*e) == true))
          moved[{e->channel.str(), e->amount.currency}] += out ? -e->amount.minor : e->amount.minor;
        else if (paid && is_mistaken(s, a))
          moved[{a.channel.str(), s.amount.currency}] += out ? -s.amount.minor : s.amount.minor; // as people said
      }
      for (const order::refund& r : s.refunds) {
        const bank_entry* e = r.state == refund_state::succeeded ? run.banks.find_refund(r.operation_id) : nullptr;
        if (e != nullptr && (e->moved || first_word(*e) == true))
          moved[{e->channel.str(), e->amount.currency}] -= e->amount.minor;
        else if (r.state == refund_state::succeeded && is_mistaken(s, r))
          moved[{s.attempts.at(r.attempt_number - 1).channel.str(), s.amount.currency}] -= r.amount_minor;
      }
    }
    std::map<std::pair<std::string, currency>, wide_minor> posted;
    for (const account& a : accounts_)
      if (a.ref.kind == account_kind::channel_receivable || a.ref.kind == account_kind::channel_cost)
        posted[{a.ref.owner, a.currency}] += a.minor;
    // What wallets paid in and got back isn't what a bank owes; the orders' part alone is what was moved for them.
    for (const auto& [key, minor] : paid_by_wallets_)
      posted[key] -= minor;
    for (const auto& [key, minor] : moved)
      posted.try_emplace(key, 0);
    for (const auto& [key, minor] : posted) {
      auto it = moved.find(key);
      const wide_minor by_bank = it == moved.end() ? 0 : it->second;
      if (by_bank != minor)
        report("channel " + key.first + " owes and keeps " + words(minor, key.second) +
               " by our books; its bank moved " + words(by_bank, key.second) +
               " for paid orders, refunds and surpluses taken off");
    }
  }

  /// What is held for refunds and pay-outs under way lies in transit, and what belongs to nobody here in suspense.
  void compare_held(const settled_run& run) const {
    std::map<currency, wide_minor> transit;
    std::map<currency, wide_minor> suspense;
    for (const known_order& known : run.history.orders()) {
      const order::state& s = known.order->state;
      bool given_back = was_reversed(s);
      for (const order::refund& r : s.refunds) {
        given_back = given_back || (r.refund_no.empty() && r.state == refund_state::succeeded);
        if (!r.refund_no.empty() && r.state != refund_state::failed && r.state != refund_state::succeeded)
          transit[s.amount.currency] -= r.amount_minor;
      }
      if (s.kind == order_kind::pay_out && s.status == order_state::open)
        transit[s.amount.currency] -= wide_minor{s.amount.minor} + s.claimed_fee_minor;
      if (s.surplus_attempt != 0 && !given_back)
        suspense[s.amount.currency] -= s.amount.minor;
    }
    for (const account& a : accounts_) {
      if (a.ref.kind == account_kind::transit)
        transit[a.currency] -= a.minor;
      if (a.ref.kind == account_kind::suspense_long)
        suspense[a.currency] -= a.minor;
    }
    for (const auto& [cur, minor] : transit)
      if (minor != 0)
        report("what lies in transit differs by " + words(minor, cur) +
               " from what is held for refunds and pay-outs "
               "under way");
    for (const auto& [cur, minor] : suspense)
      if (minor != 0)
        report("what lies in suspense differs by " + words(minor, cur) + " from the surpluses that are to go back");
  }

  by_path paid_by_wallets_;                                       ///< By channel.
  std::deque<account> accounts_;                                  ///< In the order they were first posted to.
  std::unordered_map<account_key, account*, account_hash> index_; ///< Never iterated.
};

} // namespace

checker_ptr make_books() {
  return std::make_unique<books>();
}

} // namespace oncepay::sim
