// A checker that cries wolf is switched off. These stories are as they should be, with every kind of bad luck that the
// product is made for, and nobody may have anything to say.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

attempt_input declined_towards(uint32_t number, const channel_id& next) {
  attempt_input in = says(number, failed_try_another, "DECLINED");
  in.route = route_to(next);
  return in;
}

attempt_input late(attempt_input in) {
  in.source = evidence::late_reply;
  return in;
}

void check_silence(story& s) {
  s.settle();
  CHECK(s.said() == "");
}

} // namespace

TEST_CASE("Nobody objects to payments that go well, fail, or go on with another channel") {
  story s;
  s.ends("A-1", says(1, succeeded, "OK"), s.opens("A-1", pays()));
  s.ends("A-2", says(1, failed_final, "STOLEN"), s.opens("A-2", {false, {{1'000, failed_final, "STOLEN"}}, true}));
  const auto request = s.opens("A-3", declines());
  s.hears("A-3", declined_towards(1, beta));
  s.reaches_bank(s.submission(order_named("A-3"), 2), pays());
  s.ends("A-3", says(2, succeeded, "OK"), request);
  check_silence(s);
}

TEST_CASE("Nobody objects to a doubt, nor to the truth that comes late") {
  story s;
  const auto first = s.opens("A-1", is_silent(true));
  const auto second = s.opens("A-2", {true, {{12'000'000, succeeded, "OK"}}, true});
  s.passes_ms(10'000);
  s.tell(order_named("A-1"), timed_out(1));
  s.answer(first, s.standing(order_named("A-1")));
  s.tell(order_named("A-2"), timed_out(1));
  const reply in_doubt = s.standing(order_named("A-2"));
  s.passes_ms(2'000);
  s.hears("A-2", late(says(1, succeeded, "OK")));
  // Overtaken on its way by the truth.
  s.answer(second, in_doubt);
  s.answer(s.send(query_order_command{m1, *order_no::parse("A-2"), false}), s.standing(order_named("A-2")));
  check_silence(s);
}

TEST_CASE("Nobody objects to banks that contradict themselves, once it is recorded") {
  story s;
  const auto request = s.opens("A-1", {true, {{1'000, succeeded, "OK"}, {5'000, failed_final, "REVOKED"}}, true});
  s.ends("A-1", says(1, succeeded, "OK"), request);
  s.hears("A-1", says(1, failed_final, "REVOKED"));
  const auto other = s.opens("A-2", {true, {{1'000, failed_try_another, "DENIED"}, {5'000, succeeded, "OK"}}, true});
  s.hears("A-2", declined_towards(1, beta));
  s.reaches_bank(s.submission(order_named("A-2"), 2), pays());
  s.ends("A-2", says(2, succeeded, "OK"), other);
  s.hears("A-2", says(1, succeeded, "OK"));
  check_silence(s);
}

TEST_CASE("Nobody objects to a crash that leaves an order in doubt and a client without an answer") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.crash();
  s.give_up(request);
  s.passes_ms(1'000);
  s.tell(order_named("A-1"), attempt_input{1, evidence::restart, unknown, "RESTARTED", {}, {}});
  s.answer(s.send(command_for("A-1", 10'000)), s.standing(order_named("A-1")));
  check_silence(s);
}

TEST_CASE("Nobody objects to retries, conflicts, questions about unknown orders, and an answer at the limit") {
  story s;
  const auto first = s.opens("A-1", pays());
  const auto double_click = s.send(command_for("A-1", 10'000));
  s.ends("A-1", says(1, succeeded, "OK"), first);
  s.answer(double_click, s.standing(order_named("A-1")));
  reply conflict;
  conflict.code = errc::order_conflict;
  s.answer(s.send(command_for("A-1", 9'000)), conflict);
  s.answer(s.send(query_order_command{m1, *order_no::parse("A-9"), false}), s.standing(order_named("A-9")));
  const auto slow = s.opens("A-2", is_silent(false));
  s.passes_ms(40'000);
  reply processing;
  processing.code = errc::processing;
  s.answer(slow, processing);
  s.tell(order_named("A-2"), timed_out(1));
  check_silence(s);
}

TEST_CASE("Nobody objects to a channel that is switched off and on, nor to what was under way at that moment") {
  story s;
  const auto under_way = s.send(command_for("A-1", 10'000));
  decision chosen_before = s.next(order_named("A-1"), pay_for(10'000));
  s.passes_ms(1);
  const auto off = s.send(switch_channel_command{alpha, false, "o", "r"});
  s.tell(stream_name::of_channel(alpha), switch_input{false, "o", "r"});
  reply done;
  done.position = s.history.position();
  s.answer(off, done);
  s.passes_ms(300);
  s.durable(std::move(chosen_before));
  s.reaches_bank(s.submission(order_named("A-1"), 1), pays());
  s.ends("A-1", says(1, succeeded, "OK"), under_way);
  s.passes_ms(5'000);
  s.tell(stream_name::of_channel(alpha), switch_input{true, "o", "r"});
  s.ends("A-2", says(1, succeeded, "OK"), s.opens("A-2", pays()));
  check_silence(s);
}

TEST_CASE("Nobody objects to a bank that is asked again as soon as it has answered, or its reply window is over") {
  story s;
  for (const char* number : {"A-1", "A-2", "A-3"})
    s.ends(number, says(1, succeeded, "OK"), s.opens(number, pays()));
  const auto one = s.opens("B-1", is_silent(false));
  const auto two = s.opens("B-2", is_silent(false));
  s.passes_ms(10'000);
  s.tell(order_named("B-1"), timed_out(1));
  s.answer(one, s.standing(order_named("B-1")));
  s.tell(order_named("B-2"), timed_out(1));
  s.answer(two, s.standing(order_named("B-2")));
  s.passes_ms(5'000);
  s.ends("B-3", says(1, succeeded, "OK"), s.opens("B-3", pays()));
  for (const char* number : {"C-1", "C-2", "C-3"}) {
    s.ends(number, says(1, succeeded, "OK"), s.opens(number, pays(), 10'000, paced));
    s.passes_ms(500);
  }
  check_silence(s);
}
