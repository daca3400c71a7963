// A refund gives back no more than was paid, once: all refunds of an order that haven't definitely failed never come to
// more than it paid, each number of a merchant's is one refund of one order, and a bank sees each only after it is
// durable, once and never again, in time. What the log says of a refund is what its bank did, and what its merchant was
// told is what the log says. A surplus - money that came after the order had ended - goes back.
//
// Where a bank's first definite word about a refund was a lie, the log says what the bank said; where people were
// mistaken when they ruled, what they said.
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

bool is_doubtful_refund(refund_state s) {
  return s == refund_state::in_doubt || s == refund_state::manual;
}

bool channel_said(const refund_answer_input& in) {
  return in.source == evidence::channel_reply || in.source == evidence::late_reply || in.source == evidence::enquiry ||
         in.source == evidence::notice;
}
bool says_failed(const refund_answer_input& in) {
  return in.outcome == reply_class::failed_try_another || in.outcome == reply_class::failed_final;
}
bool surely_lost(const refund_answer_input& in, const order::refund& r) {
  return in.source == evidence::enquiry && in.outcome == reply_class::not_found && in.enquiry &&
         in.enquiry->asked_at.ns - r.submit_before.ns >= int64_t{in.enquiry->not_found_after_ms} * ns_per_ms;
}

bool may_go(const order::refund& r, const refund_answer_input& in, refund_state to) {
  const bool is_open = r.state == refund_state::requested || is_doubtful_refund(r.state);
  if (in.source == evidence::ruling)
    return (is_doubtful_refund(r.state) || (r.state == refund_state::failed && r.is_surplus())) &&
           (to == refund_state::succeeded
                ? in.outcome == reply_class::succeeded
                : to == refund_state::failed && is_doubtful_refund(r.state) && says_failed(in));
  switch (to) {
  case refund_state::succeeded:
    return is_open && channel_said(in) && in.outcome == reply_class::succeeded;
  case refund_state::failed:
    return is_open && ((channel_said(in) && says_failed(in)) || in.source == evidence::never_left ||
                       (is_doubtful_refund(r.state) && surely_lost(in, r)));
  case refund_state::in_doubt:
    return r.state == refund_state::requested && in.source != evidence::never_left &&
           (in.outcome == reply_class::unknown || in.outcome == reply_class::payer_confirming);
  case refund_state::none:
  case refund_state::requested:
  case refund_state::manual:
    break;
  }
  return false;
}

std::string refund_words(const order::refund& r) {
  return (r.refund_no.empty() ? std::string("the surplus's refund ") : "refund " + r.refund_no.str() + " ") + "(" +
         r.operation_id.str() + ")";
}

class refunded_once final : public checker {
public:
  std::string_view name() const override { return "refunded-once"; }

  void decided(const recorded_decision& r, const history& h) override {
    position_ = r.position;
    const decision& d = r.decision;
    auto* asked = std::get_if<refund_input>(&d.input);
    if (d.stream.kind() == stream_kind::refund) {
      if (asked != nullptr && !claims_.emplace(d.stream, asked->order_no).second)
        blame(r, "claims a refund number a second time");
      return;
    }
    if (d.stream.kind() != stream_kind::order)
      return;
    const replayed_order* order = h.find(d.stream);
    bool surplus_booked_here = false;
    for (const event& e : d.events) {
      if (auto* booked = std::get_if<surplus_booked>(&e)) {
        // What is being called back goes back by that.
        surplus_booked_here = order == nullptr || booked->number == 0 ||
                              booked->number > order->state.attempts.size() ||
                              !is_being_reversed(order->state.attempts[booked->number - 1].state);
      } else if (auto* requested = std::get_if<refund_requested>(&e)) {
        check_request(r, *requested, asked, order, surplus_booked_here);
        surplus_booked_here = false;
      } else if (order != nullptr) {
        check_move(r, e, order->state);
      }
    }
    if (surplus_booked_here)
      blame(r, "books a surplus and doesn't give it back");
  }

  void bank_asked(const bank_question& q, const history& h) override {
    if (!takes_back(q.what.operation))
      return;
    auto it = refunds_.find(q.what.id);
    const replayed_order* order = it == refunds_.end() ? nullptr : h.find(it->second.stream);
    if (order == nullptr || order->state.refunds.size() < it->second.number)
      return report("the bank of " + q.what.channel.str() + " was asked for refund " + q.what.id.str() + " (" +
                    to_string(q.what.amount) + "), which no durable decision requests");
    const order::refund& known = order->state.refunds[it->second.number - 1];
    if (q.what.enquiry) {
      if (is_doubtful_refund(known.state) && q.at < known.enquire_at && q.what.nth > known.enquiries)
        break_rule(q, it->second, known, "was asked about before " + to_string(known.enquire_at));
      if (known.state == refund_state::requested)
        break_rule(q, it->second, known, "was asked about while it was under way");
      return;
    }
    const order::attempt& paid = order->state.attempts[known.attempt_number - 1];
    if (it->second.received)
      break_rule(q, it->second, known, "was sent a second time");
    else if (it->second.position <= crashed_position_)
      break_rule(q, it->second, known, "was sent by a process that didn't request it");
    else if (known.state != refund_state::requested)
      break_rule(q, it->second, known, "was sent when it was " + std::string(oncepay::name(known.state)));
    if (q.at > known.submit_before)
      break_rule(q, it->second, known, "was sent after its deadline of " + to_string(known.submit_before));
    if (q.what.channel != paid.channel || q.what.original != paid.id || q.what.amount.minor != known.amount_minor ||
        q.what.amount.currency != order->state.amount.currency)
      break_rule(q, it->second, known, "was sent as another one than the log requests");
    it->second.received = true;
  }

  void crashed(instant) override { crashed_position_ = position_; }

  void received(const received_reply& r, const history& h) override {
    if (r.number == 0)
      return;
    if (auto* asked = std::get_if<refund_command>(&r.command.body))
      check_told(r, *asked, h);
    else if (auto* wanted = std::get_if<close_command>(&r.command.body))
      check_told(r, *wanted, h);
  }

  void settled(const settled_run& run) override {
    for (const known_order& known : run.history.orders())
      compare(*known.stream, known.order->state, run);
    for (const bank_entry& e : run.banks.refunds())
      if (e.moved && !refunds_.contains(e.attempt))
        report("the bank of " + e.channel.str() + " gave back " + to_string(e.amount) + " for refund " +
               e.attempt.str() + ", which the log doesn't know");
  }

private:
  struct place {
    stream_name stream;
    uint32_t number = 0;
    uint64_t position = 0;
    bool received = false;
  };

  void check_request(const recorded_decision& r, const refund_requested& e, const refund_input* asked,
                     const replayed_order* order, bool of_surplus) {
    if (!refunds_.try_emplace(e.operation_id, place{r.decision.stream, e.number, r.position, false}).second)
      blame(r, "requests a refund under an id that another one has: " + e.operation_id.str());
    if (order == nullptr || e.number != order->state.refunds.size() + 1 || e.attempt_number == 0 ||
        e.attempt_number > order->state.attempts.size())
      return blame(r, "requests refund " + std::to_string(e.number) + " of nothing");
    const order::state& s = order->state;
    if (asked == nullptr) {
      const bool may = of_surplus ? s.surplus_attempt == 0
                                  : s.surplus_attempt == e.attempt_number && !s.refunds.empty() &&
                                        s.refunds.back().state == refund_state::failed;
      if (!may || s.status == order_state::paid)
        blame(r, "gives back a surplus that it hasn't, or has given back");
      return;
    }
    const bool was_made =
        s.status == order_state::paid && s.attempts[e.attempt_number - 1].state == attempt_state::succeeded;
    if (!was_made && !(asked->unbinds && s.surplus_attempt == e.attempt_number))
      blame(r, "gives back money that wasn't paid");
    auto claim = claims_.find(stream_name::of_refund(s.merchant, asked->refund_no));
    if (claim == claims_.end() || claim->second != s.order_no)
      blame(r, "requests refund " + asked->refund_no.str() + " without having claimed the number");
    wide_minor sum = asked->amount.minor;
    for (const order::refund& before : s.refunds) {
      if (before.refund_no == asked->refund_no)
        blame(r, "requests refund " + asked->refund_no.str() + " a second time");
      if (before.state != refund_state::failed)
        sum += before.amount_minor;
    }
    if (asked->unbinds) {
      // That a card is unbound once is another checker's rule.
      if (asked->amount.minor != 0)
        blame(r, "gives back " + to_string(asked->amount) + " where a card is unbound, which moves no money");
      return;
    }
    if (asked->amount.minor <= 0 || asked->amount.currency != s.amount.currency || sum > s.amount.minor)
      blame(r, "lets the refunds come to " + sim::words(sum, s.amount.currency) + ", and " + to_string(s.amount) +
                   " was paid");
  }

  void check_move(const recorded_decision& r, const event& e, const order::state& s) const {
    uint32_t number = 0;
    refund_state to = refund_state::none;
    if (auto* succeeded = std::get_if<refund_succeeded>(&e)) {
      number = succeeded->number;
      to = refund_state::succeeded;
    } else if (auto* failed = std::get_if<refund_failed>(&e)) {
      number = failed->number;
      to = refund_state::failed;
    } else if (auto* doubted = std::get_if<refund_in_doubt>(&e)) {
      number = doubted->number;
      to = refund_state::in_doubt;
    } else {
      return;
    }
    const auto ruled = ruled_refund(r.decision, &s);
    auto* said = ruled ? &*ruled : std::get_if<refund_answer_input>(&r.decision.input);
    const bool is_about = said != nullptr && said->refund_number == number && number >= 1 && number <= s.refunds.size();
    if (!is_about || !may_go(s.refunds[number - 1], *said, to))
      blame(r, "moves refund " + std::to_string(number) + " to " + std::string(oncepay::name(to)) +
                   (said == nullptr ? std::string()
                                    : " on " + std::string(oncepay::name(said->source)) + " " + said->code + " (" +
                                          std::string(oncepay::name(said->outcome)) + ")"));
  }

  void check_told(const received_reply& r, const refund_command& asked, const history& h) const {
    const errc code = r.reply.code;
    if (code != errc::ok && code != errc::refund_failed && code != errc::refund_in_doubt)
      return;
    const auto stream = stream_name::of_order(asked.merchant, asked.order_no);
    const replayed_order* order = h.find(stream);
    const order::refund* known = nullptr;
    if (order != nullptr)
      for (const order::refund& one : order->state.refunds)
        if (one.refund_no == asked.refund_no)
          known = &one;
    const bool is_so = known != nullptr && known->amount_minor == asked.amount.minor &&
                       asked.amount.currency == order->state.amount.currency && r.reply.position <= h.position() &&
                       (code == errc::ok              ? known->state == refund_state::succeeded
                        : code == errc::refund_failed ? known->state == refund_state::failed
                                                      : known->state != refund_state::requested);
    if (!is_so)
      report("request " + std::to_string(r.number) + " for " + to_string(asked.amount) + " of " + stream.display() +
                 " under " + asked.refund_no.str() + " was answered " + std::string(oncepay::name(code)) +
                 "; the log says " +
                 (known == nullptr ? std::string("nothing of it")
                                   : to_string(money{known->amount_minor, order->state.amount.currency}) + ", " +
                                         std::string(oncepay::name(known->state))),
             stream);
  }

  void check_told(const received_reply& r, const close_command& wanted, const history& h) const {
    if (r.reply.code != errc::ok && r.reply.code != errc::already_paid)
      return;
    const auto stream = stream_name::of_order(wanted.merchant, wanted.order_no);
    const replayed_order* order = h.find(stream);
    const order_state is = order == nullptr ? order_state::none : order->state.status;
    if (r.reply.code == errc::ok ? is != order_state::closed && is != order_state::failed : is != order_state::paid)
      report("request " + std::to_string(r.number) + " to close " + stream.display() + " was answered " +
                 std::string(oncepay::name(r.reply.code)) + "; the log says that it is " +
                 std::string(oncepay::name(is)),
             stream);
  }

  void compare(const stream_name& stream, const order::state& s, const settled_run& run) const {
    wide_minor given_back = 0;
    for (const order::refund& r : s.refunds) {
      const bank_entry* e = run.banks.find_refund(r.operation_id);
      const bool moved = e != nullptr && e->moved;
      const bool said_succeeded = e != nullptr && first_word(*e) == true;
      const bool said_failed = e != nullptr && first_word(*e) == false;
      if (moved)
        given_back += e->amount.minor;
      if (r.state == refund_state::requested)
        report(refund_words(r) + " of " + stream.display() + " is still under way when everything has settled", stream);
      if (!is_mistaken(s, r) && ((r.state == refund_state::succeeded && !moved && !said_succeeded) ||
                                 (r.state == refund_state::failed && moved && !said_failed)))
        report("the log says that " + refund_words(r) + " of " + stream.display() + " has " +
                   std::string(oncepay::name(r.state)) + "; its bank " +
                   (e == nullptr ? "never received it" : sim::words(*e)),
               stream);
    }
    wide_minor paid = 0;
    for (const order::attempt& a : s.attempts)
      if (const bank_entry* e = run.banks.find(a.id); e != nullptr && e->moved)
        paid += e->amount.minor;
    if (given_back > paid)
      report("the banks took " + sim::words(paid, s.amount.currency) + " for " + stream.display() + " and gave back " +
                 sim::words(given_back, s.amount.currency),
             stream);
  }

  void break_rule(const bank_question& q, const place& where, const order::refund& known,
                  const std::string& how) const {
    report(refund_words(known) + " of " + where.stream.display() + " " + how + " at the bank of " +
               q.what.channel.str() + " at " + to_string(q.at),
           where.stream);
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::unordered_map<attempt_id, place> refunds_;    ///< Never iterated.
  std::unordered_map<stream_name, order_no> claims_; ///< Never iterated.
  uint64_t position_ = 0;
  uint64_t crashed_position_ = 0; ///< Everything up to here was decided by processes that are gone.
};

} // namespace

checker_ptr make_refunded_once() {
  return std::make_unique<refunded_once>();
}

} // namespace oncepay::sim
