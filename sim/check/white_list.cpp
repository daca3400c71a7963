// The only ways an order and its attempts may go, written down a second time and by other means than the rules
// themselves; that final results are never left; and what every stream keeps: versions and positions without gaps, and
// no step back in time.
//
//   attempt   intended ─┬─ succeeded   the channel said so, when it was asked or by itself
//                ╷      ├─ failed      the channel said so, or the port proves that nothing was sent, or the channel
//                ╷      │              doesn't know it although it must have arrived
//                └─ in doubt ─┤        nothing is proven: a code nobody mapped, a time-out, a broken port, a restart
//                      └─ manual ─┘    enquiries are used up
//                what is in doubt or manual also succeeds or fails, and what is reversal manual is reversed, on a
//                ruling in doubt ─ reversing ─┬─ reversed          a payment by code: its channel called it back
//                                      └─ reversal manual ─ reversed   it refused, or never confirmed it
//   order     none ─ open ─┬─ paid     in the decision in which an attempt succeeds
//                          ├─ failed   in the decision in which its last attempt fails, or is reversed
//                          └─ closing  its merchant wants it closed, or it has expired
//             (a pay-out: its first attempt once its money is claimed, or failed where it can't be; while an
//             operator has stopped pay-outs it is held, before an attempt or after one that never left)
//             none ─ confirming     a risk rule wants its payer to confirm it
//             confirming ─┬─ open   upon a proof, in time; its first attempt is intended in that decision
//                         ├─ failed not confirmed in time, or too often wrongly
//                         └─ closed its merchant wants it closed, or it has expired: nothing was submitted
//             none ─ failed         blocked by a risk rule
//             closing ─┬─ paid         in the decision in which its attempt succeeds after all
//                      └─ closed       in the decision in which its attempt fails, or is reversed
//
// What comes of refunds is another checker's rule.
//
// A further attempt is intended only in the decision in which the one before fails with "try another", and never after
// one that was in doubt.
#include "schema/limits.hpp"
#include "sim/check/belongs.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/listed_moves.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/stream_row.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

using namespace listed;

/// Goes through one order's decision, event by event; `fault` says what isn't on the list, empty: everything is.
struct order_walk {
  const decision& d;
  stream_row& row;
  const history& h;
  std::optional<attempt_input> ruled = ruled_attempt(d, state());
  const attempt_input* said = ruled ? &*ruled : std::get_if<attempt_input>(&d.input);
  bool opened = false;
  bool moved = false; ///< `said` has moved its attempt.
  bool asked = false; ///< `said` is an enquiry that proved nothing.
  std::string fault = {};

  void operator()(const order_opened&) {
    auto* pay = std::get_if<pay_input>(&d.input);
    if (row.status != order_state::none || (pay == nullptr && !std::holds_alternative<pay_out_input>(d.input)))
      return blame("opens it");
    row.status = order_state::open;
    if (pay != nullptr) {
      row.expires_at = pay->expires_at;
      row.kind = pay->card.deed == card_deed::bind           ? order_kind::bind
                 : pay->card.deed == card_deed::authenticate ? order_kind::authenticate
                 : pay->top_up                               ? order_kind::top_up
                                                             : order_kind::payment;
      row.withheld = !pay->agreement.bound_by.empty();
    } else {
      row.kind = order_kind::pay_out;
      row.claims = true;
    }
    opened = pay != nullptr;
  }

  void operator()(const step_up_asked& e) {
    auto* pay = std::get_if<pay_input>(&d.input);
    if (!opened || row.attempts != 0 || pay == nullptr || pay->risk.outcome != risk_outcome::step_up ||
        e.deadline != plus_ms(d.at, pay->risk.confirm_within_ms))
      return blame("asks its payer to confirm it until " + to_string(e.deadline));
    row.status = order_state::confirming;
    row.confirm_before = e.deadline;
    row.wrong_max = pay->risk.wrong_max;
  }
  void operator()(const confirmation_refused& e) {
    auto* proof = std::get_if<confirm_input>(&d.input);
    if (proof == nullptr || row.status != order_state::confirming || is_confirmed() || e.count != row.wrong + 1)
      return blame("counts wrong confirmation " + std::to_string(e.count));
    row.wrong = e.count;
  }
  void operator()(const order_confirmed&) {
    if (row.status != order_state::confirming || !is_confirmed() || d.at >= row.confirm_before)
      return blame("counts as confirmed");
    row.status = order_state::open;
    opened = true; // its first attempt may follow
  }

  void operator()(const attempt_intended& e) {
    if (row.status != order_state::open || e.number != row.attempts + 1U || e.number > limits::attempts_max)
      return blame("intends attempt " + std::to_string(e.number) + " after " + std::to_string(row.attempts));
    if (h.order_of(e.id) != nullptr)
      return blame("gives attempt " + std::to_string(e.number) + " the id " + e.id.str() + ", which " +
                   h.order_of(e.id)->display() + " has");
    if (!is_granted() && (e.number == 1 ? !opened : !may_try_another()))
      return blame("intends attempt " + std::to_string(e.number) + " without proof that the one before failed");
    row.claims = false;
    row.of_attempt[row.attempts++] = attempt_state::intended;
    row.doubted = false;
    row.enquiries = 0;
    row.submit_before = e.submit_before;
    row.intended_at = d.at;
    row.reversals = 0;
    if (auto* pay = std::get_if<pay_input>(&d.input))
      row.reverse_after_ms = pay->route.reverse_after_ms;
    else if (auto* confirmed = std::get_if<confirm_input>(&d.input))
      row.reverse_after_ms = confirmed->route.reverse_after_ms;
    else if (said != nullptr && said->route)
      row.reverse_after_ms = said->route->reverse_after_ms;
    else
      row.reverse_after_ms = 0;
  }

  void operator()(const attempt_succeeded& e) { go(e.number, attempt_state::succeeded); }
  void operator()(const attempt_failed& e) { go(e.number, attempt_state::failed); }
  void operator()(const attempt_in_doubt& e) {
    go(e.number, attempt_state::in_doubt);
    row.doubted = true;
  }

  void operator()(const enquiry_recorded& e) {
    const bool was_asked =
        said != nullptr && (said->source == evidence::enquiry || said->source == evidence::enquiry_failed);
    if (!is_about(e.number) || !was_asked || !is_doubtful(row.of_attempt[e.number - 1]) || proves_something())
      return blame("records an enquiry about attempt " + std::to_string(e.number));
    if (e.count != row.enquiries + 1 || e.next_at <= d.at)
      blame("records enquiry " + std::to_string(e.count) + " after " + std::to_string(row.enquiries) +
            ", the next at " + to_string(e.next_at));
    row.enquiries = e.count;
    asked = true;
  }
  void operator()(const attempt_manual& e) {
    if (!is_about(e.number) || !asked || row.of_attempt[e.number - 1] != attempt_state::in_doubt)
      return blame("leaves attempt " + std::to_string(e.number) + " to a person");
    row.of_attempt[e.number - 1] = attempt_state::manual;
  }

  void operator()(const attempt_reversing& e) {
    const bool timer =
        std::holds_alternative<timer_input>(d.input) && d.at >= plus_ms(row.intended_at, row.reverse_after_ms / 2);
    if (e.number != row.attempts || e.number == 0 || !is_going_on() || row.reverse_after_ms == 0 ||
        row.of_attempt[e.number - 1] != attempt_state::in_doubt || !(timer || (is_about(e.number) && asked)))
      return blame("begins to reverse attempt " + std::to_string(e.number));
    row.of_attempt[e.number - 1] = attempt_state::reversing;
  }
  void operator()(const reversal_recorded& e) {
    if (!is_about(e.number) || said->source != evidence::reverse_reply || said->outcome == reply_class::succeeded ||
        !is_being_reversed(row.of_attempt[e.number - 1]) || e.count != row.reversals + 1 || e.next_at <= d.at)
      return blame("records a reversal of attempt " + std::to_string(e.number));
    row.reversals = e.count;
    asked = true;
  }
  void operator()(const reversal_manual& e) {
    if (!is_about(e.number) || !asked || row.of_attempt[e.number - 1] != attempt_state::reversing)
      return blame("leaves the reversal of attempt " + std::to_string(e.number) + " to a person");
    row.of_attempt[e.number - 1] = attempt_state::reversal_manual;
  }
  void operator()(const attempt_reversed& e) {
    row.reversed_unseen = said != nullptr && said->outcome == reply_class::not_found;
    go(e.number, attempt_state::reversed);
  }

  void operator()(const contradiction_recorded& e) {
    if (!is_about(e.number) || (!contradicts(row.of_attempt[e.number - 1], *said, row.submit_before) &&
                                !is_about_other(*said, state()) && !is_paid_after_all(e.number)))
      blame("records a contradiction about attempt " + std::to_string(e.number));
  }

  void operator()(const order_paid&) {
    finish(attempt_state::succeeded, order_state::paid);
    row.owes = row.kind == order_kind::top_up || row.kind == order_kind::pay_out;
  }
  void operator()(const order_failed& e) {
    const auto code = static_cast<errc>(e.code);
    if (row.status == order_state::confirming || code == errc::risk_blocked)
      return end_unsubmitted(code);
    // What couldn't be claimed, or had nowhere to go once it was, was never tried.
    if (row.claims && answer() != nullptr && answer()->deed == account_deed::claim) {
      row.claims = false;
      row.status = order_state::failed;
      row.owes = answer()->refusal == 0;
      return;
    }
    finish(attempt_state::failed, order_state::failed);
    row.owes = row.kind == order_kind::pay_out;
  }
  /// Only because pay-outs are stopped: it waits as it did before its first attempt.
  void operator()(const pay_out_held& e) {
    const route_answer* route = answer() != nullptr && answer()->route ? &*answer()->route
                                : said != nullptr && said->route       ? &*said->route
                                                                       : nullptr;
    const bool nowhere =
        route != nullptr && route->chosen.empty() && route->refusal == static_cast<uint16_t>(errc::pay_outs_stopped);
    const bool at_the_door =
        said != nullptr && said->source == evidence::never_left && said->code == "PAY_OUTS_STOPPED";
    if (row.kind != order_kind::pay_out || row.status != order_state::open || e.count != row.held + 1 ||
        e.next_at <= d.at || !(is_granted() ? nowhere : may_try_another() && (nowhere || at_the_door)))
      return blame("holds it");
    row.claims = true;
    row.held = e.count;
  }
  void operator()(const account_answered&) {
    const bool told = answer() != nullptr && answer()->deed != account_deed::claim && answer()->refusal == 0;
    if (!row.owes || !told)
      return blame("says that its account has been told");
    row.owes = false;
  }
  void operator()(const order_closed&) {
    if (row.status != order_state::confirming)
      return finish(attempt_state::failed, order_state::closed);
    if (!has_expired() && !std::holds_alternative<close_input>(d.input))
      return blame("closes it");
    row.status = order_state::closed;
  }

  void operator()(const order_closing&) {
    if (row.status != order_state::open || !(has_expired() || std::holds_alternative<close_input>(d.input)))
      return blame("begins to close it");
    row.status = order_state::closing;
  }

  /// By its timer, or by whoever comes before that and would have it tried.
  bool has_expired() const {
    return row.expires_at && row.expires_at <= d.at &&
           (std::holds_alternative<timer_input>(d.input) || std::holds_alternative<confirm_input>(d.input) ||
            (said != nullptr && may_try_another()));
  }

  /// Money of an attempt that failed by our own conclusion, once.
  void operator()(const surplus_booked& e) {
    const bool has_ended = row.status == order_state::closed || row.status == order_state::failed;
    const attempt_state is = is_about(e.number) ? row.of_attempt[e.number - 1] : attempt_state::none;
    const bool is_undone =
        has_ended && (is == attempt_state::failed || (is == attempt_state::reversed && row.reversed_unseen));
    if (!(is_undone || (is_going_on() && is_being_reversed(is))) || row.surplus || said == nullptr ||
        !channel_said(*said) || said->outcome != reply_class::succeeded || is_about_other(*said, state()))
      return blame("books a surplus of attempt " + std::to_string(e.number));
    row.surplus = true;
  }

  // What is withheld by an agreement, and when not, is another checker's rule.
  void operator()(const withhold_granted&) {
    if (row.status != order_state::paid)
      blame("grants a payment");
  }

  // Who may propose and approve is another checker's rule.
  void operator()(const ruling_proposed&) {}
  void operator()(const ruling_approved&) {}
  void operator()(const ruling_withdrawn&) {}
  void operator()(const refund_requested&) {}
  void operator()(const refund_succeeded&) {}
  void operator()(const refund_failed&) {}
  void operator()(const refund_in_doubt&) {}
  void operator()(const refund_enquired&) {}
  void operator()(const refund_manual&) {}
  void operator()(const refund_contradicted&) {}

  // What merchants are told has a checker of its own.
  void operator()(const merchant_to_tell&) {}
  void operator()(const merchant_told&) {}
  void operator()(const merchant_not_told&) {}
  void operator()(const telling_given_up&) {}

  // What checks bring has a checker of its own.
  void operator()(const check_begun&) {}
  void operator()(const attempt_checked&) {}

  template <class Other>
  void operator()(const Other& e) {
    blame("holds " + std::string(name_of(event{e})) + ", which is no event of an order");
  }

  /// What a decision may not leave behind.
  void end() {
    if (!fault.empty() || !is_going_on() || row.claims)
      return;
    const attempt_state last = row.attempts == 0 ? attempt_state::none : row.of_attempt[row.attempts - 1U];
    if (last != attempt_state::intended && !is_doubtful(last))
      blame("leaves it open with nothing under way (its last attempt is " + std::string(name(last)) + ")");
  }

private:
  /// As it was before this decision; null: there was none.
  const order::state* state() const {
    const replayed_order* known = h.find(d.stream);
    return known == nullptr ? nullptr : &known->state;
  }

  /// People ruled that it is reversed, and until then nobody had heard of a payment.
  bool is_paid_after_all(uint32_t number) const {
    return row.of_attempt[number - 1] == attempt_state::reversed && !row.surplus && channel_said(*said) &&
           said->outcome == reply_class::succeeded && state() != nullptr &&
           ruling_that_settled(*state(), state()->attempts.at(number - 1)) != nullptr;
  }

  const account_answer_input* answer() const { return std::get_if<account_answer_input>(&d.input); }

  bool is_granted() const {
    return row.claims && answer() != nullptr && answer()->deed == account_deed::claim && answer()->refusal == 0;
  }

  bool is_confirmed() const {
    auto* proof = std::get_if<confirm_input>(&d.input);
    return proof != nullptr && proof->proven && state() != nullptr && proof->amount == state()->amount;
  }

  /// Before any attempt: blocked in the decision that opens it, or not confirmed in time, or too often wrongly.
  void end_unsubmitted(errc code) {
    auto* pay = std::get_if<pay_input>(&d.input);
    const bool is_late = d.at >= row.confirm_before && (std::holds_alternative<timer_input>(d.input) ||
                                                        std::holds_alternative<confirm_input>(d.input));
    const bool fits =
        code == errc::risk_blocked
            ? opened && row.status == order_state::open && pay != nullptr && pay->risk.outcome == risk_outcome::block
        : code == errc::step_up_expired ? row.status == order_state::confirming && is_late
        : code == errc::step_up_failed  ? row.status == order_state::confirming && row.wrong >= row.wrong_max
                                        : false;
    if (!fits || row.attempts != 0)
      return blame("makes it failed (" + std::string(name(code)) + ")");
    row.status = order_state::failed;
  }

  bool is_going_on() const { return row.status == order_state::open || row.status == order_state::closing; }

  bool may_try_another() const {
    return moved && !row.doubted && !row.withheld && row.of_attempt[row.attempts - 1U] == attempt_state::failed &&
           said->outcome == reply_class::failed_try_another;
  }

  bool proves_something() const {
    return says_failed(*said) || (said->outcome == reply_class::succeeded && !is_unnamed_binding()) || is_lost();
  }

  /// A channel says that it bound a card, and not by which agreement: then nothing can be withheld by it.
  bool is_unnamed_binding() const {
    return row.kind == order_kind::bind && said->outcome == reply_class::succeeded && said->agreement.empty() &&
           said->source != evidence::ruling;
  }

  bool is_lost() const { return row.kind != order_kind::pay_out && surely_lost(*said, row.submit_before); }

  bool is_about(uint32_t number) const {
    return said != nullptr && said->attempt_number == number && number >= 1 && number <= row.attempts;
  }

  void go(uint32_t number, attempt_state to) {
    if (!is_about(number))
      return blame("moves attempt " + std::to_string(number) + " to " + std::string(name(to)) +
                   ", which its input isn't about");
    attempt_state& is = row.of_attempt[number - 1];
    const bool unnamed = to == attempt_state::in_doubt && is == attempt_state::intended && is_unnamed_binding();
    if (!is_going_on() || !(may_go(is, *said, to, is_lost()) || unnamed) ||
        (to == attempt_state::succeeded && is_unnamed_binding()) || is_about_other(*said, state()))
      return blame("moves attempt " + std::to_string(number) + " from " + std::string(name(is)) + " to " +
                   std::string(name(to)) + " on " + std::string(name(said->source)) + " " + said->code + " (" +
                   std::string(name(said->outcome)) + ")");
    is = to;
    moved = true;
  }

  void finish(attempt_state last, order_state to) {
    const order_state from_only = to == order_state::failed   ? order_state::open
                                  : to == order_state::closed ? order_state::closing
                                                              : row.status;
    const attempt_state is = row.attempts == 0 ? attempt_state::none : row.of_attempt[row.attempts - 1U];
    const bool as_due = is == last || (last == attempt_state::failed && is == attempt_state::reversed);
    if (!is_going_on() || row.status != from_only || !moved || !as_due)
      return blame("makes it " + std::string(name(to)));
    row.status = to;
  }

  void blame(const std::string& what) {
    if (fault.empty())
      fault = what;
  }
};

class white_list final : public checker {
public:
  std::string_view name() const override { return "white-list"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    stream_row& row = row_of(d.stream, h);
    if (r.position != position_ + 1)
      blame(r, "follows position " + std::to_string(position_) + " of the log");
    position_ = r.position;
    if (d.version != row.version + 1)
      blame(r, "is version " + std::to_string(d.version) + " after " + std::to_string(row.version));
    row.version = d.version;
    if (d.at < row.at)
      blame(r, "is dated " + to_string(d.at) + ", before the one it follows (" + to_string(row.at) + ")");
    row.at = d.at;
    if (d.events.empty())
      blame(r, "changes nothing");
    if (d.stream.kind() == stream_kind::order)
      return walk(r, row, h);
    for (const event& e : d.events)
      if (!belongs(d.stream.kind(), d.input, e))
        blame(r, "holds " + std::string(name_of(e)) + " upon " + std::string(name_of(d.input)));
  }

private:
  stream_row& row_of(const stream_name& stream, const history& h) {
    if (stream.kind() != stream_kind::order)
      return others_[stream];
    const replayed_order* order = h.find(stream);
    const size_t ordinal = order == nullptr ? h.orders().size() : order->ordinal;
    if (ordinal >= orders_.size())
      orders_.resize(ordinal + 1);
    return orders_[ordinal];
  }

  void walk(const recorded_decision& r, stream_row& row, const history& h) const {
    order_walk w{r.decision, row, h};
    for (const event& e : r.decision.events)
      std::visit(w, e);
    w.end();
    if (!w.fault.empty())
      blame(r, w.fault + "; the order is " + std::string(oncepay::name(row.status)));
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::vector<stream_row> orders_;                     ///< By ordinal.
  std::unordered_map<stream_name, stream_row> others_; ///< Never iterated.
  uint64_t position_ = 0;
};

} // namespace

checker_ptr make_white_list() {
  return std::make_unique<white_list>();
}

} // namespace oncepay::sim
