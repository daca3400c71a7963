#include "actors/virtual_bank_port.hpp"

#include "actors/admission.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/next_look.hpp"
#include "actors/pass_on.hpp"
#include "actors/port_requests.hpp"
#include "actors/virtual_bank.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <utility>

namespace oncepay {

namespace {

struct port_state {
  static constexpr const char* name = "virtual-bank-port";
  explicit port_state(port_actor::pointer owner) : self(owner) {}

  struct marks {
    bool ends_request = false; ///< The bank is done with it: one parallel request less.
    bool still_out = false;    ///< As in `permit_return`.
    bool ends_wait = false;    ///< The first that is said of its submission: the order waits for the bank no longer.
  };

  /// Something the port will say about an attempt when its time comes.
  struct saying {
    stream_name order;
    attempt_id attempt;
    attempt_input what;
    marks is;
    instant submitted;
  };

  port_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  channel_terms terms;
  permit_sink permits;
  pay_out_stops stops;
  bank_ptr bank; ///< Null where its book can't be opened.
  std::shared_ptr<channel_meters> meter;
  std::multimap<instant, saying> agenda;
  port_requests requests;
  uint32_t at_the_bank = 0;  ///< Requests that it hasn't answered, whether or not somebody still waits for them.
  uint32_t awaited = 0;      ///< Submissions of which nothing has been said yet.
  uint32_t awaited_told = 0; ///< What admission knows of them.
  next_look look_again;

  /// New terms that name a book nobody can open are a mistake in the configuration: the process stops over them. Terms
  /// that the log remembers are not: a process that stopped over those would stop at every start, before the corrected
  /// configuration could be applied.
  void open_bank(bool terms_are_new) {
    bank.reset();
    auto opened = ctx->open_bank ? ctx->open_bank(terms) : open_virtual_bank(terms);
    if (opened)
      bank = std::move(*opened);
    else if (terms_are_new)
      ctx->fatal(opened.error());
    else
      ctx->say(severity::alarm, topic::bank_closed,
               opened.error() + "; nothing is sent to channel " + terms.channel.str());
  }

  void submit(submission_batch& batch) {
    const instant now = ctx->clock->now();
    for (submission& s : batch.submissions)
      submit_one(now, std::move(s));
    flush();
    say_what_is_due(now);
  }

  /// The bank's book is written before anything is answered, as a bank's would be.
  void flush() {
    if (bank)
      if (auto written = bank->flush(); !written)
        ctx->fatal(written.error());
  }

  void receive(channel_request r) {
    const instant now = ctx->clock->now();
    requests.receive(now, std::move(r), bank.get(), terms);
    flush();
    say_what_is_due(now);
  }

  void submit_one(instant now, submission s) {
    // A bank without its book can't be reached. Nothing was sent in either case, and the port is the one to know.
    const bool too_late = now > s.what.submit_before && !mutated(mutation::submit_too_late);
    if (!bank || too_late) {
      say_at(now, now, s, {evidence::never_left, reply_class::failed_try_another, "NOT_SENT", {}}, {});
      return;
    }
    if (is_stopped(s)) {
      say_at(now, now, s,
             {evidence::never_left, reply_class::failed_try_another, std::string(order::pay_outs_stopped_code), {}},
             {});
      return;
    }
    bank_deed deed = bank->receive(now, s.what, at_the_bank);
    if (deed.looked_at)
      ++at_the_bank;
    ++awaited;
    bool ends_wait = true;
    bool ends_request = deed.looked_at; // with the first that the bank says, or with the wait for it
    const instant give_up = plus_ms(now, terms.reply_within_ms);
    auto at = [now](const bank_answer& a) {
      return instant{now.ns + a.after_us * ns_per_us};
    };
    if (deed.answers.empty() || at(deed.answers.front()) >= give_up)
      say_at(now, give_up, s, {evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}},
             {deed.answers.empty() && ends_request, true, std::exchange(ends_wait, false)});
    for (bank_answer& a : deed.answers) {
      const bool in_time = at(a) < give_up;
      say_at(now, at(a), s,
             {in_time ? evidence::channel_reply : evidence::late_reply, a.outcome, std::move(a.code),
              a.outcome == reply_class::succeeded ? channel_ref_of(s.what.attempt) : std::string(), a.names_agreement},
             {std::exchange(ends_request, false), false, std::exchange(ends_wait, false)});
    }
  }

  /// This is the last door: what an operator stopped while it was on its way doesn't leave.
  bool is_stopped(const submission& s) const {
    if (s.what.operation != operation::pay_out || !stops.any() || mutated(mutation::pay_out_while_stopped))
      return false;
    return stops.hold(terms.channel) || stops.hold(merchant_id::trusted(s.order.part(0)));
  }

  struct words {
    evidence source;
    reply_class outcome;
    std::string code;
    std::string channel_ref;
    bool names_agreement = false;
  };

  void say_at(instant now, instant when, const submission& s, words w, marks m) {
    attempt_input what{s.what.attempt_number, w.source, w.outcome, std::move(w.code), std::move(w.channel_ref), {}};
    if (w.names_agreement)
      name_agreement(what, s.what.operation, s.what.attempt);
    agenda.emplace(when, saying{s.order, s.what.attempt, std::move(what), m, now});
  }

  void say_what_is_due(instant now) {
    gather<directory_actor, delivery_batch> orders;
    permit_return_batch returned;
    decltype(channel_meters::reply_us)::batch replies;
    while (!agenda.empty() && agenda.begin()->first <= now) {
      saying s = std::move(agenda.begin()->second);
      agenda.erase(agenda.begin());
      if (s.is.ends_request)
        --at_the_bank;
      if (s.is.ends_wait) {
        --awaited;
        replies.add((now.ns - s.submitted.ns) / ns_per_us);
      }
      returned.permits.push_back({s.attempt, s.what.outcome, s.is.still_out});
      const directory_actor& directory = sys->directory_of(s.order);
      orders.to(directory).deliveries.push_back({std::move(s.order), now, std::move(s.what), {}, nullptr});
    }
    for (port_requests::saying& s : requests.take_due(now)) {
      if (s.number != 0)
        returned.beside.push_back(s.number);
      if (!s.what)
        continue;
      count_enquiry(*meter, *s.what);
      const directory_actor& directory = sys->directory_of(s.order);
      orders.to(directory).deliveries.push_back({std::move(s.order), now, std::move(*s.what), {}, nullptr});
    }
    meter->reply_us.add(replies);
    orders.send_all(self);
    ctx->admitted->at_channels(int64_t{awaited} - std::exchange(awaited_told, awaited));
    if ((!returned.permits.empty() || !returned.beside.empty()) && permits)
      self->send(permits, std::move(returned));
    look_again.in_time(self, now, earlier_of(requests.next(), agenda.empty() ? instant{} : agenda.begin()->first));
  }
};

port_actor::behavior_type port(port_actor::stateful_pointer<port_state> self, context_ptr ctx, system_ptr sys,
                               const channel_terms& terms, bool terms_are_new) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.terms = terms;
  s.meter = s.ctx->meters->channel(terms.channel);
  s.open_bank(terms_are_new);
  return {
      [self](submission_batch& batch) { self->state.submit(batch); },
      [self](channel_request& r) { self->state.receive(std::move(r)); },
      [self](port_terms& p) {
        auto& state = self->state;
        const bool other_book = p.terms.bank.book_file != state.terms.bank.book_file;
        state.terms = std::move(p.terms);
        if (other_book || !state.bank)
          state.open_bank(other_book);
        else
          state.bank->configure(state.terms);
      },
      [self](port_permits& p) { self->state.permits = std::move(p.permits); },
      [self](publication& p) {
        if (auto* stopped = std::get_if<publish_stops_effect>(&p.what))
          self->state.stops = stopped->stops;
        pass_on_publication(self, std::move(p));
      },
      [self](tick) {
        self->state.look_again.has_come();
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
