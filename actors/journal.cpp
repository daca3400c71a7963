#include "actors/journal.hpp"

#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <iterator>

namespace oncepay {

namespace {

struct journal_state {
  static constexpr const char* name = "journal";
  journal_state() = default; // no aggregate, see folder_state
  std::vector<append_request> gathered;
  bool committing = false;
  bool flush_sent = false;
};

journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self, context_ptr ctx,
                                     system_ptr sys) {
  stop_process_on_exception(self, ctx);
  auto hand_over = [self, ctx, sys] {
    auto& s = self->state;
    if (s.committing || s.gathered.empty())
      return;
    s.committing = true;
    commit_batch batch;
    if (s.gathered.size() <= limits::batch_decisions_max) {
      batch.requests.swap(s.gathered);
    } else {
      auto end = s.gathered.begin() + limits::batch_decisions_max;
      batch.requests.assign(std::make_move_iterator(s.gathered.begin()), std::make_move_iterator(end));
      s.gathered.erase(s.gathered.begin(), end);
    }
    ctx->meters->journal.waiting.set(s.gathered.size());
    self->send(sys->committer, std::move(batch));
  };
  return {
      [self, ctx](append_request& request) {
        auto& s = self->state;
        s.gathered.push_back(std::move(request));
        ctx->meters->journal.waiting.set(s.gathered.size());
        // The flush takes its place behind the appends that are queued already: they are the batch. No timer.
        if (!s.committing && !s.flush_sent) {
          s.flush_sent = true;
          self->send(self, flush{});
        }
      },
      [self, hand_over](flush) {
        self->state.flush_sent = false;
        hand_over();
      },
      [self, hand_over](commit_done) {
        self->state.committing = false;
        hand_over();
      },
  };
}

} // namespace

journal_actor spawn_journal(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return system.spawn(journal, std::move(ctx), std::move(sys));
}

} // namespace oncepay
