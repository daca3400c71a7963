#include "actors/notice_desk.hpp"

#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <utility>

namespace oncepay {

namespace {

struct desk_state {
  static constexpr const char* name = "notice-desk";
  explicit desk_state(notice_desk_actor::pointer owner) : self(owner) {}

  struct waiting {
    std::function<void(bool)> answer;
    instant until; ///< Then the channel is told to tell it again.
  };

  notice_desk_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  std::shared_ptr<connection_tickets> tickets;
  uint64_t next_number = 1;
  std::map<uint64_t, waiting> unanswered; ///< In the order they came, so of their deadlines too.
  bool watching = false;                  ///< A tick is on its way.

  void receive(channel_notice n) {
    const bool closed = ctx->restored || ctx->stopping->load(std::memory_order_relaxed) ||
                        ctx->log->unfolded() >= limits::unfolded_decisions_max ||
                        unanswered.size() >= limits::notices_under_way_max;
    ticket_ptr admitted = closed ? nullptr : tickets->take();
    if (!admitted)
      return put_off(n.answer);
    const instant now = ctx->clock->now();
    const uint64_t number = next_number++;
    unanswered.emplace(number, waiting{std::move(n.answer), plus_ms(now, limits::notice_answer_ms_max)});
    const directory_actor& directory = sys->directory_of(n.order);
    self->send(directory, delivery{std::move(n.order), now, input{std::move(n.what)},
                                   asker{caf::actor_cast<reply_sink>(self), number}, std::move(admitted)});
    keep_watching();
  }

  void answer(const reply_batch& batch) {
    for (const reply& r : batch.replies) {
      auto it = unanswered.find(r.request_id);
      if (it == unanswered.end())
        continue; // was told to tell it again
      const auto told = std::move(it->second.answer);
      unanswered.erase(it);
      if (r.code == errc::ok)
        told(true);
      else
        put_off(told);
    }
  }

  void put_off(const std::function<void(bool)>& answer) {
    ctx->meters->notices.count(notice_fate::put_off);
    answer(false);
  }

  void look_at_the_clock() {
    watching = false;
    const instant now = ctx->clock->now();
    while (!unanswered.empty() && unanswered.begin()->second.until <= now) {
      const auto late = std::move(unanswered.begin()->second.answer);
      unanswered.erase(unanswered.begin());
      put_off(late);
    }
    keep_watching();
  }

  void keep_watching() {
    if (watching || unanswered.empty())
      return;
    watching = true;
    self->delayed_send(self, std::chrono::milliseconds(500), tick{});
  }
};

notice_desk_actor::behavior_type desk(notice_desk_actor::stateful_pointer<desk_state> self, context_ptr ctx,
                                      system_ptr sys) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.tickets = std::make_shared<connection_tickets>(ctx->admitted, limits::notices_under_way_max, [] {});
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  return {
      [self](channel_notice& n) { self->state.receive(std::move(n)); },
      [self](const reply_batch& batch) { self->state.answer(batch); },
      [self](tick) { self->state.look_at_the_clock(); },
  };
}

} // namespace

notice_desk_actor spawn_notice_desk(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return system.spawn(desk, std::move(ctx), std::move(sys));
}

} // namespace oncepay
