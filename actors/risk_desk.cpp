#include "actors/risk_desk.hpp"

#include "actors/fail_stop.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace oncepay {

namespace {

struct risk_desk_state {
  static constexpr const char* name = "risk_desk";
  explicit risk_desk_state(risk_actor::pointer owner) : self(owner) {}

  risk_actor::pointer self;
  context_ptr ctx;
  risk::counts counted;

  void answer(const risk_request& r) {
    self->send(r.entity, assessed{r.attempt, risk::assess(*ctx->risk, counted, r.at, r.question)});
  }
};

risk_actor::behavior_type risk_desk(risk_actor::stateful_pointer<risk_desk_state> self, context_ptr ctx) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.counted = risk::counts(*self->state.ctx->risk);
  return {
      [self](risk_begin& b) { self->state.counted = std::move(b.counted); },
      [self](const risk_request& r) { self->state.answer(r); },
  };
}

} // namespace

risk_actor spawn_risk_desk(caf::actor_system& system, context_ptr ctx) {
  return system.spawn(risk_desk, std::move(ctx));
}

} // namespace oncepay
