#include "actors/directory.hpp"

#include "actors/entity.hpp"
#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <limits>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace oncepay {

namespace {

struct directory_state {
  static constexpr const char* name = "directory";
  explicit directory_state(directory_actor::pointer owner) : self(owner) {}

  struct entry {
    entity_actor entity;                                 ///< Null while it waits for its turn to be recovered.
    uint64_t activation = 0;                             ///< Of `entity`, for this stream.
    uint64_t sent = 0;                                   ///< Deliveries, in this activation.
    std::vector<delivery> parked;                        ///< Until it is recovered.
    std::list<const stream_name*>::iterator quiet_place; ///< Valid while `quiet`.
    bool quiet = false;
  };

  directory_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  size_t index = 0;
  std::unordered_map<stream_name, entry> entries; ///< Iterated only to end them all.
  std::list<const stream_name*> quiet_ones;       ///< Keys of `entries`; longest quiet first.
  uint64_t activations = 0;
  std::deque<stream_name> awaiting_recovery;
  size_t recoveries = 0;
  due_entry woken_until; ///< Everything up to here was woken.
  bool sweeping = true;  ///< Still going through what the log held open at start.
  instant sweep_began;

  meters::directory_meters& meter() { return ctx->meters->directories[index]; }

  // --- delivering ---

  void deliver(delivery d) {
    auto [it, created] = entries.try_emplace(d.to);
    entry& e = it->second;
    mark_busy(e);
    if (e.entity) {
      ++e.sent;
      self->send(e.entity, std::move(d));
      return;
    }
    e.parked.push_back(std::move(d));
    if (created)
      open(it->first, e);
  }

  void open(const stream_name& stream, entry& e) {
    auto version = ctx->log->version_of(stream);
    if (!version) {
      ctx->fatal("the log can't be asked for " + stream.display() + ": " + version.error().text);
      return;
    }
    if (*version == 0)
      return activate(stream, e, true);
    if (recoveries >= limits::recoveries_max) {
      awaiting_recovery.push_back(stream);
      meter().awaiting_recovery.set(awaiting_recovery.size());
      return;
    }
    meter().recoveries.set(++recoveries);
    activate(stream, e, false);
  }

  void activate(const stream_name& stream, entry& e, bool fresh) {
    // To end an entity and make another costs more than to give it the next stream. The other half of the room is for
    // those who are quiet between two commits: who is busy changes with each.
    e.entity =
        quiet_ones.size() > ctx->quiet_entities_max / 2 ? take_longest_quiet() : spawn_entity(self->system(), ctx, sys);
    e.activation = ++activations;
    e.sent = e.parked.size();
    self->send(e.entity, take_up{stream, e.activation, fresh, std::exchange(e.parked, {})});
    meter().entities.set(entries.size());
  }

  void recovered() {
    --recoveries;
    while (!awaiting_recovery.empty() && recoveries < limits::recoveries_max) {
      stream_name next = std::move(awaiting_recovery.front());
      awaiting_recovery.pop_front();
      ++recoveries;
      activate(next, entries.at(next), false);
    }
    meter().recoveries.set(recoveries);
    meter().awaiting_recovery.set(awaiting_recovery.size());
  }

  // --- passivation ---

  void mark_busy(entry& e) {
    if (e.quiet)
      quiet_ones.erase(e.quiet_place);
    e.quiet = false;
  }

  void mark_quiet(const entity_quiet& said) {
    auto it = entries.find(said.stream);
    // Something may be on its way to it, or it may have left before this came: then it hasn't spoken for all it was
    // sent. Who has is quiet until the next delivery, which passes here.
    if (it == entries.end() || it->second.activation != said.activation || it->second.sent != said.received ||
        it->second.quiet)
      return;
    quiet_ones.push_back(&it->first);
    it->second.quiet_place = std::prev(quiet_ones.end());
    it->second.quiet = true;
    if (quiet_ones.size() > ctx->quiet_entities_max) {
      self->send_exit(take_longest_quiet(), caf::exit_reason::user_shutdown);
      meter().entities.set(entries.size());
    }
  }

  /// Its stream leaves it, and is read from the log when somebody wants something of it again.
  entity_actor take_longest_quiet() {
    auto it = entries.find(*quiet_ones.front());
    quiet_ones.pop_front();
    entity_actor free = std::move(it->second.entity);
    entries.erase(it);
    return free;
  }

  // --- waking what is due ---

  void wake_due() {
    if (ctx->restored)
      return;
    const instant now = ctx->clock->now();
    if (!sweep_began)
      sweep_began = now;
    // Who was woken and waits to be read from the log isn't to be joined by all others.
    if (awaiting_recovery.size() >= limits::wakes_per_tick_max)
      return look_again(limits::wake_on_ms);
    // At start every open order is looked at, whenever it is due: the process that submitted its attempt is gone.
    const instant until = sweeping ? instant{std::numeric_limits<int64_t>::max()} : now;
    auto page = ctx->log->due(woken_until, until, limits::wakes_per_tick_max);
    if (!page) {
      ctx->fatal("the log can't be asked for what is due: " + page.error().text);
      return;
    }
    for (due_entry& e : *page) {
      woken_until = e;
      if (index_of_directory(e.stream) == index && !mutated(mutation::skip_due))
        deliver({std::move(e.stream), now, wake_up{}, {}, nullptr});
    }
    const bool is_all = page->size() < limits::wakes_per_tick_max;
    if (is_all) {
      // Nothing left up to `until`. What becomes due from the sweep's beginning on is woken when its time comes: an
      // order that was looked at then may have become due since.
      if (sweeping)
        woken_until = {sweep_began, {}};
      sweeping = false;
    }
    look_again(is_all ? limits::wake_look_ms : limits::wake_on_ms);
  }

  void look_again(int64_t after_ms) { self->delayed_send(self, std::chrono::milliseconds(after_ms), tick{}); }
};

directory_actor::behavior_type directory(directory_actor::stateful_pointer<directory_state> self, context_ptr ctx,
                                         system_ptr sys, size_t index) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  self->state.index = index;
  self->set_exit_handler([self](const caf::exit_msg& e) {
    for (auto& [stream, entry] : self->state.entries)
      if (entry.entity)
        self->send_exit(entry.entity, e.reason);
    self->quit(e.reason);
  });
  return {
      [self](delivery& d) { self->state.deliver(std::move(d)); },
      [self](delivery_batch& batch) {
        for (delivery& d : batch.deliveries)
          self->state.deliver(std::move(d));
      },
      [self](const entity_ready&) { self->state.recovered(); },
      [self](const entities_quiet& q) {
        for (const entity_quiet& said : q.entities)
          self->state.mark_quiet(said);
      },
      [self](tick) { self->state.wake_due(); },
  };
}

} // namespace

size_t index_of_directory(const stream_name& stream) {
  return name_hash(stream.bytes()) % limits::directories;
}

const directory_actor& system_actors::directory_of(const stream_name& stream) const {
  return directories[index_of_directory(stream)];
}

directory_actor spawn_directory(caf::actor_system& system, context_ptr ctx, system_ptr sys, size_t index) {
  return system.spawn(directory, std::move(ctx), std::move(sys), index);
}

} // namespace oncepay
