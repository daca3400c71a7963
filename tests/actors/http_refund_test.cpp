// Refunds and closes through the port to channels outside: what each fate of one proves.
#include "tests/actors/http_town.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

refund_command refund_of(std::string_view order, int64_t amount_minor) {
  return {*merchant_id::parse("m1"), *order_no::parse(order), *order_no::parse("R-1"), {amount_minor, cny}, ""};
}

link_answer says_of_refund(const carried& c, const std::string& code) {
  return says({{"code", code}, {"id", c.id()}, {"fee", c.fields()["fee"]}, {"ref", "B-1"}});
}

} // namespace

TEST_CASE("A refund goes out in the channel's own words, with what was paid and what goes back") {
  port_town p;
  p.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  p.s->on_enquiry = [](const carried& c) {
    return says_of_refund(c, "OK");
  };
  REQUIRE(p.pay("A-1").code == errc::ok);
  const reply r = p.w.ask(p.w.connect(), refund_of("A-1", 4'000));
  CHECK(r.code == errc::ok);
  REQUIRE(p.s->count("/refund") == 1);
  const carried& asked = p.s->requests.back();
  CHECK(asked.fields()["fee"] == "4000");
  CHECK(asked.fields()["paid"] == "10000");
  CHECK(asked.fields()["of"] == order_in(r).attempts[0].id.str());
  CHECK(asked.id() == order_in(r).refunds[0].operation_id.str());
  CHECK(order_in(r).refunds[0].channel_ref == "B-1");
}

TEST_CASE(
    "Loss prevented: a refund without a genuine answer counts as failed, and is paid back under the next number") {
  for (const char* what : {"no reply", "silence", "forged", "other amount", "not found", "unmapped"}) {
    CAPTURE(what);
    port_town p;
    p.s->on_pay = [](const carried& c) {
      return says(c, "OK");
    };
    p.s->on_enquiry = [what = std::string(what)](const carried& c) -> std::optional<link_answer> {
      if (c.what.what.path == "/enquire-refund")
        return says_of_refund(c, "OK");
      if (what == "no reply")
        return no_reply();
      if (what == "silence")
        return std::nullopt;
      if (what == "forged")
        return body("{\"code\":\"STOLEN\",\"sign\":\"00\"}");
      if (what == "other amount")
        return says({{"code", "OK"}, {"id", c.id()}, {"fee", "1"}});
      return says_of_refund(c, what == "not found" ? "WHO" : "E_1");
    };
    REQUIRE(p.pay("A-1").code == errc::ok);
    CHECK(p.w.ask(p.w.connect(), refund_of("A-1", 10'000)).code == errc::refund_in_doubt);
    p.w.run_for(15'000);
    CHECK(p.w.ask(p.w.connect(), refund_of("A-1", 10'000)).code == errc::ok);
    CHECK(p.s->count("/refund") == 1);
    CHECK(p.s->count("/enquire-refund") == 1);
  }
}

TEST_CASE("A refund that never left, or that its channel refuses, has failed, and its money is the merchant's again") {
  for (bool left : {false, true}) {
    port_town p;
    p.s->on_pay = [](const carried& c) {
      return says(c, "OK");
    };
    p.s->on_enquiry = [left](const carried& c) {
      return left ? says_of_refund(c, "STOLEN") : never_left();
    };
    REQUIRE(p.pay("A-1").code == errc::ok);
    CHECK(p.w.ask(p.w.connect(), refund_of("A-1", 10'000)).code == errc::refund_failed);
    auto& c = p.w.connect();
    CHECK(balance_of(balances(p.w, c), "transit") == 0);
  }
}

TEST_CASE("Loss prevented: a payment by a code counts as closed while its payer types a password") {
  port_town p;
  p.s->on_pay = [](const carried& c) {
    return says(c, "TYPES");
  };
  p.s->on_enquiry = [](const carried& c) -> std::optional<link_answer> {
    return says(c, c.what.what.path == "/close" ? "OK" : "TYPES");
  };
  REQUIRE(p.pay("A-1").code == errc::in_doubt);
  const close_command close{*merchant_id::parse("m1"), *order_no::parse("A-1"), ""};
  CHECK(p.w.ask(p.w.connect(), close).code == errc::in_doubt);
  p.w.run_for(30'000);
  CHECK(p.s->count("/close") == 0);
  CHECK(p.s->count("/reverse") > 1); // not understood: asked again
  CHECK(p.w.ask(p.w.connect(), query("A-1")).code == errc::in_doubt);
}

TEST_CASE("Loss prevented: a reversal counts as done on less than its channel's own word") {
  for (const char* what : {"OK", "no reply", "silence", "forged", "other payment", "TYPES", "STOLEN"}) {
    CAPTURE(what);
    port_town p;
    p.s->on_pay = [](const carried& c) {
      return says(c, "TYPES");
    };
    p.s->on_enquiry = [what = std::string(what)](const carried& c) -> std::optional<link_answer> {
      if (c.what.what.path != "/reverse")
        return says(c, "TYPES");
      if (what == "silence")
        return std::nullopt;
      return what == "no reply"        ? no_reply()
             : what == "forged"        ? body("{\"code\":\"OK\",\"sign\":\"00\"}")
             : what == "other payment" ? says({{"code", "OK"}, {"id", "OTHER"}})
                                       : says({{"code", what}, {"id", c.id()}});
    };
    REQUIRE(p.pay("A-1").code == errc::in_doubt);
    p.w.run_for(33'000);
    CHECK(p.s->count("/reverse") >= 1);
    const reply r = p.w.ask(p.w.connect(), query("A-1"));
    CHECK(r.code == (std::string_view(what) == "OK" ? errc::payment_failed : errc::in_doubt));
    const auto expected = std::string_view(what) == "OK"       ? attempt_state::reversed
                          : std::string_view(what) == "STOLEN" ? attempt_state::reversal_manual
                                                               : attempt_state::reversing;
    CHECK(order_in(r).attempts[0].state == expected);
  }
}

TEST_CASE("A payment without a code is closed where its channel says so, and not where it refuses") {
  for (bool closes : {true, false}) {
    CAPTURE(closes);
    port_town p(outside(), {}, false);
    p.s->on_pay = [](const carried& c) {
      return says(c, "E_1");
    };
    p.s->on_enquiry = [closes](const carried& c) -> std::optional<link_answer> {
      return says(c, c.what.what.path == "/close" ? (closes ? "OK" : "STOLEN") : "E_1");
    };
    REQUIRE(p.pay("A-1", "").code == errc::in_doubt);
    const close_command close{*merchant_id::parse("m1"), *order_no::parse("A-1"), ""};
    CHECK(p.w.ask(p.w.connect(), close).code == errc::in_doubt);
    p.w.run_for(1'000);
    CHECK(p.s->count("/close") == 1);
    CHECK(p.w.ask(p.w.connect(), query("A-1")).code == (closes ? errc::order_closed : errc::in_doubt));
  }
}
