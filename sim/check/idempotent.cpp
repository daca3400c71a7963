// An order number is one order: opened once, with a content that somebody asked for, never changed. Who sends the same
// content again is told how the order stands; who sends another is told of the conflict, and nobody else is.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

namespace oncepay::sim {

namespace {

/// Two contents that differ are compared as they are; a person's own text isn't in the log, only its token is.
struct asked_content {
  money amount;
  size_t means = 0; ///< Hash.
  order_kind kind = order_kind::payment;

  bool operator==(const asked_content&) const = default;
};

/// What a command asks for that opens an order.
struct wish {
  stream_name order;
  order_kind kind = order_kind::payment;
  money amount;
  method_id method;
  wallet_id from_wallet, to_wallet;
  std::string person = {}; ///< Payer or payee.

  static std::optional<wish> in(const command& c) {
    if (auto* bind = std::get_if<bind_command>(&c.body))
      return wish{stream_name::of_order(bind->merchant, bind->order_no),
                  order_kind::bind,
                  {0, bind->currency},
                  bind->method,
                  {},
                  {},
                  bind->payer};
    if (auto* asks = std::get_if<authenticate_command>(&c.body))
      return wish{stream_name::of_order(asks->merchant, asks->order_no),
                  order_kind::authenticate,
                  {0, asks->currency},
                  asks->method,
                  {},
                  {},
                  asks->payer};
    if (auto* pay = std::get_if<pay_command>(&c.body))
      return wish{stream_name::of_order(pay->merchant, pay->order_no),
                  pay->top_up ? order_kind::top_up : order_kind::payment,
                  pay->amount,
                  pay->method,
                  pay->wallet,
                  pay->to_wallet,
                  pay->payer};
    if (auto* out = std::get_if<pay_out_command>(&c.body))
      return wish{stream_name::of_order(out->merchant, out->order_no),
                  order_kind::pay_out,
                  out->amount,
                  out->method,
                  out->from_wallet,
                  {},
                  out->payee};
    return std::nullopt;
  }

  asked_content content() const {
    return {amount, std::hash<std::string>()(method.str() + "/" + from_wallet.str() + "/" + to_wallet.str()), kind};
  }
  bool is_of(const order::state& s) const {
    return s.amount == amount && s.method == method && s.kind == kind && s.from_wallet == from_wallet &&
           s.to_wallet == to_wallet;
  }
};

std::string words_of(const wish& w) {
  return "a " + std::string(name(w.kind)) + " of " + to_string(w.amount) + " by " + w.method.str() +
         (w.from_wallet.empty() ? "" : " from wallet " + w.from_wallet.str()) +
         (w.to_wallet.empty() ? "" : " to wallet " + w.to_wallet.str()) + (w.person.empty() ? "" : " with " + w.person);
}

bool tells_of_the_order(errc code) {
  return code == errc::ok || code == errc::payment_failed || code == errc::order_closed || code == errc::in_doubt ||
         code == errc::risk_blocked || code == errc::step_up_required || code == errc::step_up_expired ||
         code == errc::step_up_failed;
}

class idempotent final : public checker {
public:
  std::string_view name() const override { return "idempotent"; }

  void sent(const sent_request& r) override {
    if (const auto asked = wish::in(r.command))
      note(*asked);
    if (auto* batch = std::get_if<pay_out_batch_command>(&r.command.body))
      for (const pay_out_line& line : batch->lines)
        note({stream_name::of_order(batch->merchant, line.order_no),
              order_kind::pay_out,
              {line.amount_minor, batch->currency},
              batch->method,
              {},
              {}});
  }

  void decided(const recorded_decision& r, const history& h) override {
    auto* pay = std::get_if<pay_input>(&r.decision.input);
    auto* out = std::get_if<pay_out_input>(&r.decision.input);
    if ((pay == nullptr && out == nullptr) || is_grant(r.decision))
      return;
    const wish asked =
        pay != nullptr
            ? wish{r.decision.stream, kind_of(*pay), pay->amount, pay->method, pay->wallet, pay->to_wallet}
            : wish{r.decision.stream, order_kind::pay_out, out->amount, out->method, out->from_wallet, wallet_id()};
    if (const replayed_order* order = h.find(r.decision.stream))
      return report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() +
                        " lets a command for " + words_of(asked) + " change an order that exists (" +
                        to_string(order->state.amount) + ", opened " + to_string(order->state.opened_at) + ")",
                    r.decision.stream);
    check_opening(r, asked);
  }

  void received(const received_reply& r, const history& h) override {
    const auto asked = r.number == 0 ? std::nullopt : wish::in(r.command);
    if (!asked)
      return;
    if (tells_of_the_order(r.reply.code))
      check_told(r, *asked, h);
    else if (r.reply.code == errc::order_conflict)
      check_conflict(*asked, h);
  }

private:
  struct asked_contents {
    asked_content first;
    std::vector<asked_content> others;
  };

  void note(const wish& asked) {
    const auto now_asked = asked.content();
    auto [it, is_new] = asked_.try_emplace(asked.order);
    if (is_new)
      it->second.first = now_asked;
    else if (it->second.first != now_asked)
      it->second.others.push_back(now_asked);
  }

  /// A payment that the order which bound the card was asked about: it opens another one.
  static bool is_grant(const decision& d) {
    return d.events.size() == 1 && std::holds_alternative<withhold_granted>(d.events.front());
  }
  static order_kind kind_of(const pay_input& pay) {
    return pay.card.deed == card_deed::bind           ? order_kind::bind
           : pay.card.deed == card_deed::authenticate ? order_kind::authenticate
           : pay.top_up                               ? order_kind::top_up
                                                      : order_kind::payment;
  }
  static bool is_opening(const event& e) { return std::holds_alternative<order_opened>(e); }
  /// Never 0.
  static size_t hash_of(const std::string& person) { return std::hash<std::string>()(person) | 1U; }

  void check_opening(const recorded_decision& r, const wish& asked) {
    const stream_name& stream = r.decision.stream;
    const std::vector<event>& events = r.decision.events;
    const auto openings = std::count_if(events.begin(), events.end(), is_opening);
    if (openings != 1)
      report("position " + std::to_string(r.position) + " opens " + stream.display() + " " + std::to_string(openings) +
                 " times",
             stream);
    const auto opened = asked.content();
    auto it = asked_.find(stream);
    const bool was_asked = it != asked_.end() &&
                           (it->second.first == opened || std::find(it->second.others.begin(), it->second.others.end(),
                                                                    opened) != it->second.others.end());
    if (!was_asked)
      report("position " + std::to_string(r.position) + " opens " + stream.display() + " with " + words_of(asked) +
                 ", which nobody asked for",
             stream);
    // From here on the log knows the order.
    if (it != asked_.end())
      asked_.erase(it);
  }

  void check_told(const received_reply& r, const wish& asked, const history& h) {
    const stream_name& stream = asked.order;
    const replayed_order* order = h.find(stream);
    if (order == nullptr)
      return; // an answer about nothing: another checker's rule
    if (!asked.is_of(order->state))
      return report("request " + std::to_string(r.number) + " asked for " + words_of(asked) + " under " +
                        stream.display() + ", which is about " + to_string(order->state.amount) + " by " +
                        order->state.method.str() + ", and was answered " + std::string(oncepay::name(r.reply.code)) +
                        " instead of a conflict",
                    stream);
    if (order->ordinal >= payers_.size())
      payers_.resize(order->ordinal + 1);
    size_t& payer = payers_[order->ordinal];
    if (payer == 0)
      payer = hash_of(asked.person);
    else if (payer != hash_of(asked.person))
      report("request " + std::to_string(r.number) + " asked for " + words_of(asked) + " under " + stream.display() +
                 " and was answered " + std::string(oncepay::name(r.reply.code)) +
                 "; another payer had been told of that order",
             stream);
  }

  void check_conflict(const wish& asked, const history& h) const {
    const stream_name& stream = asked.order;
    const replayed_order* order = h.find(stream);
    if (order == nullptr)
      return report("a command for " + words_of(asked) + " was told of a conflict with " + stream.display() +
                        ", which the log doesn't know",
                    stream);
    const bool same_payer = order->ordinal < payers_.size() && payers_[order->ordinal] == hash_of(asked.person);
    if (same_payer && asked.is_of(order->state))
      report("a command for " + words_of(asked) + " was told of a conflict with " + stream.display() +
                 ", which has the same content",
             stream);
  }

  std::unordered_map<stream_name, asked_contents> asked_; ///< Of what isn't opened yet. Never iterated.
  std::vector<size_t> payers_; ///< Hashes, by the order's ordinal: whose it is, by what was answered first.
};

} // namespace

checker_ptr make_idempotent() {
  return std::make_unique<idempotent>();
}

} // namespace oncepay::sim
