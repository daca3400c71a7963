#include "actors/fail_stop.hpp"
#include "actors/http_port.hpp"
#include "actors/pass_on.hpp"
#include "actors/routing.hpp"
#include "actors/virtual_bank_port.hpp"
#include "actors/wallet_port.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace oncepay {

namespace {

struct registry_state {
  static constexpr const char* name = "registry";
  explicit registry_state(registry_actor::pointer owner) : self(owner) {}

  struct channel_actors {
    limiter_actor limiter;
    port_actor port;
    std::vector<method_id> methods; ///< That it serves now.
  };

  registry_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  std::map<channel_id, channel_actors> channels;
  pay_out_stops stops;
  size_t merchants = 0; ///< That are open.
  /// Channels and merchants on their way to be opened, which is rarely refused; bounded like what is open.
  std::set<stream_name> let_in;
  size_t merchants_let_in = 0;

  /// The one door through which channels and merchants are opened, so that they can be counted before the decision
  /// that opens one.
  void let_in_or_refuse(delivery d) {
    if (!let_in.contains(d.to) && is_new(d.to)) {
      if (auto none = no_room_for(d.to.kind()))
        return refuse(d, errc::invalid_field, std::move(*none));
      let_in.insert(d.to);
      merchants_let_in += d.to.kind() == stream_kind::merchant ? 1 : 0;
    }
    const directory_actor& directory = sys->directory_of(d.to);
    self->send(directory, std::move(d));
  }

  bool is_new(const stream_name& stream) const {
    if (stream.kind() == stream_kind::channel)
      return !channels.contains(channel_id::trusted(stream.part(0)));
    const auto version = ctx->log->version_of(stream);
    return version && *version == 0; // where the log can't be read nothing is decided either
  }

  std::optional<std::string> no_room_for(stream_kind kind) const {
    const size_t channels_let_in = let_in.size() - merchants_let_in;
    if (kind == stream_kind::channel && channels.size() + channels_let_in >= limits::channels_max)
      return "channel: " + std::to_string(limits::channels_max) + " channels are open already, which is the most";
    if (kind == stream_kind::merchant && merchants + merchants_let_in >= ctx->merchants_max)
      return "merchant: " + std::to_string(ctx->merchants_max) + " merchants are open already, which is the most";
    return std::nullopt;
  }

  void refuse(const delivery& d, errc code, std::string text) {
    reply r;
    r.request_id = d.from.request_id;
    r.code = code;
    r.text = std::move(text);
    self->send(d.from.sink, reply_batch{{std::move(r)}});
  }

  void note_open(const merchant_terms& terms) {
    if (let_in.erase(stream_name::of_merchant(terms.merchant)) == 0)
      return; // new terms of one that is counted
    --merchants_let_in;
    ++merchants;
  }

  /// Who misspells a method would be told that it is off, and payments by it would go on.
  void switch_or_refuse(delivery d) {
    const auto method = method_id::trusted(d.to.part(0));
    const bool is_served = std::any_of(channels.begin(), channels.end(), [&](const auto& c) {
      const std::vector<method_id>& served = c.second.methods;
      return std::find(served.begin(), served.end(), method) != served.end();
    });
    // What is off and served by nobody any more can be switched on again.
    if (!is_served && !std::get<switch_input>(std::get<input>(d.content)).on)
      return refuse(d, errc::unknown_method, std::string(sentence(errc::unknown_method)));
    const directory_actor& directory = sys->directory_of(d.to);
    self->send(directory, std::move(d));
  }

  port_actor spawn_port(const channel_terms& terms, bool terms_are_new) {
    if (terms.in_house == house_tool::wallet)
      return spawn_wallet_port(self->system(), ctx, sys, terms);
    if (!terms.http.url.empty())
      return spawn_http_port(self->system(), ctx, sys, terms);
    return spawn_virtual_bank_port(self->system(), ctx, sys, terms, terms_are_new);
  }

  /// True where the channel was new.
  bool open(const publish_channel_effect& c, const std::vector<lease>& out_at_start, bool terms_are_new) {
    auto [it, created] = channels.try_emplace(c.terms.channel);
    it->second.methods = c.terms.methods;
    if (!created)
      return false;
    let_in.erase(stream_name::of_channel(c.terms.channel));
    auto& actors = it->second;
    actors.port = spawn_port(c.terms, terms_are_new);
    actors.limiter = spawn_limiter(self->system(), ctx, sys->router, caf::actor_cast<submission_sink>(actors.port),
                                   caf::actor_cast<channel_request_sink>(actors.port), c, out_at_start);
    // They live and end with the registry.
    self->link_to(actors.port);
    self->link_to(actors.limiter);
    self->send(actors.port, port_permits{caf::actor_cast<permit_sink>(actors.limiter)});
    if (stops.any())
      self->send(actors.port, publication{0, publish_stops_effect{stops}, {}, {}});
    self->send(sys->router, limiter_known{c.terms.channel, actors.limiter});
    return true;
  }

  void know(const pay_out_stops& found) {
    stops = found;
    if (stops.all)
      ctx->say(severity::warning, topic::pay_outs, "all pay-outs are stopped, as they were when the process ended");
    else if (stops.any())
      ctx->say(severity::warning, topic::pay_outs,
               "pay-outs of " + std::to_string(stops.merchants.size()) + " merchants and " +
                   std::to_string(stops.channels.size()) +
                   " channels are stopped, as they were when the process ended");
  }

  void pass_on(channel_request r) {
    auto it = channels.find(r.what.channel);
    if (it == channels.end())
      ctx->say(severity::alarm, topic::broken_rule,
               r.order.display() + " asks channel " + r.what.channel.str() + ", which isn't open");
    else
      self->send(it->second.limiter, std::move(r));
  }

  /// Every door to a bank first, then the router, which answers: what it lets through until then is refused there.
  void pass_on_stops(publication p) {
    stops = std::get<publish_stops_effect>(p.what).stops;
    for (const auto& [id, actors] : channels)
      p.then.push_back(caf::actor_cast<publication_sink>(actors.port));
    p.then.push_back(caf::actor_cast<publication_sink>(sys->router));
    pass_on_publication(self, std::move(p));
  }

  void pass_on(publication p) {
    if (std::holds_alternative<publish_stops_effect>(p.what))
      return pass_on_stops(std::move(p));
    if (auto* merchant = std::get_if<publish_merchant_effect>(&p.what))
      note_open(merchant->terms);
    auto* channel = std::get_if<publish_channel_effect>(&p.what);
    if (channel == nullptr) {
      self->send(sys->router, std::move(p));
      return;
    }
    if (!open(*channel, {}, true))
      self->send(channels.at(channel->terms.channel).port, port_terms{channel->terms});
    self->send(channels.at(channel->terms.channel).limiter, std::move(p));
  }
};

registry_actor::behavior_type registry(registry_actor::stateful_pointer<registry_state> self, context_ptr ctx,
                                       system_ptr sys) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  return {
      [self](delivery& d) {
        if (d.to.kind() == stream_kind::method)
          self->state.switch_or_refuse(std::move(d));
        else
          self->state.let_in_or_refuse(std::move(d));
      },
      [self](channel_request& r) { self->state.pass_on(std::move(r)); },
      [self](publication& p) { self->state.pass_on(std::move(p)); },
      [self](catalogue& all) {
        self->state.know(all.stops);
        self->state.merchants = all.merchants.size();
        for (const publish_channel_effect& c : all.channels)
          self->state.open(c, all.leases, false);
        self->send(self->state.sys->router, std::move(all));
      },
  };
}

} // namespace

registry_actor spawn_registry(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return system.spawn(registry, std::move(ctx), std::move(sys));
}

} // namespace oncepay
