#include "sim/bank/lying_bank.hpp"

#include "actors/virtual_bank.hpp"
#include "schema/hash.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace oncepay::sim {

namespace {

/// 0 … 999 999 by the run's seed and the attempt alone: what a bank does with one attempt doesn't depend on what else
/// happens, so that a smaller run keeps the deeds of the orders that are left.
uint32_t draw_ppm(uint64_t seed, const attempt_id& id, const std::string& about = "lie") {
  const std::string_view seed_bytes(reinterpret_cast<const char*>(&seed), sizeof seed);
  const auto h = hash_parts_128({about, seed_bytes, id.str()});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return static_cast<uint32_t>(value % 1'000'000);
}

/// The truth, put as the plan has it; none: nothing is said.
std::optional<enquiry_answer> spoilt(const enquiry_answer& truth, answer_fault how, const channel_terms& terms) {
  switch (how) {
  case answer_fault::silent:
    return std::nullopt;
  case answer_fault::fails:
    return enquiry_answer{truth.after_us, true, reply_class::unknown, "SYSTEM_BUSY"};
  case answer_fault::late:
    return enquiry_answer{int64_t{terms.reply_within_ms} * 1'000 + 250'000, truth.failed, truth.outcome, truth.code};
  case answer_fault::unmapped:
    return enquiry_answer{truth.after_us, false, reply_class::unknown, "E_4713"};
  case answer_fault::not_found:
    return enquiry_answer{truth.after_us, false, reply_class::not_found, "NOT_FOUND"};
  case answer_fault::refused:
    return enquiry_answer{truth.after_us, false, reply_class::failed_final, "BALANCE_NOT_ENOUGH"};
  case answer_fault::denied:
    return enquiry_answer{truth.after_us, false, reply_class::failed_final, "CLOSED"};
  }
  return truth;
}

} // namespace

class lying_bank final : public bank {
public:
  lying_bank(banks& all, const channel_terms& terms) : all_(all), terms_(terms) {}

  bank_deed receive(instant now, const submit_effect& what, uint32_t under_way) override {
    bank_deed deed = all_.deed_for(now, terms_, what, under_way);
    // Sent twice, it is answered twice and moved once, as real channels do.
    all_.ledger_.receive(now, what, deed);
    if (all_.on_request)
      all_.on_request(now, what, deed);
    return deed;
  }
  std::optional<enquiry_answer> enquire(instant now, const channel_request_effect& what) override {
    const auto answer = all_.answer_for(now, terms_, what);
    tell(now, what, answer);
    return answer;
  }
  bank_deed refund(instant now, const channel_request_effect& what) override {
    bank_deed deed = all_.refund_deed_for(now, terms_, what);
    all_.ledger_.refund(now, what, deed);
    if (all_.on_refund)
      all_.on_refund(now, what, deed);
    return deed;
  }
  std::optional<enquiry_answer> close(instant now, const channel_request_effect& what) override {
    const auto answer = all_.answer_to_a_close(now, terms_, what);
    tell(now, what, answer);
    return answer;
  }
  std::optional<enquiry_answer> reverse(instant now, const channel_request_effect& what) override {
    const auto answer = all_.answer_to_a_reversal(now, terms_, what);
    tell(now, what, answer);
    return answer;
  }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms& terms) override { terms_ = terms; }

private:
  void tell(instant now, const channel_request_effect& what, const std::optional<enquiry_answer>& answer) {
    const instant given_up = plus_ms(now, terms_.reply_within_ms);
    if (all_.on_enquiry)
      all_.on_enquiry(now, what, answer,
                      answer ? std::min(given_up, instant{now.ns + answer->after_us * ns_per_us}) : given_up);
  }

  banks& all_;
  channel_terms terms_;
};

banks::banks(const plan& the_plan, std::string_view environment) : plan_(the_plan) {
  for (const planned_deed& d : plan_.deeds)
    scripted_[d.refund_no.empty() ? make_attempt_id(environment, d.merchant, d.order_no, d.attempt_number)
                                  : make_refund_id(environment, d.merchant, d.order_no, d.refund_no)] = &d;
}

bank_ptr banks::open(const channel_terms& terms) {
  return std::make_unique<lying_bank>(*this, terms);
}

void banks::begin_outage(const channel_outage& o, instant now) {
  outages_[o.channel] = {o.how, plus_ms(now, o.for_ms)};
}

bank_deed banks::deed_for(instant now, const channel_terms& terms, const submit_effect& what, uint32_t under_way) {
  if (ledger_.is_closed(what.attempt))
    return {false, {{1'000, reply_class::failed_final, "CLOSED"}}};
  // A bank lies about what it did; it never takes what nobody agreed to.
  const auto signing = signed_under(what.agreement);
  if (ledger_.find(what.attempt) == nullptr)
    if (auto refusal =
            fate_without_agreement(terms.bank, what, signing ? ledger_.memory_of(*signing, now) : std::nullopt))
      return deed_of(*refusal, terms.reply_within_ms);
  if (auto it = scripted_.find(what.attempt); it != scripted_.end())
    return it->second->deed;
  if (auto deed = deed_while_out(now, terms.channel))
    return *deed;
  if (terms.bank.capacity != 0 && under_way >= terms.bank.capacity) {
    bank_deed refused = deed_of(slow_down(terms.bank, what.attempt), terms.reply_within_ms);
    refused.looked_at = false;
    return refused;
  }
  bank_deed deed = deed_of(fate_of(terms.bank, what.attempt), terms.reply_within_ms);
  if (!what.payer_code.ciphertext.empty() && let_the_payer_type(deed, terms, what.attempt))
    return deed;
  twist(deed, terms, what.attempt);
  if (what.operation == operation::bind_card)
    leave_unnamed(deed, what.attempt);
  return deed;
}

/// "Bound", and not by which agreement.
void banks::leave_unnamed(bank_deed& deed, const attempt_id& attempt) {
  if (draw_ppm(plan_.seed, attempt, "agreement not named") >= plan_.lies.unnamed_ppm)
    return;
  ++lies_told_["agreement not named"];
  for (bank_answer& a : deed.answers)
    a.names_agreement = false;
}

/// Some type for a second, some until long after nobody waits any more.
bool banks::let_the_payer_type(bank_deed& deed, const channel_terms& terms, const attempt_id& attempt) {
  const uint32_t draw = draw_ppm(plan_.seed, attempt, "payer types");
  if (deed.answers.empty() || draw >= plan_.lies.confirming_ppm)
    return false;
  ++lies_told_["payer types a password"];
  deed.answers = {{deed.answers.front().after_us, reply_class::payer_confirming, "USERPAYING"}};
  deed.confirms_after_us =
      1'000'000 + int64_t{draw_ppm(plan_.seed, attempt, "types for")} * (2 * int64_t{terms.reverse_after_ms}) / 1'000;
  return true;
}

std::optional<bank_deed> banks::deed_while_out(instant now, const channel_id& channel) const {
  auto it = outages_.find(channel);
  if (it == outages_.end() || it->second.until <= now)
    return std::nullopt;
  switch (it->second.how) {
  case outage_kind::declining:
    return bank_deed{false, {{1'000, reply_class::failed_try_another, "OUT_OF_SERVICE"}}};
  case outage_kind::silent:
    return bank_deed{};
  case outage_kind::hanging:
    return bank_deed{true, {{(it->second.until.ns - now.ns) / ns_per_us, reply_class::succeeded, "OK"}}};
  }
  return std::nullopt;
}

/// A bank lies about what it did; it never gives back more than it took.
bank_deed banks::refund_deed_for(instant now, const channel_terms& terms, const channel_request_effect& what) {
  const auto payment = ledger_.memory_of(what.original, now);
  const auto known = ledger_.memory_of(what.id, now);
  const bool unbinds = what.operation == operation::unbind_card;
  const bank_fate fate =
      unbinds ? unbind_fate(terms.bank, what, payment, known) : refund_fate(terms.bank, what, payment, known);
  bank_deed deed = deed_of(fate, terms.reply_within_ms);
  const bool refused =
      !payment || !payment->money_moved ||
      (!known && (unbinds ? !payment->stands() : what.amount.minor > payment->amount_minor - payment->refunded_minor));
  if (refused)
    return deed;
  if (auto it = scripted_.find(what.id); it != scripted_.end())
    return it->second->deed;
  if (auto out = deed_while_out(now, terms.channel))
    return *out;
  twist(deed, terms, what.id);
  return deed;
}

std::optional<enquiry_answer> banks::answer_to_a_close(instant now, const channel_terms& terms,
                                                       const channel_request_effect& what) {
  enquiry_answer answer = answer_to_close(terms, what, ledger_.memory_of(what.id, now));
  const planned_answer* planned = planned_for(what);
  if (!answer.failed && answer.outcome == reply_class::failed_final && (planned == nullptr || planned->acts))
    ledger_.close(what.id, now);
  if (planned != nullptr) {
    if (planned->fault == answer_fault::denied && answer.outcome == reply_class::succeeded)
      ledger_.deny(what.id);
    return spoilt(answer, planned->fault, terms);
  }
  uint32_t draw = draw_ppm(plan_.seed, what.id, "close lie " + std::to_string(what.nth));
  if (!answer.failed && answer.outcome == reply_class::succeeded && draw < plan_.lies.close_denied_ppm) {
    ++lies_told_["close denied"];
    ledger_.deny(what.id);
    return enquiry_answer{answer.after_us, false, reply_class::failed_final, "CLOSED"};
  }
  draw = draw_ppm(plan_.seed, what.id, "close fails " + std::to_string(what.nth));
  if (draw >= plan_.lies.enquiry_failed_ppm)
    return answer;
  // It did what it did, and nobody is told.
  ++lies_told_["close not answered"];
  return draw % 2 == 0 ? std::nullopt
                       : std::optional(enquiry_answer{answer.after_us, true, reply_class::unknown, "CLOSE_FAILED"});
}

std::optional<enquiry_answer> banks::answer_to_a_reversal(instant now, const channel_terms& terms,
                                                          const channel_request_effect& what) {
  const enquiry_answer done = answer_to_reversal(terms, what);
  if (const planned_answer* planned = planned_for(what)) {
    if (planned->acts)
      ledger_.reverse(what.id, now);
    return spoilt(done, planned->fault, terms);
  }
  if (draw_ppm(plan_.seed, what.id, "reversal refused") < plan_.lies.reversal_refused_ppm &&
      !ledger_.is_closed(what.id)) {
    ++lies_told_["reversal refused"];
    return enquiry_answer{done.after_us, false, reply_class::failed_final, "BALANCE_NOT_ENOUGH"};
  }
  const uint32_t draw = draw_ppm(plan_.seed, what.id, "reversal " + std::to_string(what.nth));
  // Its patience has an end, as a run's has; what is put off for ever is a rule's own test.
  constexpr uint32_t put_off_max = 4;
  if (draw >= plan_.lies.reversal_again_ppm || what.nth > put_off_max) {
    ledger_.reverse(what.id, now);
    return done;
  }
  ++lies_told_["reversal put off or not answered"];
  if (draw % 3 == 0)
    return enquiry_answer{done.after_us, false, reply_class::unknown, "AGAIN"};
  if (draw % 3 == 1)
    ledger_.reverse(what.id, now); // and nobody is told
  return std::nullopt;
}

std::optional<enquiry_answer> banks::answer_for(instant now, const channel_terms& terms,
                                                const channel_request_effect& what) {
  const std::optional<bank_memory> known = ledger_.memory_of(what.id, now);
  enquiry_answer answer = answer_to_enquiry(terms, now, what, known);
  if (ledger_.is_confirming(what.id, now))
    answer = {answer.after_us, false, reply_class::payer_confirming, "USERPAYING"};
  if (const planned_answer* planned = planned_for(what))
    return spoilt(answer, planned->fault, terms);
  uint32_t draw = draw_ppm(plan_.seed, what.id, "enquiry lie " + std::to_string(what.nth));
  auto falls_in = [&](uint32_t share_ppm, const char* kind) {
    if (draw >= share_ppm) {
      draw -= share_ppm;
      return false;
    }
    ++lies_told_[kind];
    return true;
  };
  if (falls_in(plan_.lies.enquiry_failed_ppm, "enquiry failed")) {
    if (draw % 2 == 0)
      return std::nullopt;
    answer = {answer.after_us, true, reply_class::unknown, "QUERY_FAILED"};
  } else if (falls_in(plan_.lies.enquiry_unknown_ppm, "enquiry proved nothing")) {
    const bool confirming = draw % 2 == 0;
    answer = {answer.after_us, false, confirming ? reply_class::payer_confirming : reply_class::unknown,
              confirming ? "USERPAYING" : "E_4712"};
  } else if (known && now < plus_ms(known->received_at, terms.not_found_after_ms) &&
             falls_in(plan_.lies.not_found_early_ppm, "not found, too early")) {
    answer = {answer.after_us, false, reply_class::not_found, "NOT_FOUND"};
  }
  return answer;
}

const planned_answer* banks::planned_for(const channel_request_effect& what) const {
  auto it = scripted_.find(what.id);
  if (it == scripted_.end())
    return nullptr;
  const auto& all = it->second->answers;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const planned_answer& a) { return a.to == what.operation && what.nth <= a.times; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<planned_notice> banks::notices_about(const submit_effect& what, const bank_deed& deed) {
  if (auto it = scripted_.find(what.attempt); it != scripted_.end())
    return it->second->notices;
  std::vector<planned_notice> told;
  auto falls_in = [&](uint32_t share_ppm, const char* kind) {
    if (draw_ppm(plan_.seed, what.attempt, kind) >= share_ppm)
      return false;
    ++lies_told_[kind];
    return true;
  };
  const int64_t after_us = draw_ppm(plan_.seed, what.attempt, "notice after");
  if (falls_in(plan_.lies.notice_stray_ppm, "notice of a payment nobody sent"))
    told.push_back({after_us, reply_class::succeeded, "OK", 0, 1, true});
  if (falls_in(plan_.lies.notice_other_amount_ppm, "notice of another amount"))
    told.push_back({after_us, reply_class::succeeded, "OK", what.amount.minor == 1 ? 2 : 1, 2, false});
  // Whoever denies what he did tells nothing of his own accord: his answers are the lie.
  const bool says_otherwise = std::any_of(deed.answers.begin(), deed.answers.end(), [](const bank_answer& a) {
    return a.outcome != reply_class::succeeded && a.outcome != reply_class::unknown;
  });
  // While the payer types a password nothing is told at all.
  if (!deed.money_moves || says_otherwise || deed.confirms_after_us != 0 ||
      draw_ppm(plan_.seed, what.attempt, "notice") >= plan_.lies.notices_ppm)
    return told;
  // Half of them overtake the answer.
  const bool copies = falls_in(plan_.lies.notice_copies_ppm, "notice repeated");
  told.push_back({after_us % 2 == 0 ? after_us / 50 : 2 * after_us, reply_class::succeeded, "OK", 0, copies ? 3U : 1U});
  if (copies)
    told.push_back({500'000, reply_class::succeeded, "OK"});
  if (falls_in(plan_.lies.notice_contradict_ppm, "notice contradicts"))
    told.push_back({500'000, reply_class::failed_final, "REVOKED", 0, 2});
  return told;
}

void banks::twist(bank_deed& deed, const channel_terms& terms, const attempt_id& attempt) {
  if (deed.answers.empty())
    return;
  uint32_t draw = draw_ppm(plan_.seed, attempt);
  auto falls_in = [&](uint32_t share_ppm, const char* kind) {
    if (draw >= share_ppm) {
      draw -= share_ppm;
      return false;
    }
    ++lies_told_[kind];
    return true;
  };
  const bank_answer said = deed.answers.front();
  const int64_t later_us = said.after_us + 1'000 + draw % 400'000;
  const int64_t window_us = int64_t{terms.reply_within_ms} * 1'000;
  if (falls_in(plan_.lies.repeat_ppm, "answer repeated")) {
    deed.answers.push_back({later_us, said.outcome, said.code});
  } else if (falls_in(plan_.lies.unknown_code_ppm, "unknown code")) {
    deed.answers.front() = {said.after_us, reply_class::unknown, "E_4711"};
  } else if (falls_in(plan_.lies.reply_after_timeout_ppm, "answer after the time-out")) {
    deed.answers.front().after_us = window_us + 1'000 + draw % 2'000'000;
  } else if (said.outcome == reply_class::succeeded && falls_in(plan_.lies.contradict_ppm, "success contradicted")) {
    deed.answers.push_back({later_us, reply_class::failed_final, "REVOKED"});
  } else if (said.outcome == reply_class::succeeded && falls_in(plan_.lies.deny_ppm, "success denied")) {
    deed.answers = {{said.after_us, reply_class::failed_try_another, "DENIED"},
                    {later_us, reply_class::succeeded, said.code}};
  }
}

} // namespace oncepay::sim
