// The desk of batches by itself: between it and the batch lie two mailboxes, in which anything may overtake anything.
#include "tests/actors/town.hpp"

#include "actors/batch_desk.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const merchant_id shop = *merchant_id::parse("m1");

order_no number(std::string_view text) {
  return *order_no::parse(text);
}

/// In every directory's place: keeps what was to be handed on.
directory_actor::behavior_type recorder(directory_actor::pointer /*self*/, std::vector<delivery>* kept) {
  return {
      [kept](delivery& d) { kept->push_back(std::move(d)); },
      [kept](delivery_batch& batch) {
        for (delivery& d : batch.deliveries)
          kept->push_back(std::move(d));
      },
      [](const entity_ready&) {},
      [](const entities_quiet&) {},
      [](const tick&) {},
  };
}

void answer(const delivery& d, reply r) {
  r.request_id = d.from.request_id;
  caf::anon_send(d.from.sink, reply_batch{{std::move(r)}});
}

reply refused(errc code) {
  reply r;
  r.code = code;
  return r;
}

} // namespace

TEST_CASE("Loss prevented: a line that was told to be refused is paid, because its batch had asked twice") {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system(config);
  auto& coordinator = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  sim::simulated_clock clock;
  auto ctx = std::make_shared<context>();
  ctx->clock = &clock;
  const auto sys = std::make_shared<system_actors>();
  std::vector<delivery> handed_on;
  sys->directories.assign(limits::directories, system.spawn(recorder, &handed_on));
  auto desk = spawn_batch_desk(system, ctx, sys);

  hand_out_request asked;
  asked.batch = stream_name::of_batch(shop, number("B"));
  asked.what.merchant = shop;
  asked.what.lines.resize(2);
  asked.what.lines[0].order_no = number("B-1");
  asked.what.lines[1].order_no = number("B-2");
  caf::anon_send(desk, asked);
  coordinator.run();
  REQUIRE(handed_on.size() == 2);
  reply opened;
  opened.body = order_view{};
  answer(handed_on[0], opened);
  answer(handed_on[1], refused(errc::insufficient_funds));
  coordinator.run();
  REQUIRE(handed_on.size() == 3);
  const delivery result = handed_on[2];
  REQUIRE(result.to == asked.batch);
  const auto& told = std::get<batch_handed_out_input>(std::get<input>(result.content));
  CHECK(told.refusals == std::vector<uint16_t>{0, static_cast<uint16_t>(errc::insufficient_funds)});

  // Its date came before it had heard, and there is money by now.
  caf::anon_send(desk, asked);
  coordinator.run();
  CHECK(handed_on.size() == 3);

  // What it hasn't recorded, for a disk that was full, is handed out again: its lines know what they have seen.
  answer(result, refused(errc::busy));
  caf::anon_send(desk, asked);
  coordinator.run();
  CHECK(handed_on.size() == 5);

  caf::anon_send_exit(desk, caf::exit_reason::kill);
  for (auto& directory : sys->directories)
    caf::anon_send_exit(directory, caf::exit_reason::kill);
  sys->directories.clear();
  desk = nullptr;
  coordinator.run();
}
