#include "actors/entity.hpp"

#include "actors/entity_state.hpp"
#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace oncepay {

// --- rehydration ---

void entity_state::rehydrate() {
  auto read = ctx->log->read(stream, 1, [&](uint64_t position, bytes_view stored) {
    auto d = decode_decision(stored);
    if (!d) {
      damaged = true;
      ctx->say(severity::alarm, topic::unreadable_record,
               "decision " + std::to_string(position) + " of " + stream.display() + " can't be read (" + d.error() +
                   "); run `oncepay log verify`");
      return false;
    }
    for (const event& e : d->events)
      model->evolve(d->at, d->input, e);
    version = d->version;
    decided_at = d->at;
    remember_published(model->effects(d->events));
    return true;
  });
  if (!read) {
    damaged = true;
    ctx->say(severity::alarm, topic::unreadable_record, stream.display() + " can't be read: " + read.error().text);
  }
  self->send(sys->directory_of(stream), entity_ready{stream});
  if (damaged || ctx->restored)
    return;
  for (input& in : model->resume())
    queue.push_back({stream, ctx->clock->now(), std::move(in), {}, nullptr});
  drain();
}

// --- inputs ---

void entity_state::receive(delivery d) {
  said_quiet = false;
  if (appending && !told_when_durable)
    note_durable_version();
  if (!under_way()) {
    process(std::move(d));
    // Whatever came of it, the next may be waiting.
    drain();
  } else if (d.from.sink && d.admitted && queue.size() >= limits::entity_queue_max) {
    // Who came from outside. What a channel inside the house asks is bounded by its permits.
    ctx->meters->refusals.count(busy_reason::entity_queue);
    answer(d.from, refusal{errc::busy, std::string(sentence(errc::busy))});
  } else {
    queue.push_back(std::move(d));
    look_again_soon();
  }
  report_if_quiet();
}

void entity_state::note_durable_version() {
  auto durable = ctx->log->version_of(stream);
  if (!durable)
    ctx->fatal("the log can't be asked for " + stream.display() + ": " + durable.error().text);
  else if (*durable >= version)
    appending = false;
}

void entity_state::look_again_soon() {
  if (!appending || told_when_durable || looking_again)
    return;
  looking_again = true;
  self->delayed_send(self, std::chrono::milliseconds(limits::tick_ms), committed{});
}

void entity_state::look_again() {
  looking_again = false;
  if (appending && !told_when_durable)
    note_durable_version();
  if (!queue.empty())
    look_again_soon();
}

void entity_state::drain() {
  while (!queue.empty() && !under_way()) {
    delivery next = std::move(queue.front());
    queue.pop_front();
    process(std::move(next));
  }
}

void entity_state::process(delivery d) {
  if (damaged)
    return answer(d.from, refusal{errc::internal, "this order's record can't be read; operators were told"});
  if (auto* query = std::get_if<standing_query>(&d.content))
    return answer_standing(d.from, query->about, false);
  if (auto* proposed = std::get_if<proposal>(&d.content)) {
    if (auto question = model->inquire(proposed->what))
      return ask_router(std::move(*question), std::move(d));
    return consider(std::move(d));
  }
  if (std::holds_alternative<wake_up>(d.content)) {
    ask_account();
    auto in = model->overdue(d.at);
    if (!in)
      return ask_what_is_due();
    d.content = std::move(*in);
  }
  note_answered_submission(d);
  const input& in = std::get<input>(d.content);
  if (auto question = model->inquire(in))
    return ask_router(std::move(*question), std::move(d));
  decide(std::move(d), std::nullopt);
}

void entity_state::ask_router(route_question question, delivery d) {
  self->send(sys->router, route_request{std::move(question), d.at, caf::actor_cast<routed_sink>(self), {}});
  asking = std::move(d);
}

delivery entity_state::handed_on(next_turn next, delivery d) const {
  d.to = std::move(next.to);
  if (next.what) {
    d.at = ctx->clock->now();
    d.content = std::move(*next.what);
  }
  return d;
}

void entity_state::go_on(next_turn next, delivery d) {
  d = handed_on(std::move(next), std::move(d));
  const directory_actor& directory = sys->directory_of(d.to);
  self->send(directory, std::move(d));
}

void entity_state::ask_account() {
  if (ctx->restored)
    return;
  if (auto ask = model->account_request())
    go_on({std::move(ask->account), std::move(ask->what)}, {});
}

void entity_state::consider(delivery d) {
  input in = std::move(std::get<proposal>(d.content).what);
  auto verdict = model->decide(std::max(decided_at, d.at), in);
  if (!verdict)
    return answer(d.from, verdict.error());
  d.content = std::move(in);
  if (verdict->empty())
    return answer_from_state(std::move(d));
  stream_name claimed = model->claims(std::get<input>(d.content));
  go_on({std::move(claimed)}, std::move(d));
}

// --- what is asked of channels, and told to merchants ---

void entity_state::ask_what_is_due() {
  if (ctx->restored || under_way())
    return;
  const instant now = ctx->clock->now();
  asked.end_until(now);
  for (channel_request_effect& e : model->requests_due(now))
    if (asked.begin(e))
      self->send(sys->registry, channel_request{stream, std::move(e)});
  for (telling_effect& e : model->tellings_due(now))
    if (asked.begin(e))
      self->send(sys->notifier, telling_request{stream, std::move(e)});
  watch_asked(now);
}

void entity_state::watch_asked(instant now) {
  if (asked.empty() || watching_asked)
    return;
  watching_asked = true;
  self->delayed_send(self, std::chrono::milliseconds(asked.wait_ms(now)), tick{});
}

void entity_state::look_at_asked() {
  watching_asked = false;
  if (under_way())
    return watch_asked(ctx->clock->now());
  ask_what_is_due();
  report_if_quiet();
}

void entity_state::note_answered_submission(const delivery& d) {
  if (!submission_under_way || d.from.sink)
    return;
  if (auto* about = std::get_if<attempt_input>(&std::get<input>(d.content));
      about != nullptr && about->attempt_number == last_submitted)
    submission_under_way = false;
}

namespace {

void answer_question(input& in, const route_answer& answer) {
  if (auto* pay = std::get_if<pay_input>(&in))
    pay->route = answer;
  else if (auto* about = std::get_if<attempt_input>(&in))
    about->route = answer;
  else if (auto* out = std::get_if<pay_out_input>(&in))
    out->route = answer;
  else if (auto* told = std::get_if<account_answer_input>(&in))
    told->route = answer;
  else if (auto* said = std::get_if<confirm_input>(&in))
    said->route = answer;
}

} // namespace

void entity_state::receive_route(routed r) {
  if (!asking)
    return give_back(r);
  delivery d = std::move(*asking);
  asking.reset();
  if (auto* proposed = std::get_if<proposal>(&d.content)) {
    answer_question(proposed->what, r.answer);
    give_back(r);
    consider(std::move(d));
  } else {
    answer_question(std::get<input>(d.content), r.answer);
    if (may_be_risky(d, r)) {
      asking = std::move(d);
      routed_meanwhile = std::move(r);
      return;
    }
    decide(std::move(d), std::move(r));
  }
  drain();
  report_if_quiet();
}

/// Where rules are about such payments they are asked now: a payment that no channel would take opens nothing, and
/// isn't counted. Others cost a look at a pointer.
bool entity_state::may_be_risky(const delivery& d, const routed& r) {
  if (!ctx->risk || r.answer.chosen.empty())
    return false;
  auto question = model->ask_risk(std::get<input>(d.content));
  if (!question || !ctx->risk->concern(question->merchant, question->method))
    return false;
  self->send(sys->risk, risk_request{std::move(*question), std::max(decided_at, d.at), r.attempt,
                                     caf::actor_cast<assessed_sink>(self)});
  return true;
}

void entity_state::receive_assessment(assessed a) {
  if (!asking || !routed_meanwhile || routed_meanwhile->attempt != a.attempt)
    return;
  delivery d = std::move(*asking);
  asking.reset();
  routed r = std::move(*routed_meanwhile);
  routed_meanwhile.reset();
  std::get<pay_input>(std::get<input>(d.content)).risk = std::move(a.answer);
  decide(std::move(d), std::move(r));
  drain();
  report_if_quiet();
}

// --- passivation ---

bool entity_state::quiet() const {
  return !under_way() && queue.empty() && waiters.empty() && !submission_under_way && asked.empty() &&
         (ctx->restored || damaged || !model->awaits_answer());
}

void entity_state::report_if_quiet() {
  if (quiet() && !said_quiet) {
    said_quiet = true;
    self->send(sys->directory_of(stream), entity_quiet{stream});
  }
}

void entity_state::stop() {
  // Everything that was sent here before `stop_if_quiet` has been handled, and the directory parks what came after.
  bool stopping = quiet();
  self->send(sys->directory_of(stream), stop_answer{stream, stopping});
  if (stopping)
    self->quit();
  else
    said_quiet = false;
}

namespace {

entity_actor::behavior_type entity(entity_actor::stateful_pointer<entity_state> self, context_ptr ctx, system_ptr sys,
                                   const stream_name& stream, bool fresh) {
  auto& s = self->state;
  stop_process_on_exception(self, ctx);
  s.model = make_entity_model(stream, ctx->environment);
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.stream = stream;
  if (!fresh)
    s.rehydrate();
  return {
      [self](delivery& d) { self->state.receive(std::move(d)); },
      [self](routed& r) { self->state.receive_route(std::move(r)); },
      [self](assessed& a) { self->state.receive_assessment(std::move(a)); },
      [self](const committed& c) { self->state.receive_committed(c); },
      [self](tick) { self->state.look_at_asked(); },
      [self](stop_if_quiet) { self->state.stop(); },
  };
}

} // namespace

entity_actor spawn_entity(caf::actor_system& system, context_ptr ctx, system_ptr sys, const stream_name& stream,
                          bool fresh) {
  return system.spawn(entity, std::move(ctx), std::move(sys), stream, fresh);
}

} // namespace oncepay
