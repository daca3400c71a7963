#include "cli/submit/rows.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

row_columns columns() {
  row_columns c;
  c.merchant = "target";
  c.amount = "value";
  c.payer = "source";
  c.payer_code = c.payer;
  c.time = "time";
  c.merchant_prefix = "m-";
  c.order_prefix = "tx-";
  c.currency_always = *parse_currency("CNY");
  c.method_always = *method_id::parse("card");
  return c;
}

const std::vector<std::string> header{"source", "target", "value", "time"};

tl::expected<pay_row, std::string> map(std::vector<std::string> fields, const row_columns& c = columns()) {
  const auto mapper = row_mapper::make(c, header);
  REQUIRE(mapper.has_value());
  return mapper->map({.line = 2, .fields = std::move(fields)});
}

} // namespace

TEST_CASE("a row becomes a payment by its columns' names") {
  const auto row = map({"280", "15349", "147.8", "1"});
  REQUIRE(row.has_value());
  CHECK(row->line == 2);
  CHECK(row->pay.merchant.str() == "m-15349");
  CHECK(row->pay.order_no.str() == "tx-0000002");
  CHECK(row->pay.amount.minor == 14'780);
  CHECK(row->pay.payer == "280");
  CHECK(row->pay.payer_code == "280");
  CHECK(row->pay.method.str() == "card");
  CHECK(row->pay.placed_at.ns == ns_per_s);
}

TEST_CASE("with a payee column a row is a pay-out, and one that names nobody is no row") {
  auto c = columns();
  c.payer.clear();
  c.payer_code.clear();
  c.time.clear();
  c.payee = "source";
  const auto row = map({"6222000012345678", "15349", "147.8", ""}, c);
  REQUIRE(row.has_value());
  const auto sent = row->content();
  REQUIRE(std::holds_alternative<pay_out_command>(sent));
  const auto& out = std::get<pay_out_command>(sent);
  CHECK(out.merchant.str() == "m-15349");
  CHECK(out.order_no.str() == "tx-0000002");
  CHECK(out.amount.minor == 14'780);
  CHECK(out.payee == "6222000012345678");
  const auto nobody = map({"", "15349", "147.8", ""}, c);
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.error() == "payee: not 1 to 64 bytes");
  CHECK(std::holds_alternative<pay_command>(map({"280", "15349", "147.8", "1"})->content()));
}

TEST_CASE("the same row gives the same order number again, so that a second run of a file pays nothing twice") {
  CHECK(map({"280", "15349", "147.8", "1"})->pay == map({"280", "15349", "147.8", "1"})->pay);
}

TEST_CASE("an order column and a currency column are taken as they are") {
  auto c = columns();
  c.order = "source";
  c.currency = "time";
  const auto row = map({"A-7", "1", "990", "JPY"}, [&] {
    auto with = c;
    with.time.clear();
    return with;
  }());
  REQUIRE(row.has_value());
  CHECK(row->pay.order_no.str() == "tx-A-7");
  CHECK(row->pay.amount == money{990, *parse_currency("JPY")});
}

TEST_CASE("an amount is never guessed at") {
  for (const std::string amount : {"", "-1", "+1", "0", "0.00", "1.234", "1,50", "1e3", " 1", "1 ", "$1", "0x1",
                                   "99999999999999999999", "10000000000000.01", "NaN"}) {
    CAPTURE(amount);
    const auto row = map({"280", "15349", amount, "1"});
    REQUIRE_FALSE(row.has_value());
    CHECK(row.error().starts_with("amount \"" + amount + "\""));
  }
}

TEST_CASE("a bad row says which field is wrong, and never who pays") {
  CHECK(map({"280", "UPPER", "1", "1"}).error().starts_with("merchant \"m-UPPER\""));
  CHECK(map({"280", "1", "1", "yesterday"}).error().starts_with("time \"yesterday\""));
  const auto long_payer = map({std::string(65, 'p'), "1", "1", "1"});
  REQUIRE_FALSE(long_payer.has_value());
  CHECK(long_payer.error() == "payer: more than 64 bytes");
  CHECK(map({"280", "\x1b[2J", "1", "1"}).error().find('\x1b') == std::string::npos);
}

TEST_CASE("a missing column is told together with those there are; one named twice is refused") {
  auto c = columns();
  c.amount = "amount";
  CHECK(row_mapper::make(c, header).error() ==
        "there is no column \"amount\"; the header has: source, target, value, time");
  CHECK(row_mapper::make(columns(), {"source", "target", "value", "value", "time"}).error() ==
        "the header has the column \"value\" twice");
}
