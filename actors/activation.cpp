#include "actors/activation.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace oncepay {

activation::activation(entity_actor::pointer owner, const context_ptr& context, const system_ptr& system,
                       const stream_name& name, uint64_t given_number)
    : self(owner), ctx(context), sys(system), stream(name), number(given_number),
      model(make_entity_model(name, context->environment)) {}

// --- rehydration ---

void activation::rehydrate() {
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

void activation::receive(std::vector<delivery> deliveries) {
  for (delivery& d : deliveries)
    take_in(std::move(d));
  report_if_quiet();
}

void activation::receive(delivery&& d) {
  take_in(std::move(d));
  report_if_quiet();
}

void activation::take_in(delivery&& d) {
  // Money of one order must never follow what another one is told.
  ONCEPAY_ASSERT(d.to == stream);
  ++received;
  said_quiet = false;
  leaves_when_durable = false;
  if (appending && !told_when_durable) {
    if (says_durable(d))
      appending = false;
    else
      note_durable_version();
  }
  if (!under_way() && queue.empty())
    return process(std::move(d));
  if (under_way() && d.from.sink && d.admitted && queue.size() >= limits::entity_queue_max) {
    // Who came from outside. What a channel inside the house asks is bounded by its permits.
    ctx->meters->refusals.count(busy_reason::entity_queue);
    return answer(d.from, refusal{errc::busy, std::string(sentence(errc::busy))});
  }
  // Behind who waits, also where the log says just now that nobody need wait any longer: an enquiry that overtook the
  // claim it is about would be told that there is none.
  queue.push_back(std::move(d));
  drain();
  if (!queue.empty())
    look_again_soon();
}

bool activation::says_durable(const delivery& d) const {
  if (!submission_under_way || d.from.sink)
    return false;
  auto* said = std::get_if<input>(&d.content);
  auto* about = said == nullptr ? nullptr : std::get_if<attempt_input>(said);
  return about != nullptr && about->attempt_number == last_submitted;
}

void activation::note_durable_version() {
  auto durable = ctx->log->version_of(stream);
  if (!durable)
    ctx->fatal("the log can't be asked for " + stream.display() + ": " + durable.error().text);
  else if (*durable >= version)
    appending = false;
}

void activation::look_again_soon() {
  if (!appending || told_when_durable || looking_again)
    return;
  looking_again = true;
  self->delayed_send(self, std::chrono::milliseconds(limits::tick_ms), committed{0, number});
}

void activation::look_again() {
  looking_again = false;
  if (appending && !told_when_durable)
    note_durable_version();
  if (!queue.empty())
    look_again_soon();
}

void activation::drain() {
  while (!queue.empty() && !under_way()) {
    delivery next = std::move(queue.front());
    queue.pop_front();
    process(std::move(next));
  }
}

void activation::process(delivery&& d) {
  if (damaged)
    return answer(d.from, refusal{errc::internal, "this order's record can't be read; operators were told"});
  if (auto* asked_how = std::get_if<standing_query>(&d.content))
    return answer_standing(d.from, asked_how->about, false);
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
  note_answered_account(d);
  const input& in = std::get<input>(d.content);
  if (auto question = model->inquire(in))
    return ask_router(std::move(*question), std::move(d));
  decide(std::move(d), std::nullopt);
}

void activation::ask_router(route_question question, delivery&& d) {
  asked_about = question.attempt;
  self->send(sys->router, route_request{std::move(question), d.at, caf::actor_cast<routed_sink>(self), {}});
  asking = std::move(d);
}

delivery activation::handed_on(next_turn next, delivery&& d) const {
  d.to = std::move(next.to);
  if (next.what) {
    d.at = ctx->clock->now();
    d.content = std::move(*next.what);
  }
  return std::move(d);
}

void activation::go_on(next_turn next, delivery&& d) {
  delivery on = handed_on(std::move(next), std::move(d));
  const directory_actor& directory = sys->directory_of(on.to);
  self->send(directory, std::move(on));
}

void activation::ask_account() {
  if (ctx->restored || account_asked)
    return;
  if (auto ask = model->account_request()) {
    account_asked = true;
    go_on({std::move(ask->account), std::move(ask->what)}, {});
  }
}

void activation::consider(delivery&& d) {
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

void activation::ask_what_is_due() {
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
  if (auto lines = model->to_hand_out())
    self->send(sys->batches, hand_out_request{stream, std::move(*lines)});
  watch_asked(now);
}

void activation::watch_asked(instant now) {
  if (asked.empty())
    return;
  int64_t wait_ms = asked.wait_ms(now);
  // The directory wakes it once for its earliest date, which what is under way was about.
  if (const instant next = model->due_after(now))
    wait_ms = std::min(wait_ms, (next.ns - now.ns) / ns_per_ms + 1);
  const instant until = plus_ms(now, wait_ms);
  // A later one that is on its way finds nothing to do.
  if (watching_until && watching_until <= until)
    return;
  watching_until = until;
  self->delayed_send(self, std::chrono::milliseconds(wait_ms), asked_overdue{number});
}

void activation::look_at_asked() {
  watching_until = {};
  // Nobody owes it anything any more. What becomes due later the directory wakes it for; who is quiet does nothing.
  if (asked.empty())
    return;
  // A date of its own may have passed while others owed it an answer.
  const instant now = ctx->clock->now();
  if (!under_way())
    asked.end_until(now);
  look_at_what_is_due();
  watch_asked(now);
  report_if_quiet();
}

void activation::note_answered_submission(const delivery& d) {
  if (says_durable(d))
    submission_under_way = false;
}

void activation::note_answered_account(const delivery& d) {
  if (std::holds_alternative<account_answer_input>(std::get<input>(d.content)))
    account_asked = false;
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

void activation::receive_route(routed&& r) {
  if (!asking || r.attempt != asked_about)
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
bool activation::may_be_risky(const delivery& d, const routed& r) {
  if (!ctx->risk || r.answer.chosen.empty())
    return false;
  auto question = model->ask_risk(std::get<input>(d.content));
  if (!question || !ctx->risk->concern(question->merchant, question->method))
    return false;
  self->send(sys->risk, risk_request{std::move(*question), std::max(decided_at, d.at), r.attempt,
                                     caf::actor_cast<assessed_sink>(self)});
  return true;
}

void activation::receive_assessment(assessed a) {
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

bool activation::nothing_left() const {
  return !asking && queue.empty() && waiters.empty() && !submission_under_way && asked.empty() &&
         (ctx->restored || damaged || !model->awaits_answer());
}

bool activation::quiet() const {
  return nothing_left() && !appending;
}

void activation::report_if_quiet() {
  if (quiet() && !said_quiet) {
    said_quiet = true;
    self->send(sys->directory_of(stream), entities_quiet{{{stream, number, received}}});
  }
}

} // namespace oncepay
