#include "actors/journal.hpp"

#include "actors/continuations.hpp"
#include "actors/fail_stop.hpp"
#include "actors/uptime.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace oncepay {

namespace {

struct journal_state {
  static constexpr const char* name = "journal";
  explicit journal_state(journal_actor::pointer owner) : self(owner) {}

  journal_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  std::vector<append_request> gathered;
  std::vector<append_request> under_way; ///< Those of the commit at hand.
  std::vector<append_entry> entries;     ///< Its decisions. Both are kept for their room alone.
  continuations next;
  bool commits_next = false; ///< `commit_next` is on its way, or a commit is.
  /// Few of those whom a directory may keep; one by one where it keeps few.
  size_t quiet_at_once = 1;

  void gather(append_request& request) {
    gathered.push_back(std::move(request));
    // Takes its place behind the appends that are queued already: they are the batch. No timer.
    if (!commits_next)
      go_on();
  }

  void go_on() {
    commits_next = !gathered.empty();
    if (commits_next)
      self->send(self, commit_next{});
  }

  void begin_commit() {
    if (gathered.size() <= limits::batch_decisions_max) {
      under_way.swap(gathered);
    } else {
      const auto end = gathered.begin() + limits::batch_decisions_max;
      under_way.assign(std::make_move_iterator(gathered.begin()), std::make_move_iterator(end));
      gathered.erase(gathered.begin(), end);
    }
    if (ctx->commit_takes_us)
      self->delayed_send(self, std::chrono::microseconds(ctx->commit_takes_us()), commit_over{});
    else
      commit();
  }

  void commit() {
    std::vector<append_request>& batch = under_way;
    uint64_t orders = 0;
    for (append_request& request : batch) {
      orders += request.entry.version == 1 && request.entry.stream.kind() == stream_kind::order ? 1 : 0;
      entries.push_back(std::move(request.entry));
    }
    auto& meters = ctx->meters->journal;
    const int64_t began_ns = uptime_ns(self);
    meters.committing_since_ns.set(static_cast<uint64_t>(began_ns));
    auto head = ctx->log->append(entries);
    if (!head) {
      // Nothing of the batch may have any effect, and nobody may believe that it has: stop, and let a restart find out.
      ctx->fatal("a durable commit failed (" + std::string(oncepay::name(head.error().code)) +
                 "): " + head.error().text);
      batch.clear();
      return;
    }
    meters.committing_since_ns.set(0);
    meters.commit_us.add((uptime_ns(self) - began_ns) / ns_per_us);
    meters.decisions.add(static_cast<int64_t>(entries.size()));
    meters.orders.add(orders);
    uint64_t position = head->position - entries.size();
    for (size_t i = 0; i < batch.size(); ++i)
      next.add(batch[i], ++position, std::move(entries[i].stream), *sys);
    next.send(self, *sys, quiet_at_once);
    batch.clear(); // with it tickets come back
    entries.clear();
    ring({head->position});
    go_on();
  }

  void ring(const head_moved& moved) {
    if (ctx->bells->folder.ring())
      self->send(sys->folder, moved);
    if (ctx->bells->balances.ring())
      self->send(caf::actor_cast<projection_sink>(sys->balances), moved);
    if (ctx->bells->trajectory.ring())
      self->send(caf::actor_cast<projection_sink>(sys->trajectory), moved);
  }
};

journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self, context_ptr ctx,
                                     system_ptr sys) {
  stop_process_on_exception(self, ctx);
  self->state.quiet_at_once = std::clamp<size_t>(ctx->quiet_entities_max / 64, 1, 64);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  return {
      [self](append_request& request) { self->state.gather(request); },
      [self](commit_next) { self->state.begin_commit(); },
      [self](commit_over) { self->state.commit(); },
  };
}

} // namespace

journal_actor spawn_journal(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return ctx->detached ? system.spawn<caf::detached>(journal, ctx, std::move(sys))
                       : system.spawn(journal, ctx, std::move(sys));
}

} // namespace oncepay
