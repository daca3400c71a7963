#include "actors/port_enquiries.hpp"

#include "actors/virtual_bank.hpp"

#include <string_view>
#include <utility>

namespace oncepay {

namespace {

bool is_definite(reply_class c) {
  return c == reply_class::succeeded || c == reply_class::failed_try_another || c == reply_class::failed_final;
}

enquiry_facts facts_of(instant asked_at, const channel_terms& t) {
  return {asked_at, t.not_found_after_ms, t.enquire_interval_ms_max, t.enquiries_max};
}

attempt_input failed_enquiry(instant now, const channel_request& r, const channel_terms& terms, std::string_view code) {
  return {r.what.attempt_number, evidence::enquiry_failed, reply_class::unknown, std::string(code), {}, {},
          facts_of(now, terms)};
}

attempt_input answered_enquiry(instant now, const channel_request& r, const channel_terms& terms,
                               const enquiry_answer& a) {
  return {r.what.attempt_number,
          evidence::enquiry,
          a.outcome,
          a.code,
          a.outcome == reply_class::succeeded ? channel_ref_of(r.what.id) : std::string(),
          {},
          facts_of(now, terms)};
}

} // namespace

void port_enquiries::receive(instant now, channel_request r, bank* at, const channel_terms& terms) {
  if (!r.what.enquiry) {
    // Nothing but payments and enquiries is spoken here; whoever asks for more learns that it was never sent.
    attempt_input never_left{
        r.what.attempt_number, evidence::never_left, reply_class::failed_try_another, "NOT_SENT", {}, {}};
    agenda_.emplace(now, saying{std::move(r.order), std::move(never_left), r.number});
    return;
  }
  if (at == nullptr) {
    agenda_.emplace(now, saying{r.order, failed_enquiry(now, r, terms, "NOT_SENT"), r.number});
    return;
  }
  const instant give_up = plus_ms(now, terms.reply_within_ms);
  const auto answer = at->enquire(now, r.what);
  const instant answered_at = answer ? instant{now.ns + answer->after_us * ns_per_us} : give_up;
  if (answer && answered_at < give_up) {
    agenda_.emplace(answered_at, saying{r.order,
                                        answer->failed ? failed_enquiry(now, r, terms, answer->code)
                                                       : answered_enquiry(now, r, terms, *answer),
                                        r.number});
    return;
  }
  agenda_.emplace(give_up, saying{r.order, failed_enquiry(now, r, terms, "REPLY_TIMEOUT"), r.number});
  // What proves nothing says no more late than the time-out did.
  if (answer && !answer->failed && is_definite(answer->outcome))
    agenda_.emplace(answered_at, saying{r.order, answered_enquiry(now, r, terms, *answer), 0});
}

std::vector<port_enquiries::saying> port_enquiries::take_due(instant now) {
  std::vector<saying> due;
  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    due.push_back(std::move(agenda_.begin()->second));
    agenda_.erase(agenda_.begin());
  }
  return due;
}

void count_enquiry(channel_meters& of, const input& said) {
  auto* about = std::get_if<attempt_input>(&said);
  if (about != nullptr && (about->source == evidence::enquiry || about->source == evidence::enquiry_failed))
    of.enquiries[static_cast<size_t>(about->outcome)].add();
}

} // namespace oncepay
