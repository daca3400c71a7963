// Stories of batches in which a payee gets nothing, or too much, or somebody is told what isn't so: the checker whose
// rule it is must say so.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const order_no b1 = *order_no::parse("B-1");
const stream_name of_b1 = stream_name::of_batch(m1, b1);

/// 1.00 to bob and 2.00 to carol.
pay_out_batch_command of_two_lines() {
  return {m1,
          b1,
          card,
          cny,
          300,
          "salaries",
          {{*order_no::parse("L-1"), 100, "bob"}, {*order_no::parse("L-2"), 200, "carol"}}};
}

batch_input as_recorded(const pay_out_batch_command& c) {
  batch_input in{c.merchant, c.batch_no, c.method, c.currency, c.total_minor, c.reason, {}};
  for (const pay_out_line& line : c.lines)
    in.lines.push_back({line.order_no, line.amount_minor, hash_parts_128({line.payee}), {}});
  return in;
}

pay_out_input as_ordered(const pay_out_line& line) {
  pay_out_input in;
  in.order_no = line.order_no;
  in.amount = {line.amount_minor, cny};
  in.method = card;
  in.payee_token = hash_parts_128({line.payee});
  in.route = route_to(alpha);
  return in;
}

stream_name order_of(const pay_out_line& line) {
  return stream_name::of_order(m1, line.order_no);
}

/// Sent, and durable. The request's number.
uint64_t is_accepted(story& s, const pay_out_batch_command& c) {
  const uint64_t request = s.send(c);
  s.tell(of_b1, as_recorded(c));
  return request;
}

void gets_its_order(story& s, const pay_out_line& line) {
  s.tell(order_of(line), as_ordered(line));
}

uint16_t number_of(errc code) {
  return static_cast<uint16_t>(code);
}

void is_handed_out(story& s, std::vector<uint16_t> refusals = {0, 0}) {
  s.tell(of_b1, batch_handed_out_input{std::move(refusals)});
}

/// All of it, by the rules. The request's number.
uint64_t is_carried_out(story& s, const pay_out_batch_command& c = of_two_lines()) {
  const uint64_t request = is_accepted(s, c);
  for (const pay_out_line& line : c.lines)
    gets_its_order(s, line);
  is_handed_out(s);
  return request;
}

reply tells(const story& s, errc code) {
  reply r;
  r.code = code;
  r.position = s.history.position();
  return r;
}

/// As it is told where every line has its order.
reply tells_of(const story& s, const pay_out_batch_command& c, errc of_lines = errc::processing,
               order_state state = order_state::none) {
  reply r = tells(s, errc::ok);
  batch_view v{c.merchant, c.batch_no, c.method, c.currency, s.now, true, {}};
  for (const pay_out_line& line : c.lines)
    v.lines.push_back({line.order_no, line.amount_minor, of_lines, state});
  r.body = std::move(v);
  return r;
}

batch_view& view_in(reply& r) {
  return std::get<batch_view>(r.body);
}

uint64_t is_asked_about(story& s) {
  return s.send(query_batch_command{m1, b1});
}

constexpr std::string_view kept = "batches-kept";

} // namespace

TEST_CASE("What the rules make of batches is nothing to complain about") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  const auto request = is_carried_out(s, two);
  s.answer(request, tells_of(s, two));
  s.answer(is_asked_about(s), tells_of(s, two, errc::processing, order_state::open));
  SUBCASE("sent again with the same content") {
    s.answer(s.send(two), tells_of(s, two));
  }
  SUBCASE("sent again with another one") {
    pay_out_batch_command other = two;
    other.lines[0].payee = "dave";
    s.answer(s.send(other), tells(s, errc::batch_conflict));
  }
  SUBCASE("a line sent by itself") {
    s.answer(s.send(pay_out_command{m1, two.lines[0].order_no, {100, cny}, card, "bob", ""}),
             s.standing(order_of(two.lines[0])));
  }
  SUBCASE("a wrong total") {
    pay_out_batch_command wrong = two;
    wrong.batch_no = *order_no::parse("B-2");
    wrong.total_minor = 299;
    s.answer(s.send(wrong), tells(s, errc::batch_total_differs));
  }
  s.settle();
  CHECK(s.said_by(kept) == "");
  CHECK(s.said_by("idempotent") == "");
  CHECK(s.said_by("white-list") == "");
}

TEST_CASE("What the rules make of a line that is refused is nothing to complain about") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  const auto request = is_accepted(s, two);
  // A payment had this number before; the other line finds too little in the balance.
  s.opens("L-1", pays());
  is_handed_out(s, {number_of(errc::order_conflict), number_of(errc::insufficient_funds)});
  reply r = tells_of(s, two);
  view_in(r).lines[0].code = errc::order_conflict;
  view_in(r).lines[1].code = errc::insufficient_funds;
  s.answer(request, r);
  s.answer(is_asked_about(s), r);
  // Sent by itself it is paid after all.
  s.send(pay_out_command{m1, two.lines[1].order_no, {200, cny}, card, "carol", ""});
  gets_its_order(s, two.lines[1]);
  s.settle();
  CHECK(s.said_by(kept) == "");
  CHECK(s.said_by("idempotent") == "");
}

TEST_CASE("Loss prevented: a batch that opens twice, or with what nobody asked for, is noticed") {
  story s;
  SUBCASE("twice") {
    is_carried_out(s);
    s.tell(of_b1, as_recorded(of_two_lines()));
    expect(s, kept, "opens batch/m1/B-1 a second time");
  }
  SUBCASE("another amount") {
    pay_out_batch_command other = of_two_lines();
    other.lines[0].amount_minor = 200;
    other.total_minor = 400;
    s.send(of_two_lines());
    s.tell(of_b1, as_recorded(other));
    expect(s, kept, "opens batch/m1/B-1 with a content that nobody asked for");
  }
  SUBCASE("one payee for both lines") {
    batch_input in = as_recorded(of_two_lines());
    in.lines[1].payee_token = in.lines[0].payee_token;
    s.send(of_two_lines());
    s.tell(of_b1, in);
    expect(s, kept, "opens batch/m1/B-1 with a content that nobody asked for");
  }
  SUBCASE("without its lines") {
    decision d = s.next(of_b1, as_recorded(of_two_lines()));
    d.input = batch_handed_out_input{};
    s.durable(std::move(d));
    expect(s, kept, "opens batch/m1/B-1 without its lines");
  }
}

TEST_CASE("Loss prevented: a batch that is paid although something is wrong with it is noticed") {
  story s;
  pay_out_batch_command wrong = of_two_lines();
  std::string_view fault;
  SUBCASE("a total that differs") {
    wrong.total_minor = 299;
    fault = "the lines add up to 3.00 CNY, not to 2.99 CNY";
  }
  SUBCASE("one order number twice") {
    wrong.lines[1].order_no = wrong.lines[0].order_no;
    fault = "two lines are order L-1";
  }
  SUBCASE("one payee and amount twice") {
    wrong.lines[1].payee = "bob";
    wrong.lines[1].amount_minor = 100;
    wrong.total_minor = 200;
    fault = "line L-2 pays the payee and the amount of another one";
  }
  SUBCASE("a line of nothing") {
    wrong.lines[1].amount_minor = 0;
    wrong.total_minor = 100;
    fault = "line L-2 pays nothing";
  }
  is_accepted(s, wrong);
  expect(s, kept, fault);
}

TEST_CASE("Loss prevented: a line that counts as handed out and has no order, or another one, is noticed") {
  story s;
  is_accepted(s, of_two_lines());
  gets_its_order(s, of_two_lines().lines[0]);
  SUBCASE("none") {
    is_handed_out(s);
    expect(s, kept, "its line L-2 has no order");
  }
  SUBCASE("somebody else's") {
    pay_out_line other = of_two_lines().lines[1];
    other.payee = "dave";
    gets_its_order(s, other);
    expect(s, kept, "opens order/m1/L-2 (2.00 CNY), which is a line of no batch that was accepted");
    is_handed_out(s);
    expect(s, kept, "its line L-2 is an order of other content");
  }
}

TEST_CASE("Loss prevented: a line that counts as refused and has its order is noticed") {
  story s;
  is_accepted(s, of_two_lines());
  gets_its_order(s, of_two_lines().lines[0]);
  SUBCASE("for want of money") {
    is_handed_out(s, {number_of(errc::insufficient_funds), number_of(errc::insufficient_funds)});
    expect(s, kept, "its line L-1 was refused (insufficient_funds), and its order was opened");
  }
  SUBCASE("for a conflict with itself") {
    is_handed_out(s, {number_of(errc::order_conflict), number_of(errc::insufficient_funds)});
    expect(s, kept, "its line L-1 was refused (order_conflict), and the order has its content");
  }
  SUBCASE("for a conflict with nothing") {
    is_handed_out(s, {0, number_of(errc::order_conflict)});
    expect(s, kept, "its line L-2 was refused (order_conflict), and there is no order");
  }
  SUBCASE("by a code after which nobody knows") {
    is_handed_out(s, {0, number_of(errc::in_doubt)});
    expect(s, kept, "its line L-2 was refused (in_doubt), which doesn't say that there is no order");
  }
}

TEST_CASE("Loss prevented: a hand-out that happens twice, of nothing, or not of every line is noticed") {
  story s;
  SUBCASE("twice") {
    is_carried_out(s);
    is_handed_out(s);
    expect(s, kept, "hands out batch/m1/B-1 a second time");
  }
  SUBCASE("of nothing") {
    is_handed_out(s);
    expect(s, kept, "hands out batch/m1/B-1, which was never accepted");
  }
  SUBCASE("of one line") {
    is_accepted(s, of_two_lines());
    is_handed_out(s, {0});
    expect(s, kept, "without a word about each line");
  }
}

TEST_CASE("Loss prevented: a batch that was accepted and never handed out is noticed") {
  story s;
  is_accepted(s, of_two_lines());
  gets_its_order(s, of_two_lines().lines[0]);
  s.crash();
  s.settle();
  expect(s, kept, "batch/m1/B-1 was accepted at position");
  expect(s, kept, "and its lines aren't all handed out at");
}

TEST_CASE("Loss prevented: a line of a batch that was refused, and is paid all the same, is noticed") {
  story s;
  pay_out_batch_command wrong = of_two_lines();
  wrong.total_minor = 1;
  s.answer(s.send(wrong), tells(s, errc::batch_total_differs));
  gets_its_order(s, wrong.lines[0]);
  expect(s, kept, "opens order/m1/L-1 (1.00 CNY), which is a line of no batch that was accepted");
}

TEST_CASE("Loss prevented: a line that is paid twice is noticed") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  is_carried_out(s, two);
  const stream_name order = order_of(two.lines[0]);
  // As if it had been sent on two channels: its bank takes each for another payment.
  for (const uint32_t number : {1u, 2u}) {
    decision d = s.next(order, says(1, unknown));
    attempt_intended intended;
    intended.number = number;
    intended.id = make_attempt_id("test", m1, two.lines[0].order_no, number);
    account_answer_input granted{account_deed::claim, 0, {}};
    granted.route = route_to(alpha);
    d.input = granted;
    d.events = {intended};
    s.durable(std::move(d));
    s.reaches_bank(s.submission(order, number), pays());
  }
  s.settle();
  expect(s, kept, "line order/m1/L-1 of batch/m1/B-1 was paid 2 times");
}

TEST_CASE("Loss prevented: whoever sends other content and is told of the batch, or the same and is told of a "
          "conflict, is noticed") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  SUBCASE("other content") {
    is_carried_out(s, two);
    pay_out_batch_command other = two;
    other.lines[1].payee = "dave";
    s.answer(s.send(other), tells_of(s, two));
    expect(s, kept, "instead of a conflict: the batch of this number has another content");
  }
  SUBCASE("the same") {
    is_carried_out(s, two);
    s.answer(s.send(two), tells(s, errc::batch_conflict));
    expect(s, kept, "and the batch has the same content");
  }
  SUBCASE("of nothing") {
    s.answer(s.send(two), tells(s, errc::batch_conflict));
    expect(s, kept, "was answered batch_conflict with position 4, and the log doesn't know it");
  }
  SUBCASE("of a fault that it hasn't") {
    s.answer(s.send(two), tells(s, errc::repeated_line));
    expect(s, kept, "and nothing is wrong with it");
  }
}

TEST_CASE("Loss prevented: whoever is told of a batch what isn't so is noticed") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  SUBCASE("accepted, and it isn't") {
    s.answer(s.send(two), tells_of(s, two));
    expect(s, kept, "and it wasn't accepted by then");
  }
  SUBCASE("accepted, before it is") {
    const auto request = s.send(two);
    reply early = tells_of(s, two);
    s.tell(of_b1, as_recorded(two));
    s.answer(request, early);
    expect(s, kept, "and it wasn't accepted by then");
  }
  SUBCASE("unknown, and it is accepted") {
    is_carried_out(s, two);
    s.answer(is_asked_about(s), tells(s, errc::unknown_batch));
    expect(s, kept, "although it was accepted at position 5");
  }
  SUBCASE("nothing at all") {
    is_carried_out(s, two);
    s.answer(is_asked_about(s), tells(s, errc::ok));
    expect(s, kept, "without the batch");
  }
  SUBCASE("another amount") {
    is_carried_out(s, two);
    reply r = tells_of(s, two);
    view_in(r).lines[0].amount_minor = 200;
    s.answer(is_asked_about(s), r);
    expect(s, kept, "with another content than it was accepted with");
  }
  SUBCASE("handed out, before it is") {
    const auto request = is_accepted(s, two);
    s.answer(request, tells_of(s, two));
    expect(s, kept, "handed out, which it wasn't");
    expect(s, kept, "and its lines aren't handed out");
  }
  SUBCASE("not handed out, and it is") {
    is_carried_out(s, two);
    reply r = tells_of(s, two);
    view_in(r).handed_out = false;
    s.answer(is_asked_about(s), r);
    expect(s, kept, "as not handed out yet, which it was");
  }
}

TEST_CASE("Loss prevented: whoever is told of a line what isn't so is noticed") {
  story s;
  const pay_out_batch_command two = of_two_lines();
  SUBCASE("refused, and it has its order") {
    const auto request = is_carried_out(s, two);
    s.answer(request, tells_of(s, two, errc::no_channel));
    expect(s, kept, "with line L-1 (no_channel, none), which wasn't refused");
  }
  SUBCASE("under way, and it was refused") {
    const auto request = is_accepted(s, two);
    gets_its_order(s, two.lines[0]);
    is_handed_out(s, {0, number_of(errc::no_channel)});
    s.answer(request, tells_of(s, two));
    expect(s, kept, "with line L-2 (processing, none), which was refused (no_channel)");
  }
  SUBCASE("without its order, which it has") {
    is_carried_out(s, two);
    s.answer(is_asked_about(s), tells_of(s, two));
    expect(s, kept, "with line L-1 (processing, none), which has its order");
  }
  SUBCASE("paid, and it isn't") {
    is_carried_out(s, two);
    s.answer(is_asked_about(s), tells_of(s, two, errc::ok, order_state::paid));
    expect(s, kept, "with line L-1 (ok, paid), whose order is open");
  }
  SUBCASE("open, by the code of what is paid") {
    is_carried_out(s, two);
    s.answer(is_asked_about(s), tells_of(s, two, errc::ok, order_state::open));
    expect(s, kept, "with line L-1 (ok, open), whose order is open");
  }
  SUBCASE("open, and it had failed before") {
    is_carried_out(s, two);
    decision d = s.next(order_of(two.lines[0]), says(1, failed_final));
    d.events = {order_failed{number_of(errc::no_channel)}};
    s.durable(std::move(d));
    s.answer(is_asked_about(s), tells_of(s, two, errc::processing, order_state::open));
    expect(s, kept, "with line L-1 (processing, open), whose order is failed");
  }
  SUBCASE("another payment's fate") {
    is_accepted(s, two);
    s.opens("L-1", pays());
    reply r = tells_of(s, two);
    view_in(r).handed_out = false;
    view_in(r).lines[0] = {two.lines[0].order_no, 100, errc::processing, order_state::open};
    s.answer(is_asked_about(s), r);
    expect(s, kept, "with line L-1 (processing, open), whose number is another order's");
  }
  SUBCASE("open, and nothing was opened") {
    is_accepted(s, two);
    reply r = tells_of(s, two, errc::processing, order_state::open);
    view_in(r).handed_out = false;
    s.answer(is_asked_about(s), r);
    expect(s, kept, "with line L-1 (processing, open), which has no order");
  }
}
