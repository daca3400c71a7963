// An order number is one order: opened once, with a content that somebody asked for, never changed. Who sends the same
// content again is told how the order stands; who sends another is told of the conflict, and nobody else is.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace oncepay::sim {

namespace {

/// Two contents that differ are compared as they are; the payer's own text isn't in the log, only its token is.
struct content {
  money amount;
  size_t method = 0; ///< Hash.

  static content of(const money& amount, const method_id& method) {
    return {amount, std::hash<std::string>()(method.str())};
  }
  bool operator==(const content&) const = default;
};

std::string words_of(const pay_command& c) {
  return to_string(c.amount) + " by " + c.method.str() + (c.payer.empty() ? "" : " from payer " + c.payer);
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
    auto* pay = std::get_if<pay_command>(&r.command.body);
    if (pay == nullptr)
      return;
    const auto now_asked = content::of(pay->amount, pay->method);
    auto [it, is_new] = asked_.try_emplace(stream_name::of_order(pay->merchant, pay->order_no));
    if (is_new)
      it->second.first = now_asked;
    else if (it->second.first != now_asked)
      it->second.others.push_back(now_asked);
  }

  void decided(const recorded_decision& r, const history& h) override {
    auto* pay = std::get_if<pay_input>(&r.decision.input);
    if (pay == nullptr)
      return;
    if (const replayed_order* order = h.find(r.decision.stream))
      return report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() +
                        " lets a command for " + to_string(pay->amount) + " by " + pay->method.str() +
                        " change an order that exists (" + to_string(order->state.amount) + ", opened " +
                        to_string(order->state.opened_at) + ")",
                    r.decision.stream);
    check_opening(r, *pay);
  }

  void received(const received_reply& r, const history& h) override {
    auto* pay = std::get_if<pay_command>(&r.command.body);
    if (pay == nullptr || r.number == 0)
      return;
    if (tells_of_the_order(r.reply.code))
      check_told(r, *pay, h);
    else if (r.reply.code == errc::order_conflict)
      check_conflict(*pay, h);
  }

private:
  struct asked_contents {
    content first;
    std::vector<content> others;
  };

  static bool is_opening(const event& e) { return std::holds_alternative<order_opened>(e); }
  /// Never 0.
  static size_t hash_of(const std::string& payer) { return std::hash<std::string>()(payer) | 1U; }

  void check_opening(const recorded_decision& r, const pay_input& pay) {
    const stream_name& stream = r.decision.stream;
    const std::vector<event>& events = r.decision.events;
    const auto openings = std::count_if(events.begin(), events.end(), is_opening);
    if (openings != 1)
      report("position " + std::to_string(r.position) + " opens " + stream.display() + " " + std::to_string(openings) +
                 " times",
             stream);
    const auto opened = content::of(pay.amount, pay.method);
    auto it = asked_.find(stream);
    const bool was_asked = it != asked_.end() &&
                           (it->second.first == opened || std::find(it->second.others.begin(), it->second.others.end(),
                                                                    opened) != it->second.others.end());
    if (!was_asked)
      report("position " + std::to_string(r.position) + " opens " + stream.display() + " with " +
                 to_string(pay.amount) + " by " + pay.method.str() + ", which nobody asked for",
             stream);
    // From here on the log knows the order.
    if (it != asked_.end())
      asked_.erase(it);
  }

  void check_told(const received_reply& r, const pay_command& pay, const history& h) {
    const auto stream = stream_name::of_order(pay.merchant, pay.order_no);
    const replayed_order* order = h.find(stream);
    if (order == nullptr)
      return; // an answer about nothing: another checker's rule
    if (order->state.amount != pay.amount || order->state.method != pay.method)
      return report("request " + std::to_string(r.number) + " asked for " + words_of(pay) + " under " +
                        stream.display() + ", which is about " + to_string(order->state.amount) + " by " +
                        order->state.method.str() + ", and was answered " + std::string(oncepay::name(r.reply.code)) +
                        " instead of a conflict",
                    stream);
    if (order->ordinal >= payers_.size())
      payers_.resize(order->ordinal + 1);
    size_t& payer = payers_[order->ordinal];
    if (payer == 0)
      payer = hash_of(pay.payer);
    else if (payer != hash_of(pay.payer))
      report("request " + std::to_string(r.number) + " asked for " + words_of(pay) + " under " + stream.display() +
                 " and was answered " + std::string(oncepay::name(r.reply.code)) +
                 "; another payer had been told of that order",
             stream);
  }

  void check_conflict(const pay_command& pay, const history& h) const {
    const auto stream = stream_name::of_order(pay.merchant, pay.order_no);
    const replayed_order* order = h.find(stream);
    if (order == nullptr)
      return report("a command for " + words_of(pay) + " was told of a conflict with " + stream.display() +
                        ", which the log doesn't know",
                    stream);
    const bool same_payer = order->ordinal < payers_.size() && payers_[order->ordinal] == hash_of(pay.payer);
    if (same_payer && order->state.amount == pay.amount && order->state.method == pay.method)
      report("a command for " + words_of(pay) + " was told of a conflict with " + stream.display() +
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
