// Batches of pay-outs from the wire to their lines' orders and back.
#include "schema/limits.hpp"
#include "tests/actors/town.hpp"

#include <algorithm>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id transfer = *method_id::parse("bank-transfer");

channel_terms paying_out(channel_terms t) {
  t.pay_out_methods = {transfer};
  return t;
}

void top_up(sim::world& w, int64_t amount_minor) {
  pay_command c = pay("T-1", amount_minor);
  c.top_up = true;
  REQUIRE(w.ask(w.connect(), c).code == errc::ok);
}

pay_out_batch_command batch(std::string_view number, size_t lines, int64_t each_minor = 1'000) {
  pay_out_batch_command c{*merchant_id::parse("m1"), *order_no::parse(number), transfer, cny, 0, "salaries", {}};
  for (size_t i = 1; i <= lines; ++i)
    c.lines.push_back(
        {*order_no::parse(std::string(number) + "-" + std::to_string(i)), each_minor, "payee-" + std::to_string(i)});
  c.total_minor = each_minor * static_cast<int64_t>(lines);
  return c;
}

query_batch_command batch_query_of(std::string_view number) {
  return {*merchant_id::parse("m1"), *order_no::parse(number)};
}

batch_view batch_in(const reply& r) {
  REQUIRE(std::holds_alternative<batch_view>(r.body));
  return std::get<batch_view>(r.body);
}

size_t lines_that_are(const batch_view& v, errc code) {
  return static_cast<size_t>(
      std::count_if(v.lines.begin(), v.lines.end(), [code](const auto& line) { return line.code == code; }));
}

bool is_decided(const batch_view& v) {
  return v.handed_out && lines_that_are(v, errc::processing) == 0;
}

/// Asks until every line is decided.
batch_view decided(sim::world& w, sim::client& c, std::string_view number) {
  for (int i = 0; i < 100; ++i) {
    batch_view v = batch_in(w.ask(c, batch_query_of(number)));
    if (is_decided(v))
      return v;
    w.run_for(1'000);
  }
  FAIL("not decided");
  return {};
}

int64_t available(sim::world& w, sim::client& c) {
  return -balance_of(balances(w, c, "merchant/m1/"), "merchant/m1/available");
}

} // namespace

TEST_CASE("Every line of a batch is paid out, and shown as its own order") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 1'000'000);
  sim::client& c = w.connect();
  const batch_view accepted = batch_in(w.ask(c, batch("B", limits::batch_lines_max)));
  CHECK(accepted.lines.size() == limits::batch_lines_max);
  const batch_view v = decided(w, c, "B");
  CHECK(lines_that_are(v, errc::ok) == limits::batch_lines_max);
  CHECK(v.lines[7].state == order_state::paid);
  const reply line = w.ask(c, query("B-8"));
  CHECK(order_in(line).kind == order_kind::pay_out);
  CHECK(order_in(line).amount == money{1'000, cny});
  CHECK(available(w, c) == 1'000'000 - 200 * 1'006);
  CHECK(sum_of(balances(w, c)) == 0);
}

TEST_CASE("Loss prevented: a batch that is sent twice is paid twice") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 100'000);
  sim::client& c = w.connect();
  const uint64_t first = c.send({0, 0, batch("B", 5)});
  w.connect().send({0, 0, batch("B", 5)});
  REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr; }));
  decided(w, c, "B");
  const uint64_t decisions = w.log().head().position;
  const reply again = w.ask(c, batch("B", 5));
  CHECK(again.code == errc::ok);
  CHECK(again.duplicate);
  CHECK(w.ask(c, batch("B", 4)).code == errc::batch_conflict);
  CHECK(w.log().head().position == decisions);
  CHECK(available(w, c) == 100'000 - 5 * 1'006);
  CHECK(w.ask(c, batch_query_of("A")).code == errc::unknown_batch);
}

TEST_CASE("A line that can't be paid out is refused by itself, and the others go on") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 2'500);
  sim::client& c = w.connect();
  pay_out_batch_command mixed = batch("B", 3);
  mixed.lines[1].amount_minor = 2'000'000;
  mixed.total_minor = 2'002'000;
  // Who sent it is told at once which lines have no order.
  const batch_view handed_out = batch_in(w.ask(c, mixed));
  CHECK(handed_out.handed_out);
  CHECK(handed_out.lines[1].code == errc::insufficient_funds);
  const batch_view v = decided(w, c, "B");
  CHECK(v.lines[0].code == errc::ok);
  CHECK(v.lines[1].code == errc::insufficient_funds);
  CHECK(v.lines[1].state == order_state::none);
  CHECK(v.lines[2].code == errc::ok);
  CHECK(w.ask(c, query("B-2")).code == errc::unknown_order); // its number is free
  CHECK(available(w, c) == 2'500 - 2 * 1'006);
}

TEST_CASE("Loss prevented: a line whose order number was another payment's is paid under it") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 100'000);
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, pay("B-2")).code == errc::ok);
  REQUIRE(w.ask(c, batch("B", 3)).code == errc::ok);
  const batch_view v = decided(w, c, "B");
  CHECK(v.lines[1].code == errc::order_conflict);
  CHECK(lines_that_are(v, errc::ok) == 2);
}

TEST_CASE("A batch whose total differs, of nobody, or of who is switched off writes nothing") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 100'000);
  sim::client& c = w.connect();
  const uint64_t decisions = w.log().head().position;
  pay_out_batch_command cut = batch("B", 3);
  cut.lines.pop_back();
  CHECK(w.ask(c, cut).code == errc::batch_total_differs);
  pay_out_batch_command nobodys = batch("B", 3);
  nobodys.merchant = *merchant_id::parse("nobody");
  CHECK(w.ask(c, nobodys).code == errc::unknown_merchant);
  CHECK(w.log().head().position == decisions);
  CHECK(w.ask(c, batch_query_of("B")).code == errc::unknown_batch);
  REQUIRE(w.ask(c, switch_command{switch_subject::merchant, "m1", false, "ann", "closed"}).code == errc::ok);
  CHECK(w.ask(c, batch("B", 3)).code == errc::switched_off);
  CHECK(w.ask(c, batch_query_of("B")).code == errc::unknown_batch);
}

TEST_CASE("Loss prevented: the process dies while a batch is handed out, wherever, and lines are paid twice or never") {
  for (uint64_t after = 1; after <= 200; after += 7) {
    CAPTURE(after);
    sim::world w(town({paying_out(channel("alpha"))}, after));
    top_up(w, 100'000);
    sim::client& c = w.connect();
    const uint64_t sent = c.send({0, 0, batch("B", 6)});
    const uint64_t until = w.steps() + after;
    w.run_until([&] { return w.steps() >= until; });
    const bool acknowledged = c.reply_to(sent) != nullptr;
    w.crash();
    // Nobody sends it again: what was acknowledged goes on by itself.
    w.run_for(200'000);
    sim::client& later = w.connect();
    const reply found = w.ask(later, batch_query_of("B"));
    if (found.code == errc::unknown_batch) {
      CHECK_FALSE(acknowledged);
      CHECK(available(w, later) == 100'000);
      continue;
    }
    const batch_view v = batch_in(found);
    CHECK(is_decided(v));
    // What the dead process may have sent stays in doubt until its bank tells.
    CHECK(lines_that_are(v, errc::ok) + lines_that_are(v, errc::in_doubt) == 6);
    CHECK(available(w, later) == 100'000 - 6 * 1'006);
    for (const batch_line_view& line : v.lines)
      CHECK(order_in(w.ask(later, query(line.order_no.str()))).attempts.size() == 1);
    CHECK(sum_of(balances(w, later)) == 0);
  }
}

TEST_CASE("Loss prevented: a bank that takes its time holds up everybody's batches") {
  channel_terms alpha = paying_out(slow(channel("alpha"), 60'000));
  alpha.reply_within_ms = 100'000;
  sim::world w(town({channel("in", 5), alpha}));
  top_up(w, 10'000'000);
  sim::client& c = w.connect();
  REQUIRE(batch_in(w.ask(c, batch("L", limits::batch_lines_max))).handed_out);
  const instant before = w.clock().now();
  REQUIRE(batch_in(w.ask(c, batch("S", 3))).handed_out);
  CHECK(w.clock().now() < plus_ms(before, 1'000)); // while none of the large one is decided
  CHECK(lines_that_are(batch_in(w.ask(c, batch_query_of("L"))), errc::processing) == limits::batch_lines_max);
}

TEST_CASE("A batch's lines are counted while they are handed out, and once by what became of each") {
  sim::world w(town({paying_out(channel("alpha"))}));
  top_up(w, 1'000'000);
  sim::client& c = w.connect();
  const auto& counted = w.counted().batches;
  const auto fate = [&](line_fate f) {
    return counted.lines[static_cast<size_t>(f)].value();
  };
  pay_out_batch_command mixed = batch("B", limits::batch_lines_max);
  mixed.lines[1].amount_minor = 2'000'000;
  mixed.total_minor += 2'000'000 - 1'000;
  const uint64_t sent = c.send({0, 0, mixed});
  REQUIRE(w.run_until([&] { return counted.handing_out.value() == 1; }));
  CHECK(counted.lines_under_way.value() == limits::batch_lines_under_way_max);
  CHECK(counted.lines_waiting.value() == limits::batch_lines_max - limits::batch_lines_under_way_max);
  REQUIRE(w.run_until([&] { return c.reply_to(sent) != nullptr; }));
  CHECK(counted.handing_out.value() == 0);
  CHECK(counted.lines_under_way.value() == 0);
  CHECK(counted.lines_waiting.value() == 0);
  CHECK(fate(line_fate::ordered) == limits::batch_lines_max - 1);
  CHECK(fate(line_fate::refused) == 1);
  decided(w, c, "B");
  w.ask(c, mixed);
  CHECK(fate(line_fate::ordered) == limits::batch_lines_max - 1);
  CHECK(fate(line_fate::refused) == 1);
}
