#include "actors/entity.hpp"

#include "actors/asked_requests.hpp"
#include "actors/entity_model.hpp"
#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/mutation.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>

namespace oncepay {

namespace {

struct entity_state {
  static constexpr const char* name = "entity";
  explicit entity_state(entity_actor::pointer owner) : self(owner) {}

  /// A client waiting for the order's fate. Memory of the shell: lost with it, and a retry is answered from the state.
  struct waiter {
    asker from;
    ticket_ptr admitted;
    bool duplicate = false;
  };

  entity_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  stream_name stream;
  std::unique_ptr<entity_model> model;
  uint32_t version = 0;
  instant decided_at; ///< Of the last decision.
  bool damaged = false;

  std::deque<delivery> queue;     ///< Behind what is under way.
  std::optional<delivery> asking; ///< Its route question is out.
  bool appending = false;         ///< A decision isn't known to be durable yet.
  bool looking_again = false;     ///< Will ask the log whether it is.
  bool told_when_durable = false; ///< The journal will say so; else an answer to the submission implies it.
  bool submission_under_way = false;
  uint32_t last_submitted = 0; ///< Attempt number.
  std::optional<decltype(publication::what)>
      published; ///< Terms last sent on their way; none: not that kind of entity.
  asked_requests asked;
  bool watching_asked = false; ///< A tick is on its way.
  bool said_quiet = false;
  std::vector<waiter> waiters;

  // --- rehydration ---

  void rehydrate() {
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
    if (auto in = model->resume())
      decide({stream, ctx->clock->now(), std::move(*in), {}, nullptr}, std::nullopt);
  }

  // --- inputs ---

  void receive(delivery d) {
    said_quiet = false;
    if (appending && !told_when_durable)
      note_durable_version();
    if (!under_way()) {
      process(std::move(d));
      // Whatever came of it, the next may be waiting.
      drain();
    } else if (d.from.sink && queue.size() >= limits::entity_queue_max) {
      ctx->meters->refusals.count(busy_reason::entity_queue);
      answer(d.from, refusal{errc::busy, std::string(sentence(errc::busy))});
    } else {
      queue.push_back(std::move(d));
      look_again_soon();
    }
    report_if_quiet();
  }

  bool under_way() const { return asking.has_value() || appending; }

  /// The log itself says whether the last decision is durable: one look-up where a message a payment would cost more.
  void note_durable_version() {
    auto durable = ctx->log->version_of(stream);
    if (!durable)
      ctx->fatal("the log can't be asked for " + stream.display() + ": " + durable.error().text);
    else if (*durable >= version)
      appending = false;
  }

  /// Nobody tells an order when its submission is durable, because the port's answer says so. Who came meanwhile must
  /// not wait for the bank.
  void look_again_soon() {
    if (!appending || told_when_durable || looking_again)
      return;
    looking_again = true;
    self->delayed_send(self, std::chrono::milliseconds(limits::tick_ms), committed{});
  }

  void look_again() {
    looking_again = false;
    if (appending && !told_when_durable)
      note_durable_version();
    if (!queue.empty())
      look_again_soon();
  }

  void drain() {
    while (!queue.empty() && !under_way()) {
      delivery next = std::move(queue.front());
      queue.pop_front();
      process(std::move(next));
    }
  }

  void process(delivery d) {
    if (damaged)
      return answer(d.from, refusal{errc::internal, "this order's record can't be read; operators were told"});
    if (std::holds_alternative<standing_query>(d.content))
      return answer_standing(d.from, false);
    if (std::holds_alternative<wake_up>(d.content)) {
      auto in = model->overdue(d.at);
      if (!in)
        return ask_what_is_due();
      d.content = std::move(*in);
    }
    note_answered_submission(d);
    const input& in = std::get<input>(d.content);
    if (auto question = model->inquire(in)) {
      self->send(sys->router, route_request{std::move(*question), d.at, caf::actor_cast<routed_sink>(self), {}});
      asking = std::move(d);
      return;
    }
    decide(std::move(d), std::nullopt);
  }

  // --- what is asked of channels ---

  void ask_what_is_due() {
    if (ctx->restored || under_way())
      return;
    const instant now = ctx->clock->now();
    asked.end_until(now);
    for (channel_request_effect& e : model->requests_due(now))
      if (asked.begin(e))
        self->send(sys->registry, channel_request{stream, std::move(e)});
    watch_asked(now);
  }

  void watch_asked(instant now) {
    if (asked.empty() || watching_asked)
      return;
    watching_asked = true;
    self->delayed_send(self, std::chrono::milliseconds(asked.wait_ms(now)), tick{});
  }

  void look_at_asked() {
    watching_asked = false;
    if (under_way())
      return watch_asked(ctx->clock->now());
    ask_what_is_due();
    report_if_quiet();
  }

  /// Whatever is said about an attempt ends the wait for its port, but not before it was submitted.
  void note_answered_submission(const delivery& d) {
    if (!submission_under_way || d.from.sink)
      return;
    if (auto* about = std::get_if<attempt_input>(&std::get<input>(d.content));
        about != nullptr && about->attempt_number == last_submitted)
      submission_under_way = false;
  }

  void receive_route(routed r) {
    if (!asking)
      return give_back(r);
    delivery d = std::move(*asking);
    asking.reset();
    input& in = std::get<input>(d.content);
    if (auto* pay = std::get_if<pay_input>(&in))
      pay->route = r.answer;
    else if (auto* about = std::get_if<attempt_input>(&in))
      about->route = r.answer;
    decide(std::move(d), std::move(r));
    drain();
    report_if_quiet();
  }

  // --- the decision ---

  void decide(delivery d, std::optional<routed> route) {
    // Two inputs were stamped at different doors and may come in the other order, or by a process whose clock was set
    // back; a stream never goes back in time. Before the decision, which computes deadlines from it.
    d.at = std::max(decided_at, d.at);
    const input& in = std::get<input>(d.content);
    auto verdict = model->decide(d.at, in);
    if (!verdict) {
      if (route)
        give_back(*route);
      if (verdict.error().code == errc::internal)
        ctx->say(severity::alarm, topic::broken_rule,
                 stream.display() + ": " + verdict.error().text + " (input " + std::string(name_of(in)) + " refused)");
      return answer(d.from, verdict.error());
    }
    if (verdict->empty()) {
      if (route)
        give_back(*route);
      return answer_from_state(std::move(d));
    }
    append(std::move(d), std::move(*verdict), std::move(route));
  }

  void append(delivery d, std::vector<event> events, std::optional<routed> route) {
    decided_at = d.at;
    oncepay::decision made{
        d.at, stream, version + 1, model->due(), {}, std::move(std::get<input>(d.content)), std::move(events)};
    for (const event& e : made.events)
      model->evolve(made.at, made.input, e);
    made.due = model->due();
    if (!asked.empty())
      asked.keep_only(model->requests_due(made.at));
    version = made.version;

    append_request request;
    request.entry = {stream, made.version, made.at, made.due_before, made.due, encode(made)};
    plan_effects(request, made.events, d, std::move(route));
    plan_answers(request, std::move(d));
    if (mutated(mutation::submit_before_commit) && request.submit) {
      self->send(request.port, submission_batch{{std::move(*request.submit)}});
      request.submit.reset();
    }
    told_when_durable = !request.submit;
    if (told_when_durable)
      request.tell = caf::actor_cast<committed_sink>(self);
    appending = true;
    self->send(sys->journal, std::move(request));
    if (!queue.empty())
      look_again_soon();
  }

  void plan_effects(append_request& request, const std::vector<event>& events, const delivery& d,
                    std::optional<routed> route) {
    for (effect& e : model->effects(events)) {
      if (auto* submit = std::get_if<submit_effect>(&e)) {
        request.port = route->port;
        last_submitted = submit->attempt_number;
        submission_under_way = true;
        request.submit = submission{stream, std::move(*submit)};
      } else if (auto* merchant = std::get_if<publish_merchant_effect>(&e)) {
        publish(request, std::move(*merchant), d.from);
      } else if (auto* channel = std::get_if<publish_channel_effect>(&e)) {
        publish(request, std::move(*channel), d.from);
      } else if (auto* asks = std::get_if<channel_request_effect>(&e)) {
        request.requests.push_back({stream, std::move(*asks)});
      } else if (auto* alarm = std::get_if<alarm_effect>(&e)) {
        ctx->say(severity::alarm, topic::order, alarm->text);
      }
    }
    if (route && !request.submit)
      give_back(*route);
  }

  template <class Terms>
  void publish(append_request& request, Terms terms, const asker& then_answer) {
    published = terms;
    request.publish = publication{0, std::move(terms), then_answer, model->answer()};
  }

  /// What the stream's decisions have published so far is what a duplicate publishes again.
  void remember_published(std::vector<effect> effects) {
    for (effect& e : effects) {
      if (auto* merchant = std::get_if<publish_merchant_effect>(&e))
        published = std::move(*merchant);
      else if (auto* channel = std::get_if<publish_channel_effect>(&e))
        published = std::move(*channel);
    }
  }

  void plan_answers(append_request& request, delivery d) {
    // Published terms are answered at the end of their way, not here.
    if (d.from.sink && !request.publish)
      waiters.push_back({d.from, std::move(d.admitted), false});
    else if (d.admitted)
      request.admitted.push_back(std::move(d.admitted));
    if (!model->answerable())
      return;
    for (waiter& w : waiters) {
      reply r = model->answer();
      r.request_id = w.from.request_id;
      r.duplicate = w.duplicate;
      if (mutated(mutation::reply_before_commit)) {
        r.position = ctx->log->head().position + 1;
        send_reply(w.from, std::move(r));
      } else {
        request.replies.push_back({w.from, std::move(r)});
      }
      request.admitted.push_back(std::move(w.admitted));
    }
    waiters.clear();
  }

  void receive_committed(const committed& c) {
    if (c.position != 0)
      appending = false;
    else
      look_again();
    drain();
    // A commit may take longer than the time it was to be looked at again.
    if (c.position != 0 && model->due())
      ask_what_is_due();
    report_if_quiet();
  }

  // --- answers ---

  void answer_from_state(delivery d) {
    if (!d.from.sink)
      return;
    if (published)
      return answer_behind_publication(d.from);
    if (model->answerable())
      return answer_standing(d.from, true);
    if (mutated(mutation::lose_waiter))
      return;
    if (waiters.size() >= limits::waiters_max) {
      ctx->meters->refusals.count(busy_reason::waiters);
      return answer(d.from, refusal{errc::busy, "too many duplicates of this order wait for its outcome"});
    }
    waiters.push_back({d.from, std::move(d.admitted), true});
  }

  /// The terms may still be on their way to those who must know them; the second to say "off" may rely on the answer
  /// as much as the first. So the answer takes the same way, behind them.
  void answer_behind_publication(const asker& to) {
    self->send(sys->registry, publication{0, *published, to, standing(true)});
  }

  void answer_standing(const asker& to, bool duplicate) {
    reply r = standing(duplicate);
    r.request_id = to.request_id;
    send_reply(to, std::move(r));
  }

  reply standing(bool duplicate) const {
    reply r = model->answer();
    r.duplicate = duplicate;
    r.position = ctx->log->head().position;
    return r;
  }

  void answer(const asker& to, const refusal& why) {
    reply r;
    r.request_id = to.request_id;
    r.code = why.code;
    r.text = why.text;
    send_reply(to, std::move(r));
  }

  void send_reply(const asker& to, reply r) {
    if (to.sink)
      self->send(to.sink, reply_batch{{std::move(r)}});
  }

  void give_back(const routed& r) {
    if (r.permits && !r.answer.chosen.empty())
      self->send(r.permits, permit_return_batch{{{r.attempt, std::nullopt, false}}});
  }

  // --- passivation ---

  bool quiet() const {
    return !under_way() && queue.empty() && waiters.empty() && !submission_under_way && asked.empty();
  }

  void report_if_quiet() {
    if (quiet() && !said_quiet) {
      said_quiet = true;
      self->send(sys->directory_of(stream), entity_quiet{stream});
    }
  }

  void stop() {
    // Everything that was sent here before `stop_if_quiet` has been handled, and the directory parks what came after.
    bool stopping = quiet();
    self->send(sys->directory_of(stream), stop_answer{stream, stopping});
    if (stopping)
      self->quit();
    else
      said_quiet = false;
  }
};

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
