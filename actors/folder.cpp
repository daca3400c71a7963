#include "actors/fail_stop.hpp"
#include "actors/fold_interval.hpp"
#include "actors/journal.hpp"
#include "schema/limits.hpp"
#include "store/give_way.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>

namespace oncepay {

namespace {

struct folder_state {
  static constexpr const char* name = "folder";
  // Declared so that this is no aggregate: CAF offers a state its actor's pointer, and C++20 would take it for `due`.
  folder_state() = default;
  bool due = false;
  bool complained = false;
};

folder_actor::behavior_type folder(folder_actor::stateful_pointer<folder_state> self, context_ptr ctx) {
  stop_process_on_exception(self, ctx);
  if (ctx->detached)
    give_way();
  auto again = [self](std::chrono::milliseconds after) {
    self->state.due = true;
    self->delayed_send(self, after, fold_next{});
  };
  return {
      [self, ctx, again](const head_moved&) {
        if (!self->state.due)
          again(std::chrono::milliseconds(
              ctx->log->unfolded() >= limits::fold_decisions_max ? 0 : limits::fold_interval_ms));
      },
      [self, ctx, again](fold_next) {
        self->state.due = false;
        const instant began = ctx->clock->now();
        auto folded = [&] {
          // What lies there is the end, or, where it is the first fold, the bell's.
          unhurried_work work([&] {
            return self->mailbox().empty() ? leisure_at(ctx->log->unfolded(), 2 * limits::fold_decisions_max) : 0;
          });
          return ctx->log->fold(limits::fold_decisions_max);
        }();
        if (!folded) {
          // Not fatal: the log itself is whole and its tail is indexed in memory. Sessions answer `busy` once too much
          // lies there.
          if (!self->state.complained)
            ctx->say(severity::alarm, topic::index, "the index can't be folded: " + folded.error().text);
          self->state.complained = true;
          again(std::chrono::seconds(1));
          return;
        }
        self->state.complained = false;
        ctx->bells->folder.answer();
        const uint64_t left = ctx->log->unfolded();
        if (left >= limits::fold_decisions_max)
          again(std::chrono::milliseconds(0));
        else if (left > 0)
          again(std::chrono::milliseconds(left_of_fold_interval_ms(began, ctx->clock->now())));
      },
  };
}

} // namespace

folder_actor spawn_folder(caf::actor_system& system, context_ptr ctx) {
  return ctx->detached ? system.spawn<caf::detached>(folder, ctx) : system.spawn(folder, ctx);
}

} // namespace oncepay
