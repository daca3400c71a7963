// Entities go from stream to stream. What one of them was told, and what is still on its way to it, must be nothing to
// the next.
#include "tests/actors/town.hpp"

#include "actors/admission.hpp"
#include "actors/entity.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <set>

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// An entity that the test gives its streams, and everybody it speaks to.
struct lone_entity {
  lone_entity() {
    config.set("scheduler.policy", caf::atom("testing"));
    system.emplace(config);
    ctx->log = &log;
    ctx->clock = &clock;
    ctx->balances_view = views.get();
    ctx->trajectory_view = more_views.get();
    ctx->environment = "simulated";
    ctx->detached = false;
    ctx->admitted = std::make_shared<admission>(10, 10);
    ctx->say = [](severity, topic, std::string_view) {
    };
    ctx->fatal = [](std::string_view) {
    };
    ctx->commit_takes_us = [] {
      return commit_us;
    };
    sys = start_system(*system, ctx);
    entity = spawn_entity(*system, ctx, sys);
    asking = system->spawn([this](reply_sink::pointer) -> reply_sink::behavior_type {
      return {[this](const reply_batch& b) {
        answers.insert(answers.end(), b.replies.begin(), b.replies.end());
      }};
    });
    limiter = system->spawn([this](permit_sink::pointer) -> permit_sink::behavior_type {
      return {[this](const permit_return_batch& b) {
        for (const permit_return& p : b.permits)
          given_back.insert(p.attempt);
      }};
    });
  }

  ~lone_entity() {
    stop_system(sys);
    caf::anon_send_exit(entity, caf::exit_reason::kill);
    caf::anon_send_exit(asking, caf::exit_reason::kill);
    caf::anon_send_exit(limiter, caf::exit_reason::kill);
    run();
  }

  caf::scheduler::test_coordinator& coordinator() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system->scheduler());
  }
  void run() { coordinator().run(); }
  void commit() { pass(commit_us); }
  void pass(int64_t us) {
    coordinator().advance_time(std::chrono::microseconds(us));
    run();
  }

  delivery about(const stream_name& stream, delivery_content what) {
    return {stream, clock.now(), std::move(what), {asking, 0}, nullptr};
  }
  void take_up(const stream_name& stream, delivery_content what) {
    caf::anon_send(entity, oncepay::take_up{stream, ++activations, true, {about(stream, std::move(what))}});
  }

  static constexpr int64_t commit_us = 50'000;
  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
  memory_event_log log;
  sim::simulated_clock clock;
  std::unique_ptr<view_store> views = make_memory_view_store();
  std::unique_ptr<view_store> more_views = make_memory_view_store();
  std::shared_ptr<context> ctx = std::make_shared<context>();
  system_ptr sys;
  entity_actor entity;
  reply_sink asking;
  permit_sink limiter;
  uint64_t activations = 0;
  std::vector<reply> answers;
  std::set<attempt_id> given_back;
};

const stream_name alpha = stream_name::of_channel(*channel_id::parse("alpha"));
const stream_name beta = stream_name::of_channel(*channel_id::parse("beta"));

} // namespace

TEST_CASE("Loss prevented: one order is told the fate of another, whose entity it was given") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    auto options = town({declining(channel("alpha", 1)), channel("beta", 2)}, seed);
    options.quiet_entities_max = 1; // whoever falls quiet is given the next order
    sim::world w(options);
    auto& c = w.connect();
    for (int round = 0; round < 3; ++round) {
      std::vector<uint64_t> asked;
      for (int i = 0; i < 20; ++i)
        asked.push_back(c.send({0, 0, pay("A-" + std::to_string(i), 1'000 + i, i % 2 == 0 ? "m1" : "m2")}));
      for (int i = 0; i < 20; ++i) {
        CAPTURE(round);
        CAPTURE(i);
        const uint64_t request = asked[static_cast<size_t>(i)];
        REQUIRE(w.run_until([&] { return c.reply_to(request) != nullptr; }));
        const reply& r = *c.reply_to(request);
        CHECK(r.code == errc::ok);
        CHECK(r.duplicate == (round > 0));
        CHECK(order_in(r).amount.minor == 1'000 + i);
        CHECK(order_in(r).order_no.str() == "A-" + std::to_string(i));
        CHECK(order_in(r).attempts.size() == 2);
      }
    }
    CHECK(w.ask(c, pay("A-1", 99'999, "m2")).code == errc::order_conflict);
    CHECK(w.ask(c, query("A-1")).code == errc::unknown_order); // it is m2's
    const auto all = balances(w, c);
    CHECK(sum_of(all) == 0);
    CHECK(balance_of(all, "channel/alpha/receivable") == 0);
  }
}

TEST_CASE("Loss prevented: a decision is shown before it is durable, because the stream before was told that its was") {
  lone_entity e;
  e.take_up(alpha, input{channel_input{channel("alpha"), true}});
  e.run();
  e.commit();
  REQUIRE(e.log.version_of(alpha) == 1U);
  e.take_up(beta, input{channel_input{channel("beta"), true}});
  caf::anon_send(e.entity, committed{1, 1});
  caf::anon_send(e.entity, committed{0, 1});
  caf::anon_send(e.entity, asked_overdue{1});
  caf::anon_send(e.entity, e.about(beta, standing_query{}));
  e.answers.clear();
  e.run();
  CHECK(e.answers.empty());
  e.commit();
  e.commit();
  REQUIRE(e.log.version_of(beta) == 1U);
  CHECK(!e.answers.empty());
}

TEST_CASE("Loss prevented: an order is paid through the channel that was chosen for another one") {
  lone_entity e;
  const auto m1 = *merchant_id::parse("m1");
  const auto first = stream_name::of_order(m1, *order_no::parse("A-1"));
  const auto second = stream_name::of_order(m1, *order_no::parse("B-1"));
  pay_input wish;
  wish.amount = {10'000, cny};
  wish.method = card;
  e.take_up(first, input{wish});
  e.run();
  REQUIRE(e.answers.size() == 1); // nobody knows the merchant: refused, and the entity is free
  e.take_up(second, input{wish});
  routed late;
  late.attempt = make_attempt_id("simulated", m1, *order_no::parse("A-1"), 1);
  late.answer.chosen = *channel_id::parse("alpha");
  late.permits = e.limiter;
  caf::anon_send(e.entity, late);
  e.run();
  e.commit();
  CHECK(e.given_back.contains(late.attempt));
  REQUIRE(e.answers.size() == 2);
  CHECK(e.answers[1].code == e.answers[0].code);
  CHECK(e.log.version_of(second) == 0U);
}

TEST_CASE("Loss prevented: an enquiry overtakes the claim it is about, is told there is none, and the claim is paid") {
  lone_entity e;
  e.take_up(alpha, input{channel_input{channel("alpha"), true}});
  e.run();
  // Waits behind the decision whose commit is under way.
  caf::anon_send(e.entity, e.about(alpha, input{switch_input{false, "anna", "maintenance"}}));
  // The log knows it durable before the entity looks again.
  e.pass(lone_entity::commit_us - 400);
  e.pass(400);
  e.answers.clear();
  REQUIRE(e.log.version_of(alpha) == 1U);
  caf::anon_send(e.entity, e.about(alpha, standing_query{}));
  e.run();
  CHECK(e.answers.empty()); // the switch comes first, and isn't durable
  e.commit();
  e.commit();
  CHECK(e.log.version_of(alpha) == 2U);
}

TEST_CASE("Entities of which only a few at a time are said to be quiet are given the next orders all the same") {
  auto options = town({channel("alpha")});
  options.quiet_entities_max = 256;
  sim::world w(options);
  auto& c = w.connect();
  constexpr size_t orders = 1'000;
  for (size_t i = 0; i < orders; ++i)
    REQUIRE(w.ask(c, pay("A-" + std::to_string(i))).code == errc::ok);
  for (const auto& directory : w.counted().directories)
    CHECK(directory.entities.value() <= options.quiet_entities_max);
  for (size_t i = 0; i < orders; i += 7)
    CHECK(w.ask(c, query("A-" + std::to_string(i))).code == errc::ok);
}
