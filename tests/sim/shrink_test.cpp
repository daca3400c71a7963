#include "sim/shrink.hpp"

#include "sim/simulated_clock.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

using namespace oncepay;
using namespace oncepay::sim;

namespace {

merchant_id merchant_no(size_t i) {
  return merchant_id::trusted("m" + std::to_string(i));
}

channel_id channel_no(size_t i) {
  return channel_id::trusted("c" + std::to_string(i));
}

/// 64 orders of 4 merchants over 3 channels, each with all that an order can have; some trouble every second.
plan large_plan() {
  plan p;
  p.name = "large";
  p.clients = 8;
  p.lies = {1, 2, 3, 4, 5};
  for (size_t i = 0; i < 4; ++i) {
    p.merchants.emplace_back();
    p.merchants.back().merchant = merchant_no(i);
  }
  for (size_t i = 0; i < 3; ++i) {
    p.channels.emplace_back();
    p.channels.back().channel = channel_no(i);
    p.channels.back().bank.late_ppm = 7;
  }
  for (size_t i = 0; i < 64; ++i) {
    planned_order o;
    o.at_us = static_cast<int64_t>(i) * 1'000'000;
    o.client = i % 8;
    o.pay.merchant = merchant_no(i % 4);
    o.pay.order_no = order_no::trusted(std::to_string(i));
    o.tries_max = 3;
    o.asks_afterwards = true;
    p.deeds.push_back({o.pay.merchant, o.pay.order_no, 1, {}});
    expectation e;
    e.merchant = o.pay.merchant;
    e.order_no = o.pay.order_no;
    e.state = order_state::paid;
    p.expectations.push_back(std::move(e));
    p.disturbances.push_back({o.at_us, crash{static_cast<uint32_t>(i), 1'000}});
    p.disturbances.push_back({o.at_us, switch_channel{channel_no(i % 3), false}});
    p.orders.push_back(std::move(o));
  }
  return p;
}

bool sends(const plan& p, std::string_view number) {
  return std::any_of(p.orders.begin(), p.orders.end(), [&](const auto& o) { return o.pay.order_no.str() == number; });
}

bool crashes_after(const plan& p, uint32_t steps) {
  return std::any_of(p.disturbances.begin(), p.disturbances.end(), [&](const auto& d) {
    const auto* c = std::get_if<crash>(&d.what);
    return c != nullptr && c->after_steps == steps;
  });
}

run_violation violation_of(std::string checker, std::string sentence = "it is broken") {
  run_violation v;
  v.what = {std::move(checker), std::move(sentence), {}};
  v.at = plus_ms(simulated_clock::epoch, 1'000'000);
  return v;
}

/// A world in which a rule is broken wherever `breaks` says so.
std::function<run_result(const plan&)> world_where(std::function<bool(const plan&)> breaks,
                                                   std::string checker = "moved once") {
  return [breaks = std::move(breaks), checker = std::move(checker)](const plan& p) {
    run_result r;
    if (breaks(p))
      r.violations.push_back(violation_of(checker));
    return r;
  };
}

} // namespace

TEST_CASE("a plan shrinks to the two orders and the crash that break the rule") {
  const auto result =
      shrink(large_plan(), violation_of("moved once"),
             world_where([](const plan& p) { return sends(p, "17") && sends(p, "42") && crashes_after(p, 30); }));
  const plan& p = result.smallest;
  REQUIRE(p.orders.size() == 2);
  CHECK(p.orders[0].pay.order_no.str() == "17");
  CHECK(p.orders[1].pay.order_no.str() == "42");
  REQUIRE(p.disturbances.size() == 1);
  CHECK(name_of(p.disturbances[0]) == "crash");
  CHECK(p.deeds.empty());
  CHECK(p.expectations.empty());
  CHECK(p.channels.empty());
  CHECK(p.merchants.size() == 2);
  CHECK(p.clients == 1);
  CHECK(p.lies == lies{});
  CHECK(p.orders[0].tries_max == 1);
  CHECK(p.orders[0].asks_afterwards == false);
  CHECK(p.name == "large, shrunk");
  CHECK(!result.ended_early);
  CHECK(result.violation.what.checker == "moved once");
}

TEST_CASE("what the breach needs is kept: a lie, a bank's behaviour, a client of one's own, a second try") {
  const auto needs = [](const plan& p) {
    return p.lies.deny_ppm == 3 && p.clients >= 3 && sends(p, "9") &&
           std::any_of(p.channels.begin(), p.channels.end(), [](const auto& c) { return c.bank.late_ppm == 7; }) &&
           std::any_of(p.orders.begin(), p.orders.end(), [](const auto& o) { return o.tries_max == 3; });
  };
  const auto result = shrink(large_plan(), violation_of("moved once"), world_where(needs));
  CHECK(needs(result.smallest));
  CHECK(result.smallest.lies == lies{0, 0, 3, 0, 0});
  CHECK(result.smallest.clients == 4);
  CHECK(result.smallest.channels.size() == 1);
  CHECK(result.smallest.orders.size() == 1);
}

TEST_CASE("another rule that breaks on the way isn't what was looked for") {
  const auto run_one = [](const plan& p) {
    run_result r;
    // Without merchants everything is refused, which breaks another rule.
    r.violations.push_back(violation_of(p.merchants.size() == 4 ? "moved once" : "answered"));
    return r;
  };
  CHECK(shrink(large_plan(), violation_of("moved once"), run_one).smallest.merchants.size() == 4);
}

TEST_CASE("an expectation that another one missed isn't the same: the story would become one about nothing") {
  const auto run_one = [](const plan& p) {
    run_result r;
    const bool moved_twice = sends(p, "5") && crashes_after(p, 5);
    r.violations.push_back(violation_of(std::string(expectations_checker),
                                        moved_twice ? "m1/5: moved_times is 2" : "m1/5: state is none"));
    return r;
  };
  const auto first = violation_of(std::string(expectations_checker), "m1/5: moved_times is 2");
  const auto result = shrink(large_plan(), first, run_one);
  CHECK(sends(result.smallest, "5"));
  CHECK(crashes_after(result.smallest, 5));
  CHECK(result.violation.what.sentence == first.what.sentence);
}

TEST_CASE("nobody waits for ever: the runs are bounded, and the result says that there may be a smaller one") {
  uint32_t runs = 0;
  const auto run_one = [&](const plan& p) {
    ++runs;
    return world_where([](const plan& q) { return sends(q, "17") && sends(q, "42"); })(p);
  };
  const auto result = shrink(large_plan(), violation_of("moved once"), run_one, {.runs_max = 10, .progress = {}});
  CHECK(runs == 10);
  CHECK(result.runs == 10);
  CHECK(result.ended_early);
  CHECK(sends(result.smallest, "17"));
  CHECK(sends(result.smallest, "42"));
}

TEST_CASE("whatever breaks a rule, what is left still breaks it, refers to nobody who is gone, and is found again") {
  CHECK(rc::check([] {
    const auto needed = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 64));
    const auto crash_needed = *rc::gen::inRange<uint32_t>(0, 64);
    const auto breaks = [&](const plan& p) {
      return crashes_after(p, crash_needed) &&
             std::all_of(needed.begin(), needed.end(), [&](int n) { return sends(p, std::to_string(n)); });
    };
    const shrink_options options{.runs_max = 2'000, .progress = {}};
    const auto result = shrink(large_plan(), violation_of("moved once"), world_where(breaks), options);
    RC_ASSERT(breaks(result.smallest));
    RC_ASSERT(result.smallest.orders.size() == needed.size());
    RC_ASSERT(result.smallest.disturbances.size() == 1u);
    for (const auto& o : result.smallest.orders) {
      RC_ASSERT(o.client < result.smallest.clients);
      RC_ASSERT(std::any_of(result.smallest.merchants.begin(), result.smallest.merchants.end(),
                            [&](const auto& m) { return m.merchant == o.pay.merchant; }));
    }
    const auto again = shrink(large_plan(), violation_of("moved once"), world_where(breaks), options);
    RC_ASSERT(again.runs == result.runs);
    RC_ASSERT(bool(again.smallest == result.smallest));
  }));
}

TEST_CASE("a batch shrinks to the lines and wishes that break the rule, and adds up as it did before") {
  plan large = large_plan();
  for (size_t i = 0; i < 8; ++i) {
    planned_batch b;
    b.at_us = static_cast<int64_t>(i) * 1'000'000;
    b.client = static_cast<uint32_t>(i);
    b.tries_max = 4;
    b.batch.merchant = merchant_no(i % 4);
    b.batch.batch_no = order_no::trusted("b" + std::to_string(i));
    for (size_t line = 0; line < 6; ++line)
      b.batch.lines.push_back({order_no::trusted(std::to_string(line)), 100, "payee-" + std::to_string(line)});
    b.batch.total_minor = i % 2 == 0 ? 600 : 601;
    b.steps = {{1, batch_wish::again, 7, 0}, {2, batch_wish::line_alone, 6, 5}, {3, batch_wish::query, 5, 0}};
    large.batches.push_back(std::move(b));
  }
  const auto breaks = [](std::string_view number) {
    return [number](const plan& p) {
      return std::any_of(p.batches.begin(), p.batches.end(), [&](const planned_batch& b) {
        const auto& lines = b.batch.lines;
        return b.batch.batch_no.str() == number &&
               std::any_of(lines.begin(), lines.end(), [](const auto& l) { return l.order_no.str() == "2"; }) &&
               std::any_of(b.steps.begin(), b.steps.end(), [](const auto& s) { return s.what == batch_wish::query; });
      });
    };
  };
  for (const std::string_view number : {"b4", "b5"}) {
    const plan p = shrink(large, violation_of("batches-kept"), world_where(breaks(number), "batches-kept")).smallest;
    CHECK(p.orders.empty());
    REQUIRE(p.batches.size() == 1);
    const planned_batch& b = p.batches.front();
    CHECK(b.tries_max == 1);
    CHECK(b.client == 0);
    REQUIRE(b.batch.lines.size() == 1);
    CHECK(b.batch.total_minor == (number == "b4" ? 100 : 601));
    REQUIRE(b.steps.size() == 1);
    CHECK(b.steps.front().client == 0);
    CHECK(p.merchants.size() == 1);
  }
}
