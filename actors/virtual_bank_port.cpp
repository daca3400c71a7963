#include "actors/virtual_bank_port.hpp"

#include "actors/bank_book.hpp"
#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/virtual_bank.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>

namespace oncepay {

namespace {

/// How long after the reply window a late bank answers.
constexpr int64_t late_by_ms = 250;

struct port_state {
  static constexpr const char* name = "virtual-bank-port";
  explicit port_state(port_actor::pointer owner) : self(owner) {}

  /// Something the port will say about an attempt when its time comes.
  struct saying {
    stream_name order;
    attempt_id attempt;
    attempt_input what;
    bool ends_request = false; ///< The bank is done with it: one parallel request less.
    bool still_out = false;
  };

  port_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  channel_terms terms;
  permit_sink permits;
  std::optional<bank_book> book; ///< None where it can't be opened.
  std::multimap<instant, saying> agenda;
  uint32_t at_the_bank = 0;
  bool ticking = false;

  /// New terms that name a book nobody can open are a mistake in the configuration: the process stops over them. Terms
  /// that the log remembers are not: a process that stopped over those would stop at every start, before the corrected
  /// configuration could be applied.
  void open_book(bool terms_are_new) {
    book.reset();
    auto opened = bank_book::open(terms.bank.book_file);
    if (opened)
      book = std::move(*opened);
    else if (terms_are_new)
      ctx->fatal(opened.error());
    else
      ctx->say(severity::alarm, opened.error() + "; nothing is sent to channel " + terms.channel.str());
  }

  void submit(submission_batch& batch) {
    const instant now = ctx->clock->now();
    for (submission& s : batch.submissions)
      submit_one(now, std::move(s));
    // The bank's book is written before anything is answered, as a bank's would be.
    if (book)
      if (auto written = book->flush(); !written)
        ctx->fatal(written.error());
    say_what_is_due(now);
  }

  void submit_one(instant now, submission s) {
    // A bank without its book can't be reached. Nothing was sent in either case, and the port is the one to know.
    if (!book || now > s.what.submit_before) {
      say_at(now, s, {evidence::never_left, reply_class::failed_try_another, "NOT_SENT", {}}, false, false);
      return;
    }
    const bool over_capacity = terms.bank.capacity != 0 && at_the_bank >= terms.bank.capacity;
    const bank_fate fate = over_capacity ? slow_down(terms.bank, s.what.attempt) : fate_of(terms.bank, s.what.attempt);
    if (!over_capacity) {
      ++at_the_bank;
      book->note(now, s.what, fate);
    }
    const instant give_up = plus_ms(now, terms.reply_within_ms);
    const instant answer_at = fate.late ? plus_ms(give_up, late_by_ms) : instant{now.ns + fate.latency_us * ns_per_us};
    const bool in_time = fate.answers && answer_at < give_up;
    if (!in_time)
      say_at(give_up, s, {evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}},
             !fate.answers && !over_capacity, true);
    if (fate.answers)
      say_at(answer_at, s,
             {in_time ? evidence::channel_reply : evidence::late_reply, fate.outcome, fate.code,
              fate.money_moved ? channel_ref_of(s.what.attempt) : std::string()},
             !over_capacity, false);
  }

  struct words {
    evidence source;
    reply_class outcome;
    std::string code;
    std::string channel_ref;
  };

  void say_at(instant when, const submission& s, words w, bool ends_request, bool still_out) {
    attempt_input what{s.what.attempt_number, w.source, w.outcome, std::move(w.code), std::move(w.channel_ref), {}};
    agenda.emplace(when, saying{s.order, s.what.attempt, std::move(what), ends_request, still_out});
  }

  void say_what_is_due(instant now) {
    gather<directory_actor, delivery_batch> orders;
    permit_return_batch returned;
    while (!agenda.empty() && agenda.begin()->first <= now) {
      saying s = std::move(agenda.begin()->second);
      agenda.erase(agenda.begin());
      if (s.ends_request)
        --at_the_bank;
      returned.permits.push_back({s.attempt, s.what.outcome, s.still_out});
      const directory_actor& directory = sys->directory_of(s.order);
      orders.to(directory).deliveries.push_back({std::move(s.order), now, std::move(s.what), {}, nullptr});
    }
    orders.send_all(self);
    if (!returned.permits.empty() && permits)
      self->send(permits, std::move(returned));
    if (!agenda.empty() && !ticking) {
      ticking = true;
      self->delayed_send(self, std::chrono::milliseconds(limits::tick_ms), tick{});
    }
  }
};

port_actor::behavior_type port(port_actor::stateful_pointer<port_state> self, context_ptr ctx, system_ptr sys,
                               const channel_terms& terms, bool terms_are_new) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.terms = terms;
  s.open_book(terms_are_new);
  return {
      [self](submission_batch& batch) { self->state.submit(batch); },
      [self](port_terms& p) {
        auto& state = self->state;
        const bool other_book = p.terms.bank.book_file != state.terms.bank.book_file;
        state.terms = std::move(p.terms);
        if (other_book || !state.book)
          state.open_book(other_book);
      },
      [self](port_permits& p) { self->state.permits = std::move(p.permits); },
      [self](tick) {
        self->state.ticking = false;
        self->state.say_what_is_due(self->state.ctx->clock->now());
      },
  };
}

} // namespace

port_actor spawn_virtual_bank_port(caf::actor_system& system, context_ptr ctx, system_ptr sys,
                                   const channel_terms& terms, bool terms_are_new) {
  return system.spawn(port, std::move(ctx), std::move(sys), terms, terms_are_new);
}

} // namespace oncepay
