#include "tests/schema/golden_values.hpp"

#include "tests/support/typical_payment.hpp"

namespace oncepay::golden {

namespace {

order_no number() {
  return order_no::parse("transactions-0012345").value();
}
channel_id alpha() {
  return channel_id::parse("alpha").value();
}
code_serial serial() {
  return code_serial::trusted(base32(hash_parts_128({"a serial"})));
}
code_label till() {
  return code_label::parse("till-3").value();
}

decision about_order(uint32_t version, input in, std::vector<event> events) {
  return {plus_ms(at, version),
          stream_name::of_order(merchant(), number()),
          version,
          plus_ms(at, 16'000),
          plus_ms(at, 20'000),
          std::move(in),
          std::move(events)};
}
decision about(stream_name stream, input in, std::vector<event> events) {
  return {at, std::move(stream), 3, {}, {}, std::move(in), std::move(events)};
}

/// A channel whose settled attempts are asked about again, an attempt that was drawn for it, and what came of that.
channel_terms checked_terms() {
  channel_terms t;
  t.channel = alpha();
  t.methods = {method_id::parse("card").value()};
  t.currencies = {parse_currency("CNY").value()};
  t.check_ppm = 1'000;
  t.check_after_ms = 3'600'000;
  return t;
}
decision opened_to_check() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).route.check_after_ms = 3'600'000;
  return d;
}
check_begun begun() {
  return {1, plus_ms(at, 600'000), plus_ms(at, 615'000)};
}
check_begun begun_of_refund() {
  check_begun e = begun();
  e.refund_number = 2;
  return e;
}
decision answered(reply_class outcome, std::vector<event> events) {
  return about_order(
      14,
      attempt_input{
          1, evidence::enquiry, outcome, "REVOKED", "", {}, enquiry_facts{plus_ms(at, 2), 90'000, 1'800'000, 6, true}},
      std::move(events));
}

} // namespace

void add_checks_and_codes(std::vector<named<command>>& all) {
  all.push_back({"command_check_order", {87, 0, check_order_command{merchant(), number(), alpha(), "ann", "was out"}}});
  all.push_back({"command_issue_code", {88, 0, issue_code_command{merchant(), till()}}});
  all.push_back({"command_revoke_code", {89, 0, revoke_code_command{serial(), "ann", "lost"}}});
  all.push_back({"command_query_code", {90, 0, query_code_command{serial()}}});
}

void add_checks_and_codes(std::vector<named<reply>>& all) {
  all.push_back(
      {"reply_code", {82, errc::code_revoked, "", 103, false, code_view{serial(), merchant(), till(), true}}});
}

void add_checks_and_codes(std::vector<named<decision>>& all) {
  all.push_back({"decision_checked_channel", about(stream_name::of_channel(alpha()),
                                                   channel_input{checked_terms(), true}, {channel_configured{}})});
  all.push_back({"decision_opened_to_check", opened_to_check()});
  all.push_back({"decision_check_drawn", about_order(13, timer_input{}, {begun()})});
  all.push_back({"decision_check_ordered", about_order(13, check_input{alpha(), "ann", "was out"}, {begun()})});
  all.push_back(
      {"decision_check_agrees", answered(reply_class::succeeded, {attempt_checked{1, check_result::agrees}})});
  all.push_back(
      {"decision_check_disagrees",
       answered(reply_class::failed_final, {attempt_checked{1, check_result::disagrees}, contradiction_recorded{1}})});
  all.push_back({"decision_refund_check_drawn", about_order(15, timer_input{}, {begun_of_refund()})});
  all.push_back({"decision_refund_check_disagrees",
                 about_order(16,
                             refund_answer_input{2, evidence::enquiry, reply_class::succeeded, "REFUNDED", "",
                                                 enquiry_facts{plus_ms(at, 2), 90'000, 1'800'000, 6, true}},
                             {attempt_checked{1, check_result::disagrees, 2}, refund_contradicted{2}})});
  all.push_back({"decision_code_issued",
                 about(stream_name::of_code(serial()), code_input{serial(), merchant(), till()}, {code_issued{}})});
  all.push_back({"decision_code_revoked",
                 about(stream_name::of_code(serial()), code_revocation_input{"ann", "lost"}, {code_revoked{}})});
}

} // namespace oncepay::golden
