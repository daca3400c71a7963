#include "actors/http_port.hpp"

#include "actors/admission.hpp"
#include "actors/channel_link.hpp"
#include "actors/domain/dialect/order_address.hpp"
#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/next_look.hpp"
#include "actors/pass_on.hpp"
#include "actors/port_requests.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"
#include "store/payer_vault.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace oncepay {

/// The link's answer to one request, back in the actor.
struct link_answered {
  uint64_t number = 0;
  link_answer answer;
};

} // namespace oncepay

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(oncepay::link_answered)

namespace oncepay {

namespace {

using http_port_actor = port_actor::extend<caf::reacts_to<link_answered>>;

/// What its channel gives back in a notice about it.
std::string address_of(const stream_name& order) {
  return order_address(merchant_id::trusted(order.part(0)), order_no::trusted(order.part(1)));
}

struct http_port_state {
  static constexpr const char* name = "http-port";
  explicit http_port_state(http_port_actor::pointer owner) : self(owner) {}

  /// A request that was handed to the link and isn't answered yet.
  struct request {
    stream_name order;
    std::shared_ptr<const channel_voice> voice; ///< The one it was made with: terms may change meanwhile.
    asked_of_channel asked;
    attempt_id attempt;
    uint32_t attempt_number = 0;
    uint64_t beside = 0;        ///< The permit's number of what isn't a payment.
    uint32_t refund_number = 0; ///< Of refunds, and of enquiries about them.
    instant sent;
    instant give_up;
    bool given_up = false;
    enquiry_facts facts;
  };

  struct words {
    evidence source;
    reply_class outcome;
    std::string code;
    std::string channel_ref = {};
  };

  http_port_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  channel_terms terms;
  permit_sink permits;
  channel_link_ptr link; ///< Null where the channel can't be spoken to.
  std::shared_ptr<const channel_voice> voice;
  std::map<uint64_t, request> under_way;
  std::set<std::pair<instant, uint64_t>> deadlines; ///< Of those that aren't given up yet.
  port_requests unspoken;                           ///< What isn't spoken here, or can't be: it says so.
  std::shared_ptr<channel_meters> meter;
  uint64_t requests = 0;
  int64_t payments_waited_for = 0;
  int64_t told_admission = 0;
  next_look look_again;
  gather<directory_actor, delivery_batch> orders;
  permit_return_batch returned;

  void open_link() {
    link.reset();
    voice.reset();
    auto opened =
        ctx->open_link ? ctx->open_link(terms) : tl::unexpected(std::string("nothing here speaks HTTP to channels"));
    if (!opened)
      return say(severity::alarm, opened.error() + "; nothing is sent to it");
    link = std::move(opened->link);
    voice = std::make_shared<const channel_voice>(std::move(opened->voice));
  }

  void say(severity how, const std::string& what) const {
    ctx->say(how, topic::channel_link, "channel " + terms.channel.str() + ": " + what);
  }

  // --- requests out ---

  void submit(instant now, submission s) {
    const submit_effect& what = s.what;
    const auto never_left = [&](std::string_view code) {
      tell(now, s.order, what.attempt, what.attempt_number,
           {evidence::never_left, reply_class::failed_try_another, std::string(code)}, false);
    };
    const bool too_late = now > what.submit_before && !mutated(mutation::submit_too_late);
    // No dialect speaks of pay-outs or of cards, so none is routed here; one that was all the same isn't sent.
    if (!link || too_late || what.operation != operation::pay)
      return never_left("NOT_SENT");
    request r;
    r.asked = {channel_question::pay, what.attempt.str(), what.attempt.str(), what.amount, what.amount, {}, now,
               address_of(s.order)};
    if (!what.payer_code.ciphertext.empty()) {
      auto shown = ctx->vault->open(s.order, 1, payer_code_field, what.payer_code);
      if (!shown) {
        say(severity::alarm, s.order.display() + " is not sent: what the payer showed can't be read: " +
                                 std::string(sentence(shown.error())));
        return never_left("NOT_SENT");
      }
      r.asked.payer_code = std::move(*shown);
    }
    if (r.asked.payer_code.empty() && asks_for(voice->speaks, channel_question::pay, "payer_code"))
      return never_left("NO_PAYER_CODE"); // the merchant's mistake; nobody here can mend it
    auto made = make_request(*voice, r.asked);
    if (!made) {
      say(severity::alarm, s.order.display() + " is not sent: " + made.error());
      return never_left("NOT_SENT");
    }
    r.asked.payer_code.clear(); // it has left, or will; nothing here needs it again
    r.order = std::move(s.order);
    r.attempt = what.attempt;
    r.attempt_number = what.attempt_number;
    r.give_up = plus_ms(now, terms.reply_within_ms);
    ++payments_waited_for;
    send(now, std::move(r), std::move(*made), (what.submit_before.ns - now.ns) / ns_per_ms);
  }

  /// How a request is put in a dialect; none: it can't be.
  static std::optional<channel_question> question_of(const channel_request_effect& what) {
    switch (what.operation) {
    case operation::pay:
      return what.enquiry ? std::optional(channel_question::enquire) : std::nullopt;
    case operation::refund:
      return what.enquiry ? channel_question::enquire_refund : channel_question::refund;
    case operation::close:
      return what.enquiry ? std::nullopt : std::optional(channel_question::close);
    case operation::reverse:
      return what.enquiry ? std::nullopt : std::optional(channel_question::reverse);
    case operation::pay_out: // no dialect speaks of them
    case operation::bind_card:
    case operation::unbind_card:
    case operation::sign_and_pay:
    case operation::withhold:
    case operation::authenticate_card:
      break;
    }
    return std::nullopt;
  }

  void ask(instant now, channel_request c) {
    const channel_request_effect& what = c.what;
    const auto question = question_of(what);
    const bool too_late =
        (!what.enquiry || what.check) && now > what.submit_before && !mutated(mutation::submit_too_late);
    request r;
    tl::expected<http_request, std::string> made = tl::unexpected(std::string());
    if (link && question && !too_late) {
      r.asked = {*question, what.id.str(), what.original.str(), what.amount, what.paid, {}, now, address_of(c.order)};
      if (made = make_request(*voice, r.asked); !made)
        say(severity::warning,
            c.order.display() + " can't be asked to " + std::string(oncepay::name(*question)) + ": " + made.error());
    }
    if (!made)
      return unspoken.receive(now, std::move(c), nullptr, terms);
    r.attempt_number = what.attempt_number;
    r.refund_number = what.refund_number;
    const int64_t leave_within_ms =
        what.enquiry ? int64_t{terms.reply_within_ms} : (what.submit_before.ns - now.ns) / ns_per_ms;
    r.beside = c.number;
    r.give_up = plus_ms(now, terms.reply_within_ms);
    r.facts = {now, terms.not_found_after_ms, terms.enquire_interval_ms_max, terms.enquiries_max, what.check};
    r.order = std::move(c.order);
    send(now, std::move(r), std::move(*made), leave_within_ms);
  }

  void send(instant now, request r, http_request what, int64_t leave_within_ms) {
    const uint64_t number = ++requests;
    r.voice = voice;
    r.sent = now;
    const int64_t window_ms = (r.give_up.ns - now.ns) / ns_per_ms;
    deadlines.emplace(r.give_up, number);
    under_way.emplace(number, std::move(r));
    link->carry({std::move(what), std::min(leave_within_ms, window_ms),
                 window_ms + std::min(window_ms, limits::late_answer_ms_max)},
                [port = http_port_actor(self), number](link_answer a) {
                  caf::anon_send(port, link_answered{number, std::move(a)});
                });
  }

  // --- answers in ---

  void receive(instant now, link_answered a) {
    auto found = under_way.find(a.number);
    if (found == under_way.end())
      return;
    const request r = std::move(found->second);
    under_way.erase(found);
    if (!r.given_up)
      deadlines.erase({r.give_up, a.number});
    switch (r.asked.question) {
    case channel_question::pay:
      return payment_answered(now, r, a.answer);
    case channel_question::refund:
      refund_answered(now, r, a.answer);
      break;
    case channel_question::close:
      close_answered(now, r, a.answer);
      break;
    case channel_question::reverse:
      reversal_answered(now, r, a.answer);
      break;
    case channel_question::enquire:
    case channel_question::enquire_refund:
      enquiry_answered(now, r, a.answer);
      break;
    }
    if (!r.given_up && r.beside != 0)
      returned.beside.push_back(r.beside);
  }

  /// What a reply proves; of none, and of one that isn't the channel's, nothing.
  proven read(const request& r, const link_answer& a) const {
    if (a.fate != link_fate::replied)
      return {reply_class::unknown, a.fate == link_fate::never_left ? "NOT_REACHED" : "NO_REPLY", {}, {}, false};
    proven p = read_reply(*r.voice, r.asked, a.status, a.body);
    if (!p.alarm.empty())
      say(severity::alarm, r.order.display() + ": " + p.alarm);
    return p;
  }

  void payment_answered(instant now, const request& r, const link_answer& a) {
    if (!r.given_up) {
      --payments_waited_for;
      if (a.fate != link_fate::never_left)
        note_reply(now, r);
    }
    proven p = read(r, a);
    if (a.fate == link_fate::never_left)
      return tell(now, r.order, r.attempt, r.attempt_number,
                  {evidence::never_left, reply_class::failed_try_another, std::move(p.code)}, false);
    // A payment isn't asked for: who says "not found" to one has answered something else.
    const reply_class outcome = p.what == reply_class::not_found ? reply_class::unknown : p.what;
    if (r.given_up && !is_definite(outcome))
      return; // it says no more than the end of the window did; the permit's lease ends by itself
    const evidence source = a.fate == link_fate::no_reply ? evidence::port_error
                            : r.given_up                  ? evidence::late_reply
                                                          : evidence::channel_reply;
    tell(now, r.order, r.attempt, r.attempt_number, {source, outcome, std::move(p.code), std::move(p.channel_ref)},
         false);
  }

  void note_reply(instant now, const request& r) { meter->reply_us.add((now.ns - r.sent.ns) / ns_per_us); }

  void enquiry_answered(instant now, const request& r, const link_answer& a) {
    proven p = read(r, a);
    if (r.given_up && !(p.genuine && is_definite(p.what)))
      return;
    if (p.genuine)
      tell_enquiry(now, r,
                   {evidence::enquiry, p.what, std::move(p.code),
                    p.what == reply_class::succeeded ? std::move(p.channel_ref) : std::string()});
    else
      tell_enquiry(now, r, {evidence::enquiry_failed, reply_class::unknown, std::move(p.code)});
  }

  void refund_answered(instant now, const request& r, const link_answer& a) {
    proven p = read(r, a);
    if (a.fate == link_fate::never_left)
      return tell_refund(now, r, {evidence::never_left, reply_class::failed_try_another, std::move(p.code)});
    if (r.given_up && !is_definite(p.what))
      return;
    const evidence source = a.fate == link_fate::no_reply ? evidence::port_error
                            : r.given_up                  ? evidence::late_reply
                                                          : evidence::channel_reply;
    // A refund isn't asked for: who says "not found" or "confirming" to one has answered something else.
    const reply_class outcome = is_definite(p.what) ? p.what : reply_class::unknown;
    tell_refund(now, r, {source, outcome, std::move(p.code), std::move(p.channel_ref)});
  }

  /// Dialects say of a close whether it was done: then nothing was paid, and nothing can be any more. That it wasn't
  /// done says too little about the payment; the enquiry that follows says how much was paid.
  void close_answered(instant now, const request& r, const link_answer& a) {
    proven p = read(r, a);
    if (p.genuine && p.what == reply_class::succeeded)
      deliver(
          now, r.order,
          attempt_input{r.attempt_number, evidence::close_reply, reply_class::failed_final, std::move(p.code), {}, {}});
  }

  /// What isn't the channel's own word leaves it open, and the reversal is repeated.
  void reversal_answered(instant now, const request& r, const link_answer& a) {
    proven p = read(r, a);
    const bool says = p.genuine && (is_definite(p.what) || p.what == reply_class::not_found);
    if (r.given_up && !says)
      return;
    tell_enquiry(now, r, {evidence::reverse_reply, says ? p.what : reply_class::unknown, std::move(p.code)});
  }

  void give_up(instant now, request& r) {
    r.given_up = true;
    if (r.asked.question == channel_question::pay) {
      --payments_waited_for;
      note_reply(now, r);
      return tell(now, r.order, r.attempt, r.attempt_number,
                  {evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT"}, true);
    }
    if (r.asked.question == channel_question::refund)
      tell_refund(now, r, {evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT"});
    else if (r.asked.question == channel_question::reverse)
      tell_enquiry(now, r, {evidence::reverse_reply, reply_class::unknown, "REPLY_TIMEOUT"});
    else if (r.asked.question != channel_question::close)
      tell_enquiry(now, r, {evidence::enquiry_failed, reply_class::unknown, "REPLY_TIMEOUT"});
    if (r.beside != 0)
      returned.beside.push_back(r.beside);
  }

  // --- what is told ---

  void tell(instant now, const stream_name& order, const attempt_id& attempt, uint32_t attempt_number, words w,
            bool still_out) {
    returned.permits.push_back({attempt, w.outcome, still_out});
    deliver(now, order,
            attempt_input{attempt_number, w.source, w.outcome, std::move(w.code), std::move(w.channel_ref), {}});
  }

  void tell_refund(instant now, const request& r, words w) {
    deliver(now, r.order,
            refund_answer_input{r.refund_number, w.source, w.outcome, std::move(w.code), std::move(w.channel_ref)});
  }

  void tell_enquiry(instant now, const request& r, words w) {
    if (r.asked.question == channel_question::enquire_refund)
      return deliver(now, r.order,
                     refund_answer_input{r.refund_number, w.source, w.outcome, std::move(w.code),
                                         std::move(w.channel_ref), r.facts});
    deliver(
        now, r.order,
        attempt_input{r.attempt_number, w.source, w.outcome, std::move(w.code), std::move(w.channel_ref), {}, r.facts});
  }

  void deliver(instant now, const stream_name& order, input what) {
    count_enquiry(*meter, what);
    const directory_actor& directory = sys->directory_of(order);
    orders.to(directory).deliveries.push_back({order, now, std::move(what), {}, nullptr});
  }

  /// After every message: what is due, then everything that was said, a message for each who hears it.
  void settle(instant now) {
    while (!deadlines.empty() && deadlines.begin()->first <= now) {
      const uint64_t number = deadlines.begin()->second;
      deadlines.erase(deadlines.begin());
      give_up(now, under_way.at(number));
    }
    for (port_requests::saying& s : unspoken.take_due(now)) {
      if (s.number != 0)
        returned.beside.push_back(s.number);
      if (s.what)
        deliver(now, s.order, std::move(*s.what));
    }
    orders.send_all(self);
    ctx->admitted->at_channels(payments_waited_for - std::exchange(told_admission, payments_waited_for));
    if ((!returned.permits.empty() || !returned.beside.empty()) && permits)
      self->send(permits, std::exchange(returned, {}));
    look_again.in_time(self, now,
                       earlier_of(unspoken.next(), deadlines.empty() ? instant{} : deadlines.begin()->first));
  }
};

http_port_actor::behavior_type http_port(http_port_actor::stateful_pointer<http_port_state> self, context_ptr ctx,
                                         system_ptr sys, const channel_terms& terms) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.terms = terms;
  s.meter = s.ctx->meters->channel(terms.channel);
  s.open_link();
  return {
      [self](submission_batch& batch) {
        const instant now = self->state.ctx->clock->now();
        for (submission& one : batch.submissions)
          self->state.submit(now, std::move(one));
        self->state.settle(now);
      },
      [self](channel_request& r) {
        const instant now = self->state.ctx->clock->now();
        self->state.ask(now, std::move(r));
        self->state.settle(now);
      },
      [self](port_terms& p) {
        const bool other_access = p.terms.http != self->state.terms.http ||
                                  p.terms.concurrency_max != self->state.terms.concurrency_max || !self->state.link;
        self->state.terms = std::move(p.terms);
        if (other_access)
          self->state.open_link();
      },
      [self](port_permits& p) { self->state.permits = std::move(p.permits); },
      [self](publication& p) { pass_on_publication(self, std::move(p)); }, // it pays nothing out
      [self](tick) {
        self->state.look_again.has_come();
        self->state.settle(self->state.ctx->clock->now());
      },
      [self](link_answered& a) {
        const instant now = self->state.ctx->clock->now();
        self->state.receive(now, std::move(a));
        self->state.settle(now);
      },
  };
}

} // namespace

port_actor spawn_http_port(caf::actor_system& system, context_ptr ctx, system_ptr sys, const channel_terms& terms) {
  return caf::actor_cast<port_actor>(system.spawn(http_port, std::move(ctx), std::move(sys), terms));
}

} // namespace oncepay
