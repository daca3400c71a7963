// What an entity decides, what follows from it, and what its askers are told.
#include "actors/activation.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace oncepay {

// --- the decision ---

void activation::decide(delivery&& d, std::optional<routed> route) {
  // Two inputs were stamped at different doors and may come in the other order, or by a process whose clock was set
  // back; a stream never goes back in time. Before the decision, which computes deadlines from it.
  d.at = std::max(decided_at, d.at);
  const input& in = std::get<input>(d.content);
  auto verdict = model->decide(d.at, in);
  if (!verdict) {
    if (route)
      give_back(*route);
    if (verdict.error().for_a_person)
      ctx->say(severity::alarm, topic::order, stream.display() + ": " + verdict.error().text);
    if (auto next = model->refused_to(in, verdict.error()))
      return go_on(std::move(*next), std::move(d));
    if (verdict.error().code == errc::internal)
      ctx->say(severity::alarm, topic::broken_rule,
               stream.display() + ": " + verdict.error().text + " (input " + std::string(name_of(in)) + " refused)");
    return answer(d.from, verdict.error());
  }
  if (verdict->empty()) {
    if (route)
      give_back(*route);
    count_notice(in, {});
    return answer_from_state(std::move(d));
  }
  count_notice(in, *verdict);
  if (std::holds_alternative<telling_input>(in) && std::holds_alternative<telling_given_up>(verdict->back()))
    ctx->meters->tellings.given_up.add();
  for (const event& e : *verdict)
    if (auto* checked = std::get_if<attempt_checked>(&e))
      ctx->meters->checks.results[static_cast<size_t>(checked->result)].add();
  append(std::move(d), std::move(*verdict), std::move(route));
}

void activation::count_notice(const input& in, const std::vector<event>& events) {
  if (!is_notice(in))
    return;
  auto holds = [&](auto kind) {
    return std::any_of(events.begin(), events.end(),
                       [](const event& e) { return std::holds_alternative<decltype(kind)>(e); });
  };
  if (events.empty())
    ctx->meters->notices.count(notice_fate::repeated);
  else if (holds(contradiction_recorded{}))
    ctx->meters->notices.count(notice_fate::contradicting);
  else if (holds(notice_kept{}))
    ctx->meters->notices.count(notice_fate::kept);
  else
    ctx->meters->notices.count(notice_fate::taken);
}

void activation::append(delivery&& d, std::vector<event> events, std::optional<routed> route) {
  decided_at = d.at;
  oncepay::decision made{
      d.at, stream, version + 1, model->due(), {}, std::move(std::get<input>(d.content)), std::move(events)};
  for (const event& e : made.events)
    model->evolve(made.at, made.input, e);
  made.due = model->due();
  // As of now, like what was begun: an input may have been stamped before that.
  if (!asked.empty()) {
    const instant now = std::max(made.at, ctx->clock->now());
    asked.keep_only(model->requests_due(now), model->tellings_due(now));
  }
  version = made.version;

  append_request request;
  request.entry = {stream, made.version, made.at, made.due_before, made.due, encode(made)};
  plan_effects(request, made.events, d, std::move(route));
  plan_answers(request, std::move(d), made.input);
  if (mutated(mutation::submit_before_commit) && request.submit) {
    self->send(request.port, submission_batch{{std::move(*request.submit)}});
    request.submit.reset();
  }
  appending = true;
  request.activation = number;
  // Most orders end here. Nobody has to tell them that this is durable: the log knows, if anybody asks them.
  leaves_when_durable = nothing_left() && !model->due();
  told_when_durable = !request.submit && !leaves_when_durable;
  if (leaves_when_durable)
    request.quiet_after = received;
  else if (told_when_durable)
    request.tell = caf::actor_cast<committed_sink>(self);
  ctx->meters->appends.decisions.add();
  self->send(sys->journal, std::move(request));
  if (!queue.empty())
    look_again_soon();
}

void activation::plan_effects(append_request& request, const std::vector<event>& events, const delivery& d,
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
    } else if (auto* stops = std::get_if<publish_stops_effect>(&e)) {
      publish(request, std::move(*stops), d.from);
    } else if (auto* method = std::get_if<publish_method_effect>(&e)) {
      publish(request, std::move(*method), d.from);
    } else if (auto* asks = std::get_if<channel_request_effect>(&e)) {
      request.requests.push_back({stream, std::move(*asks)});
    } else if (auto* ask = std::get_if<ask_account_effect>(&e)) {
      account_asked = true;
      request.goes_on.push_back(handed_on({std::move(ask->account), std::move(ask->what)}, {}));
    } else if (auto* alarm = std::get_if<alarm_effect>(&e)) {
      ctx->say(severity::alarm, topic::order, alarm->text);
    }
  }

  if (route && !request.submit)
    give_back(*route);
}

template <class Terms>
void activation::publish(append_request& request, Terms terms, const asker& then_answer) {
  published = terms;
  request.publish = std::make_shared<publication>(publication{0, std::move(terms), then_answer, model->answer({})});
}

void activation::remember_published(std::vector<effect> effects) {
  for (effect& e : effects) {
    if (auto* merchant = std::get_if<publish_merchant_effect>(&e))
      published = std::move(*merchant);
    else if (auto* channel = std::get_if<publish_channel_effect>(&e))
      published = std::move(*channel);
    else if (auto* stops = std::get_if<publish_stops_effect>(&e))
      published = std::move(*stops);
    else if (auto* method = std::get_if<publish_method_effect>(&e))
      published = std::move(*method);
  }
}

namespace {

awaited awaited_by(const asker& from, const input& in) {
  return from.until_durable ? awaited{awaited::about::durable} : awaited_of(in);
}

} // namespace

void activation::plan_answers(append_request& request, delivery&& d, const input& in) {
  if (auto next = model->goes_on_to(in)) {
    d.content = in;
    request.goes_on.push_back(handed_on(std::move(*next), std::move(d)));
    return;
  }
  // Published terms are answered at the end of their way, not here.
  if (d.from.sink && !request.publish) {
    // Its port, or its account, has those in hand.
    if (!request.submit)
      await_channel(d.admitted);
    waiters.push_back({d.from, std::move(d.admitted), false, awaited_by(d.from, in)});
  } else if (d.admitted)
    request.admitted.push_back(std::move(d.admitted));
  std::erase_if(waiters, [&](waiter& w) {
    if (!model->answerable(w.what))
      return false;
    reply r = model->answer(w.what);
    r.request_id = w.from.request_id;
    r.duplicate = w.duplicate;
    if (mutated(mutation::reply_before_commit)) {
      r.position = ctx->log->head().position + 1;
      send_reply(w.from, std::move(r));
    } else {
      request.replies.push_back({w.from, std::move(r)});
    }
    if (w.admitted)
      w.admitted->comes_back();
    request.admitted.push_back(std::move(w.admitted));
    return true;
  });
}

void activation::receive_committed(const committed& c) {
  if (c.position != 0)
    appending = false;
  else
    look_again();
  drain();
  if (c.position != 0)
    look_at_what_is_due();
  report_if_quiet();
}

void activation::look_at_what_is_due() {
  if (ctx->restored || under_way() || !model->due())
    return;
  const instant now = ctx->clock->now();
  if (const instant account_due = model->account_due(); account_due && account_due <= now)
    ask_account();
  if (auto in = model->overdue(now))
    decide({stream, now, std::move(*in), {}, nullptr}, std::nullopt);
  else
    ask_what_is_due();
}

// --- answers ---

void activation::answer_from_state(delivery&& d) {
  const input& in = std::get<input>(d.content);
  if (auto next = model->goes_on_to(in))
    return go_on(std::move(*next), std::move(d));
  if (!d.from.sink)
    return;
  if (published && !is_notice(in))
    return answer_behind_publication(d.from);
  awaited what = awaited_by(d.from, in);
  if (model->answerable(what))
    return answer_standing(d.from, what, true);
  if (mutated(mutation::lose_waiter))
    return;
  if (waiters.size() >= limits::waiters_max) {
    ctx->meters->refusals.count(busy_reason::waiters);
    return answer(d.from, refusal{errc::busy, "too many duplicates of this order wait for its outcome"});
  }
  await_channel(d.admitted);
  waiters.push_back({d.from, std::move(d.admitted), true, std::move(what)});
}

void activation::await_channel(const ticket_ptr& admitted) const {
  if (admitted && !account_asked && stream.kind() == stream_kind::order)
    admitted->leaves_hand();
}

void activation::answer_behind_publication(const asker& to) {
  self->send(sys->registry, publication{0, *published, to, standing({}, true)});
}

void activation::answer_standing(const asker& to, const awaited& what, bool duplicate) {
  reply r = standing(what, duplicate);
  r.request_id = to.request_id;
  send_reply(to, std::move(r));
}

reply activation::standing(const awaited& what, bool duplicate) const {
  reply r = model->answer(what);
  r.duplicate = duplicate;
  r.position = ctx->log->head().position;
  return r;
}

void activation::answer(const asker& to, const refusal& why) {
  reply r;
  r.request_id = to.request_id;
  r.code = why.code;
  r.text = why.text;
  send_reply(to, std::move(r));
}

void activation::send_reply(const asker& to, reply r) {
  if (to.sink)
    self->send(to.sink, reply_batch{{std::move(r)}});
}

void activation::give_back(const routed& r) {
  if (r.permits && !r.answer.chosen.empty())
    self->send(r.permits, permit_return_batch{{{r.attempt, std::nullopt, false}}});
}

} // namespace oncepay
