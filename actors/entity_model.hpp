// The one interface between the generic shell and the domain modules. A new kind of entity is a new module and a new
// model here; the shell doesn't change.
#pragma once

#include "actors/domain/awaited.hpp"
#include "actors/domain/effect.hpp"
#include "actors/domain/next_turn.hpp"
#include "actors/domain/refusal.hpp"
#include "actors/domain/risk.hpp"
#include "actors/domain/routing.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace oncepay {

class entity_model {
public:
  virtual ~entity_model() = default;

  /// What must be known before `decide` can be asked.
  virtual std::optional<route_question> inquire(const input&) const = 0;
  /// What risk rules are to be asked besides, once a channel was chosen.
  virtual std::optional<risk::question> ask_risk(const input&) const = 0;
  virtual verdict_on_input decide(instant at, const input&) const = 0;
  virtual void evolve(instant at, const input&, const event&) = 0;
  virtual std::vector<effect> effects(const std::vector<event>&) const = 0;

  /// What it has to tell itself after a rehydration, in this order, and when its due time has passed.
  virtual std::vector<input> resume() const = 0;
  virtual std::optional<input> overdue(instant now) const = 0;
  virtual instant due() const = 0;
  /// The earliest of its dates that is still to come; {}: none. `due` may be one that has passed.
  virtual instant due_after(instant now) const = 0;
  /// What channels are to be asked by now; may be under way already.
  virtual std::vector<channel_request_effect> requests_due(instant now) const = 0;
  /// And what merchants are to be told.
  virtual std::vector<telling_effect> tellings_due(instant now) const = 0;

  /// The stream whose name this input claims before it may be decided here; only of inputs that were proposed.
  virtual stream_name claims(const input&) const = 0;
  /// Whose turn it is once what was decided upon this input is durable; none: it ends here.
  virtual std::optional<next_turn> goes_on_to(const input&) const = 0;
  /// Whose turn it is with what was refused here; none: whoever sent it is told.
  virtual std::optional<next_turn> refused_to(const input&, const refusal&) const = 0;
  /// What an account is to be told again after a restart; none: nothing is owed.
  virtual std::optional<ask_account_effect> account_request() const = 0;
  /// When that is to be told once more without a restart; {}: never.
  virtual instant account_due() const = 0;
  /// What is to be handed to its orders by now; may be under way already.
  virtual std::optional<hand_out_effect> to_hand_out() const = 0;
  /// True while a port owes an answer about something beside a payment, or an account one: it isn't to be forgotten
  /// meanwhile.
  virtual bool awaits_answer() const = 0;

  /// May a client that waits for this be answered from the state as it is?
  virtual bool answerable(const awaited&) const = 0;
  /// The answer: code, sentence and view.
  virtual reply answer(const awaited&) const = 0;
};

/// The model of a stream that has no decisions yet.
std::unique_ptr<entity_model> make_entity_model(const stream_name&, std::string_view environment);

} // namespace oncepay
