#include "actors/wallet_port.hpp"

#include "actors/domain/transfer_key.hpp"
#include "actors/domain/wallet.hpp"
#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/next_look.hpp"
#include "actors/pass_on.hpp"
#include "actors/port_requests.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace oncepay {

namespace {

using wallet_port_actor = port_actor::extend<caf::reacts_to<reply_batch>>;

struct words {
  evidence source;
  reply_class outcome;
  std::string_view code;
};

/// What the account's answer proves of a payment or refund that it was asked for. Whatever it refused it didn't write.
words heard_of_transfer(errc answer, bool late) {
  const evidence said = late ? evidence::late_reply : evidence::channel_reply;
  if (answer == errc::ok)
    return {said, reply_class::succeeded, "OK"};
  if (answer == errc::insufficient_funds)
    return {said, reply_class::failed_final, "INSUFFICIENT_FUNDS"};
  if (answer == errc::amount_overflow || answer == errc::invalid_amount)
    return {said, reply_class::failed_final, "INVALID_AMOUNT"};
  // Too much waits for this wallet, or the deadline passed before its turn came.
  if (answer == errc::busy || answer == errc::already_expired)
    return {evidence::never_left, reply_class::failed_try_another, "NOT_SENT"};
  return {said, reply_class::unknown, "NOT_PROVEN"};
}

/// And of a question. What isn't there once its deadline has passed never will be: the account refuses it then, and
/// what this port asked before was decided before. No bank can be taken at its word like that.
words heard_of_question(errc answer, bool past_deadline) {
  if (answer == errc::ok)
    return {evidence::enquiry, reply_class::succeeded, "OK"};
  if (answer == errc::unknown_order && past_deadline)
    return {evidence::enquiry, reply_class::failed_final, "NOT_MADE"};
  if (answer == errc::unknown_order)
    return {evidence::enquiry, reply_class::not_found, "NOT_FOUND"};
  if (answer == errc::in_doubt)
    return {evidence::enquiry, reply_class::unknown, "FORGOTTEN"};
  return {evidence::enquiry_failed, reply_class::unknown, "NOT_PROVEN"};
}

struct wallet_port_state {
  static constexpr const char* name = "wallet-port";
  explicit wallet_port_state(wallet_port_actor::pointer owner) : self(owner) {}

  /// A question that an account hasn't answered yet. A payment is put in the words of the others; its permit goes back
  /// by the attempt's id instead of by number.
  struct question {
    channel_request asked;
    instant sent;
    instant give_up;
    bool given_up = false;

    bool is_payment() const { return !asked.what.enquiry && asked.what.operation == operation::pay; }
  };

  wallet_port_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  channel_terms terms;
  permit_sink permits;
  std::shared_ptr<channel_meters> meter;
  /// Nothing is decided, and so nothing submitted, while answers of accounts stand out for long: all wait for one disk.
  std::map<uint64_t, question> under_way;
  std::set<std::pair<instant, uint64_t>> deadlines; ///< Of those that aren't given up yet.
  port_requests unspoken;                           ///< What isn't spoken here, or comes too late: it says so.
  uint64_t questions = 0;
  next_look look_again;
  gather<directory_actor, delivery_batch> deliveries;
  permit_return_batch returned;

  // --- questions out ---

  void submit(instant now, submission s) {
    channel_request r;
    r.order = std::move(s.order);
    r.what.channel = terms.channel;
    r.what.id = s.what.attempt;
    r.what.attempt_number = s.what.attempt_number;
    r.what.amount = s.what.amount;
    r.what.submit_before = r.what.attempt_submit_before = s.what.submit_before;
    r.what.wallet = s.what.wallet;
    const bool too_late = now > s.what.submit_before && !mutated(mutation::submit_too_late);
    if (too_late || s.what.operation != operation::pay || s.what.wallet.empty())
      return tell_of_payment(now, r, {evidence::never_left, reply_class::failed_try_another, "NOT_SENT"}, false);
    const claim_input claim{
        transfer_key(operation::pay, r.what.id), r.what.amount, {}, terms.channel, r.what.submit_before};
    ask(now, std::move(r), input{claim});
  }

  void receive(instant now, channel_request r) {
    const channel_request_effect& what = r.what;
    const bool too_late =
        (!what.enquiry || what.check) && now > what.submit_before && !mutated(mutation::submit_too_late);
    const bool is_refund = what.operation == operation::refund;
    const bool is_spoken = is_refund || what.operation == (what.enquiry ? operation::pay : operation::close);
    if (too_late || !is_spoken || what.wallet.empty())
      return unspoken.receive(now, std::move(r), nullptr, terms);
    if (is_refund && !what.enquiry && mutated(mutation::keep_wallet_refund)) {
      returned.beside.push_back(r.number);
      return tell(now, r.order, heard_of(what, evidence::channel_reply, reply_class::succeeded, "OK"));
    }
    if (is_refund && !what.enquiry) {
      const credit_input credit{
          transfer_key(operation::refund, what.id), what.amount, {}, terms.channel, what.submit_before};
      return ask(now, std::move(r), input{credit});
    }
    const operation about = is_refund ? operation::refund : operation::pay;
    const standing_query query{
        {awaited::about::transfer, {}, transfer_key(about, what.id), what.attempt_submit_before}};
    ask(now, std::move(r), query);
  }

  void ask(instant now, channel_request r, delivery_content content) {
    const uint64_t number = ++questions;
    const auto merchant = merchant_id::trusted(r.order.part(0));
    auto account = stream_name::of_account(path(account_of(merchant, r.what.wallet)));
    const instant until = plus_ms(now, terms.reply_within_ms);
    deadlines.emplace(until, number);
    under_way.emplace(number, question{std::move(r), now, until});
    const directory_actor& directory = sys->directory_of(account);
    deliveries.to(directory).deliveries.push_back(
        {std::move(account), now, std::move(content), {caf::actor_cast<reply_sink>(self), number}, nullptr});
  }

  // --- answers in ---

  void answered(instant now, const reply& r) {
    auto found = under_way.find(r.request_id);
    if (found == under_way.end())
      return;
    const question q = std::move(found->second);
    under_way.erase(found);
    if (!q.given_up)
      deadlines.erase({q.give_up, r.request_id});
    if (q.is_payment()) {
      if (!q.given_up)
        note_reply(now, q);
      const words w = heard_of_transfer(r.code, q.given_up);
      if (!q.given_up || is_definite(w.outcome))
        tell_of_payment(now, q.asked, w, false);
      return;
    }
    if (auto said = heard(now, q, r.code))
      tell(now, q.asked.order, std::move(*said));
    if (!q.given_up)
      returned.beside.push_back(q.asked.number);
  }

  /// What an order is told of an answer to anything but a payment; none: nothing that counts.
  std::optional<input> heard(instant now, const question& q, errc answer) const {
    const channel_request_effect& what = q.asked.what;
    if (!what.enquiry && what.operation == operation::close)
      return heard_of_close(now, what, answer);
    const words w = what.enquiry ? heard_of_question(answer, now > what.attempt_submit_before)
                                 : heard_of_transfer(answer, q.given_up);
    if (q.given_up && !is_definite(w.outcome))
      return std::nullopt;
    return heard_of(what, w.source, w.outcome, w.code, {},
                    what.enquiry ? std::optional(facts_of(q.sent, terms, what.check)) : std::nullopt);
  }

  /// A payment needn't be closed: past its deadline its wallet doesn't pay any more.
  static std::optional<input> heard_of_close(instant now, const channel_request_effect& what, errc answer) {
    if (answer == errc::ok)
      return heard_of(what, evidence::close_reply, reply_class::succeeded, "ALREADY_PAID");
    if (answer == errc::unknown_order && now > what.attempt_submit_before)
      return heard_of(what, evidence::close_reply, reply_class::failed_final, "CLOSED");
    return std::nullopt;
  }

  void give_up(instant now, question& q) {
    q.given_up = true;
    const channel_request_effect& what = q.asked.what;
    constexpr std::string_view code = "REPLY_TIMEOUT";
    if (q.is_payment()) {
      note_reply(now, q);
      return tell_of_payment(now, q.asked, {evidence::reply_timeout, reply_class::unknown, code}, true);
    }
    if (what.enquiry)
      tell(now, q.asked.order,
           heard_of(what, evidence::enquiry_failed, reply_class::unknown, code, {}, facts_of(now, terms, what.check)));
    else if (what.operation == operation::refund)
      tell(now, q.asked.order, heard_of(what, evidence::reply_timeout, reply_class::unknown, code));
    returned.beside.push_back(q.asked.number);
  }

  void note_reply(instant now, const question& q) { meter->reply_us.add((now.ns - q.sent.ns) / ns_per_us); }

  // --- what is told ---

  void tell_of_payment(instant now, const channel_request& r, words w, bool still_out) {
    returned.permits.push_back({r.what.id, w.outcome, still_out});
    tell(now, r.order, heard_of(r.what, w.source, w.outcome, w.code));
  }

  void tell(instant now, stream_name order, input said) {
    count_enquiry(*meter, said);
    const directory_actor& directory = sys->directory_of(order);
    deliveries.to(directory).deliveries.push_back({std::move(order), now, std::move(said), {}, nullptr});
  }

  /// After every message: what is due, then everything that was asked and said, a message for each who hears it.
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
        tell(now, std::move(s.order), std::move(*s.what));
    }
    deliveries.send_all(self);
    if ((!returned.permits.empty() || !returned.beside.empty()) && permits)
      self->send(permits, std::exchange(returned, {}));
    look_again.in_time(self, now,
                       earlier_of(unspoken.next(), deadlines.empty() ? instant{} : deadlines.begin()->first));
  }
};

wallet_port_actor::behavior_type wallet_port(wallet_port_actor::stateful_pointer<wallet_port_state> self,
                                             context_ptr ctx, system_ptr sys, const channel_terms& terms) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.terms = terms;
  s.meter = s.ctx->meters->channel(terms.channel);
  return {
      [self](submission_batch& batch) {
        const instant now = self->state.ctx->clock->now();
        for (submission& one : batch.submissions)
          self->state.submit(now, std::move(one));
        self->state.settle(now);
      },
      [self](channel_request& r) {
        const instant now = self->state.ctx->clock->now();
        self->state.receive(now, std::move(r));
        self->state.settle(now);
      },
      [self](port_terms& p) { self->state.terms = std::move(p.terms); },
      [self](port_permits& p) { self->state.permits = std::move(p.permits); },
      [self](publication& p) { pass_on_publication(self, std::move(p)); }, // it pays nothing out
      [self](tick) {
        self->state.look_again.has_come();
        self->state.settle(self->state.ctx->clock->now());
      },
      [self](const reply_batch& batch) {
        const instant now = self->state.ctx->clock->now();
        for (const reply& r : batch.replies)
          self->state.answered(now, r);
        self->state.settle(now);
      },
  };
}

} // namespace

port_actor spawn_wallet_port(caf::actor_system& system, context_ptr ctx, system_ptr sys, const channel_terms& terms) {
  return caf::actor_cast<port_actor>(system.spawn(wallet_port, std::move(ctx), std::move(sys), terms));
}

} // namespace oncepay
