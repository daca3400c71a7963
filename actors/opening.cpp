// From a recovered log to open doors: everybody learns the terms, the configuration becomes decisions, and what a
// restart interrupted is woken.
#include "actors/domain/channel.hpp"
#include "actors/domain/merchant.hpp"
#include "actors/fail_stop.hpp"
#include "actors/system.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unordered_map>

namespace oncepay {

namespace {

/// Terms sent and not answered yet, at most.
constexpr size_t terms_in_flight_max = 256;

struct opening_state {
  static constexpr const char* name = "opening";
  explicit opening_state(reply_sink::pointer owner) : self(owner) {}

  reply_sink::pointer self;
  context_ptr ctx;
  system_ptr sys;
  std::vector<delivery> to_apply;
  size_t sent = 0;
  size_t answered = 0;
  bool told_all = false; ///< The catalogue has reached everybody.
  opening_report report;
  std::function<void(opening_report)> when_open;

  asker me(uint64_t number) { return {caf::actor_cast<reply_sink>(self), number}; }

  void receive(const reply_batch& batch) {
    for (const reply& r : batch.replies) {
      if (!told_all) {
        told_all = true;
        continue;
      }
      ++answered;
      if (r.code != errc::ok)
        report.mistakes.push_back(to_apply[r.request_id].to.display() + ": " + r.text);
      else if (!r.duplicate)
        ++report.changed;
    }
    if (told_all && answered == to_apply.size())
      return open();
    while (sent < to_apply.size() && sent - answered < terms_in_flight_max) {
      delivery d = to_apply[sent];
      d.from = me(sent++);
      self->send(sys->registry, std::move(d));
    }
  }

  void open() {
    for (const directory_actor& d : sys->directories)
      self->send(d, tick{});
    // Views may lie behind the log; they begin to catch up now rather than with the first commit.
    const head_moved head{ctx->log->head().position};
    self->send(sys->folder, head);
    self->send(sys->balances, head);
    self->send(sys->trajectory, head);
    when_open(std::move(report));
    self->quit();
  }
};

reply_sink::behavior_type opening(reply_sink::stateful_pointer<opening_state> self, context_ptr ctx, system_ptr sys,
                                  std::vector<delivery> to_apply,
                                  const std::function<void(opening_report)>& when_open) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  self->state.to_apply = std::move(to_apply);
  self->state.when_open = when_open;
  return {[self](const reply_batch& batch) {
    self->state.receive(batch);
  }};
}

/// Terms that the entities of one kind would decide something about, being as they were recovered.
template <class Input, class State, class Published, class Terms>
void add_new(const std::vector<Published>& recovered, std::vector<Terms> told, stream_name (*stream_of)(const Terms&),
             State (*initial)(const stream_name&), verdict_on_input (*decide)(const State&, const input&), instant now,
             std::vector<delivery>& to_apply) {
  std::unordered_map<stream_name, const Published*> known;
  for (const Published& p : recovered)
    known.emplace(stream_of(p.terms), &p);
  for (Terms& t : told) {
    stream_name to = stream_of(t);
    State s = initial(to);
    if (auto it = known.find(to); it != known.end()) {
      s.opened = true;
      s.on = it->second->on;
      s.terms = it->second->terms;
    }
    input in = Input{std::move(t), true};
    const verdict_on_input verdict = decide(s, in);
    if (!verdict || !verdict->empty())
      to_apply.push_back({std::move(to), now, std::move(in), {}, nullptr});
  }
}

stream_name stream_of_channel(const channel_terms& t) {
  return stream_name::of_channel(t.channel);
}
stream_name stream_of_merchant(const merchant_terms& t) {
  return stream_name::of_merchant(t.merchant);
}

/// What of the configuration the log doesn't say already. Each entity would find the same, but twenty thousand of them
/// had to be read once more for it, which took a third of a start.
std::vector<delivery> new_terms(const catalogue& known, terms_to_apply told, instant now) {
  std::vector<delivery> to_apply;
  add_new<channel_input>(known.channels, std::move(told.channels), stream_of_channel, channel::initial, channel::decide,
                         now, to_apply);
  add_new<merchant_input>(known.merchants, std::move(told.merchants), stream_of_merchant, merchant::initial,
                          merchant::decide, now, to_apply);
  return to_apply;
}

} // namespace

void open_for_business(caf::actor_system& system, const context_ptr& ctx, const system_ptr& sys, recovery found,
                       terms_to_apply terms, std::function<void(opening_report)> when_open) {
  std::vector<delivery> to_apply;
  if (!ctx->restored)
    to_apply = new_terms(found.known, std::move(terms), ctx->clock->now());
  auto self = system.spawn(opening, ctx, sys, std::move(to_apply), std::move(when_open));
  if (found.counted && sys->risk)
    caf::anon_send(sys->risk, risk_begin{std::move(*found.counted)});
  found.known.then_answer = {self, 0};
  caf::anon_send(sys->registry, std::move(found.known));
}

} // namespace oncepay
