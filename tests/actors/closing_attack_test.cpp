// Attacks on a server that is stopping: what it answered must be written before its connections close.
#include "tests/actors/town.hpp"

#include "schema/wire_codec.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

using namespace oncepay;
using namespace oncepay::test;

namespace {

class recording_connection : public connection {
public:
  void write(std::vector<std::byte>) override { calls += "write "; }
  void read_on() override {}
  void close() override { calls += "close "; }
  std::string calls;
};

} // namespace

TEST_CASE(
    "Loss prevented: the last answer before a stop is cut off, because its ticket was back before it was written") {
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
  ctx->say = [](severity, topic, std::string_view) {
  };
  ctx->fatal = [](std::string_view) {
  };
  ctx->admitted = std::make_shared<admission>(10, 10);
  const auto sys = start_system(system, ctx);
  const auto peer = std::make_shared<recording_connection>();
  auto session = spawn_session(system, ctx, sys, peer);

  caf::anon_send(session, bytes_in{encode_frame(command{1, 0, query("A-1")})});
  while (coordinator.has_job() && ctx->admitted->in_use() == 0)
    coordinator.run_once();
  REQUIRE(ctx->admitted->in_use() == 1);
  while (coordinator.has_job() && ctx->admitted->in_use() == 1)
    coordinator.run_once();
  REQUIRE(ctx->admitted->in_use() == 0);
  CHECK(peer->calls.empty()); // the ticket is back, the answer still lies before the session
  caf::anon_send(session, close_connection{});
  coordinator.run();
  CHECK(peer->calls == "write close ");

  caf::anon_send_exit(session, caf::exit_reason::kill);
  session = nullptr;
  stop_system(sys);
  coordinator.run();
}
