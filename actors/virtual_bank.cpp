#include "actors/virtual_bank.hpp"

#include "actors/bank_book.hpp"
#include "schema/hash.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <cstring>

namespace oncepay {

namespace {

constexpr uint32_t million = 1'000'000;

/// How long after the reply window a late bank answers.
constexpr int64_t late_by_us = 250'000;

/// 0 … 999 999, independent for each purpose.
uint32_t draw_ppm(const bank_behaviour& b, const attempt_id& id, std::string_view purpose, uint32_t nth = 0) {
  uint64_t seed = b.seed;
  std::string_view seed_bytes(reinterpret_cast<const char*>(&seed), sizeof seed);
  const std::string numbered = nth == 0 ? std::string(purpose) : std::string(purpose) + std::to_string(nth);
  auto h = hash_parts_128({"bank", numbered, seed_bytes, id.str()});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return static_cast<uint32_t>(value % million);
}

uint32_t between(uint32_t low, uint32_t high, uint32_t part, uint32_t whole) {
  return high <= low ? low : low + static_cast<uint32_t>(uint64_t{high - low} * part / whole);
}

} // namespace

uint32_t latency_at_us(const bank_behaviour& b, uint32_t ppm) {
  if (ppm < 500'000)
    return between(b.latency_min_us, b.latency_p50_us, ppm, 500'000);
  if (ppm < 990'000)
    return between(b.latency_p50_us, b.latency_p99_us, ppm - 500'000, 490'000);
  return between(b.latency_p99_us, b.latency_max_us, std::min(ppm, million) - 990'000, 10'000);
}

bank_fate fate_of(const bank_behaviour& b, const attempt_id& id) {
  bank_fate fate;
  fate.latency_us = latency_at_us(b, draw_ppm(b, id, "latency"));
  uint32_t draw = draw_ppm(b, id, "fate");
  auto falls_in = [&](uint32_t share_ppm) {
    if (draw < share_ppm)
      return true;
    draw -= share_ppm;
    return false;
  };
  for (const bank_failure& f : b.failures) {
    if (falls_in(f.share_ppm)) {
      fate.outcome = f.outcome;
      fate.code = f.code;
      return fate;
    }
  }
  if (falls_in(b.timeout_unmoved_ppm)) {
    fate.answers = false;
    return fate;
  }
  if (falls_in(b.timeout_moved_ppm)) {
    fate.answers = false;
    fate.money_moved = true;
    return fate;
  }
  fate.late = falls_in(b.late_ppm);
  fate.money_moved = true;
  fate.outcome = reply_class::succeeded;
  fate.code = "OK";
  return fate;
}

bank_fate slow_down(const bank_behaviour& b, const attempt_id& id) {
  bank_fate fate;
  fate.outcome = reply_class::failed_try_another;
  fate.code = "SLOW_DOWN";
  fate.latency_us = latency_at_us(b, draw_ppm(b, id, "latency"));
  return fate;
}

bank_deed deed_of(const bank_fate& fate, uint32_t reply_within_ms) {
  bank_deed deed;
  deed.money_moves = fate.money_moved;
  if (fate.answers)
    deed.answers.push_back(
        {fate.late ? int64_t{reply_within_ms} * 1'000 + late_by_us : fate.latency_us, fate.outcome, fate.code});
  return deed;
}

enquiry_answer answer_to_enquiry(const channel_terms& terms, instant now, const channel_request_effect& question,
                                 std::optional<bank_memory> known) {
  const bank_behaviour& b = terms.bank;
  enquiry_answer answer;
  answer.after_us = latency_at_us(b, draw_ppm(b, question.id, "enquiry latency", question.nth));
  const uint32_t draw = draw_ppm(b, question.id, "enquiry", question.nth);
  if (draw < b.enquiry_failed_ppm) {
    answer.failed = true;
    answer.code = "QUERY_FAILED";
    return answer;
  }
  if (draw - b.enquiry_failed_ppm < b.enquiry_late_ppm)
    answer.after_us = int64_t{terms.reply_within_ms} * 1'000 + late_by_us;
  if (!known || now < plus_ms(known->received_at, b.not_found_for_ms)) {
    answer.outcome = reply_class::not_found;
    answer.code = "NOT_FOUND";
  } else if (known->money_moved && !known->closed) {
    answer.outcome = reply_class::succeeded;
    answer.code = "OK";
  } else {
    answer.outcome = reply_class::failed_final;
    answer.code = question.operation == operation::unbind_card ? "NOT_UNBOUND"
                  : question.operation == operation::refund    ? "NOT_REFUNDED"
                                                               : "NOT_PAID";
  }
  return answer;
}

namespace {

bank_fate refused(const bank_behaviour& b, const attempt_id& id, std::string_view code) {
  bank_fate fate;
  fate.outcome = reply_class::failed_final;
  fate.code = code;
  fate.latency_us = latency_at_us(b, draw_ppm(b, id, "latency"));
  return fate;
}

} // namespace

bank_fate refund_fate(const bank_behaviour& b, const channel_request_effect& what,
                      const std::optional<bank_memory>& payment, const std::optional<bank_memory>& known) {
  bank_fate fate = fate_of(b, what.id);
  if (known)
    return fate.money_moved && !known->money_moved ? refused(b, what.id, "REFUND_REFUSED") : fate;
  if (!payment || !payment->money_moved || payment->closed)
    return refused(b, what.id, "NOT_PAID");
  if (what.amount.minor > payment->amount_minor - payment->refunded_minor)
    return refused(b, what.id, "REFUND_TOO_LARGE");
  return fate;
}

std::optional<bank_fate> fate_without_agreement(const bank_behaviour& b, const submit_effect& what,
                                                const std::optional<bank_memory>& binding) {
  if (what.operation != operation::withhold || (binding && binding->stands()))
    return std::nullopt;
  return refused(b, what.attempt, "NO_AGREEMENT");
}

bank_fate unbind_fate(const bank_behaviour& b, const channel_request_effect& what,
                      const std::optional<bank_memory>& binding, const std::optional<bank_memory>& known) {
  bank_fate fate = fate_of(b, what.id);
  if (known)
    return fate.money_moved && !known->money_moved ? refused(b, what.id, "NO_AGREEMENT") : fate;
  return binding && binding->stands() ? fate : refused(b, what.id, "NO_AGREEMENT");
}

enquiry_answer answer_to_close(const channel_terms& terms, const channel_request_effect& question,
                               const std::optional<bank_memory>& known) {
  const bank_behaviour& b = terms.bank;
  enquiry_answer answer;
  answer.after_us = latency_at_us(b, draw_ppm(b, question.id, "close latency", question.nth));
  const uint32_t draw = draw_ppm(b, question.id, "close", question.nth);
  if (draw < b.enquiry_failed_ppm) {
    answer.failed = true;
    answer.code = "CLOSE_FAILED";
    return answer;
  }
  if (draw - b.enquiry_failed_ppm < b.enquiry_late_ppm)
    answer.after_us = int64_t{terms.reply_within_ms} * 1'000 + late_by_us;
  const bool paid = known && known->money_moved && !known->closed;
  answer.outcome = paid ? reply_class::succeeded : reply_class::failed_final;
  answer.code = paid ? "ALREADY_PAID" : "CLOSED";
  return answer;
}

enquiry_answer answer_to_reversal(const channel_terms& terms, const channel_request_effect& question) {
  const bank_behaviour& b = terms.bank;
  enquiry_answer answer;
  answer.after_us = latency_at_us(b, draw_ppm(b, question.id, "reversal latency", question.nth));
  const uint32_t draw = draw_ppm(b, question.id, "reversal", question.nth);
  answer.failed = draw < b.enquiry_failed_ppm;
  if (!answer.failed && draw - b.enquiry_failed_ppm < b.enquiry_late_ppm)
    answer.after_us = int64_t{terms.reply_within_ms} * 1'000 + late_by_us;
  answer.outcome = answer.failed ? reply_class::unknown : reply_class::succeeded;
  answer.code = answer.failed ? "REVERSE_AGAIN" : "REVERSED";
  return answer;
}

namespace {

class virtual_bank final : public bank {
public:
  virtual_bank(const channel_terms& terms, bank_book book) : terms_(terms), book_(std::move(book)) {}

  bank_deed receive(instant now, const submit_effect& what, uint32_t under_way) override {
    if (terms_.bank.capacity != 0 && under_way >= terms_.bank.capacity) {
      bank_deed deed = deed_of(slow_down(terms_.bank, what.attempt), terms_.reply_within_ms);
      deed.looked_at = false;
      return deed;
    }
    const auto known = book_.find(what.attempt);
    const bank_fate fate =
        known && known->closed ? refused(terms_.bank, what.attempt, "CLOSED") : fate_of_new(what, known);
    book_.note(now, what, fate);
    return deed_of(fate, terms_.reply_within_ms);
  }
  bank_deed refund(instant now, const channel_request_effect& what) override {
    book_.begins(now);
    const auto original = book_.find(what.original);
    const auto known = book_.find(what.id);
    const bank_fate fate = what.operation == operation::unbind_card ? unbind_fate(terms_.bank, what, original, known)
                                                                    : refund_fate(terms_.bank, what, original, known);
    book_.note_refund(now, what, fate);
    return deed_of(fate, terms_.reply_within_ms);
  }
  std::optional<enquiry_answer> close(instant now, const channel_request_effect& what) override {
    book_.begins(now);
    const auto known = book_.find(what.id);
    enquiry_answer answer = answer_to_close(terms_, what, known);
    if (!answer.failed && !known && may_have_forgotten(what)) {
      answer.outcome = reply_class::unknown;
      answer.code = "NO_RECORDS";
    } else if (!answer.failed && answer.outcome == reply_class::failed_final) {
      book_.note_closed(now, what);
    }
    return answer;
  }
  /// What it may have forgotten it can't give back; until somebody looks it up it asks to be asked again.
  std::optional<enquiry_answer> reverse(instant now, const channel_request_effect& what) override {
    book_.begins(now);
    enquiry_answer answer = answer_to_reversal(terms_, what);
    if (answer.failed)
      return answer;
    if (!book_.find(what.id) && may_have_forgotten(what))
      return enquiry_answer{answer.after_us, true, reply_class::unknown, "NO_RECORDS"};
    book_.note_reversed(now, what);
    return answer;
  }
  std::optional<enquiry_answer> enquire(instant now, const channel_request_effect& what) override {
    book_.begins(now);
    const auto known = book_.find(what.id);
    if (!known && may_have_forgotten(what)) {
      enquiry_answer answer = answer_to_enquiry(terms_, now, what, bank_memory{});
      answer.outcome = reply_class::unknown;
      answer.code = answer.failed ? answer.code : "NO_RECORDS";
      return answer;
    }
    return answer_to_enquiry(terms_, now, what, known);
  }
  tl::expected<void, std::string> flush() override { return book_.flush(); }
  void configure(const channel_terms& terms) override { terms_ = terms; }

private:
  bank_fate fate_of_new(const submit_effect& what, const std::optional<bank_memory>& known) const {
    const auto signing = signed_under(what.agreement);
    const auto refusal =
        known ? std::nullopt : fate_without_agreement(terms_.bank, what, signing ? book_.find(*signing) : std::nullopt);
    return refusal ? *refusal : fate_of(terms_.bank, what.attempt);
  }

  /// Of what it may have forgotten it can't say that it never came. It was sent at most so long before its deadline.
  bool may_have_forgotten(const channel_request_effect& what) const {
    const int64_t ahead_ms = takes_back(what.operation) ? int64_t{terms_.reply_within_ms} : terms_.submit_within_ms;
    return what.attempt_submit_before <= plus_ms(book_.remembers_since(), ahead_ms);
  }

  channel_terms terms_;
  bank_book book_;
};

} // namespace

tl::expected<bank_ptr, std::string> open_virtual_bank(const channel_terms& terms) {
  auto book = bank_book::open(terms.bank.book_file);
  if (!book)
    return tl::unexpected(book.error());
  return std::make_unique<virtual_bank>(terms, std::move(*book));
}

std::string channel_ref_of(const attempt_id& id) {
  return "vb-" + id.str().substr(0, 10);
}

namespace {

constexpr std::string_view agreement_prefix = "vba-";

} // namespace

std::string agreement_of(const attempt_id& id) {
  return std::string(agreement_prefix) + id.str();
}

std::optional<attempt_id> signed_under(std::string_view agreement) {
  if (!agreement.starts_with(agreement_prefix))
    return std::nullopt;
  auto id = attempt_id::parse(agreement.substr(agreement_prefix.size()));
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

std::string card_mask_of(const attempt_id& id) {
  const auto digits = hash_parts_128({"card mask", id.str()});
  std::string mask = "6222****";
  for (size_t i = 0; i < 4; ++i)
    mask += static_cast<char>('0' + static_cast<uint8_t>(digits[i]) % 10);
  return mask;
}

} // namespace oncepay
