// Who follows the log, while it moves: commits fall into a fold, as they do where a follower has a thread of its own.
#include "tests/support/typical_payment.hpp"

#include "actors/journal.hpp"
#include "actors/projections.hpp"
#include "schema/log_codec.hpp"
#include "sim/simulated_clock.hpp"
#include "store/memory_event_log.hpp"
#include "store/view_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <utility>

using namespace oncepay;

namespace {

/// Tells when it is read, which is in the middle of a fold.
class watched_log final : public event_log {
public:
  std::function<void()> when_read = [] {
  };
  std::function<void()> when_folded = [] {
  };
  mutable size_t reads = 0;

  /// One decision more, of an order of its own.
  void grow() {
    decision d = typical::opening();
    append_entry entry;
    entry.stream =
        stream_name::of_order(*merchant_id::parse("m1"), *order_no::parse("A-" + std::to_string(head().position)));
    d.stream = entry.stream;
    entry.version = d.version = 1;
    entry.at = d.at;
    entry.due_before = d.due_before;
    entry.due = d.due;
    entry.stored = encode(d);
    REQUIRE(append(std::vector{std::move(entry)}));
  }

  store_result<log_head> append(std::span<const append_entry> batch) override { return inner_.append(batch); }
  store_result<void> read(const stream_name& stream, uint32_t from, const decision_visitor& visit) const override {
    return inner_.read(stream, from, visit);
  }
  store_result<void> read_all(uint64_t from, size_t max, const decision_visitor& visit) const override {
    ++reads;
    when_read();
    return inner_.read_all(from, max, visit);
  }
  store_result<uint32_t> version_of(const stream_name& stream) const override { return inner_.version_of(stream); }
  store_result<std::vector<stream_name>> streams_of(stream_kind kind) const override { return inner_.streams_of(kind); }
  store_result<std::vector<due_entry>> due(const due_entry& after, instant until, size_t max) const override {
    return inner_.due(after, until, max);
  }
  log_head head() const override { return inner_.head(); }
  store_result<uint64_t> fold(size_t max) override {
    auto left = inner_.fold(max);
    when_folded();
    return left;
  }
  uint64_t unfolded() const override { return inner_.unfolded(); }

private:
  memory_event_log inner_;
};

struct following {
  following() {
    config.set("scheduler.policy", caf::atom("testing"));
    system.emplace(config);
    ctx->log = &log;
    ctx->clock = &clock;
    ctx->balances_view = view.get();
    ctx->detached = false;
    ctx->say = [](severity, topic, std::string_view text) {
      FAIL_CHECK(std::string(text));
    };
    ctx->fatal = [](std::string_view why) {
      FAIL_CHECK(std::string(why));
    };
    balances = spawn_balances(*system, ctx);
    folder = spawn_folder(*system, ctx);
    asking = system->spawn([this](reply_sink::pointer) -> reply_sink::behavior_type {
      return {[this](const reply_batch& b) {
        answers += b.replies.size();
      }};
    });
  }
  ~following() {
    caf::anon_send_exit(balances, caf::exit_reason::kill);
    caf::anon_send_exit(folder, caf::exit_reason::kill);
    caf::anon_send_exit(asking, caf::exit_reason::kill);
    coordinator().run();
  }

  caf::scheduler::test_coordinator& coordinator() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system->scheduler());
  }
  /// As the journal does it.
  void commit() {
    log.grow();
    if (ctx->bells->balances.ring())
      caf::anon_send(caf::actor_cast<projection_sink>(balances), head_moved{log.head().position});
    if (ctx->bells->folder.ring())
      caf::anon_send(folder, head_moved{log.head().position});
  }
  void ask() {
    caf::anon_send(balances, balances_query{"", 0, log.head().position, {asking, ++asked}, nullptr});
    coordinator().run();
  }
  void pass(int64_t ms) {
    clock.advance_ns(ms * ns_per_ms);
    coordinator().advance_time(std::chrono::milliseconds(ms));
    coordinator().run();
  }
  uint64_t reached() { return ctx->meters->balances.position.value(); }

  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
  watched_log log;
  sim::simulated_clock clock;
  std::unique_ptr<view_store> view = make_memory_view_store();
  std::shared_ptr<context> ctx = std::make_shared<context>();
  balances_actor balances;
  folder_actor folder;
  reply_sink asking;
  uint64_t asked = 0;
  size_t answers = 0;
};

} // namespace

TEST_CASE("a commit that falls into a fold is followed, though nobody rings for it any more") {
  following f;
  f.commit();
  f.pass(0); // it is told
  f.log.when_read = [&f, done = false]() mutable {
    if (!std::exchange(done, true))
      f.commit();
  };
  f.pass(1'000);
  CHECK(f.reached() == 1);
  f.pass(1'000);
  CHECK(f.reached() == 2);
}

TEST_CASE("a commit that falls into a fold of the index is folded, though nobody rings for it any more") {
  following f;
  f.commit();
  f.pass(0);
  f.log.when_folded = [&f, done = false]() mutable {
    if (!std::exchange(done, true))
      f.commit();
  };
  f.pass(1'000);
  CHECK(f.log.unfolded() == 1);
  f.pass(1'000);
  CHECK(f.log.unfolded() == 0);
}

TEST_CASE("a view that was asked often folds once a second afterwards, as before") {
  following f;
  for (int i = 0; i < 10; ++i) {
    f.commit();
    f.pass(130);
    f.ask();
  }
  CHECK(f.answers == 10);
  f.log.reads = 0;
  for (int tenths = 0; tenths < 100; ++tenths) {
    f.commit();
    f.pass(100);
  }
  CHECK(f.log.reads >= 9);
  CHECK(f.log.reads <= 11);
  f.pass(1'000);
  CHECK(f.reached() == f.log.head().position);
}
