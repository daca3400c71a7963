#include "actors/notifier.hpp"

#include "actors/domain/dialect/telling_request.hpp"
#include "actors/domain/telling_line.hpp"
#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace oncepay {

/// A merchant's answer, or its silence, back in the actor.
struct merchant_answered {
  uint64_t number = 0;
  link_answer answer;
};

} // namespace oncepay

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(oncepay::merchant_answered)

namespace oncepay {

namespace {

using full_notifier_actor = notifier_actor::extend<caf::reacts_to<merchant_answered>>;

constexpr telling_bounds bounds{limits::tellings_under_way_max, limits::tellings_per_merchant_max,
                                limits::tellings_waiting_max, limits::tellings_waiting_per_merchant_max};

struct notifier_state {
  static constexpr const char* name = "notifier";
  explicit notifier_state(full_notifier_actor::pointer owner) : self(owner) {}

  struct words {
    telling_fate fate;
    std::string code = {};
  };

  full_notifier_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  telling_line line{bounds};
  uint64_t requests = 0;
  std::map<uint64_t, telling_request> known;   ///< Waiting or under way, by our own number.
  std::map<merchant_id, merchant_access> ways; ///< To merchants who are, or were, told something.
  std::set<merchant_id> unreachable;           ///< Operators were told so.
  bool watching = false;                       ///< A tick is on its way.

  void receive(telling_request r) {
    const instant now = ctx->clock->now();
    const uint64_t number = ++requests;
    if (!line.join(r.what.merchant, number, plus_ms(now, limits::telling_wait_ms_max)))
      return report(now, r, {telling_fate::not_sent, "NO_ROOM"});
    known.emplace(number, std::move(r));
    go_on(now);
  }

  void go_on(instant now) {
    // Who can't be sent gives its place to the next.
    for (auto turn = line.advance(now); !turn.begun.empty() || !turn.expired.empty(); turn = line.advance(now)) {
      for (const uint64_t number : turn.expired)
        report(now, take(number), {telling_fate::not_sent, "NO_TURN"});
      for (const uint64_t number : turn.begun)
        send(now, number);
    }
    ctx->meters->tellings.waiting.set(line.waiting());
    ctx->meters->tellings.under_way.set(line.under_way());
    keep_watching(now);
  }

  telling_request take(uint64_t number) { return std::move(known.extract(number).mapped()); }

  void send(instant now, uint64_t number) {
    const telling_effect& what = known.at(number).what;
    auto request = make_request(now, what);
    if (!request) {
      if (unreachable.insert(what.merchant).second)
        ctx->say(severity::alarm, topic::merchant_link,
                 "merchant " + what.merchant.str() + " can't be told of results: " + request.error());
      return end(now, number, {telling_fate::not_sent, "NO_WAY"});
    }
    ways.at(what.merchant)
        .link->carry({std::move(*request), limits::telling_leave_ms_max, limits::telling_reply_ms_max},
                     [me = full_notifier_actor(self), number](link_answer a) {
                       caf::anon_send(me, merchant_answered{number, std::move(a)});
                     });
  }

  tl::expected<http_request, std::string> make_request(instant now, const telling_effect& what) {
    auto way = ways.find(what.merchant);
    if (way == ways.end()) {
      auto opened = ctx->open_merchant ? ctx->open_merchant(what.merchant)
                                       : tl::unexpected(std::string("nothing here tells any"));
      if (!opened)
        return tl::unexpected(opened.error());
      way = ways.emplace(what.merchant, std::move(*opened)).first;
    }
    return make_telling_request(what, way->second.keys, now, way->second.path);
  }

  static words words_of(const link_answer& a) {
    if (a.fate == link_fate::never_left)
      return {telling_fate::not_sent, "NOT_REACHED"};
    if (a.fate == link_fate::no_reply)
      return {telling_fate::no_answer, "NO_REPLY"};
    if (acknowledges(a.status, a.body))
      return {telling_fate::acknowledged};
    return {telling_fate::refused, a.status == 200 ? "OTHER_ANSWER" : "HTTP_" + std::to_string(a.status)};
  }

  void receive(const merchant_answered& a) {
    if (!known.contains(a.number))
      return;
    const instant now = ctx->clock->now();
    end(now, a.number, words_of(a.answer));
    go_on(now);
  }

  void end(instant now, uint64_t number, words w) {
    const telling_request r = take(number);
    const merchant_id& merchant = r.what.merchant;
    line.over(merchant, w.fate == telling_fate::acknowledged);
    if (w.fate == telling_fate::acknowledged)
      unreachable.erase(merchant);
    if (line.is_idle(merchant) && ways.size() > limits::merchant_links_kept_max)
      ways.erase(merchant);
    report(now, r, std::move(w));
  }

  void report(instant now, const telling_request& r, words w) {
    ctx->meters->tellings.tries[static_cast<size_t>(w.fate)].add();
    const directory_actor& directory = sys->directory_of(r.order);
    self->send(
        directory,
        delivery{
            r.order, now, input{telling_input{r.what.number, r.what.nth, w.fate, std::move(w.code)}}, {}, nullptr});
  }

  void keep_watching(instant now) {
    if (watching || !line.first_end())
      return;
    watching = true;
    const int64_t wait_ms = std::max<int64_t>(0, (line.first_end().ns - now.ns) / ns_per_ms) + 1;
    self->delayed_send(self, std::chrono::milliseconds(wait_ms), tick{});
  }
};

full_notifier_actor::behavior_type notifier(full_notifier_actor::stateful_pointer<notifier_state> self, context_ptr ctx,
                                            system_ptr sys) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  return {
      [self](telling_request& r) { self->state.receive(std::move(r)); },
      [self](tick) {
        self->state.watching = false;
        self->state.go_on(self->state.ctx->clock->now());
      },
      [self](const merchant_answered& a) { self->state.receive(a); },
  };
}

} // namespace

notifier_actor spawn_notifier(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  // It first runs when somebody is to be told something.
  return system.spawn<caf::lazy_init>(notifier, std::move(ctx), std::move(sys));
}

} // namespace oncepay
