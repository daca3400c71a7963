// Attacks on time: two doors stamp, and on several cores what was stamped first may come second. The world's single
// thread never lets that happen, so the stamps are made here.
#include "tests/actors/town.hpp"

#include "actors/admission.hpp"
#include "schema/log_codec.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("A stream's decisions never go back in time, whoever was stamped first") {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system(config);
  auto& coordinator = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  memory_event_log log;
  sim::simulated_clock clock;
  const auto views = make_memory_view_store();
  const auto more_views = make_memory_view_store();
  auto ctx = std::make_shared<context>();
  ctx->log = &log;
  ctx->clock = &clock;
  ctx->balances_view = views.get();
  ctx->trajectory_view = more_views.get();
  ctx->environment = "simulated";
  ctx->detached = false;
  ctx->admitted = std::make_shared<admission>(10, 10);
  std::string stopped;
  ctx->say = [](severity, topic, std::string_view) {
  };
  ctx->fatal = [&](std::string_view why) {
    stopped = why;
  };
  const auto sys = start_system(system, ctx);

  const auto stream = stream_name::of_channel(*channel_id::parse("alpha"));
  auto tell = [&](int64_t after_ms, input in) {
    caf::anon_send(sys->directory_of(stream),
                   delivery{stream, plus_ms(clock.now(), after_ms), std::move(in), {}, nullptr});
    coordinator.run();
  };
  tell(0, channel_input{channel("alpha"), true});
  tell(20, switch_input{false, "ann", "stamped second, came first"});
  tell(10, switch_input{true, "bob", "stamped first, came second"});
  tell(30, switch_input{false, "ann", "in order again"});
  stop_system(sys);
  coordinator.run();

  CHECK(stopped.empty());
  std::vector<int64_t> after_ms;
  REQUIRE(log.read(stream, 1, [&](uint64_t, bytes_view stored) {
    const auto d = decode_decision(stored);
    REQUIRE(d);
    after_ms.push_back((d->at.ns - clock.now().ns) / ns_per_ms);
    return true;
  }));
  CHECK(after_ms == std::vector<int64_t>{0, 20, 20, 30});
}

namespace {

/// Declines, and says later that it has paid.
class bank_that_takes_it_back final : public bank {
public:
  bank_deed receive(instant, const submit_effect& what, uint32_t) override {
    if (what.attempt_number > 1)
      return {true, {{1'000, reply_class::succeeded, "OK"}}};
    return {false, {{1'000, reply_class::failed_try_another, "DECLINED"}, {6'000, reply_class::succeeded, "PAID"}}};
  }
  std::optional<enquiry_answer> enquire(instant, const channel_request_effect&) override { return std::nullopt; }
  std::optional<enquiry_answer> reverse(instant, const channel_request_effect&) override { return std::nullopt; }
  bank_deed refund(instant, const channel_request_effect&) override { return {}; }
  std::optional<enquiry_answer> close(instant, const channel_request_effect&) override { return std::nullopt; }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms&) override {}
};

} // namespace

TEST_CASE(
    "Loss prevented: a late word about an earlier attempt has an order decide before its next attempt is durable") {
  auto options = town({channel("alpha", 1), channel("beta", 2)});
  options.open_bank = [](const channel_terms&) -> tl::expected<bank_ptr, std::string> {
    return std::make_unique<bank_that_takes_it_back>();
  };
  // So that the second attempt's intent is being written when the first one's second answer comes.
  options.commit_takes_us = [] {
    return 10'000;
  };
  sim::world w(options);
  auto& c = w.connect();
  w.run_for(100);
  const auto undecided = [&] {
    return w.counted().appends.decisions.value() - (w.log().head().position - w.recovered().known.position);
  };
  REQUIRE(undecided() == 0);
  c.send({1, 0, pay("A-1")});
  uint64_t most = 0;
  REQUIRE(w.run_until([&] {
    most = std::max<uint64_t>(most, undecided());
    return c.reply_to(1) != nullptr;
  }));
  CHECK(c.reply_to(1)->code == errc::ok);
  CHECK(most == 1);
  CHECK(order_in(*c.reply_to(1)).attempts.size() == 2);
}
