#include "sim/check/listed_moves.hpp"

namespace oncepay::sim::listed {

bool channel_said(const attempt_input& in) {
  return in.source == evidence::channel_reply || in.source == evidence::late_reply || in.source == evidence::enquiry ||
         in.source == evidence::notice || in.source == evidence::close_reply;
}
bool surely_lost(const attempt_input& in, instant submit_before) {
  return (in.source == evidence::enquiry || in.source == evidence::reverse_reply) &&
         in.outcome == reply_class::not_found && in.enquiry &&
         in.enquiry->asked_at.ns - submit_before.ns >= int64_t{in.enquiry->not_found_after_ms} * ns_per_ms;
}
bool says_failed(const attempt_input& in) {
  return in.outcome == reply_class::failed_try_another || in.outcome == reply_class::failed_final;
}

bool may_go(attempt_state from, const attempt_input& in, attempt_state to, bool lost) {
  if (in.source == evidence::ruling) {
    if (from == attempt_state::reversal_manual)
      return to == attempt_state::reversed && in.outcome == reply_class::succeeded;
    const bool is_open = from == attempt_state::in_doubt || from == attempt_state::manual;
    return is_open && (to == attempt_state::succeeded ? in.outcome == reply_class::succeeded
                                                      : to == attempt_state::failed && says_failed(in));
  }
  if (is_being_reversed(from))
    return to == attempt_state::reversed && in.source == evidence::reverse_reply &&
           (in.outcome == reply_class::succeeded || lost);
  if (from != attempt_state::intended && !is_doubtful(from))
    return false;
  switch (to) {
  case attempt_state::succeeded:
    return channel_said(in) && in.outcome == reply_class::succeeded;
  case attempt_state::failed:
    return (channel_said(in) && says_failed(in)) ||
           (in.source == evidence::never_left && in.outcome == reply_class::failed_try_another) ||
           (is_doubtful(from) && lost);
  case attempt_state::in_doubt:
    return from == attempt_state::intended && in.source != evidence::never_left &&
           (in.outcome == reply_class::unknown || in.outcome == reply_class::payer_confirming);
  case attempt_state::manual: // goes another way, as all that has to do with reversals
  case attempt_state::reversing:
  case attempt_state::reversal_manual:
  case attempt_state::reversed:
  case attempt_state::none:
  case attempt_state::intended:
    break;
  }
  return false;
}

bool contradicts(attempt_state is, const attempt_input& in, instant submit_before) {
  if (is == attempt_state::succeeded)
    return (channel_said(in) && says_failed(in)) || in.source == evidence::never_left || surely_lost(in, submit_before);
  if (is == attempt_state::reversed)
    return in.source == evidence::enquiry && in.outcome == reply_class::succeeded;
  return is == attempt_state::failed && channel_said(in) && in.outcome == reply_class::succeeded;
}

bool is_about_other(const attempt_input& in, const order::state* s) {
  if (in.source != evidence::notice || s == nullptr || in.attempt_number == 0 ||
      in.attempt_number > s->attempts.size() || !in.notice)
    return in.source == evidence::notice;
  const order::attempt& a = s->attempts[in.attempt_number - 1];
  return in.notice->id != a.id || in.notice->channel != a.channel ||
         (in.outcome == reply_class::succeeded && in.notice->amount != s->amount);
}

} // namespace oncepay::sim::listed
