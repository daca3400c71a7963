#include "actors/domain/batch.hpp"
#include "actors/domain/merchant.hpp"
#include "schema/limits.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;

namespace {

const merchant_id shop = *merchant_id::parse("shop");
const order_no salaries = *order_no::parse("salaries-11");
const method_id transfer = *method_id::parse("bank-transfer");
const currency cny = *parse_currency("CNY");

batch_line line(std::string_view number, int64_t amount_minor, std::string_view payee) {
  return {*order_no::parse(number), amount_minor, hash_parts_128({payee}), {}};
}

batch_input two_lines() {
  return {shop, salaries, transfer, cny, 300, "", {line("S-1", 100, "ann"), line("S-2", 200, "bob")}};
}

struct batch_world {
  batch::state state = batch::initial(stream_name::of_batch(shop, salaries));
  instant at{1'000};
  verdict_on_input tell(const input& in) {
    auto verdict = batch::decide(state, in);
    if (verdict)
      for (const event& e : *verdict)
        batch::evolve(state, at, in, e);
    return verdict;
  }
};

} // namespace

TEST_CASE("A batch is handed out line by line until it is told what became of them") {
  batch_world w;
  CHECK(batch::standing(w.state) == errc::unknown_batch);
  CHECK_FALSE(batch::to_hand_out(w.state).has_value());
  REQUIRE(w.tell(two_lines())->size() == 1);
  CHECK(batch::standing(w.state) == errc::ok);
  const auto lines = batch::to_hand_out(w.state);
  REQUIRE(lines.has_value());
  REQUIRE(lines->lines.size() == 2);
  CHECK(lines->lines[1].order_no == *order_no::parse("S-2"));
  CHECK(lines->lines[1].amount == money{200, cny});
  CHECK(lines->lines[1].payee_token == hash_parts_128({"bob"}));
  const auto refused = static_cast<uint16_t>(errc::insufficient_funds);
  REQUIRE(w.tell(batch_handed_out_input{{0, refused}})->size() == 1);
  CHECK_FALSE(batch::to_hand_out(w.state).has_value());
  CHECK(w.tell(batch_handed_out_input{{0, 0}})->empty());
  const batch_view view = batch::view(w.state);
  CHECK(view.handed_out);
  CHECK(view.lines[0].code == errc::processing); // its order says how it stands
  CHECK(view.lines[1].code == errc::insufficient_funds);
}

TEST_CASE("Loss prevented: a batch that is sent again is paid again") {
  batch_world w;
  REQUIRE(w.tell(two_lines())->size() == 1);
  CHECK(w.tell(two_lines())->empty());
  batch_input explained = two_lines();
  explained.reason = "November";
  CHECK(w.tell(explained)->empty());
}

TEST_CASE("Loss prevented: another file under a batch number that was used is taken for the first, or for a new one") {
  batch_world w;
  REQUIRE(w.tell(two_lines())->size() == 1);
  batch_input other = two_lines();
  SUBCASE("another payee") {
    other.lines[0].payee_token = hash_parts_128({"eve"});
  }
  SUBCASE("another amount") {
    other.lines[0].amount_minor = 101;
    other.total_minor = 301;
  }
  SUBCASE("another order number") {
    other.lines[0].order_no = *order_no::parse("S-3");
  }
  SUBCASE("lines in another order") {
    std::swap(other.lines[0], other.lines[1]);
  }
  SUBCASE("a line less") {
    other.lines.pop_back();
    other.total_minor = 100;
  }
  SUBCASE("another currency") {
    other.currency = *parse_currency("USD");
  }
  SUBCASE("another method") {
    other.method = *method_id::parse("card");
  }
  CHECK(w.tell(other).error().code == errc::batch_conflict);
}

TEST_CASE("Loss prevented: a file that was cut short, or has a line twice, is paid out as it is") {
  batch_world w;
  batch_input in = two_lines();
  errc wanted = errc::batch_total_differs;
  SUBCASE("cut short") {
    in.lines.pop_back();
  }
  SUBCASE("empty") {
    in.lines.clear();
    in.total_minor = 0;
  }
  SUBCASE("a line twice") {
    in.lines.push_back(in.lines[0]);
    in.total_minor = 400;
    wanted = errc::repeated_line;
  }
  SUBCASE("a payee twice with one amount") {
    in.lines.push_back(line("S-3", 100, "ann"));
    in.total_minor = 400;
    wanted = errc::repeated_line;
  }
  SUBCASE("nothing for somebody") {
    in.lines[0].amount_minor = 0;
    in.total_minor = 200;
    wanted = errc::invalid_amount;
  }
  SUBCASE("more than there can be") {
    in.lines[0].amount_minor = in.lines[1].amount_minor = INT64_MAX / 2 + 1;
    wanted = errc::amount_overflow;
  }
  CHECK(w.tell(in).error().code == wanted);
  CHECK(batch::standing(w.state) == errc::unknown_batch);
}

TEST_CASE("What isn't the answer to a batch's lines changes nothing") {
  batch_world w;
  CHECK(w.tell(batch_handed_out_input{{0, 0}}).error().code == errc::internal);
  REQUIRE(w.tell(two_lines())->size() == 1);
  CHECK(w.tell(batch_handed_out_input{{0}}).error().code == errc::internal);
  batch_input elsewhere = two_lines();
  elsewhere.merchant = *merchant_id::parse("other");
  CHECK(w.tell(elsewhere).error().code == errc::internal);
  CHECK(w.tell(close_input{}).error().code == errc::internal);
  CHECK(batch::to_hand_out(w.state).has_value());
}

TEST_CASE("A batch's merchant must be open, not suspended, and switched on") {
  merchant::state m = merchant::initial(stream_name::of_merchant(shop));
  CHECK(merchant::decide(m, two_lines()).error().code == errc::unknown_merchant);
  m.opened = true;
  CHECK(merchant::decide(m, two_lines())->empty());
  CHECK(merchant::goes_on_to(two_lines())->to == stream_name::of_batch(shop, salaries));
  m.on = false;
  CHECK(merchant::decide(m, two_lines()).error().code == errc::switched_off);
  m.terms.suspended = true;
  CHECK(merchant::decide(m, two_lines()).error().code == errc::merchant_suspended);
}
