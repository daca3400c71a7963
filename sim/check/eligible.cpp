// An attempt goes to a channel that serves it: method, currency, amount, a merchant on its white list, and none that
// the order has tried before; what is withheld goes where its agreement stands, whenever its route is chosen. Gray
// release isn't looked at: which orders it lets through is drawn by the router alone.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include "schema/limits.hpp"

#include <algorithm>
#include <unordered_map>

namespace oncepay::sim {

namespace {

template <class T, class U>
bool holds(const std::vector<T>& list, const U& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

class eligible final : public checker {
public:
  explicit eligible(const std::vector<channel_terms>& channels) {
    for (const channel_terms& t : channels)
      terms_.emplace(t.channel, t);
  }
  std::string_view name() const override { return "eligible"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    for (const event& e : d.events)
      if (auto* intended = std::get_if<attempt_intended>(&e))
        check(r, *intended, h);
  }

private:
  struct payment {
    std::string_view merchant;
    money amount;
    const method_id* method = nullptr;
    bool out = false;
    bool from_wallet = false;
    bool by_card = false; ///< Binds or authenticates one, or is withheld by one.
    bool no_money = false;
    const channel_id* agreed_with = nullptr; ///< Where its agreement stands; null: it isn't withheld by one.
  };

  void check(const recorded_decision& r, const attempt_intended& intended, const history& h) const {
    const decision& d = r.decision;
    payment p{d.stream.part(0), {}, nullptr, false, false};
    const route_answer* route = nullptr;
    if (auto* pay = std::get_if<pay_input>(&d.input)) {
      route = &pay->route;
      p.amount = pay->amount;
      p.method = &pay->method;
      p.from_wallet = !pay->wallet.empty();
      p.by_card = pay->card.deed != card_deed::none || !pay->agreement.bound_by.empty();
      p.no_money = pay->card.deed == card_deed::bind || pay->card.deed == card_deed::authenticate;
      p.agreed_with = agreed_channel(pay->agreement);
    } else if (auto* later = later_route(d.input)) {
      const replayed_order* order = h.find(d.stream);
      if (order == nullptr)
        return;
      route = later;
      p.out = order->state.kind == order_kind::pay_out;
      p.by_card = order->state.binds || moves_no_money(order->state.kind) || !order->state.agreement.bound_by.empty();
      p.no_money = moves_no_money(order->state.kind);
      p.agreed_with = agreed_channel(order->state.agreement);
      p.amount = order->state.amount;
      p.method = &order->state.method;
      p.from_wallet = !p.out && !order->state.from_wallet.empty();
      for (const order::attempt& a : order->state.attempts)
        if (a.channel == route->chosen && !was_stopped(a, p.out))
          break_rule(r, intended, route->chosen, "which attempt " + std::to_string(a.number) + " was on");
    }
    if (route == nullptr)
      return;
    if (p.agreed_with != nullptr && route->chosen != *p.agreed_with)
      break_rule(r, intended, route->chosen, "where its agreement doesn't stand");
    auto terms = terms_.find(route->chosen);
    if (terms == terms_.end())
      break_rule(r, intended, route->chosen, "a channel that was never opened");
    else if (auto why = refusal_of(terms->second, p); !why.empty())
      break_rule(r, intended, route->chosen,
                 "which " + std::string(why) + " (" + to_string(p.amount) + ", " + p.method->str() + ")");
  }

  static const channel_id* agreed_channel(const agreement_use& use) {
    return use.bound_by.empty() ? nullptr : &use.channel;
  }

  /// Where it goes on, or begins once its payer has confirmed it, or of a pay-out, once its money is claimed.
  static const route_answer* later_route(const input& in) {
    if (auto* said = std::get_if<attempt_input>(&in); said != nullptr && said->route)
      return &*said->route;
    if (auto* granted = std::get_if<account_answer_input>(&in); granted != nullptr && granted->route)
      return &*granted->route;
    if (auto* confirmed = std::get_if<confirm_input>(&in); confirmed != nullptr && !confirmed->route.chosen.empty())
      return &confirmed->route;
    return nullptr;
  }

  /// A pay-out that was stopped at its channel's door was never there.
  static bool was_stopped(const order::attempt& a, bool out) {
    return out && a.state == attempt_state::failed && a.last_evidence == evidence::never_left &&
           a.code == "PAY_OUTS_STOPPED";
  }

  static std::string_view refusal_of(const channel_terms& t, const payment& p) {
    if (!p.no_money && p.agreed_with == nullptr && !holds(p.out ? t.pay_out_methods : t.methods, *p.method))
      return "doesn't serve its method";
    if (p.from_wallet != (t.in_house == house_tool::wallet))
      return p.from_wallet ? "has no wallets" : "takes from wallets only";
    if (p.by_card && !holds(t.card_methods, *p.method))
      return "doesn't bind cards of its method";
    if (!holds(t.currencies, p.amount.currency))
      return "doesn't serve its currency";
    if (p.no_money)
      return is_for(t, p) ? "" : "isn't for this merchant";
    if (p.amount.minor < t.amount_minor_min ||
        p.amount.minor > (t.amount_minor_max == 0 ? limits::amount_minor_max : t.amount_minor_max))
      return "doesn't take this amount";
    return is_for(t, p) ? "" : "isn't for this merchant";
  }

  static bool is_for(const channel_terms& t, const payment& p) {
    return t.merchants_allowed.empty() || std::any_of(t.merchants_allowed.begin(), t.merchants_allowed.end(),
                                                      [&](const merchant_id& m) { return m.str() == p.merchant; });
  }

  void break_rule(const recorded_decision& r, const attempt_intended& intended, const channel_id& channel,
                  const std::string& why) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " chose " +
               words(intended.number, intended.id, channel) + ", " + why,
           r.decision.stream);
  }

  std::unordered_map<channel_id, channel_terms> terms_; ///< Never iterated.
};

} // namespace

checker_ptr make_eligible(const std::vector<channel_terms>& channels) {
  return std::make_unique<eligible>(channels);
}

} // namespace oncepay::sim
