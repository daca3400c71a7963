#include "actors/port_requests.hpp"

#include "actors/virtual_bank.hpp"
#include "schema/mutation.hpp"

#include <string_view>
#include <utility>

namespace oncepay {

input heard_of(const channel_request_effect& what, evidence source, reply_class outcome, std::string_view code,
               std::string channel_ref, std::optional<enquiry_facts> enquiry) {
  if (takes_back(what.operation))
    return refund_answer_input{what.refund_number, source, outcome, std::string(code), std::move(channel_ref),
                               std::move(enquiry)};
  return attempt_input{what.attempt_number,    source, outcome,           std::string(code),
                       std::move(channel_ref), {},     std::move(enquiry)};
}

enquiry_facts facts_of(instant asked_at, const channel_terms& t, bool check) {
  return {asked_at, t.not_found_after_ms, t.enquire_interval_ms_max, t.enquiries_max, check};
}

namespace {

instant after(instant now, int64_t us) {
  return {now.ns + us * ns_per_us};
}

/// What the virtual bank said of the operation that a request is about.
input heard(const channel_request& r, evidence source, reply_class outcome, std::string_view code,
            std::optional<enquiry_facts> enquiry = {}) {
  const bool is_reversal = source == evidence::reverse_reply;
  std::string channel_ref =
      outcome == reply_class::succeeded && !is_reversal ? channel_ref_of(r.what.id) : std::string();
  input said = heard_of(r.what, source, outcome, code, std::move(channel_ref), std::move(enquiry));
  if (auto* about = std::get_if<attempt_input>(&said))
    name_agreement(*about, r.what.operation, r.what.id);
  return said;
}

input heard(const channel_request& r, instant asked_at, const channel_terms& t, const enquiry_answer& a) {
  return heard(r, a.failed ? evidence::enquiry_failed : evidence::enquiry, a.failed ? reply_class::unknown : a.outcome,
               a.code, facts_of(asked_at, t, r.what.check));
}

} // namespace

void port_requests::receive(instant now, channel_request r, bank* at, const channel_terms& terms) {
  if (r.what.enquiry)
    return enquire(now, r, at, terms);
  switch (r.what.operation) {
  case operation::refund:
  case operation::unbind_card:
    return refund(now, r, at, terms);
  case operation::close:
    return close(now, r, at, terms);
  case operation::reverse:
    return reverse(now, r, at, terms);
  case operation::pay:
  case operation::pay_out:
  case operation::bind_card:
  case operation::sign_and_pay:
  case operation::withhold:
  case operation::authenticate_card:
    break;
  }
  // What an order's attempts do comes as submissions.
  say(now, r, std::nullopt, r.number);
}

void port_requests::enquire(instant now, const channel_request& r, bank* at, const channel_terms& terms) {
  const bool too_late = r.what.check && now > r.what.submit_before;
  if (at == nullptr || too_late)
    return say(now, r, heard(r, now, terms, {0, true, reply_class::unknown, "NOT_SENT"}), r.number);
  const instant give_up = plus_ms(now, terms.reply_within_ms);
  const auto answer = at->enquire(now, r.what);
  const instant answered_at = answer ? after(now, answer->after_us) : give_up;
  if (answer && answered_at < give_up)
    return say(answered_at, r, heard(r, now, terms, *answer), r.number);
  say(give_up, r, heard(r, now, terms, {0, true, reply_class::unknown, "REPLY_TIMEOUT"}), r.number);
  // What proves nothing says no more late than the time-out did.
  if (answer && !answer->failed && is_definite(answer->outcome))
    say(answered_at, r, heard(r, now, terms, *answer), 0);
}

void port_requests::refund(instant now, const channel_request& r, bank* at, const channel_terms& terms) {
  // Nothing was sent in either case, and the port is the one to know.
  const bool too_late = now > r.what.submit_before && !mutated(mutation::submit_too_late);
  if (at == nullptr || too_late)
    return say(now, r, heard(r, evidence::never_left, reply_class::failed_try_another, "NOT_SENT"), r.number);
  const bank_deed deed = at->refund(now, r.what);
  const instant give_up = plus_ms(now, terms.reply_within_ms);
  uint64_t number = r.number; // over with the first that is said
  if (deed.answers.empty() || after(now, deed.answers.front().after_us) >= give_up)
    say(give_up, r, heard(r, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT"), std::exchange(number, 0));
  for (const bank_answer& a : deed.answers) {
    const instant answered_at = after(now, a.after_us);
    say(answered_at, r,
        heard(r, answered_at < give_up ? evidence::channel_reply : evidence::late_reply, a.outcome, a.code),
        std::exchange(number, 0));
  }
}

/// A close that fails, or that nobody answers, says nothing: the order asks again after its next enquiry.
void port_requests::close(instant now, const channel_request& r, bank* at, const channel_terms& terms) {
  if (at == nullptr || now > r.what.submit_before)
    return say(now, r, std::nullopt, r.number);
  const instant give_up = plus_ms(now, terms.reply_within_ms);
  const auto answer = at->close(now, r.what);
  const bool proves = answer && !answer->failed && is_definite(answer->outcome);
  const instant answered_at = answer ? after(now, answer->after_us) : give_up;
  const bool in_time = answered_at < give_up;
  if (!proves || !in_time)
    say(std::min(answered_at, give_up), r, std::nullopt, r.number);
  if (proves)
    say(answered_at, r, heard(r, evidence::close_reply, answer->outcome, answer->code), in_time ? r.number : 0);
}

/// What isn't done, or isn't answered, is to be asked for again; a late answer counts where it is definite.
void port_requests::reverse(instant now, const channel_request& r, bank* at, const channel_terms& terms) {
  const enquiry_facts facts = facts_of(now, terms);
  const auto again = [&](instant when, std::string_view code) {
    say(when, r, heard(r, evidence::reverse_reply, reply_class::unknown, code, facts), r.number);
  };
  if (at == nullptr || now > r.what.submit_before)
    return again(now, "NOT_SENT");
  const instant give_up = plus_ms(now, terms.reply_within_ms);
  const auto answer = at->reverse(now, r.what);
  const instant answered_at = answer ? after(now, answer->after_us) : give_up;
  const bool in_time = answer && answered_at < give_up;
  if (!in_time)
    again(give_up, "REPLY_TIMEOUT");
  if (!answer || (!in_time && (answer->failed || !is_definite(answer->outcome))))
    return;
  say(answered_at, r,
      heard(r, evidence::reverse_reply, answer->failed ? reply_class::unknown : answer->outcome, answer->code, facts),
      in_time ? r.number : 0);
}

void port_requests::say(instant when, const channel_request& r, std::optional<input> what, uint64_t number) {
  agenda_.emplace(when, saying{r.order, std::move(what), number});
}

std::vector<port_requests::saying> port_requests::take_due(instant now) {
  std::vector<saying> due;
  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    due.push_back(std::move(agenda_.begin()->second));
    agenda_.erase(agenda_.begin());
  }
  return due;
}

void name_agreement(attempt_input& said, operation o, const attempt_id& id) {
  if (said.outcome != reply_class::succeeded)
    return;
  if (binds_card(o))
    said.agreement = agreement_of(id);
  if (binds_card(o) || o == operation::authenticate_card)
    said.card_mask = card_mask_of(id);
}

void count_enquiry(channel_meters& of, const input& said) {
  const auto count = [&](const auto& about) {
    if (about.enquiry && about.enquiry->check)
      return; // of what is settled: counted by what it brought
    if (about.source == evidence::enquiry || about.source == evidence::enquiry_failed)
      of.enquiries[static_cast<size_t>(about.outcome)].add();
  };
  if (auto* attempt = std::get_if<attempt_input>(&said))
    count(*attempt);
  else if (auto* refund = std::get_if<refund_answer_input>(&said))
    count(*refund);
}

} // namespace oncepay
