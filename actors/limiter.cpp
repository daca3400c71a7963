#include "actors/admission.hpp"
#include "actors/domain/health.hpp"
#include "actors/domain/limiting.hpp"
#include "actors/fail_stop.hpp"
#include "actors/routing.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>
#include <utility>

namespace oncepay {

namespace {

/// A lease outlives the reply window by this: the port returns the permit itself, at the latest at the window's end.
constexpr int64_t lease_margin_ms = 5'000;

limiting_terms limits_of(const channel_terms& t) {
  return {t.concurrency_max, t.rate_per_s_max, t.queue_max, t.queue_wait_ms_max};
}

struct limiter_state {
  static constexpr const char* name = "limiter";
  explicit limiter_state(limiter_actor::pointer owner) : self(owner) {}

  limiter_actor::pointer self;
  context_ptr ctx;
  router_actor router;
  submission_sink port;
  channel_request_sink beside; ///< The port too.
  channel_id channel;
  limiting permits{limiting_terms{}};
  health_window health;
  std::shared_ptr<channel_meters> meter; ///< Of `channel`.
  bool unstable = false;
  bool ticking = false;
  bool ticking_slowly = false;
  std::unordered_map<attempt_id, permit_request> waiting; ///< What stands in the queue; never iterated.
  size_t waiting_told = 0;                                ///< What admission knows of it.
  uint64_t requests = 0;                                  ///< The last one's number.
  std::map<uint64_t, channel_request> waiting_beside;
  size_t waiting_checks = 0; ///< Of these.

  void request(permit_request r) {
    const instant now = ctx->clock->now();
    const attempt_id id = r.request.question.attempt;
    if (too_late(now, r) || is_switched_off(r) || holds_its_share())
      return pass(std::move(r));
    switch (permits.request(now, id, lease_end(now, r.answer))) {
    case limit_answer::granted:
      return granted(std::move(r));
    case limit_answer::queued:
      waiting.insert_or_assign(id, std::move(r));
      tell_admission();
      return keep_ticking();
    case limit_answer::busy:
    case limit_answer::off:
      return pass(std::move(r));
    }
  }

  /// Its port would only prove that nothing was sent, and the order would have failed for having waited its turn.
  static bool too_late(instant now, const permit_request& r) {
    return now >= plus_ms(r.request.at, r.answer.submit_within_ms);
  }

  /// Routers learnt of it first, but this one may have waited here since before: after an acknowledged "off" nobody is
  /// granted anything.
  bool is_switched_off(const permit_request& r) const {
    return ctx->switches->is_off(r.request.question.merchant, r.request.question.method);
  }

  /// Whoever waits for this channel holds a ticket; the other channels' payments need theirs.
  bool holds_its_share() const {
    const auto share = uint64_t{ctx->admitted->total()} * limits::channel_ticket_share_ppm / 1'000'000;
    return permits.under_way() + permits.waiting() >= std::max<uint64_t>(1, share);
  }

  static instant lease_end(instant now, const route_answer& a) {
    return plus_ms(now, int64_t{a.submit_within_ms} + a.reply_within_ms + lease_margin_ms);
  }

  void granted(permit_request r) {
    meter->granted.add();
    self->send(r.request.entity,
               routed{r.request.question.attempt, std::move(r.answer), port, caf::actor_cast<permit_sink>(self)});
  }

  void pass(permit_request r) {
    meter->passed_over.add();
    r.request.busy.push_back(channel);
    self->send(router, passed_over{std::move(r.request)});
  }

  /// Nothing is done at a channel that is off; asking moves no money. What must be called back is, within hours (H3):
  /// the payer's money lies there, and none of it goes there by that.
  bool may_go(const channel_request& r) const {
    return permits.on() || r.what.enquiry || r.what.operation == operation::reverse;
  }

  void request(channel_request r) {
    const instant now = ctx->clock->now();
    r.number = ++requests;
    if (!may_go(r))
      return refuse(std::move(r));
    const instant lease_until = plus_ms(r.what.reply_before, lease_margin_ms);
    const limit_answer answer = r.what.check ? permits.request_check(now, r.number, lease_until, r.what.submit_before)
                                             : permits.request_beside(now, r.number, lease_until, r.what.submit_before);
    switch (answer) {
    case limit_answer::granted:
      self->send(beside, std::move(r));
      return;
    case limit_answer::queued:
      waiting_checks += r.what.check ? 1 : 0;
      waiting_beside.emplace(r.number, std::move(r));
      return keep_ticking();
    case limit_answer::busy:
    case limit_answer::off:
      return refuse(std::move(r));
    }
  }

  /// An enquiry or a reversal is asked again after its window, and a close after its next enquiry. Of a refund the port
  /// proves that it was never sent; a check, which isn't repeated, is over by that.
  void refuse(channel_request r) {
    const bool is_repeated = r.what.enquiry ? !r.what.check : !takes_back(r.what.operation);
    if (is_repeated)
      return;
    r.number = 0;
    r.what.submit_before = {};
    self->send(beside, std::move(r));
  }

  channel_request take_waiting_beside(uint64_t number) {
    auto it = waiting_beside.find(number);
    channel_request r = std::move(it->second);
    waiting_checks -= r.what.check ? 1 : 0;
    waiting_beside.erase(it);
    return r;
  }

  void advance(instant now) {
    for (bool again = true; again;) {
      again = false;
      auto turn = permits.advance(now);
      for (uint64_t number : turn.granted_beside) {
        channel_request r = take_waiting_beside(number);
        if (may_go(r)) {
          self->send(beside, std::move(r));
          continue;
        }
        permits.give_back_beside(number);
        again = true; // for whoever stands behind it
        refuse(std::move(r));
      }
      for (uint64_t number : turn.expired_beside)
        refuse(take_waiting_beside(number));
      for (const attempt_id& id : turn.granted) {
        permit_request r = take_waiting(id);
        if (!too_late(now, r) && !is_switched_off(r)) {
          granted(std::move(r));
          continue;
        }
        permits.give_back(id);
        again = true; // for whoever stands behind it
        pass(std::move(r));
      }
      for (const attempt_id& id : turn.expired)
        pass(take_waiting(id));
    }
    tell_admission();
    keep_ticking();
  }

  void tell_admission() {
    const auto now = static_cast<int64_t>(waiting.size());
    ctx->admitted->at_channels(now - static_cast<int64_t>(std::exchange(waiting_told, waiting.size())));
  }

  permit_request take_waiting(const attempt_id& id) {
    auto it = waiting.find(id);
    permit_request r = std::move(it->second);
    waiting.erase(it);
    return r;
  }

  void give_back(const permit_return_batch& batch) {
    const instant now = ctx->clock->now();
    for (const permit_return& p : batch.permits) {
      if (!p.still_out)
        permits.give_back(p.attempt);
      if (p.outcome)
        health.note(now, *p.outcome);
      count(p);
    }
    for (uint64_t number : batch.beside)
      permits.give_back_beside(number);
    report_health(now);
    advance(now);
  }

  void count(const permit_return& p) {
    if (p.outcome)
      meter->outcomes[static_cast<size_t>(*p.outcome)].add();
    else
      meter->never_made.add();
  }

  /// To whoever watches, after every message.
  void show() {
    meter->on.set(permits.on() ? 1 : 0);
    meter->unstable.set(unstable ? 1 : 0);
    meter->permits_out.set(permits.under_way());
    meter->waiting.set(permits.waiting());
  }

  void report_health(instant now) {
    if (health.unstable(now) == unstable)
      return;
    unstable = !unstable;
    ctx->say(severity::warning, topic::channel_health,
             "channel " + channel.str() +
                 (unstable
                      ? ": too many requests without an outcome; ranked behind stable channels. Proposed, where it "
                        "lasts: oncepay channel off " +
                            channel.str() + " --operator NAME --reason TEXT"
                      : ": stable again"));
    self->send(router, health_changed{channel, unstable});
  }

  void look() {
    const instant now = ctx->clock->now();
    report_health(now);
    advance(now);
    show();
  }

  void apply(publication p) {
    if (auto* terms = std::get_if<publish_channel_effect>(&p.what)) {
      permits.configure(limits_of(terms->terms));
      permits.switch_to(terms->on);
      meter->permits_max.set(terms->terms.concurrency_max);
      advance(ctx->clock->now()); // whoever waits for a channel that is off goes elsewhere
    }
    self->send(router, std::move(p));
  }

  /// Ticks only while somebody waits: leases end by themselves when the next one asks. Checks are in no hurry, and must
  /// not make a payment wait for their pace. An unstable channel is looked at too, or it would stay unstable for want
  /// of traffic.
  void keep_ticking() {
    const bool somebody_waits = !waiting.empty() || waiting_beside.size() > waiting_checks;
    if (somebody_waits && !std::exchange(ticking, true))
      self->delayed_send(self, std::chrono::milliseconds(limits::tick_ms), tick{});
    if ((waiting_checks != 0 || unstable) && !std::exchange(ticking_slowly, true))
      self->delayed_send(self, std::chrono::milliseconds(waiting_checks != 0 ? limits::check_tick_ms : 1000),
                         slow_tick{});
  }
};

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self, context_ptr ctx,
                                     router_actor router, submission_sink port, channel_request_sink beside,
                                     const publish_channel_effect& terms, const std::vector<lease>& out_at_start) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.ctx = std::move(ctx);
  s.router = std::move(router);
  s.port = std::move(port);
  s.beside = std::move(beside);
  s.channel = terms.terms.channel;
  s.permits.configure(limits_of(terms.terms));
  s.permits.switch_to(terms.on);
  for (const lease& l : out_at_start)
    if (l.channel == s.channel && !mutated(mutation::forget_permits))
      s.permits.load(l.attempt, l.until);
  s.meter = s.ctx->meters->channel(s.channel);
  s.meter->permits_max.set(terms.terms.concurrency_max);
  s.show();
  return {
      [self](permit_request& r) {
        self->state.request(std::move(r));
        self->state.show();
      },
      [self](channel_request& r) {
        self->state.request(std::move(r));
        self->state.show();
      },
      [self](const permit_return_batch& batch) {
        self->state.give_back(batch);
        self->state.show();
      },
      [self](publication& p) {
        self->state.apply(std::move(p));
        self->state.show();
      },
      [self](tick) {
        self->state.ticking = false;
        self->state.look();
      },
      [self](slow_tick) {
        self->state.ticking_slowly = false;
        self->state.look();
      },
  };
}

} // namespace

limiter_actor spawn_limiter(caf::actor_system& system, context_ptr ctx, router_actor router, submission_sink port,
                            channel_request_sink beside, const publish_channel_effect& terms,
                            const std::vector<lease>& out_at_start) {
  return system.spawn(limiter, std::move(ctx), std::move(router), std::move(port), std::move(beside), terms,
                      out_at_start);
}

} // namespace oncepay
