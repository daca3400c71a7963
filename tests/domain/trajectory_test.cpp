#include "actors/domain/trajectory.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

const instant start{1'700'000'000 * ns_per_s + 123 * ns_per_ms};
const currency cny = *parse_currency("CNY");

stream_name order_a7() {
  return stream_name::of_order(*merchant_id::parse("m1"), *order_no::parse("A-7"));
}

attempt_id some_attempt() {
  return make_attempt_id("test", *merchant_id::parse("m1"), *order_no::parse("A-7"), 1);
}

route_answer to_alpha() {
  route_answer route;
  route.candidates = {{channel_id::trusted("alpha"), verdict::chosen, false, 10, 30},
                      {channel_id::trusted("beta"), verdict::switched_off, true, 20, 50}};
  route.chosen = channel_id::trusted("alpha");
  route.terms_position = 3;
  return route;
}

recorded_decision opening() {
  pay_input in;
  in.amount = {14'780, cny};
  in.method = method_id::trusted("card");
  in.payer = {1, std::vector<std::byte>(21, std::byte{'p'})};
  in.placed_at = {1'600'000'000 * ns_per_s};
  in.route = to_alpha();
  decision d;
  d.at = start;
  d.stream = order_a7();
  d.version = 1;
  d.due = plus_ms(start, 15'000);
  d.input = in;
  d.events = {order_opened{}, attempt_intended{1, some_attempt(), plus_ms(start, 5'000), plus_ms(start, 10'000)}};
  return {10, d};
}

recorded_decision outcome(input in, std::vector<event> events) {
  decision d;
  d.at = plus_ms(start, 42);
  d.stream = order_a7();
  d.version = 2;
  d.input = std::move(in);
  d.events = std::move(events);
  return {11, d};
}

attempt_input reply_of(reply_class outcome, std::string code) {
  attempt_input in;
  in.attempt_number = 1;
  in.outcome = outcome;
  in.code = std::move(code);
  in.channel_ref = "CH-1";
  return in;
}

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out;
  for (size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string::npos;) {
    const auto end = std::min(line.find(' ', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

/// The fields before the text: what grep and awk rely on.
constexpr size_t word_columns = 13;

} // namespace

TEST_CASE("an opening tells who asked for what, which channel was chosen and what was intended") {
  trajectory_context context;
  const auto steps = steps_of(opening(), context);
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].module == "gateway");
  CHECK(steps[0].step == "pay");
  CHECK(steps[0].state == order_state::none);
  CHECK(steps[0].amount == money{14'780, cny});
  CHECK(steps[1].module == "router");
  CHECK(steps[1].code == "chosen");
  CHECK(steps[1].channel.str() == "alpha");
  CHECK(steps[1].candidates.size() == 2);
  CHECK(steps[2].step == "order_opened");
  CHECK(steps[2].state == order_state::open);
  CHECK(steps[3].step == "attempt_intended");
  CHECK(steps[3].channel.str() == "alpha");
  CHECK(steps[3].id == some_attempt());
  CHECK(steps[3].deadline == plus_ms(start, 5'000));
}

TEST_CASE("a payer leaks: a line says whether one was named, never who, nor its token or ciphertext") {
  for (const auto& line : digest_lines(opening()))
    CHECK(line.find("ppp") == std::string::npos);
  CHECK(digest_lines(opening())[0].find("payer masked") != std::string::npos);
  auto unnamed = opening();
  std::get<pay_input>(unnamed.decision.input).payer = {};
  CHECK(digest_lines(unnamed)[0].find("no payer named") != std::string::npos);
}

TEST_CASE("later lines name the channel and the amount that only the opening knew") {
  trajectory_context context;
  steps_of(opening(), context);
  const std::vector<posting> postings{{{account_kind::channel_receivable, "alpha"}, {14'780, cny}},
                                      {{account_kind::merchant_pending, "m1"}, {-14'780, cny}}};
  const auto steps =
      steps_of(outcome(reply_of(reply_class::succeeded, "00"), {attempt_succeeded{1}, order_paid{postings}}), context);
  REQUIRE(steps.size() == 5);
  CHECK(steps[0].module == "channel");
  CHECK(steps[0].step == "channel_reply");
  CHECK(steps[0].channel.str() == "alpha");
  CHECK(steps[0].code == "00");
  CHECK(steps[2].step == "order_paid");
  CHECK(steps[2].state == order_state::paid);
  CHECK(steps[2].amount == money{14'780, cny});
  CHECK(steps[3].step == "debit");
  CHECK(steps[4].step == "credit");
  CHECK(steps[4].text == path(postings[1].account));
}

TEST_CASE("in doubt says that nothing is proven, and when the channel is asked") {
  trajectory_context context;
  steps_of(opening(), context);
  auto in = reply_of(reply_class::unknown, "REPLY_TIMEOUT");
  in.source = evidence::reply_timeout;
  const auto steps = steps_of(outcome(in, {attempt_in_doubt{1, plus_ms(start, 120'000)}}), context);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].module == "port");
  CHECK(steps[1].deadline == plus_ms(start, 120'000));
  CHECK(steps[1].state == order_state::open);
  CHECK(steps[1].text.find("not failed, not paid") != std::string::npos);
}

TEST_CASE("an unbinding is named as that in every line, and no refund of the same order is") {
  trajectory_context context;
  std::vector<std::string> texts;
  const auto tell = [&](input in, std::vector<event> events) {
    for (const trajectory_step& s : steps_of(outcome(std::move(in), std::move(events)), context))
      texts.push_back(s.text);
  };
  const auto requested = [](uint32_t number) {
    refund_requested e;
    e.number = number;
    e.attempt_number = 1;
    return e;
  };
  const auto number = *order_no::parse("A-7");
  tell(refund_input{number, *order_no::parse("R-1"), {500, cny}, ""}, {requested(1)});
  tell(refund_input{number, *order_no::parse("U-1"), {}, "", true}, {requested(2)});
  tell(refund_answer_input{2, evidence::reply_timeout, reply_class::unknown, "", ""}, {refund_in_doubt{2, start}});
  tell(refund_answer_input{2, evidence::enquiry, reply_class::failed_final, "NO", ""},
       {refund_failed{2, {}}, merchant_to_tell{1, told_result::unbind_failed, 2}});
  tell(refund_answer_input{1, evidence::channel_reply, reply_class::succeeded, "OK", ""}, {refund_succeeded{1, {}}});
  const std::vector<std::string> wanted{"R-1 of order A-7",
                                        "refund 1, 0 minor units of our fee go back",
                                        "U-1 of order A-7",
                                        "unbinding 2",
                                        "unbinding 2, proves: unknown",
                                        "unbinding 2: not failed, not ended; the channel is to be asked",
                                        "unbinding 2, proves: failed_final",
                                        "unbinding 2: final: the agreement stands as it did",
                                        "result 1: unbind_failed, unbinding 2",
                                        "refund 1, proves: succeeded",
                                        "refund 1: final"};
  CHECK(texts == wanted);
}

TEST_CASE("a contradiction after the end leaves the order as it was") {
  trajectory_context context;
  steps_of(opening(), context);
  steps_of(outcome(reply_of(reply_class::succeeded, "00"), {attempt_succeeded{1}, order_paid{}}), context);
  const auto steps = steps_of(outcome(reply_of(reply_class::failed_final, "99"), {contradiction_recorded{1}}), context);
  CHECK(steps.back().state == order_state::paid);
}

TEST_CASE("every line has the same columns, one word each, whatever a channel or merchant sent") {
  trajectory_context context;
  auto lines = digest_lines(opening(), context);
  auto in = reply_of(reply_class::failed_final, "NOT SUFFICIENT\nFUNDS \x1b[31m");
  in.channel_ref = "x\x9b y";
  const auto more = digest_lines(outcome(in, {attempt_failed{1}, order_failed{}}), context);
  lines.insert(lines.end(), more.begin(), more.end());
  for (const auto& line : lines) {
    CAPTURE(line);
    const auto w = words(line);
    REQUIRE(w.size() > word_columns - 1);
    CHECK(w[0].starts_with("2023-11-14T22:13:20."));
    CHECK(w[12] == "m1/A-7");
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
  }
  CHECK(words(lines[4])[7] == "NOT_SUFFICIENT?FUNDS_?[31m");
  CHECK(words(digest_header()).size() == word_columns + 1);
}

TEST_CASE("a decision read alone shows gaps instead of guesses") {
  const auto lines = digest_lines(outcome(reply_of(reply_class::succeeded, "00"), {attempt_succeeded{1}}));
  REQUIRE(lines.size() == 2);
  const auto w = words(lines[0]);
  CHECK(w[5] == "1"); // The attempt's number is known …
  CHECK(w[6] == "-"); // … its channel isn't,
  CHECK(w[8] == "-"); // nor the amount.
}

TEST_CASE("operators, terms and accounts have their lines too") {
  decision d;
  d.at = start;
  d.version = 1;
  d.stream = stream_name::of_channel(*channel_id::parse("beta"));
  d.input = switch_input{false, "lin", "bank reports time-outs"};
  d.events = {channel_switched{false}};
  auto lines = digest_lines({5, d});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("by \"lin\": \"bank reports time-outs\"") != std::string::npos);
  d.stream = stream_name::of_operations();
  d.input = log_release_input{"lin", "reconciled"};
  d.events = {log_released{}};
  lines = digest_lines({6, d});
  CHECK(words(lines[0])[3] == "log_release");
  CHECK(words(lines[1])[3] == "log_released");
}

TEST_CASE("a ruling's lines say who said what, upon what, why, and who else agreed") {
  const auto id = ruling_id::trusted(some_attempt().str());
  decision d;
  d.at = start;
  d.version = 4;
  d.stream = order_a7();
  d.input = ruling_proposal_input{ruling_subject::attempt, 1,        ruling_outcome::succeeded, "statement, line 17",
                                  "the amount agrees",     "lin\x1b"};
  d.events = {ruling_proposed{id, plus_ms(start, 1'000)}};
  auto lines = digest_lines({5, d});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with("attempt 1 succeeded, by \"lin?\" upon \"statement, line 17\": \"the amount agrees\""));
  CHECK(lines[1].find(id.str()) != std::string::npos);
  CHECK(words(lines[1])[10] == to_string(plus_ms(start, 1'000)));
  d.input = ruling_answer_input{id, true, "mei", ""};
  d.events = {ruling_approved{}, attempt_succeeded{1}};
  lines = digest_lines({6, d});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].ends_with("ruling " + id.str() + " approved by \"mei\""));
  d.input = ruling_answer_input{id, false, "lin", "another order's line"};
  d.events = {ruling_withdrawn{}};
  CHECK(digest_lines({7, d})[0].ends_with("withdrawn by \"lin\": \"another order's line\""));
}

TEST_CASE("printable keeps text of every script and nothing that acts on a terminal") {
  CHECK(printable("支付 café 🎉") == "支付 café 🎉");
  CHECK(printable("a\tb\r\n\x7f") == "a?b???");
  CHECK(printable("\xc2\x9b"
                  "31m") == "??31m");
  CHECK(printable("\xff\xc0\xaf\xed\xa0\x80\xf5") == "???????");
  CHECK(printable("\xe2\x80\xae"
                  "abc") == "???abc");
  CHECK(printable("\xe6\x94") == "??");
}
