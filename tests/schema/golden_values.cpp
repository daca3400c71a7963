#include "tests/schema/golden_values.hpp"

#include "tests/support/typical_payment.hpp"

#include <utility>

namespace oncepay::golden {

namespace {

order_no number() {
  return order_no::parse("transactions-0012345").value();
}
channel_id channel(std::string_view text) {
  return channel_id::parse(text).value();
}
currency cur(std::string_view alpha) {
  return parse_currency(alpha).value();
}

merchant_terms terms_of_merchant() {
  return {merchant(), "Café 支付", 10'000, 1, true};
}

channel_terms terms_of_channel() {
  channel_terms t;
  t.channel = channel("alpha");
  t.display_name = "Alpha Bank";
  t.methods = {method_id::parse("card").value(), method_id::parse("wechat-code").value()};
  t.currencies = {cur("CNY"), cur("JPY")};
  t.amount_minor_min = 2;
  t.amount_minor_max = 5'000'000;
  t.cost_rate_ppm = 6'000;
  t.cost_fixed_minor = 3;
  t.priority = 10;
  t.weight = 4;
  t.gray_ppm = 500'000;
  t.merchants_allowed = {merchant()};
  t.concurrency_max = 50;
  t.rate_per_s_max = 400;
  t.queue_max = 200;
  t.queue_wait_ms_max = 1'500;
  t.submit_within_ms = 4'000;
  t.reply_within_ms = 9'000;
  t.enquire_after_ms = 60'000;
  t.bank.seed = 42;
  t.bank.latency_min_us = 100;
  t.bank.latency_p50_us = 200;
  t.bank.latency_p99_us = 300;
  t.bank.latency_max_us = 400;
  t.bank.failures = {{"DECLINED", 200'000, reply_class::failed_try_another},
                     {"STOLEN_CARD", 1'000, reply_class::failed_final},
                     {"SYSTEMERROR", 500, reply_class::unknown}};
  t.bank.timeout_unmoved_ppm = 10'000;
  t.bank.timeout_moved_ppm = 5'000;
  t.bank.late_ppm = 1'000;
  t.bank.capacity = 64;
  return t;
}

channel_terms patient_terms() {
  channel_terms t = terms_of_channel();
  t.enquire_interval_ms_max = 1'800'000;
  t.enquiries_max = 6;
  t.not_found_after_ms = 90'000;
  t.bank.enquiry_failed_ppm = 1'000;
  t.bank.enquiry_late_ppm = 2'000;
  t.bank.not_found_for_ms = 3'000;
  return t;
}

channel_terms terms_over_http() {
  channel_terms t = terms_of_channel();
  t.bank = {};
  t.http = {"https://api.example.com:8443/v2",
            "wechat-v2",
            {{"app_id", "wx1"}, {"mch_id", "1900"}, {"subject", "Tea \u8336"}}};
  return t;
}

/// What the payer showed, sealed.
decision opened_with_code() {
  decision d = typical::opening();
  auto& in = std::get<pay_input>(d.input);
  in.payer_code.key_id = 2;
  for (int i = 0; i < 60; ++i)
    in.payer_code.ciphertext.push_back(static_cast<std::byte>(29 * i + 5));
  return d;
}

order_view view_of_order() {
  order_view v{merchant(), number(), order_state::open, cny(14'780), method_id::parse("card").value(), at, true,
               {},         {}};
  v.attempts = {{1,
                 channel("alpha"),
                 make_attempt_id("demo", merchant(), number(), 1),
                 attempt_state::failed,
                 "DECLINED",
                 "alpha-1",
                 evidence::late_reply,
                 {}},
                {2, channel("beta"), make_attempt_id("demo", merchant(), number(), 2), attempt_state::in_doubt,
                 "REPLY_TIMEOUT", "", evidence::reply_timeout, plus_ms(at, 120'000)}};
  v.trajectory = {"2025-11-20T13:40:43.223Z order opened", "2025-11-20T13:40:43.254Z attempt 1 failed"};
  return v;
}

order_view manual_order() {
  order_view v = view_of_order();
  v.attempts.back().state = attempt_state::manual;
  v.attempts.back().last_evidence = evidence::enquiry_failed;
  v.attempts.back().enquiries = 6;
  return v;
}

ruling_proposal_input said() {
  return {ruling_subject::attempt,   2,    ruling_outcome::succeeded, "statement of beta, 2025-11-21, line 4711",
          "amount and number agree", "ann"};
}
ruling_id ruled() {
  return ruling_id::trusted(base32(hash_parts_128({"golden ruling"})));
}

order_view view_of_ruling() {
  order_view v = manual_order();
  v.ruling = ruling_view{ruled(), said(), plus_ms(at, 5), plus_ms(at, 86'400'000)};
  return v;
}

order_view view_of_refunds() {
  order_view v = view_of_order();
  v.state = order_state::paid;
  v.in_doubt = false;
  v.trajectory.clear();
  v.refunds = {{1,
                order_no::parse("R-1").value(),
                refund_state::succeeded,
                4'780,
                48,
                2,
                make_refund_id("demo", merchant(), number(), order_no::parse("R-1").value()),
                "OK",
                "beta-77",
                evidence::channel_reply,
                {}},
               {2,
                {},
                refund_state::in_doubt,
                10'000,
                0,
                1,
                make_surplus_id("demo", merchant(), number(), 1, 1),
                "REPLY_TIMEOUT",
                "",
                evidence::reply_timeout,
                plus_ms(at, 120'000)}};
  v.expires_at = plus_ms(at, 900'000);
  v.refunded_minor = 4'780;
  return v;
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

std::vector<posting> transfer(account_ref from, account_ref to) {
  return {{std::move(from), cny(500)}, {std::move(to), cny(-500)}};
}

/// Failed at alpha, goes on at beta.
decision failover() {
  route_answer route;
  route.candidates = {{channel("beta"), verdict::chosen, true, 20, 74},
                      {channel("alpha"), verdict::already_tried, false, 10, 89}};
  route.chosen = channel("beta");
  route.submit_within_ms = 5'000;
  route.reply_within_ms = 10'000;
  route.enquire_after_ms = 120'000;
  route.cost_minor = 74;
  route.fee_minor = 148;
  route.terms_position = 45;
  return about_order(
      2, attempt_input{1, evidence::channel_reply, reply_class::failed_try_another, "DECLINED", "alpha-1", route},
      {attempt_failed{1},
       attempt_intended{2, make_attempt_id("demo", merchant(), number(), 2), plus_ms(at, 5'002), plus_ms(at, 15'002)}});
}

/// A route that names nobody.
decision refused_route() {
  route_answer route;
  route.candidates = {{channel("beta"), verdict::busy, false, 20, 74}};
  route.refusal = static_cast<uint16_t>(errc::channel_busy);
  return about_order(2,
                     attempt_input{1, evidence::never_left, reply_class::failed_try_another, "NEVER_LEFT", "", route},
                     {attempt_failed{1}, order_failed{static_cast<uint16_t>(errc::payment_failed)}});
}

decision refund_requested_decision() {
  const order_no refund_no = order_no::parse("R-1").value();
  return about_order(
      4, refund_input{number(), refund_no, cny(4'780), "returned goods"},
      {refund_requested{1, 2, make_refund_id("demo", merchant(), number(), refund_no), hash_parts_128({"golden"}),
                        plus_ms(at, 5'004), plus_ms(at, 15'004), 48,
                        transfer({account_kind::merchant_pending, "m-15349"}, {account_kind::transit, {}})}});
}

decision refund_answered(evidence source, reply_class outcome, std::vector<event> events) {
  return about_order(5, refund_answer_input{1, source, outcome, "CODE", "beta-77"}, std::move(events));
}

std::vector<posting> refund_lines() {
  return transfer({account_kind::transit, {}}, {account_kind::channel_receivable, "beta"});
}

/// An order that expires, and a success that comes after it was closed.
decision expiring() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).expires_at = plus_ms(at, 900'000);
  return d;
}

decision surplus() {
  return about_order(
      6, attempt_input{1, evidence::late_reply, reply_class::succeeded, "OK", "alpha-1", {}},
      {surplus_booked{1, transfer({account_kind::channel_receivable, "alpha"}, {account_kind::suspense_long, {}})}});
}

/// An order whose merchant is told, its result, and what came of telling it.
decision opened_to_tell() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).route.tells_merchant = true;
  return d;
}
decision paid_to_tell() {
  decision d = typical::success();
  d.events.emplace_back(merchant_to_tell{1, told_result::paid, 0});
  return d;
}
merchant_terms bounded_terms() {
  merchant_terms t = terms_of_merchant();
  t.requests_per_s_max = 100;
  t.requests_burst_max = 250;
  t.requests_under_way_max = 40;
  return t;
}
merchant_terms told_terms() {
  merchant_terms t = terms_of_merchant();
  t.notify_url = "https://shop.example:8443/told";
  return t;
}

/// A payment by code, on a channel that reverses what isn't decided within 20 s; and what comes of its reversal.
decision by_code() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).route.reverse_after_ms = 20'000;
  return d;
}
decision reversal_answered(reply_class outcome, std::vector<event> events) {
  return about_order(
      10,
      attempt_input{
          1, evidence::reverse_reply, outcome, "REVERSED", "", {}, enquiry_facts{plus_ms(at, 2), 90'000, 1'800'000, 6}},
      std::move(events));
}

} // namespace

std::vector<named<command>> commands() {
  std::vector<named<command>> all{
      {"command_pay",
       {77, 0, pay_command{merchant(), number(), cny(14'780), method_id::parse("card").value(), "13800", at}}},
      {"command_pay_code",
       {77, 0,
        pay_command{merchant(), number(), cny(14'780), method_id::parse("wechat-code").value(), "", at,
                    "134567890123456789"}}},
      {"command_open_http_channel", {79, 0, open_channel_command{terms_over_http()}}},
      {"command_open_merchant", {78, 0, open_merchant_command{terms_of_merchant()}}},
      {"command_open_channel", {79, 0, open_channel_command{terms_of_channel()}}},
      {"command_switch_channel", {80, 0, switch_channel_command{channel("alpha"), true, "ann", "repaired"}}},
      {"command_query_order", {81, 1'234, query_order_command{merchant(), number(), true}}},
      {"command_refund",
       {83, 0, refund_command{merchant(), number(), order_no::parse("R-1").value(), cny(4'780), "returned goods"}}},
      {"command_close", {84, 0, close_command{merchant(), number(), "out of stock"}}},
      {"command_propose_ruling",
       {85, 0,
        propose_ruling_command{merchant(), number(), said().subject, said().number, said().outcome, said().evidence,
                               said().reason, said().operator_name}}},
      {"command_answer_ruling",
       {86, 0, answer_ruling_command{merchant(), number(), ruled(), true, "berta", "seen it"}}},
      {"command_query_balances", {82, 5, query_balances_command{"merchant/m-15349/"}}},
      {"command_switch_merchant",
       {87, 0, switch_command{switch_subject::merchant, merchant().str(), false, "ann", "chargebacks"}}},
      {"command_switch_method", {88, 0, switch_command{switch_subject::method, "card", true, "ann", "scheme is back"}}},
  };
  add_checks_and_codes(all);
  for (auto& more : risk_commands())
    all.push_back(std::move(more));
  return all;
}

std::vector<named<reply>> replies() {
  balance_list balances{{{"merchant/m-15349/pending", cny(-14'632)}, {"platform/fees", {-7, cur("JPY")}}},
                        2,
                        {cny(-14'632), {-7, cur("JPY")}}};
  std::vector<named<reply>> all{
      {"reply_error", {77, errc::invalid_field, "order_no: breaks its documented form", 0, false, {}}},
      {"reply_order", {78, errc::in_doubt, "ask again", 99, true, view_of_order()}},
      {"reply_order_manual", {78, errc::in_doubt, "ask again", 99, true, manual_order()}},
      {"reply_ruling", {81, errc::ok, "", 102, false, view_of_ruling()}},
      {"reply_refunds", {80, errc::ok, "", 101, false, view_of_refunds()}},
      {"reply_quota", {82, errc::quota_exceeded, "again later", 0, false, {}, 250}},
      {"reply_balances", {79, errc::ok, "", 100, false, balances}},
  };
  add_checks_and_codes(all);
  for (auto& more : risk_replies())
    all.push_back(std::move(more));
  return all;
}

std::vector<named<decision>> decisions() {
  auto wallet = stream_name::of_account("wallet/alice");
  account_ref alice{account_kind::wallet, "alice"}, transit{account_kind::transit, {}};
  channel_terms with_book = terms_of_channel();
  with_book.bank.book_file = "books/alpha.tsv";
  std::vector<named<decision>> all{
      {"decision_opened", typical::opening()},
      {"decision_opened_with_code", opened_with_code()},
      {"decision_http_channel", about(stream_name::of_channel(channel("alpha")), channel_input{terms_over_http(), true},
                                      {channel_configured{}})},
      {"decision_paid", typical::success()},
      {"decision_failover", failover()},
      {"decision_failed", refused_route()},
      {"decision_in_doubt",
       about_order(2, attempt_input{1, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", "", {}},
                   {attempt_in_doubt{1, plus_ms(at, 120'000)}})},
      {"decision_contradiction",
       about_order(3, attempt_input{1, evidence::late_reply, reply_class::failed_final, "STOLEN_CARD", "alpha-1", {}},
                   {contradiction_recorded{1}})},
      {"decision_enquiry", about_order(4,
                                       attempt_input{1,
                                                     evidence::enquiry,
                                                     reply_class::payer_confirming,
                                                     "USERPAYING",
                                                     "",
                                                     {},
                                                     enquiry_facts{plus_ms(at, 2), 90'000, 1'800'000, 6}},
                                       {enquiry_recorded{1, 6, plus_ms(at, 86'400'000)}, attempt_manual{1}})},
      {"decision_patient_channel",
       about(stream_name::of_channel(channel("alpha")), channel_input{patient_terms(), true}, {channel_configured{}})},
      {"decision_merchant",
       about(stream_name::of_merchant(merchant()), merchant_input{terms_of_merchant(), true}, {merchant_configured{}})},
      {"decision_channel",
       about(stream_name::of_channel(channel("alpha")), channel_input{with_book, true}, {channel_configured{}})},
      {"decision_switch", about(stream_name::of_channel(channel("alpha")), switch_input{true, "ann", "repaired"},
                                {channel_switched{true}})},
      {"decision_credit",
       about(wallet, credit_input{"top-up/1", cny(500)}, {account_credited{transfer(transit, alice)}})},
      {"decision_claim", about(wallet, claim_input{"order/1", cny(500)}, {account_claimed{transfer(alice, transit)}})},
      {"decision_release", about(wallet, release_input{"order/1"}, {claim_released{transfer(transit, alice)}})},
      {"decision_expiring", expiring()},
      {"decision_refund_claimed",
       about(stream_name::of_refund(merchant(), order_no::parse("R-1").value()),
             refund_input{number(), order_no::parse("R-1").value(), cny(4'780), "returned goods"}, {refund_claimed{}})},
      {"decision_refund_requested", refund_requested_decision()},
      {"decision_refund_succeeded",
       refund_answered(evidence::channel_reply, reply_class::succeeded, {refund_succeeded{1, refund_lines()}})},
      {"decision_refund_failed",
       refund_answered(evidence::late_reply, reply_class::failed_final, {refund_failed{1, refund_lines()}})},
      {"decision_refund_in_doubt",
       refund_answered(evidence::reply_timeout, reply_class::unknown, {refund_in_doubt{1, plus_ms(at, 120'000)}})},
      {"decision_refund_enquired", refund_answered(evidence::reply_timeout, reply_class::unknown,
                                                   {refund_enquired{1, 3, plus_ms(at, 480'000)}, refund_manual{1}})},
      {"decision_refund_contradicted",
       refund_answered(evidence::late_reply, reply_class::failed_final, {refund_contradicted{1}})},
      {"decision_closing", about_order(7, close_input{"out of stock"}, {order_closing{}})},
      {"decision_closed", about_order(8, timer_input{}, {order_closed{}})},
      {"decision_surplus", surplus()},
      {"decision_by_code", by_code()},
      {"decision_reversing", about_order(9, timer_input{}, {attempt_reversing{1, at}})},
      {"decision_reversal_recorded",
       reversal_answered(reply_class::failed_final,
                         {reversal_recorded{1, 2, plus_ms(at, 86'400'000)}, reversal_manual{1}})},
      {"decision_reversed",
       reversal_answered(reply_class::succeeded,
                         {attempt_reversed{1, transfer({account_kind::suspense_long, {}},
                                                       {account_kind::channel_receivable, "alpha"})},
                          order_failed{501}})},
      {"decision_merchant_told_of",
       about(stream_name::of_merchant(merchant()), merchant_input{told_terms(), true}, {merchant_configured{}})},
      {"decision_opened_to_tell", opened_to_tell()},
      {"decision_paid_to_tell", paid_to_tell()},
      {"decision_refund_to_tell",
       refund_answered(evidence::channel_reply, reply_class::succeeded,
                       {refund_succeeded{1, refund_lines()}, merchant_to_tell{2, told_result::refund_succeeded, 1}})},
      {"decision_told", about_order(11, telling_input{1, 2, telling_fate::acknowledged, ""}, {merchant_told{1}})},
      {"decision_given_up", about_order(12, telling_input{2, 16, telling_fate::refused, "HTTP_500"},
                                        {merchant_not_told{2, 16, {}}, telling_given_up{2}})},
      {"decision_not_told", about_order(12, telling_input{2, 1, telling_fate::no_answer, "NO_REPLY"},
                                        {merchant_not_told{2, 1, plus_ms(at, 15'000)}})},
      {"decision_notice_kept",
       about(stream_name::of_channel(channel("alpha")),
             attempt_input{1,
                           evidence::notice,
                           reply_class::succeeded,
                           "SUCCESS",
                           "alpha-1",
                           {},
                           {},
                           notice_facts{channel("alpha"), make_attempt_id("demo", merchant(), number(), 1), cny(4'780),
                                        plus_ms(at, 3)}},
             {notice_kept{}})},
      {"decision_ruling_proposed", about_order(11, said(), {ruling_proposed{ruled(), plus_ms(at, 86'400'000)}})},
      {"decision_ruling_approved",
       about_order(12, ruling_answer_input{ruled(), true, "berta", "seen it"}, {ruling_approved{}, attempt_failed{2}})},
      {"decision_ruling_withdrawn",
       about_order(12, ruling_answer_input{ruled(), false, "ann", "wrong line"}, {ruling_withdrawn{}})},
      {"decision_merchant_bounded",
       about(stream_name::of_merchant(merchant()), merchant_input{bounded_terms(), true}, {merchant_configured{}})},
      {"decision_merchant_switched",
       about(stream_name::of_merchant(merchant()), switch_input{true, "ann", "cleared"}, {merchant_switched{true}})},
      {"decision_method_switched", about(stream_name::of_method(method_id::parse("card").value()),
                                         switch_input{true, "ann", "scheme is back"}, {method_switched{true}})},
      {"decision_log_release",
       about(stream_name::of_operations(), log_release_input{"ann", "reconciled"}, {log_released{}})},
  };
  add_checks_and_codes(all);
  for (auto& more : risk_decisions())
    all.push_back(std::move(more));
  return all;
}

} // namespace oncepay::golden
