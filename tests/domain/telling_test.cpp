#include "actors/domain/dialect/telling_request.hpp"
#include "actors/domain/merchant.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/telling.hpp"
#include "actors/domain/telling_line.hpp"
#include "schema/limits.hpp"
#include "tests/domain/order_world.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

pay_input told_payment() {
  pay_input in = pay();
  in.route.tells_merchant = true;
  return in;
}

order_world told_order() {
  order_world w;
  REQUIRE(w.tell(told_payment()).has_value());
  return w;
}

order_world told_paid_order() {
  order_world w = told_order();
  REQUIRE(w.tell(paid(1)).has_value());
  return w;
}

telling_input acknowledged(uint32_t number, uint32_t nth = 1) {
  return {number, nth, telling_fate::acknowledged, ""};
}
telling_input unheard(uint32_t number, uint32_t nth = 1) {
  return {number, nth, telling_fate::no_answer, "NO_REPLY"};
}

refund_input refund(const char* refund_no, int64_t amount_minor) {
  return {*order_no::parse("A-7"), *order_no::parse(refund_no), {amount_minor, cny}, ""};
}

std::vector<told_result> results(const order_world& w) {
  std::vector<told_result> all;
  for (const order::telling& t : w.state.tellings)
    all.push_back(t.result);
  return all;
}

std::vector<telling_effect> due(const order_world& w) {
  return order::tellings_due(w.state, w.now);
}

} // namespace

TEST_CASE("every result is to be told from the very decision that makes it, so that no crash loses one") {
  order_world w = told_paid_order();
  REQUIRE(w.decisions.back().events.size() == 3);
  CHECK(std::get<merchant_to_tell>(w.decisions.back().events[2]) == merchant_to_tell{1, told_result::paid, 0});
  CHECK(order::due(w.state) == w.now);
  REQUIRE(due(w).size() == 1);
  const telling_effect told = due(w).front();
  CHECK(told.amount == money{10'000, cny});
  CHECK(told.id == make_telling_id("test", m1, *order_no::parse("A-7"), 1, "paid"));
  CHECK(told.decided_at == w.now);
}

TEST_CASE("a merchant without a notify_url costs no event and is never due") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(paid(1)).has_value());
  CHECK(w.decisions.back().events.size() == 2);
  CHECK(w.state.tellings.empty());
  CHECK_FALSE(order::due(w.state));
}

TEST_CASE("what is in doubt is no result, and isn't told") {
  order_world w = told_order();
  REQUIRE(w.tell(timed_out(1)).has_value());
  CHECK(w.state.tellings.empty());
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::failed_final)).has_value());
  CHECK(results(w) == std::vector{told_result::failed});
}

TEST_CASE("an order that goes on at another channel isn't told as failed") {
  order_world w = told_order();
  REQUIRE(w.tell(declined(1)).has_value());
  CHECK(w.state.tellings.empty());
  REQUIRE(w.tell(paid(2)).has_value());
  CHECK(results(w) == std::vector{told_result::paid});
}

TEST_CASE("a closed order is told as closed, and the surplus that comes after it is our own affair") {
  order_world w = told_order();
  REQUIRE(w.tell(timed_out(1)).has_value());
  REQUIRE(w.tell(close_input{"out of stock"}).has_value());
  REQUIRE(w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  REQUIRE(results(w) == std::vector{told_result::closed});
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded)).has_value());
  REQUIRE(w.state.refunds.size() == 1);
  REQUIRE(w.tell(refund_answer_input{1, evidence::channel_reply, reply_class::succeeded, "OK", ""}).has_value());
  CHECK(w.state.refunds[0].state == refund_state::succeeded);
  CHECK(results(w) == std::vector{told_result::closed});
}

TEST_CASE("refunds are told by their own numbers, each under an id of its own") {
  order_world w = told_paid_order();
  REQUIRE(w.tell(refund("R-1", 4'000)).has_value());
  REQUIRE(w.tell(refund("R-2", 5'000)).has_value());
  REQUIRE(w.tell(refund_answer_input{2, evidence::channel_reply, reply_class::failed_final, "NO", ""}).has_value());
  REQUIRE(w.tell(refund_answer_input{1, evidence::channel_reply, reply_class::succeeded, "OK", ""}).has_value());
  CHECK(results(w) == std::vector{told_result::paid, told_result::refund_failed, told_result::refund_succeeded});
  const auto all = due(w);
  REQUIRE(all.size() == 3);
  CHECK(all[1].refund_no == *order_no::parse("R-2"));
  CHECK(all[2].refund_no == *order_no::parse("R-1"));
  CHECK(all[2].refund_amount_minor == 4'000);
  CHECK(std::set<attempt_id>{all[0].id, all[1].id, all[2].id}.size() == 3);
}

TEST_CASE("what was acknowledged is never told again") {
  order_world w = told_paid_order();
  REQUIRE(w.tell(acknowledged(1)).has_value());
  CHECK(due(w).empty());
  CHECK_FALSE(order::due(w.state));
  CHECK(w.tell(acknowledged(1))->empty());
  CHECK(w.tell(unheard(1, 2))->empty());
  CHECK(w.state.tellings[0].acknowledged);
}

TEST_CASE("a merchant that didn't answer isn't told: it is told again, under the same id, at growing intervals") {
  order_world w = told_paid_order();
  const attempt_id id = due(w).front().id;
  int64_t longest_ms = 0;
  for (uint32_t nth = 1; nth <= limits::telling_intervals_ms.size(); ++nth) {
    REQUIRE(due(w).size() == 1);
    CHECK(due(w).front().id == id);
    CHECK(due(w).front().nth == nth);
    REQUIRE(w.tell(unheard(1, nth)).has_value());
    CHECK_FALSE(w.state.tellings[0].acknowledged);
    CHECK(due(w).empty());
    const int64_t wait_ms = (order::due(w.state).ns - w.now.ns) / ns_per_ms;
    CHECK(wait_ms >= longest_ms);
    longest_ms = wait_ms;
    w.now = order::due(w.state);
  }
  SUBCASE("and in the end it is given up, with an alarm") {
    w.effects.clear();
    REQUIRE(w.tell(unheard(1, 16)).has_value());
    CHECK(std::holds_alternative<telling_given_up>(w.decisions.back().events.back()));
    CHECK_FALSE(order::due(w.state));
    REQUIRE(w.effects.size() == 1);
    CHECK(std::get<alarm_effect>(w.effects[0]).text.find("never acknowledged") != std::string::npos);
    SUBCASE("a late acknowledgement counts all the same") {
      REQUIRE(w.tell(acknowledged(1, 16)).has_value());
      CHECK(w.state.tellings[0].acknowledged);
    }
    SUBCASE("a late failure changes nothing") {
      CHECK(w.tell(unheard(1, 17))->empty());
    }
  }
  SUBCASE("or it acknowledges the last one") {
    REQUIRE(w.tell(acknowledged(1, 16)).has_value());
    CHECK_FALSE(order::due(w.state));
  }
}

TEST_CASE("the answer to a try that was counted already isn't counted twice") {
  order_world w = told_paid_order();
  REQUIRE(w.tell(unheard(1, 1)).has_value());
  CHECK(w.tell(unheard(1, 1))->empty());
  CHECK(w.state.tellings[0].tries == 1);
}

TEST_CASE("only what is to be told can have been told") {
  order_world w = told_paid_order();
  CHECK(w.tell(acknowledged(2)).error().code == errc::internal);
  CHECK(w.tell(acknowledged(0)).error().code == errc::internal);
}

TEST_CASE("a command that opens a merchant again says nothing of where it is told") {
  merchant::state s;
  s.terms.merchant = m1;
  merchant_terms configured = s.terms;
  configured.notify_url = "https://shop.example/told";
  const input by_configuration = merchant_input{configured, true};
  merchant::evolve(s, by_configuration, merchant_configured{});
  merchant_terms plain = configured;
  plain.notify_url.clear();
  CHECK(merchant::decide(s, merchant_input{plain, false})->empty());
  plain.fee_rate_ppm = 1;
  CHECK(merchant::decide(s, merchant_input{plain, false}).error().code == errc::terms_conflict);
  plain = configured;
  plain.notify_url = "https://thief.example/told";
  CHECK(merchant::decide(s, merchant_input{plain, false}).error().code == errc::terms_conflict);
}

// --- what is sent ---------------------------------------------------------------------------------------------------

namespace {

telling_effect refund_told() {
  telling_effect e;
  e.merchant = m1;
  e.order_no = *order_no::parse("A-7\"\\");
  e.id = make_telling_id("test", m1, e.order_no, 2, "refund_succeeded");
  e.number = 2;
  e.result = told_result::refund_succeeded;
  e.amount = {10'000, cny};
  e.refund_no = *order_no::parse("R-1");
  e.refund_amount_minor = 4'000;
  e.decided_at = noon;
  return e;
}

const signing_keys shared{"a key of sixteen", {}, {}};

} // namespace

TEST_CASE("what is told is signed over exactly the bytes that are sent, with the id and the time") {
  const auto request = make_telling_request(refund_told(), shared, noon, "/told");
  REQUIRE(request.has_value());
  CHECK(request->body == R"({"amount_minor":"10000","currency":"CNY","decided_at":"2026-01-01T12:00:00.000Z",)"
                         R"("id":")" +
                             refund_told().id.str() +
                             R"(","merchant":"m1","number":"2","order_no":"A-7\"\\","refund_amount_minor":"4000",)"
                             R"("refund_no":"R-1","result":"refund_succeeded"})");
  std::map<std::string, std::string> headers;
  for (const http_header& h : request->headers)
    headers[h.name] = h.value;
  CHECK(headers["Oncepay-Telling"] == refund_told().id.str());
  CHECK(headers["Oncepay-Timestamp"] == "1767268800");
  const std::string text = "1767268800\n" + refund_told().id.str() + "\n" + request->body;
  const signature_rule rule{signing::hmac_sha256, {}, {}};
  CHECK(verify(rule, shared, text, headers["Oncepay-Signature"]));
  CHECK_FALSE(verify(rule, shared, text + " ", headers["Oncepay-Signature"]));
  CHECK_FALSE(make_telling_request(refund_told(), {}, noon, "/told").has_value());
}

TEST_CASE("every try sends the same body, whenever it is made") {
  telling_effect again = refund_told();
  again.nth = 7;
  again.answer_before = plus_ms(noon, 1);
  CHECK(make_telling_request(refund_told(), shared, noon, "")->body ==
        make_telling_request(again, shared, plus_ms(noon, 86'400'000), "")->body);
}

TEST_CASE("an answer that only looks friendly acknowledges nothing") {
  CHECK(acknowledges(200, "success"));
  for (const char* body : {"", "Success", "success\n", "\"success\"", "<html>success</html>", "fail"})
    CHECK_FALSE(acknowledges(200, body));
  for (const int status : {201, 204, 302, 404, 500})
    CHECK_FALSE(acknowledges(status, "success"));
}

// --- whose turn it is -----------------------------------------------------------------------------------------------

namespace {

merchant_id shop(int n) {
  return *merchant_id::parse("shop-" + std::to_string(n));
}

constexpr telling_bounds few{8, 4, 100, 20};

} // namespace

TEST_CASE("merchants who hang hold up each other only, however many there are") {
  telling_line line(few);
  const merchant_id good = shop(0);
  uint64_t number = 0;
  // Two acknowledgements earn it four at once.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(line.join(good, ++number, plus_ms(noon, 1'000)));
    REQUIRE(line.advance(noon).begun == std::vector{number});
    line.over(good, true);
  }
  for (int n = 1; n <= 20; ++n)
    for (int i = 0; i < 3; ++i)
      REQUIRE(line.join(shop(n), ++number, plus_ms(noon, 1'000)));
  CHECK(line.advance(noon).begun.size() == few.under_way_max / 2); // one each, and they hang
  for (int i = 0; i < 4; ++i)
    REQUIRE(line.join(good, ++number, plus_ms(noon, 1'000)));
  CHECK(line.advance(noon).begun.size() == 4);
  CHECK(line.under_way() == few.under_way_max);
}

TEST_CASE("a merchant that fails is told one at a time until it acknowledges") {
  telling_line line(few);
  for (uint64_t n = 1; n <= 10; ++n)
    REQUIRE(line.join(shop(1), n, plus_ms(noon, 1'000)));
  CHECK(line.advance(noon).begun.size() == 1);
  line.over(shop(1), false);
  CHECK(line.advance(noon).begun.size() == 1);
  line.over(shop(1), true);
  CHECK(line.advance(noon).begun.size() == 2);
  line.over(shop(1), true);
  CHECK(line.advance(noon).begun.size() == 3);
  CHECK(line.under_way() == 4);
}

TEST_CASE("whatever waits too long, or finds no room, is told so and forgotten") {
  telling_line line(few);
  for (uint64_t n = 1; n <= few.waiting_per_merchant_max; ++n)
    REQUIRE(line.join(shop(1), n, plus_ms(noon, 1'000)));
  CHECK_FALSE(line.join(shop(1), 99, plus_ms(noon, 1'000)));
  REQUIRE(line.advance(noon).begun == std::vector<uint64_t>{1});
  CHECK(line.advance(plus_ms(noon, 1'000)).expired.size() == few.waiting_per_merchant_max - 1);
  CHECK(line.waiting() == 0);
  CHECK_FALSE(line.first_end());
  CHECK_FALSE(line.is_idle(shop(1)));
  line.over(shop(1), false);
  CHECK(line.is_idle(shop(1)));
  CHECK(line.under_way() == 0);
}

TEST_CASE("a merchant whose result waited too long for a place is still told one at a time") {
  telling_line line(few);
  uint64_t number = 0;
  for (int n = 1; n <= 4; ++n)
    REQUIRE(line.join(shop(n), ++number, plus_ms(noon, 1'000)));
  REQUIRE(line.advance(noon).begun.size() == few.under_way_max / 2); // they hang
  REQUIRE(line.join(shop(5), ++number, plus_ms(noon, 10)));
  CHECK(line.advance(plus_ms(noon, 10)).expired.size() == 1);
  for (int i = 0; i < 2; ++i)
    REQUIRE(line.join(shop(5), ++number, plus_ms(noon, 1'000)));
  line.over(shop(1), false);
  line.over(shop(2), false);
  CHECK(line.advance(plus_ms(noon, 20)).begun.size() == 1);
}

TEST_CASE("whatever joins begins or expires exactly once, and no bound is passed") {
  CHECK(rc::check([] {
    telling_line line(few);
    std::map<uint64_t, merchant_id> under_way;
    std::map<uint64_t, int> ended;
    std::map<uint64_t, merchant_id> joined;
    instant now = noon;
    const auto turn = [&] {
      const auto t = line.advance(now);
      for (const uint64_t n : t.begun) {
        ++ended[n];
        under_way.emplace(n, joined.at(n));
      }
      for (const uint64_t n : t.expired)
        ++ended[n];
    };
    uint64_t number = 0;
    for (int step = *rc::gen::inRange(1, 200); step > 0; --step) {
      switch (*rc::gen::inRange(0, 3)) {
      case 0:
        if (const merchant_id m = shop(*rc::gen::inRange(0, 6)); line.join(m, ++number, plus_ms(now, 50)))
          joined.emplace(number, m);
        break;
      case 1:
        if (!under_way.empty()) {
          const auto it = std::next(under_way.begin(), *rc::gen::inRange<int>(0, static_cast<int>(under_way.size())));
          line.over(it->second, *rc::gen::arbitrary<bool>());
          under_way.erase(it);
        }
        break;
      default:
        now = plus_ms(now, *rc::gen::inRange(0, 30));
      }
      turn();
      RC_ASSERT(line.under_way() == under_way.size());
      RC_ASSERT(under_way.size() <= few.under_way_max);
    }
    while (!under_way.empty()) {
      line.over(under_way.begin()->second, true);
      under_way.erase(under_way.begin());
      turn();
    }
    RC_ASSERT(line.waiting() == 0);
    for (const auto& [n, m] : joined)
      RC_ASSERT(ended[n] == 1);
  }));
}
