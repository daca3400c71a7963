#include "sim/plan/from_order.hpp"

#include "actors/domain/order.hpp"
#include "schema/log_codec.hpp"
#include "sim/plan/profile.hpp"
#include "sim/run.hpp"
#include "store/event_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>

using namespace oncepay;
using namespace oncepay::sim;

namespace {

const instant opened_at{1'700'000'000 * ns_per_s};
const currency cny = *parse_currency("CNY");

route_answer route_to(std::string_view channel) {
  route_answer r;
  r.candidates = {{channel_id::trusted(channel), verdict::chosen, false, 10, 30}};
  r.chosen = channel_id::trusted(channel);
  r.submit_within_ms = 5'000;
  r.reply_within_ms = 2'000;
  r.enquire_after_ms = 60'000;
  r.cost_minor = 30;
  r.fee_minor = 89;
  return r;
}

/// Terms that have changed since: today they would refuse the order.
channel_terms terms_of(std::string_view channel) {
  channel_terms t;
  t.channel = channel_id::trusted(channel);
  t.methods = {method_id::trusted("wallet")};
  t.currencies = {*parse_currency("JPY")};
  t.amount_minor_min = 100;
  t.amount_minor_max = 200;
  t.merchants_allowed = {merchant_id::trusted("m9")};
  t.cost_rate_ppm = 2'000;
  t.priority = 77;
  t.gray_ppm = 1;
  t.bank.failures = {{"DECLINED", 1'000'000, reply_class::failed_try_another}};
  return t;
}

/// An order as the rules decide it, made of what becomes known when.
class recording {
public:
  recording() {
    pay_input pay;
    pay.amount = {14'780, cny};
    pay.method = method_id::trusted("card");
    pay.payer = {1, {std::byte{1}}};
    pay.route = route_to("alpha");
    decide(0, pay);
  }

  recording& known(int64_t after_ms, uint32_t attempt, evidence source, reply_class outcome, std::string code,
                   std::string_view then_to = {}) {
    attempt_input in{attempt, source, outcome, std::move(code), {}, {}};
    if (!then_to.empty())
      in.route = route_to(then_to);
    decide(after_ms, in);
    return *this;
  }

  order_as_plan retold() const {
    recorded_order r;
    r.decisions = made_;
    r.merchant.merchant = merchant_id::trusted("m1");
    r.merchant.suspended = true;
    r.channels = {terms_of("alpha"), terms_of("beta")};
    auto plan = plan_from_order(r);
    REQUIRE_MESSAGE(plan.has_value(), (plan ? "" : plan.error()));
    return *plan;
  }

  /// Retold and run: nothing may be broken, the order's own expectations included.
  order_as_plan retold_and_run() const {
    auto told = retold();
    const auto result = run(told.plan);
    for (const auto& v : result.violations)
      MESSAGE(v.what.checker, ": ", v.what.sentence);
    CHECK(result.ok());
    return told;
  }

private:
  void decide(int64_t after_ms, const input& in) {
    decision d;
    d.at = plus_ms(opened_at, after_ms);
    d.stream = stream_;
    d.version = static_cast<uint32_t>(made_.size()) + 1;
    d.input = in;
    const auto events = order::decide(state_, d.at, in);
    REQUIRE(events.has_value());
    d.events = *events;
    for (const auto& e : d.events)
      order::evolve(state_, d.at, in, e);
    made_.push_back({made_.size() + 1, std::move(d)});
  }

  stream_name stream_ = stream_name::of_order(merchant_id::trusted("m1"), order_no::trusted("A-7"));
  order::state state_ = order::initial(stream_, "production");
  std::vector<recorded_decision> made_;
};

bool remarks_say(const order_as_plan& told, std::string_view what) {
  return std::any_of(told.remarks.begin(), told.remarks.end(),
                     [&](const auto& r) { return r.find(what) != std::string::npos; });
}

const expectation& expected(const order_as_plan& told) {
  REQUIRE(told.plan.expectations.size() == 1);
  return told.plan.expectations[0];
}

} // namespace

TEST_CASE("a recorded order is sent again, with what was paid and by whom as far as the log tells") {
  const auto told = recording().known(300, 1, evidence::channel_reply, reply_class::succeeded, "OK").retold_and_run();
  REQUIRE(told.plan.orders.size() == 1);
  const auto& o = told.plan.orders[0];
  CHECK(o.at_us == 1'000'000);
  CHECK(o.pay.order_no.str() == "A-7");
  CHECK(o.pay.amount == money{14'780, cny});
  CHECK(o.pay.payer == "recorded-payer");
  CHECK(remarks_say(told, "sealed"));
  CHECK(told.plan.name == "m1/A-7, as recorded");
  // Whoever was served then is served now.
  REQUIRE(told.plan.merchants.size() == 1);
  CHECK(!told.plan.merchants[0].suspended);
  CHECK(expected(told).state == order_state::paid);
  CHECK(expected(told).moved_times == 1);
}

TEST_CASE("it takes the way it took: only the channels it was sent to, in that order, whatever their terms say today") {
  const auto told = recording()
                        .known(100, 1, evidence::channel_reply, reply_class::failed_try_another, "NO", "beta")
                        .known(400, 2, evidence::channel_reply, reply_class::failed_final, "STOLEN")
                        .retold_and_run();
  REQUIRE(told.plan.channels.size() == 2);
  CHECK(told.plan.channels[0].channel.str() == "alpha");
  CHECK(told.plan.channels[1].channel.str() == "beta");
  CHECK(told.plan.channels[0].priority < told.plan.channels[1].priority);
  CHECK(told.plan.channels[0].gray_ppm == 1'000'000);
  CHECK(told.plan.channels[0].reply_within_ms == 2'000);
  CHECK(told.plan.channels[0].bank == bank_behaviour());
  REQUIRE(told.plan.deeds.size() == 2);
  CHECK(told.plan.deeds[1].deed == bank_deed{false, {{299'900, reply_class::failed_final, "STOLEN"}}});
  CHECK(expected(told).state == order_state::failed);
  CHECK(expected(told).attempts == 2);
  CHECK(expected(told).channel == channel_id::trusted("beta"));
  CHECK(expected(told).moved_times == 0);
}

TEST_CASE("silence stays silence; where nothing proves what moved, the costlier case is assumed and said") {
  const auto told =
      recording().known(2'001, 1, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT").retold_and_run();
  REQUIRE(told.plan.deeds.size() == 1);
  CHECK(told.plan.deeds[0].deed == bank_deed{true, {}});
  CHECK(remarks_say(told, "nothing proves whether the money moved"));
  // Asked about, it comes out one way or the other: nothing is expected of it.
  CHECK_FALSE(expected(told).in_doubt.has_value());
}

TEST_CASE("a late answer is late again, however long it took") {
  const auto told = recording()
                        .known(2'001, 1, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT")
                        .known(600'000, 1, evidence::late_reply, reply_class::succeeded, "OK")
                        .retold_and_run();
  REQUIRE(told.plan.deeds.size() == 1);
  CHECK(told.plan.deeds[0].deed == bank_deed{true, {{599'999'900, reply_class::succeeded, "OK"}}});
  CHECK(expected(told).state == order_state::paid);
}

TEST_CASE("a contradiction comes again, and is recorded again") {
  const auto told = recording()
                        .known(300, 1, evidence::channel_reply, reply_class::succeeded, "OK")
                        .known(900, 1, evidence::channel_reply, reply_class::failed_final, "REVOKED")
                        .retold_and_run();
  CHECK(expected(told).state == order_state::paid);
  CHECK(expected(told).contradictions == 1);
}

TEST_CASE("evidence of a restart becomes a crash before it, while the bank was at work") {
  for (const int64_t after_ms : {1, 5, 900, 4'000, 600'000}) {
    CAPTURE(after_ms);
    const auto told =
        recording().known(after_ms, 1, evidence::restart, reply_class::unknown, "RESTARTED").retold_and_run();
    REQUIRE(told.plan.disturbances.size() == 1);
    const auto& d = told.plan.disturbances[0];
    CHECK(name_of(d) == "crash");
    CHECK(d.at_us > told.plan.orders[0].at_us);
    CHECK(d.at_us < told.plan.orders[0].at_us + 2'000'000);
    CHECK_FALSE(expected(told).in_doubt.has_value());
  }
}

TEST_CASE("an attempt that never left is held up again by its own commit, and the next channel has it") {
  const auto told = recording()
                        .known(5'200, 1, evidence::never_left, reply_class::failed_try_another, "NOT_SENT", "beta")
                        .known(5'300, 2, evidence::channel_reply, reply_class::succeeded, "OK")
                        .retold_and_run();
  REQUIRE(told.plan.disturbances.size() == 1);
  CHECK(name_of(told.plan.disturbances[0]) == "slow-commits");
  REQUIRE(told.plan.deeds.size() == 1);
  CHECK(told.plan.deeds[0].attempt_number == 2);
  CHECK(expected(told).channel == channel_id::trusted("beta"));
  CHECK(remarks_say(told, "never left"));
}

TEST_CASE("what can't be brought about again is said") {
  const auto broken =
      recording().known(50, 1, evidence::port_error, reply_class::unknown, "RESET\n[x]").retold_and_run();
  CHECK(remarks_say(broken, "the port broke"));
  CHECK(!remarks_say(broken, "\n"));
  const auto unfinished = recording().retold_and_run();
  CHECK(remarks_say(unfinished, "the log ends"));
  CHECK(!expected(unfinished).state);
}

TEST_CASE("decisions that aren't an order's are refused") {
  CHECK(!plan_from_order({}));
  recorded_decision other;
  other.decision.stream = stream_name::of_merchant(merchant_id::trusted("m1"));
  CHECK(!plan_from_order({{other}, {}, {}}));
  recorded_decision unopened;
  unopened.decision.stream = stream_name::of_order(merchant_id::trusted("m1"), order_no::trusted("A-7"));
  CHECK(!plan_from_order({{unopened}, {}, {}}));
}

TEST_CASE("every order of a run full of trouble, retold alone, comes to the same end") {
  for (const auto what : {profile::storm, profile::liar, profile::crash}) {
    CAPTURE(name(what));
    const auto whole = make_plan(what, {.seed = 7, .orders = 60, .days = 0});
    std::map<stream_name, recorded_order> orders;
    std::map<stream_name, merchant_terms> merchants;
    std::map<stream_name, channel_terms> channels;
    run_options options;
    options.keep = [&](const event_log& log) {
      const auto read = log.read_all(1, std::numeric_limits<size_t>::max(), [&](uint64_t position, bytes_view stored) {
        auto d = decode_decision(stored);
        REQUIRE(d.has_value());
        if (d->stream.kind() == stream_kind::order)
          orders[d->stream].decisions.push_back({position, *d});
        else if (const auto* m = std::get_if<merchant_input>(&d->input))
          merchants[d->stream] = m->terms;
        else if (const auto* c = std::get_if<channel_input>(&d->input))
          channels[d->stream] = c->terms;
        return true;
      });
      REQUIRE(read.has_value());
    };
    REQUIRE(run(whole, options).ok());
    REQUIRE(orders.size() > 20);
    for (auto& [stream, recorded] : orders) {
      CAPTURE(stream.display());
      recorded.merchant = merchants[stream_name::of_merchant(merchant_id::trusted(stream.part(0)))];
      for (const auto& [_, terms] : channels)
        recorded.channels.push_back(terms);
      const auto told = plan_from_order(recorded);
      REQUIRE(told.has_value());
      const auto result = run(told->plan);
      for (const auto& v : result.violations)
        MESSAGE(v.what.checker, ": ", v.what.sentence);
      CHECK(result.ok());
    }
  }
}
