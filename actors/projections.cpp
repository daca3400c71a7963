#include "actors/projections.hpp"

#include "actors/fail_stop.hpp"
#include "actors/fold_interval.hpp"
#include "actors/views/balances_view.hpp"
#include "actors/views/trajectory_view.hpp"
#include "schema/limits.hpp"
#include "store/give_way.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

namespace oncepay {

namespace {

using std::chrono::milliseconds;

/// At once; a second of payments at full speed, so that each fold ends at the head.
constexpr size_t decisions_max = 2 * limits::fold_decisions_max;

/// What both projections do: fold when the head has moved, and answer queries once the view has reached what they ask
/// for, or say `view_behind` when they have waited long enough.
template <class Rules, class Actor, class Query>
struct projection_state {
  static constexpr const char* name = "projection";
  explicit projection_state(typename Actor::pointer owner) : self(owner) {}

  struct waiting {
    Query query;
    instant until;
  };

  typename Actor::pointer self;
  context_ptr ctx;
  view_store* view = nullptr;
  head_bell* bell = nullptr;    ///< In `ctx`.
  view_meters* meter = nullptr; ///< In `ctx`.
  Rules rules;
  uint64_t position = 0;
  uint64_t agreed = 0; ///< As in `fold_view`.
  bool fold_due = false;
  bool fold_due_now = false; ///< For somebody who waits.
  bool ticking = false;
  bool careful = false; ///< In small steps up to a decision that can't be folded, so that all before it is.
  bool complained = false;
  bool behind = false; ///< The last fold, without its rests, took longer than a view that keeps up is behind.
  std::deque<waiting> waiting_queries;

  void head_has_moved() {
    if (!waiting_queries.empty())
      fold_now();
    else
      fold_later();
  }

  void fold_later(int64_t after_ms = limits::fold_interval_ms) {
    if (!std::exchange(fold_due, true))
      self->delayed_send(self, milliseconds(after_ms), fold_next{});
  }

  void fold_now() {
    if (!std::exchange(fold_due_now, true))
      self->send(self, fold_next{});
  }

  void fold() {
    // One message is under way for each that is set, and which of them has come doesn't matter: so many are left.
    if (!std::exchange(fold_due_now, false))
      fold_due = false;
    const instant began = ctx->clock->now();
    auto progress = fold_at_leisure(began);
    if (!progress && !std::exchange(careful, true))
      return fold_now();
    if (!progress) {
      // The view can be made again; the log goes on without it.
      if (!std::exchange(complained, true))
        ctx->say(severity::alarm, topic::view, std::string("a view can't follow the log: ") + progress.error().text);
      fold_later();
      answer_waiting();
      return;
    }
    complained = false;
    careful = careful && !progress->at_head;
    if (progress->rebuilt)
      ctx->say(severity::warning, topic::view, "a view didn't fit the log and is made anew");
    position = progress->position;
    if (progress->at_head)
      agreed = position;
    meter->position.set(position);
    if (!progress->at_head)
      fold_now();
    answer_waiting();
    bell->answer();
    // From beginning to beginning, or what came during a fold with its rests would make the next one all the longer.
    if (progress->at_head && ctx->log->head().position > position)
      fold_later(left_of_fold_interval_ms(began, ctx->clock->now()));
  }

  store_result<fold_progress> fold_at_leisure(instant began) {
    // What lies there is a query, or the end; now and then the bell's, which does no harm.
    unhurried_work work([&] {
      const bool is_awaited = !waiting_queries.empty() || !self->mailbox().empty();
      return is_awaited ? 0 : leisure_at(ctx->log->head().position - position, decisions_max);
    });
    auto progress = fold_view(*ctx->log, *view, rules, careful ? limits::read_batch_decisions : decisions_max, agreed);
    behind = plus_ms(began, limits::fold_interval_ms).ns + work.rested_ns() < ctx->clock->now().ns;
    return progress;
  }

  void ask(Query query) {
    const bool would_do = query.not_before_position <= position;
    if (is_met(query) || (would_do && (complained || behind)))
      return answer(std::move(query));
    const int64_t wait_ms = would_do ? limits::fold_interval_ms : limits::view_wait_ms_max;
    waiting_queries.push_back({std::move(query), plus_ms(ctx->clock->now(), wait_ms)});
    fold_now();
    keep_ticking();
  }

  bool is_met(const balances_query& query) const {
    return std::max(query.not_before_position, query.rather_from) <= position;
  }
  bool is_met(const trajectory_query& query) const { return query.not_before_position <= position; }

  void answer_waiting() {
    const instant now = ctx->clock->now();
    std::deque<waiting> still;
    for (waiting& w : waiting_queries) {
      if (is_met(w.query) || (w.query.not_before_position <= position && (complained || w.until <= now)))
        answer(std::move(w.query));
      else if (w.until <= now)
        refuse(w.query, errc::view_behind);
      else
        still.push_back(std::move(w));
    }
    waiting_queries = std::move(still);
    keep_ticking();
  }

  void keep_ticking() {
    if (waiting_queries.empty() || std::exchange(ticking, true))
      return;
    self->delayed_send(self, milliseconds(100), tick{});
  }

  void refuse(const Query& query, errc code, std::string text = {}) {
    reply r;
    r.request_id = query.from.request_id;
    r.code = code;
    r.text = text.empty() ? std::string(sentence(code)) : std::move(text);
    r.position = position;
    self->send(query.from.sink, reply_batch{{std::move(r)}});
  }

  void answer(balances_query query) {
    auto list = balances_view::read(*view, query.path_prefix, limits::balances_per_reply_max);
    if (!list)
      return refuse(query, errc::internal, list.error().text);
    reply r;
    r.request_id = query.from.request_id;
    r.position = position;
    r.body = std::move(*list);
    self->send(query.from.sink, reply_batch{{std::move(r)}});
  }

  void answer(trajectory_query query) {
    auto lines = trajectory_view::lines(*view, *ctx->log, query.order);
    if (!lines)
      return refuse(query, errc::internal, lines.error().text);
    reply r = std::move(query.so_far);
    r.request_id = query.from.request_id;
    if (auto* order = std::get_if<order_view>(&r.body))
      order->trajectory = std::move(*lines);
    self->send(query.from.sink, reply_batch{{std::move(r)}});
  }
};

template <class Rules, class Actor, class Query>
typename Actor::behavior_type
projection(typename Actor::template stateful_pointer<projection_state<Rules, Actor, Query>> self, context_ptr ctx,
           view_store* view, head_bell* bell, view_meters* meter) {
  stop_process_on_exception(self, ctx);
  if (ctx->detached)
    give_way();
  self->state.ctx = std::move(ctx);
  self->state.view = view;
  self->state.bell = bell;
  self->state.meter = meter;
  return {
      [self](const head_moved&) { self->state.head_has_moved(); },
      [self](fold_next) { self->state.fold(); },
      [self](tick) {
        self->state.ticking = false;
        self->state.answer_waiting();
      },
      [self](Query& query) { self->state.ask(std::move(query)); },
  };
}

template <class Rules, class Actor, class Query>
Actor spawn_projection(caf::actor_system& system, const context_ptr& ctx, view_store* view, head_bell* bell,
                       view_meters* meter) {
  auto* body = projection<Rules, Actor, Query>;
  return ctx->detached ? system.spawn<caf::detached>(body, ctx, view, bell, meter)
                       : system.spawn(body, ctx, view, bell, meter);
}

} // namespace

balances_actor spawn_balances(caf::actor_system& system, const context_ptr& ctx) {
  return spawn_projection<balances_view, balances_actor, balances_query>(system, ctx, ctx->balances_view,
                                                                         &ctx->bells->balances, &ctx->meters->balances);
}

trajectory_actor spawn_trajectory(caf::actor_system& system, const context_ptr& ctx) {
  return spawn_projection<trajectory_view, trajectory_actor, trajectory_query>(
      system, ctx, ctx->trajectory_view, &ctx->bells->trajectory, &ctx->meters->trajectory);
}

} // namespace oncepay
