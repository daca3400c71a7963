// What a client was told is in the log, and stays so: an answer says what the log says at its position, comes only once
// that is durable, and is never taken back - not by a later answer, not by a crash.
//
// An answer may be older than the order's last decision; then it must have been true once: a final result still is, and
// a doubt has left its mark on the attempt.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

namespace oncepay::sim {

namespace {

bool is_final(order_state s) {
  return s == order_state::paid || s == order_state::failed || s == order_state::closed;
}

/// The one code that says how such an order stands.
errc code_of(order_state s, bool in_doubt, errc failed_with) {
  switch (s) {
  case order_state::none:
    return errc::unknown_order;
  case order_state::paid:
    return errc::ok;
  case order_state::failed:
    return failed_with;
  case order_state::closed:
    return errc::order_closed;
  case order_state::confirming:
    return errc::step_up_required;
  case order_state::open:
  case order_state::closing:
    break;
  }
  return in_doubt ? errc::in_doubt : errc::processing;
}

/// What stopped it before anything was submitted has a code of its own; all else is a failed payment.
errc why_failed(const order::state& s) {
  for (const errc code : {errc::risk_blocked, errc::step_up_expired, errc::step_up_failed})
    if (s.failed_with == static_cast<uint16_t>(code))
      return code;
  return errc::payment_failed;
}

bool refunds_differ(const order_view& v, const order::state& s) {
  if (v.refunds.size() != s.refunds.size() || v.expires_at != s.expires_at)
    return true;
  int64_t refunded_minor = 0;
  for (size_t i = 0; i < v.refunds.size(); ++i) {
    const refund_view& told = v.refunds[i];
    const order::refund& r = s.refunds[i];
    if (told.number != r.number || told.refund_no != r.refund_no || told.state != r.state ||
        told.amount_minor != r.amount_minor || told.operation_id != r.operation_id || told.code != r.code ||
        told.enquire_at != r.enquire_at)
      return true;
    if (r.state == refund_state::succeeded && !r.refund_no.empty())
      refunded_minor += r.amount_minor;
  }
  return v.refunded_minor != refunded_minor;
}

/// The field in which a view differs from the state by replay; empty: none.
std::string_view difference(const order_view& v, const order::state& s) {
  if (v.state != s.status)
    return "state";
  if (v.amount != s.amount || v.method != s.method || v.opened_at != s.opened_at || v.kind != s.kind)
    return "content";
  if (v.attempts.size() != s.attempts.size())
    return "number of attempts";
  bool in_doubt = false;
  for (size_t i = 0; i < v.attempts.size(); ++i) {
    const attempt_view& told = v.attempts[i];
    const order::attempt& a = s.attempts[i];
    in_doubt = is_doubtful(a.state);
    if (told.number != a.number || told.channel != a.channel || told.id != a.id)
      return "attempts";
    if (told.state != a.state || told.code != a.code || told.channel_ref != a.channel_ref ||
        told.enquire_at != a.enquire_at || told.enquiries != a.enquiries)
      return "attempts' outcomes";
    if (!a.code.empty() && told.last_evidence != a.last_evidence)
      return "evidence";
  }
  if (v.in_doubt != in_doubt)
    return "doubt";
  return refunds_differ(v, s) ? "refunds" : "";
}

class acknowledged final : public checker {
public:
  std::string_view name() const override { return "acknowledged"; }

  void received(const received_reply& r, const history& h) override {
    if (r.number == 0)
      return;
    if (r.reply.position > h.position())
      report("request " + std::to_string(r.number) + " (" + std::string(name_of(r.command)) + ") was answered " +
             std::string(oncepay::name(r.reply.code)) + " with position " + std::to_string(r.reply.position) +
             "; the log is durable up to " + std::to_string(h.position()));
    if (auto* pay = std::get_if<pay_command>(&r.command.body))
      check(r, pay->merchant, pay->order_no, h);
    else if (auto* out = std::get_if<pay_out_command>(&r.command.body))
      check(r, out->merchant, out->order_no, h);
    else if (auto* query = std::get_if<query_order_command>(&r.command.body))
      check(r, query->merchant, query->order_no, h);
  }

  void settled(const settled_run& run) override {
    if (run.log.head().position != run.history.position())
      report("decisions up to position " + std::to_string(run.history.position()) +
             " were durable; the log's head is now at " + std::to_string(run.log.head().position));
    for (size_t i = 0; i < told_.size(); ++i) {
      if (told_[i].state == order_state::none)
        continue;
      const stream_name& stream = *run.history.orders()[i].stream;
      const replayed_order& order = *run.history.orders()[i].order;
      auto version = run.log.version_of(stream);
      if (order.state.status != told_[i].state || !version || *version < order.version)
        report(stream.display() + " was acknowledged as " + told_words(told_[i]) + ", and is " +
                   standing_words(order.state) + " at the end (version " + std::to_string(version.value_or(0)) +
                   " of " + std::to_string(order.version) + ")",
               stream);
    }
  }

private:
  struct told_result {
    order_state state = order_state::none; ///< None: nobody was told a final one.
    uint64_t position = 0;
  };

  static std::string told_words(const told_result& t) {
    return std::string(oncepay::name(t.state)) + " with position " + std::to_string(t.position);
  }

  void check(const received_reply& r, const merchant_id& merchant, const order_no& number, const history& h) {
    const errc code = r.reply.code;
    auto* view = std::get_if<order_view>(&r.reply.body);
    if (view == nullptr && code != errc::ok && code != errc::payment_failed && code != errc::order_closed &&
        code != errc::in_doubt && code != errc::unknown_order)
      return;
    const auto stream = stream_name::of_order(merchant, number);
    const replayed_order* order = h.find(stream);
    if (code == errc::unknown_order) {
      if (order != nullptr && order->ordinal < told_.size() && was_told_before(r, told_[order->ordinal]))
        break_rule(r, stream, order, "although it was acknowledged as " + told_words(told_[order->ordinal]));
      else if (order != nullptr && order->version == 1 && order->position <= r.reply.position)
        break_rule(r, stream, order, "although it was opened at " + std::to_string(order->position));
      return;
    }
    if (view == nullptr)
      return break_rule(r, stream, order, "without the order");
    if (view->merchant != merchant || view->order_no != number)
      return break_rule(r, stream, order, "with another order: " + view->merchant.str() + "/" + view->order_no.str());
    if (code !=
        code_of(view->state, view->in_doubt, order == nullptr ? errc::payment_failed : why_failed(order->state)))
      return break_rule(r, stream, order,
                        "with an order that is " + std::string(oncepay::name(view->state)) +
                            (view->in_doubt ? ", in doubt" : ""));
    if (order == nullptr)
      return break_rule(r, stream, order, "and the log doesn't know it");
    if (r.reply.position == 0)
      return break_rule(r, stream, order, "and rests on no position");
    compare(r, stream, *view, *order);
    remember(r, stream, *view, *order);
  }

  void compare(const received_reply& r, const stream_name& stream, const order_view& view,
               const replayed_order& order) const {
    if (order.position <= r.reply.position) {
      if (auto field = difference(view, order.state); !field.empty())
        break_rule(r, stream, &order, "and replay differs in its " + std::string(field));
      return;
    }
    const auto& attempts = order.state.attempts;
    const bool was_true = is_final(view.state) ? order.state.status == view.state
                          : view.in_doubt      ? !attempts.empty() && attempts.back().ever_in_doubt
                                               : true;
    if (!was_true || view.attempts.size() > attempts.size())
      break_rule(r, stream, &order, "which it never was");
  }

  static bool was_told_before(const received_reply& r, const told_result& t) {
    return t.state != order_state::none && t.position <= r.reply.position;
  }

  void remember(const received_reply& r, const stream_name& stream, const order_view& view,
                const replayed_order& order) {
    if (order.ordinal >= told_.size())
      told_.resize(order.ordinal + 1);
    told_result& told = told_[order.ordinal];
    if (is_final(view.state) ? told.state != order_state::none && told.state != view.state : was_told_before(r, told))
      break_rule(r, stream, &order, "after it had been acknowledged as " + told_words(told));
    else if (is_final(view.state) && told.state == order_state::none)
      told = {view.state, r.reply.position};
  }

  void break_rule(const received_reply& r, const stream_name& stream, const replayed_order* order,
                  const std::string& how) const {
    report("request " + std::to_string(r.number) + " (" + std::string(name_of(r.command)) + ") for " +
               stream.display() + " was answered " + std::string(oncepay::name(r.reply.code)) + " with position " +
               std::to_string(r.reply.position) + ", " + how + "; the log says " +
               (order == nullptr ? "nothing of it"
                                 : standing_words(order->state) + ", " + to_string(order->state.amount) +
                                       ", at position " + std::to_string(order->position)),
           stream);
  }

  std::vector<told_result> told_; ///< Final results that somebody was told, by the order's ordinal.
};

} // namespace

checker_ptr make_acknowledged() {
  return std::make_unique<acknowledged>();
}

} // namespace oncepay::sim
