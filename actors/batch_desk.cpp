#include "actors/batch_desk.hpp"

#include "actors/fail_stop.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <map>
#include <set>
#include <utility>

namespace oncepay {

namespace {

struct batch_desk_state {
  static constexpr const char* name = "batch-desk";
  explicit batch_desk_state(batch_desk_actor::pointer owner) : self(owner) {}

  /// Something to be said to many orders, and what they answer.
  struct errand {
    stream_name batch; ///< Whose lines are handed out; empty: a query.
    batch_query query; ///< That waits for the answers.
    std::vector<delivery> lines;
    std::vector<reply> answers; ///< One a line, those that were answered.
    size_t next = 0;            ///< The first line that wasn't sent yet.
    size_t answered = 0;
  };
  /// A line that an order owes an answer about, and whose turn it is again.
  struct line_of {
    uint64_t errand = 0;
    size_t line = 0;
  };

  batch_desk_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  uint64_t next_number = 1;
  std::map<uint64_t, errand> errands;
  size_t waiting = 0;         ///< Lines of all errands that weren't sent yet.
  std::deque<uint64_t> turns; ///< Errands with lines to send, each once: nobody's thousand lines hold up another's ten.
  std::map<uint64_t, line_of> sent; ///< And not answered, by the number they were sent under.
  /// From its request until it has heard the result. A batch whose date has come asks again meanwhile, and a line that
  /// it was told to be refused must not be proposed once more: it may be taken this time, and paid.
  std::set<stream_name> handing_out;
  std::map<uint64_t, stream_name> told; ///< By the number that each batch answers to.

  void receive(hand_out_request r) {
    if (ctx->restored || !handing_out.insert(r.batch).second)
      return;
    errand e;
    for (pay_out_input& line : r.what.lines) {
      auto order = stream_name::of_order(r.what.merchant, line.order_no);
      e.lines.push_back({std::move(order), {}, proposal{std::move(line)}, {}, nullptr});
    }
    if (mutated(mutation::skip_batch_line))
      e.lines.back() = e.lines.front();
    if (mutated(mutation::hand_out_early))
      tell_handed_out(r.batch, std::vector<uint16_t>(e.lines.size()));
    e.batch = std::move(r.batch);
    begin(std::move(e));
  }

  /// Lines that were refused have no order to ask. Nor have those that aren't handed out yet: an order of their number
  /// may be another payment's, which only the hand-out finds out.
  void receive(batch_query q) {
    errand e;
    const auto& view = std::get<batch_view>(q.so_far.body);
    for (const batch_line_view& line : view.lines)
      if (view.handed_out && line.code == errc::processing)
        e.lines.push_back({stream_name::of_order(view.merchant, line.order_no), q.at, standing_query{}, {}, nullptr});
    e.query = std::move(q);
    begin(std::move(e));
  }

  void begin(errand e) {
    e.answers.resize(e.lines.size());
    const uint64_t number = next_number++;
    auto it = errands.emplace(number, std::move(e)).first;
    if (it->second.lines.empty())
      return end(it);
    waiting += it->second.lines.size();
    turns.push_back(number);
    send_what_may_go();
  }

  void send_what_may_go() {
    while (!turns.empty() && sent.size() < limits::batch_lines_under_way_max) {
      const uint64_t number = turns.front();
      turns.pop_front();
      errand& e = errands.at(number);
      send({number, e.next++});
      --waiting;
      if (e.next < e.lines.size())
        turns.push_back(number);
    }
    show();
  }

  void show() {
    auto& meters = ctx->meters->batches;
    meters.handing_out.set(handing_out.size());
    meters.lines_waiting.set(waiting);
    meters.lines_under_way.set(sent.size());
  }

  void send(line_of which) {
    const uint64_t number = next_number++;
    sent.emplace(number, which);
    delivery d = errands.at(which.errand).lines[which.line];
    if (!d.at)
      d.at = ctx->clock->now();
    // How a line's order ends is asked of it later: a bank that takes its time holds up no other batch.
    d.from = asker{caf::actor_cast<reply_sink>(self), number, true};
    const directory_actor& directory = sys->directory_of(d.to);
    self->send(directory, std::move(d));
  }

  void answer(reply_batch& batch) {
    for (reply& r : batch.replies) {
      if (auto heard = told.find(r.request_id); heard != told.end()) {
        handing_out.erase(heard->second);
        told.erase(heard);
        continue;
      }
      auto it = sent.find(r.request_id);
      if (it == sent.end())
        continue;
      const line_of which = it->second;
      sent.erase(it);
      auto of = errands.find(which.errand);
      of->second.answers[which.line] = std::move(r);
      if (++of->second.answered == of->second.lines.size())
        end(of);
    }
    send_what_may_go();
  }

  void end(std::map<uint64_t, errand>::iterator it) {
    errand e = std::move(it->second);
    errands.erase(it);
    if (e.batch.empty())
      return answer_query(std::move(e));
    std::vector<uint16_t> refusals;
    for (const reply& r : e.answers) {
      const bool ordered = std::holds_alternative<order_view>(r.body);
      ctx->meters->batches.count(ordered ? line_fate::ordered : line_fate::refused);
      refusals.push_back(ordered ? uint16_t{0} : static_cast<uint16_t>(r.code));
    }
    tell_handed_out(std::move(e.batch), std::move(refusals));
  }

  void tell_handed_out(stream_name batch, std::vector<uint16_t> refusals) {
    const directory_actor& directory = sys->directory_of(batch);
    const uint64_t number = next_number++;
    told.emplace(number, batch);
    self->send(directory,
               delivery{std::move(batch), ctx->clock->now(), input{batch_handed_out_input{std::move(refusals)}},
                        asker{caf::actor_cast<reply_sink>(self), number, true}, nullptr});
  }

  void answer_query(errand e) {
    auto& view = std::get<batch_view>(e.query.so_far.body);
    auto next = e.answers.begin();
    for (batch_line_view& line : view.lines) {
      if (!view.handed_out || line.code != errc::processing)
        continue;
      if (auto* order = std::get_if<order_view>(&next->body)) {
        line.code = next->code;
        line.state = order->state;
      }
      ++next;
    }
    e.query.so_far.request_id = e.query.from.request_id;
    self->send(e.query.from.sink, reply_batch{{std::move(e.query.so_far)}});
  }
};

batch_desk_actor::behavior_type desk(batch_desk_actor::stateful_pointer<batch_desk_state> self, context_ptr ctx,
                                     system_ptr sys) {
  stop_process_on_exception(self, ctx);
  self->state.ctx = std::move(ctx);
  self->state.sys = std::move(sys);
  return {
      [self](hand_out_request& r) { self->state.receive(std::move(r)); },
      [self](batch_query& q) { self->state.receive(std::move(q)); },
      [self](reply_batch& batch) { self->state.answer(batch); },
  };
}

} // namespace

batch_desk_actor spawn_batch_desk(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return system.spawn(desk, std::move(ctx), std::move(sys));
}

} // namespace oncepay
