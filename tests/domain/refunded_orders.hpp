// What tests of refunds share: orders with something to give back, and what is said of it.
#pragma once

#include "actors/domain/refunds.hpp"
#include "tests/domain/order_world.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace oncepay::test {

inline refund_input refund(const char* refund_no, int64_t amount_minor) {
  return {*order_no::parse("A-7"), *order_no::parse(refund_no), {amount_minor, cny}, ""};
}

inline refund_answer_input about(uint32_t number, evidence source, reply_class outcome) {
  return {number, source, outcome, "CODE", ""};
}
inline refund_answer_input given_back(uint32_t number) {
  return about(number, evidence::channel_reply, reply_class::succeeded);
}
inline refund_answer_input refused(uint32_t number) {
  return about(number, evidence::channel_reply, reply_class::failed_final);
}
inline refund_answer_input not_sent(uint32_t number) {
  return about(number, evidence::never_left, reply_class::failed_try_another);
}

inline attempt_input not_found(uint32_t number, instant asked_at) {
  attempt_input in = answer(number, evidence::enquiry, reply_class::not_found);
  in.enquiry = enquiry_facts{asked_at, 120'000, 3'600'000, 24};
  return in;
}

/// 100.00 paid, of which 0.60 is our fee.
inline order_world paid_order() {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(paid(1)).has_value());
  return w;
}

inline errc code_of(const verdict_on_input& verdict) {
  return verdict ? errc::ok : verdict.error().code;
}

inline int64_t balance(const order_world& w, account_kind kind) {
  int64_t sum = 0;
  for (const posting& p : w.postings())
    sum += p.account.kind == kind ? p.amount.minor : 0;
  return sum;
}

inline size_t requests(const order_world& w, operation what) {
  return static_cast<size_t>(std::count_if(w.effects.begin(), w.effects.end(), [&](const effect& e) {
    auto* r = std::get_if<channel_request_effect>(&e);
    return r != nullptr && r->operation == what && !r->enquiry;
  }));
}

/// In doubt, to be closed, and closed because its channel said so.
inline order_world closed_order() {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  REQUIRE(w.state.status == order_state::closed);
  return w;
}

} // namespace oncepay::test
