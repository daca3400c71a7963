#include "actors/entity.hpp"

#include "actors/activation.hpp"
#include "actors/fail_stop.hpp"
#include "schema/assert.hpp"
#include "schema/mutation.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace oncepay {

namespace {

struct entity_state {
  static constexpr const char* name = "entity";
  explicit entity_state(entity_actor::pointer owner) : self(owner) {}

  entity_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  std::optional<activation> current; ///< None before the first stream.

  void begin(take_up& with) {
    // The directory counts what it sent for the stream that leaves, and gives no entity away before it has said that it
    // is through with all of it.
    ONCEPAY_ASSERT(!current || (current->nothing_left() && (!current->appending || current->leaves_when_durable)));
    std::unique_ptr<entity_model> left;
    if (mutated(mutation::keep_last_state) && current && with.fresh && current->stream.kind() == with.stream.kind())
      left = std::move(current->model);
    current.emplace(self, ctx, sys, with.stream, with.activation);
    if (left)
      current->model = std::move(left);
    if (!with.fresh)
      current->rehydrate();
    current->receive(std::move(with.deliveries));
  }

  activation& here() {
    ONCEPAY_ASSERT(current.has_value());
    return *current;
  }

  /// What was sent on behalf of a stream that has left since is about nothing that is here.
  bool is_current(uint64_t number) const { return current && current->number == number; }
};

entity_actor::behavior_type entity(entity_actor::stateful_pointer<entity_state> self, context_ptr ctx, system_ptr sys) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  return {
      [self](take_up& t) { self->state.begin(t); },
      [self](delivery& d) { self->state.here().receive(std::move(d)); },
      [self](routed& r) { self->state.here().receive_route(std::move(r)); },
      [self](assessed& a) { self->state.here().receive_assessment(std::move(a)); },
      [self](const committed& c) {
        if (self->state.is_current(c.activation))
          self->state.here().receive_committed(c);
      },
      [self](const asked_overdue& o) {
        if (self->state.is_current(o.activation))
          self->state.here().look_at_asked();
      },
  };
}

} // namespace

entity_actor spawn_entity(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return system.spawn(entity, std::move(ctx), std::move(sys));
}

} // namespace oncepay
