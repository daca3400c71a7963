// The port to channels outside, with a link that does as each test says: what each fate of a request proves, each named
// after the loss it would be to believe more, or less.
#include "tests/actors/http_town.hpp"

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("A payment goes out signed, with what the payer showed, and is paid by a genuine answer") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::ok);
  const auto& a = order_in(r).attempts.at(0);
  CHECK(a.channel_ref == "R-1");
  REQUIRE(t.s->requests.size() == 1);
  auto fields = t.s->requests[0].fields();
  CHECK(fields["id"] == a.id.str());
  CHECK(fields["fee"] == "10000");
  CHECK(fields["shown"] == shown);
  CHECK(fields["sign"] == *sign(plain_dialect().request_signature, keys(), signed_text(fields, "sign")));
  CHECK(sum_of(balances(t.w, t.w.connect())) == 0);
}

TEST_CASE(
    "Loss prevented: a bank that can't be reached is taken for one that may have been paid, and the sale is lost") {
  port_town t;
  t.s->on_pay = [](const carried&) {
    return never_left();
  };
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::ok);
  REQUIRE(order_in(r).attempts.size() == 2);
  CHECK(order_in(r).attempts[0].last_evidence == evidence::never_left);
  CHECK(order_in(r).attempts[1].channel.str() == "beta");
}

TEST_CASE("Loss prevented: a connection that broke behind the request counts as failed, and another bank is paid too") {
  port_town t;
  t.s->on_pay = [](const carried&) {
    return no_reply();
  };
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::in_doubt);
  CHECK(order_in(r).attempts.size() == 1);
  CHECK(order_in(r).attempts[0].last_evidence == evidence::port_error);
}

TEST_CASE("Loss prevented: a definite failure keeps the order from a bank that would have paid") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "POOR");
  };
  CHECK(order_in(t.pay("A-1")).attempts.size() == 2);
  t.s->on_pay = [](const carried& c) {
    return says(c, "STOLEN");
  };
  const reply r = t.pay("A-2");
  CHECK(r.code == errc::payment_failed);
  CHECK(order_in(r).attempts.size() == 1);
}

TEST_CASE("Loss prevented: garbage, an error page, another order's answer or a forged one is believed") {
  port_town t;
  int n = 0;
  const auto doubtful = [&](const std::function<link_answer(const carried&)>& answer) {
    t.s->on_pay = answer;
    const reply r = t.pay("A-" + std::to_string(++n));
    CAPTURE(n);
    CHECK(r.code == errc::in_doubt);
    CHECK(order_in(r).attempts.size() == 1);
  };
  doubtful([](const carried&) { return body("<html>\x01 502 }{"); });
  doubtful([](const carried&) { return body(""); });
  doubtful([](const carried& c) {
    auto a = says(c, "OK");
    a.status = 302;
    return a;
  });
  doubtful([](const carried& c) { return says(c, "NEVER_HEARD_OF"); });
  CHECK(t.w.alarms().empty());
  doubtful([](const carried&) { return says({{"code", "OK"}, {"id", "somebody-elses"}, {"fee", "10000"}}); });
  CHECK(t.is_alarmed("A-5"));
  doubtful([](const carried& c) { return says({{"code", "OK"}, {"id", c.id()}, {"fee", "1"}}); });
  CHECK(t.is_alarmed("A-6"));
  for (const char* code : {"OK", "POOR"}) {
    doubtful([&](const carried& c) {
      auto a = says(c, code);
      const auto at = a.body.find("\"sign\":\"") + 8;
      a.body[at] = a.body[at] == 'A' ? 'B' : 'A';
      return a;
    });
    CHECK(t.is_alarmed("A-" + std::to_string(n)));
  }
}

TEST_CASE("Loss prevented: 'not found' as the answer to a payment proves that it never arrived") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "WHO");
  };
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::in_doubt);
  CHECK(order_in(r).attempts.size() == 1);
}

TEST_CASE("Loss prevented: a failed question fails the payment, or clears the doubt about it") {
  port_town t(outside(), {}, false); // a payment by code would be called back meanwhile
  t.s->on_pay = [](const carried&) {
    return no_reply();
  };
  t.s->on_enquiry = [](const carried&) {
    return never_left();
  };
  REQUIRE(t.pay("A-1", "").code == errc::in_doubt);
  const std::vector<std::function<std::optional<link_answer>(const carried&)>> failing{
      [](const carried&) { return never_left(); }, [](const carried&) { return no_reply(); },
      [](const carried&) { return body("}{"); },
      [](const carried& c) {
        auto a = says(c, "OK");
        a.body.replace(a.body.find("\"sign\":\"") + 8, 2, "zz");
        return a;
      },
      [](const carried&) {
        return std::nullopt;
      }};
  for (size_t i = 0; i < failing.size(); ++i) {
    CAPTURE(i);
    t.s->on_enquiry = failing[i];
    REQUIRE(t.w.run_until([&] { return t.s->count("/enquire") == i + 1; }, 4'000'000));
    t.w.run_for(2'000);
    const auto a = t.order("A-1").attempts.at(0);
    CHECK(a.state == attempt_state::in_doubt);
    CHECK(a.last_evidence == evidence::enquiry_failed);
    CHECK(a.enquiries == i + 1);
  }
  t.s->on_enquiry = [](const carried& c) {
    return says(c, "OK");
  };
  t.w.run_for(4'000'000);
  CHECK(t.order("A-1").state == order_state::paid);
  CHECK(t.s->count("/pay") == 1);
}

TEST_CASE("A payer who types a password is asked about until he has paid") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "TYPES");
  };
  t.s->on_enquiry = [&](const carried& c) {
    return says(c, t.s->count("/enquire") < 3 ? "TYPES" : "OK");
  };
  CHECK(t.pay("A-1").code == errc::in_doubt);
  t.w.run_for(200'000);
  CHECK(t.order("A-1").state == order_state::paid);
  CHECK(t.s->count("/enquire") == 3);
  CHECK(t.s->count("/pay") == 1);
  const auto m = t.w.counted().channels().at(*channel_id::parse("outside"));
  CHECK(m->outcomes[static_cast<size_t>(reply_class::payer_confirming)].value() == 1);
  CHECK(m->enquiries[static_cast<size_t>(reply_class::payer_confirming)].value() == 2);
  CHECK(m->enquiries[static_cast<size_t>(reply_class::succeeded)].value() == 1);
}

TEST_CASE("Loss prevented: the truth that comes after the window isn't heard, or comes twice") {
  port_town t;
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::in_doubt);
  CHECK(order_in(r).attempts[0].code == "REPLY_TIMEOUT");
  t.s->requests.at(0).answer(says(t.s->requests[0], "OK"));
  t.w.run_for(1'000);
  CHECK(t.order("A-1").state == order_state::paid);
  CHECK(t.order("A-1").attempts[0].last_evidence == evidence::late_reply);
  // One that never left after all frees the order for another bank.
  REQUIRE(t.pay("A-2").code == errc::in_doubt);
  t.s->requests.at(1).answer(never_left());
  t.w.run_for(1'000);
  CHECK(t.order("A-2").attempts.at(0).state == attempt_state::failed);
  const auto m = t.w.counted().channels().at(*channel_id::parse("outside"));
  CHECK(m->reply_us.sum() >= 2'000'000); // twice the window, and nothing for what came after it
  CHECK(m->reply_us.sum() < 2'400'000);
  CHECK(sum_of(balances(t.w, t.w.connect())) == 0);
}

TEST_CASE("Loss prevented: a stalled commit sends a payment for which the payer has long paid elsewhere") {
  auto delay_us = std::make_shared<int64_t>(1'000);
  port_town t(outside(), [delay_us] { return *delay_us; });
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  CHECK(t.pay("A-1").code == errc::ok);
  CHECK(t.s->requests.at(0).what.leave_within_ms <= 5'000);
  CHECK(t.s->requests[0].what.reply_within_ms <= 1'000 + limits::late_answer_ms_max);
  *delay_us = 6'000'000;
  CHECK(t.pay("A-2").code != errc::ok);
  CHECK(t.s->count("/pay") == 1);
  *delay_us = 1'000;
  t.w.run_for(60'000);
  CHECK(t.order("A-2").attempts.at(0).last_evidence == evidence::never_left);
}

TEST_CASE("Loss prevented: without the code that the payer showed something else is charged") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  const reply r = t.pay("A-1", "");
  REQUIRE(order_in(r).attempts.size() == 2);
  CHECK(order_in(r).attempts[0].code == "NO_PAYER_CODE");
  CHECK(t.s->requests.empty());
}

TEST_CASE("Loss prevented: a channel whose keys are missing is spoken to without, or its orders hang") {
  port_town t;
  t.s->has_keys = false;
  t.w.crash();
  CHECK(t.is_alarmed("names no keys"));
  const reply r = t.pay("A-1");
  CHECK(r.code == errc::ok);
  CHECK(order_in(r).attempts.at(0).last_evidence == evidence::never_left);
  CHECK(order_in(r).attempts.at(1).channel.str() == "beta");
  CHECK(t.s->requests.empty());
}

TEST_CASE("Loss prevented: a payment is sent a second time, by a retry or by the next process") {
  port_town t;
  REQUIRE(t.pay("A-1").code == errc::in_doubt);
  CHECK(t.pay("A-1").code == errc::in_doubt);
  CHECK(t.pay("A-1", "another code, for the old one has expired").code == errc::in_doubt);
  auto first = t.s->requests.at(0).what.what.body;
  t.s->requests.clear();
  t.s->on_enquiry = [](const carried& c) {
    return says(c, "OK");
  };
  t.w.crash();
  CHECK(t.pay("A-1").duplicate);
  t.w.run_for(60'000);
  CHECK(t.order("A-1").state == order_state::paid);
  CHECK(t.s->count("/pay") == 0);
  CHECK(t.s->count("/enquire") == 1);
  CHECK(first.find(t.s->requests.at(0).id()) != std::string::npos);
}

TEST_CASE("What a payer showed never lies open in the log") {
  port_town t;
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  REQUIRE(t.pay("A-1").code == errc::ok);
  size_t decisions = 0;
  REQUIRE(t.w.log().read_all(1, 1'000, [&](uint64_t, bytes_view stored) {
    const std::string_view bytes(reinterpret_cast<const char*>(stored.data()), stored.size());
    CHECK(bytes.find(shown) == std::string_view::npos);
    CHECK(bytes.find(keys().shared) == std::string_view::npos);
    ++decisions;
    return true;
  }));
  CHECK(decisions >= 5);
}

TEST_CASE("A permit comes back with the answer, and one that is still out with the end of its lease") {
  auto terms = outside();
  terms.concurrency_max = 1;
  terms.queue_wait_ms_max = 100;
  port_town t(terms);
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  for (int i = 0; i < 5; ++i)
    CHECK(order_in(t.pay("A-" + std::to_string(i))).attempts.at(0).channel.str() == "outside");
  t.s->on_pay = [](const carried&) {
    return std::nullopt;
  };
  CHECK(t.pay("B-1").code == errc::in_doubt);
  CHECK(order_in(t.pay("B-2")).attempts.at(0).channel.str() == "beta"); // the bank may still work on B-1
  t.w.run_for(30'000);
  t.s->on_pay = [](const carried& c) {
    return says(c, "OK");
  };
  CHECK(order_in(t.pay("B-3")).attempts.at(0).channel.str() == "outside");
}

TEST_CASE("A channel stays with its virtual bank, or outside: what it was paid is known to nobody else") {
  const oncepay::channel::state before = [] {
    auto s = oncepay::channel::initial(stream_name::of_channel(*channel_id::parse("outside")));
    s.opened = true;
    s.terms = outside();
    return s;
  }();
  const auto verdict = oncepay::channel::decide(before, channel_input{test::channel("outside", 1), true});
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code == errc::terms_conflict);
}
