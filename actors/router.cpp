#include "actors/fail_stop.hpp"
#include "actors/routing.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

namespace oncepay {

namespace {

struct router_state {
  static constexpr const char* name = "router";
  explicit router_state(router_actor::pointer owner) : self(owner) {}

  struct known_channel {
    channel_snapshot snapshot;
    limiter_actor limiter;
  };

  router_actor::pointer self;
  context_ptr ctx;
  std::map<channel_id, known_channel> channels;
  std::unordered_map<merchant_id, merchant_terms> merchants;
  pay_out_stops stops;
  std::vector<const channel_snapshot*> candidates; ///< Into `channels`, in their order.
  uint64_t terms_position = 0;

  void route(route_request request) {
    auto merchant = merchants.find(request.question.merchant);
    request.question.stopped = request.question.pays_out && stops.hold(request.question.merchant);
    auto answer = choose_channel(request.question, merchant == merchants.end() ? nullptr : &merchant->second,
                                 candidates, request.busy, terms_position,
                                 ctx->switches->is_off(request.question.merchant, request.question.method));
    if (answer.chosen.empty() || request.question.looks_only) {
      self->send(request.entity, routed{request.question.attempt, std::move(answer), {}, {}});
      return;
    }
    const limiter_actor& limiter = channels.at(answer.chosen).limiter;
    self->send(limiter, permit_request{std::move(request), std::move(answer)});
  }

  void learn(const channel_terms& terms, bool on) {
    known_channel& c = channels[terms.channel];
    c.snapshot.terms = terms;
    c.snapshot.on = on;
    c.snapshot.pay_outs_stopped = stops.hold(terms.channel);
  }

  void learn(const pay_out_stops& now) {
    stops = now;
    for (auto& [id, c] : channels)
      c.snapshot.pay_outs_stopped = stops.hold(id);
  }

  void learn(const publish_merchant_effect& m) {
    merchants[m.terms.merchant] = m.terms;
    ctx->quotas->configure(m.terms);
    ctx->switches->turn(m.terms.merchant, m.on);
  }

  void learn(const publish_method_effect& m) { ctx->switches->turn(m.method, m.on); }

  /// Who starts the server may not know what somebody switched off days ago.
  void say_what_is_off(const catalogue& all) const {
    std::string off;
    for (const publish_merchant_effect& m : all.merchants)
      if (!m.on)
        off.append(off.empty() ? "" : ", ").append("merchant ").append(m.terms.merchant.str());
    for (const publish_method_effect& m : all.methods)
      if (!m.on)
        off.append(off.empty() ? "" : ", ").append("method ").append(m.method.str());
    if (!off.empty())
      ctx->say(severity::warning, topic::switched_off, "switched off by operators: " + off + "; see `oncepay switch`");
  }

  void list_candidates() {
    candidates.clear();
    for (const auto& [id, c] : channels)
      if (c.limiter && !c.snapshot.terms.channel.empty())
        candidates.push_back(&c.snapshot);
  }

  void apply(publication p) {
    if (auto* merchant = std::get_if<publish_merchant_effect>(&p.what)) {
      learn(*merchant);
    } else if (auto* channel = std::get_if<publish_channel_effect>(&p.what)) {
      learn(channel->terms, channel->on);
      list_candidates();
    } else if (auto* method = std::get_if<publish_method_effect>(&p.what)) {
      learn(*method);
    } else {
      learn(std::get<publish_stops_effect>(p.what).stops);
    }
    terms_position = std::max(terms_position, p.position);
    if (p.then_answer.sink) {
      p.answer.request_id = p.then_answer.request_id;
      p.answer.position = std::max(p.answer.position, p.position);
      self->send(p.then_answer.sink, reply_batch{{std::move(p.answer)}});
    }
  }

  void apply(const catalogue& all) {
    stops = all.stops;
    for (const publish_merchant_effect& m : all.merchants)
      learn(m);
    for (const publish_method_effect& m : all.methods)
      learn(m);
    say_what_is_off(all);
    for (const publish_channel_effect& c : all.channels)
      learn(c.terms, c.on);
    list_candidates();
    terms_position = std::max(terms_position, all.position);
    if (all.then_answer.sink) {
      reply done;
      done.request_id = all.then_answer.request_id;
      self->send(all.then_answer.sink, reply_batch{{std::move(done)}});
    }
  }
};

router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self, context_ptr ctx) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  return {
      [self](route_request& r) { self->state.route(std::move(r)); },
      [self](passed_over& p) { self->state.route(std::move(p.request)); },
      [self](const health_changed& h) {
        if (auto c = self->state.channels.find(h.channel); c != self->state.channels.end())
          c->second.snapshot.unstable = h.unstable;
      },
      [self](publication& p) { self->state.apply(std::move(p)); },
      [self](const catalogue& all) { self->state.apply(all); },
      [self](const limiter_known& known) { self->state.channels[known.channel].limiter = known.limiter; },
  };
}

} // namespace

router_actor spawn_router(caf::actor_system& system, context_ptr ctx) {
  return system.spawn(router, std::move(ctx));
}

} // namespace oncepay
