#include "actors/session.hpp"

#include "actors/answer_tally.hpp"
#include "actors/confirmation_proof.hpp"
#include "actors/domain/collection_code.hpp"
#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/session_inputs.hpp"
#include "actors/unanswered.hpp"
#include "actors/uptime.hpp"
#include "schema/frame_splitter.hpp"
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"
#include "store/payer_vault.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <utility>

namespace oncepay {

namespace {

struct session_state {
  static constexpr const char* name = "session";
  explicit session_state(session_actor::pointer owner) : self(owner) {}

  session_actor::pointer self;
  context_ptr ctx;
  system_ptr sys;
  connection_ptr peer;
  std::shared_ptr<connection_tickets> tickets;
  frame_splitter frames;
  unanswered_commands unanswered;
  instant last_bytes_at;
  int64_t last_bytes_at_ns = 0; ///< Of the steady clock.
  instant owes_frame_since;     ///< When it connected, or the frame began that isn't whole.
  bool spoke = false;           ///< A whole frame has come.
  bool closing = false;
  bool paused = false;   ///< Until tickets are back, or views have answered; what was read lies in `frames`.
  bool watching = false; ///< A tick is on its way.
  std::vector<std::byte> out;

  // --- bytes in ---

  /// With what was read, and `more`: as far as the connection's tickets reach, so that nobody alone is ever told busy.
  void go_on(bytes_view more = {}) {
    const bool begins_frame = !frames.in_mid_frame();
    frames.feed(more);
    last_bytes_at = ctx->clock->now();
    last_bytes_at_ns = uptime_ns(self);
    if (begins_frame && spoke)
      owes_frame_since = last_bytes_at;
    gather<directory_actor, delivery_batch> admitted;
    while (!closing && !(paused = tickets->pauses())) {
      auto frame = frames.next();
      if (!frame) {
        refuse(0, meters::no_operation, frame.error());
        closing = true;
      } else if (!*frame) {
        break;
      } else {
        spoke = true;
        owes_frame_since = last_bytes_at;
        handle(**frame, admitted);
      }
    }
    admitted.send_all(self);
    write_out();
    if (closing)
      peer->close();
    else if (!paused)
      peer->read_on();
    keep_watching();
  }

  void handle(bytes_view frame, gather<directory_actor, delivery_batch>& admitted) {
    auto cmd = decode_command(frame);
    if (!cmd) {
      refuse(cmd.error().request_id, meters::no_operation, cmd.error().code, cmd.error().text);
      closing = cmd.error().must_close();
      return;
    }
    const size_t operation = cmd->body.index();
    if (ctx->stopping->load(std::memory_order_relaxed))
      return refuse(cmd->request_id, operation, errc::shutting_down);
    const bool asks_only = std::holds_alternative<query_order_command>(cmd->body) ||
                           std::holds_alternative<query_balances_command>(cmd->body) ||
                           std::holds_alternative<query_batch_command>(cmd->body) ||
                           std::holds_alternative<query_code_command>(cmd->body);
    if (ctx->restored && !asks_only)
      return refuse(cmd->request_id, operation, errc::restored_mode);
    if (!asks_only && ctx->log->unfolded() >= limits::unfolded_decisions_max)
      return refuse_busy(*cmd, busy_reason::index);
    if (auto why = stops_nobody(*cmd))
      return refuse(cmd->request_id, operation, *why);
    std::shared_ptr<quota_place> place;
    if (ctx->quotas->any()) {
      auto asked = ask_quota(*cmd);
      if (!asked)
        return refuse_quota(*cmd, asked.error());
      place = std::move(*asked);
    }
    const bool asks_view = asks_a_view(*cmd);
    // The view won't be there in time: nobody has decided so much yet. A batch is asked without one.
    if (asks_view && !std::holds_alternative<query_batch_command>(cmd->body) &&
        cmd->not_before_position > ctx->log->head().position)
      return refuse(cmd->request_id, operation, errc::view_behind);
    if (asks_view && ctx->admitted->views_full())
      return refuse_busy(*cmd, busy_reason::views);
    ticket_ptr admission = tickets->take();
    if (!admission)
      return refuse_busy(*cmd, ctx->admitted->in_hand_full() ? busy_reason::in_hand : busy_reason::tickets);
    if (asks_view)
      admission->asks_view();
    if (place)
      admission->hold(std::move(place));
    const uint64_t number = unanswered.add(*cmd, last_bytes_at, last_bytes_at_ns);
    std::visit([&](auto& body) { dispatch(body, *cmd, number, std::move(admission), admitted); }, cmd->body);
  }

  /// Whoever stops somebody's pay-outs and is told that it is done must not have mistyped the name.
  std::optional<errc> stops_nobody(const command& cmd) const {
    auto* stop = std::get_if<switch_pay_outs_command>(&cmd.body);
    if (stop == nullptr)
      return std::nullopt;
    auto is_unknown = [this](const stream_name& stream) {
      const auto version = ctx->log->version_of(stream);
      return version && *version == 0;
    };
    if (!stop->merchant.empty() && is_unknown(stream_name::of_merchant(stop->merchant)))
      return errc::unknown_merchant;
    if (!stop->channel.empty() && is_unknown(stream_name::of_channel(stop->channel)))
      return errc::unknown_channel;
    return std::nullopt;
  }

  /// A place in the quota of the merchant that asks, null where it has none; or who is told, and when to come again.
  tl::expected<std::shared_ptr<quota_place>, quota_refusal> ask_quota(const command& cmd) const {
    const merchant_id* merchant = asking_merchant(cmd);
    if (merchant == nullptr)
      return nullptr;
    return ctx->quotas->ask(*merchant, last_bytes_at);
  }

  using batches = gather<directory_actor, delivery_batch>;

  void deliver(stream_name to, delivery_content content, uint64_t number, ticket_ptr admission, batches& admitted) {
    const directory_actor& directory = sys->directory_of(to);
    admitted.to(directory).deliveries.push_back(
        {std::move(to), last_bytes_at, std::move(content), me(number), std::move(admission)});
  }

  /// What opens an order. What is to be withheld is proposed: the order that bound the card looks at it first.
  template <class Wish>
  requires std::same_as<Wish, pay_command> || std::same_as<Wish, bind_command> ||
      std::same_as<Wish, authenticate_command>
  void dispatch(Wish& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    auto order = stream_name::of_order(c.merchant, c.order_no);
    pay_input in = input_of(*ctx, order, c);
    if (in.agreement.bound_by.empty())
      deliver(std::move(order), input{std::move(in)}, number, std::move(admission), admitted);
    else
      deliver(std::move(order), proposal{std::move(in)}, number, std::move(admission), admitted);
  }

  void dispatch(open_merchant_command& c, const command&, uint64_t number, ticket_ptr admission, batches&) {
    auto to = stream_name::of_merchant(c.terms.merchant);
    ask_for_room(std::move(to), merchant_input{std::move(c.terms), false}, number, std::move(admission));
  }

  void dispatch(open_channel_command& c, const command&, uint64_t number, ticket_ptr admission, batches&) {
    auto to = stream_name::of_channel(c.terms.channel);
    ask_for_room(std::move(to), channel_input{std::move(c.terms), false}, number, std::move(admission));
  }

  /// Not to its directory: the registry knows whether there is room for one more.
  void ask_for_room(stream_name to, input terms, uint64_t number, ticket_ptr admission) {
    self->send(sys->registry,
               delivery{std::move(to), last_bytes_at, std::move(terms), me(number), std::move(admission)});
  }

  void dispatch(switch_channel_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_channel(c.channel),
            input{switch_input{c.on, std::move(c.operator_name), std::move(c.reason)}}, number, std::move(admission),
            admitted);
  }

  void dispatch(query_order_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    if (c.with_trajectory)
      unanswered.at(number).admitted = admission;
    deliver(stream_name::of_order(c.merchant, c.order_no), standing_query{}, number, std::move(admission), admitted);
  }

  void dispatch(query_balances_command& c, const command& cmd, uint64_t number, ticket_ptr admission, batches&) {
    // What was acknowledged before this came is in it, whoever it was acknowledged to, unless the view can't follow.
    self->send(sys->balances, balances_query{std::move(c.path_prefix), cmd.not_before_position,
                                             ctx->log->head().position, me(number), std::move(admission)});
  }

  /// Its order looks at it first; only what the order would accept claims the refund's number.
  void dispatch(refund_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    auto order = stream_name::of_order(c.merchant, c.order_no);
    deliver(std::move(order), proposal{input_of(c)}, number, std::move(admission), admitted);
  }

  void dispatch(unbind_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    auto order = stream_name::of_order(c.merchant, c.order_no);
    deliver(std::move(order), proposal{input_of(c)}, number, std::move(admission), admitted);
  }

  /// Its order looks at it first, then the account that it is paid from; only what both would accept opens the order.
  void dispatch(pay_out_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    auto order = stream_name::of_order(c.merchant, c.order_no);
    proposal wish{input_of(*ctx, order, c)};
    deliver(std::move(order), std::move(wish), number, std::move(admission), admitted);
  }

  /// The batch looks at it first, then its merchant; only what both would accept opens the batch.
  void dispatch(pay_out_batch_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    auto batch = stream_name::of_batch(c.merchant, c.batch_no);
    deliver(std::move(batch), proposal{input_of(*ctx, c)}, number, std::move(admission), admitted);
  }

  void dispatch(query_batch_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    unanswered.at(number).admitted = admission;
    deliver(stream_name::of_batch(c.merchant, c.batch_no), standing_query{}, number, std::move(admission), admitted);
  }

  void dispatch(close_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_order(c.merchant, c.order_no), input{close_input{std::move(c.reason)}}, number,
            std::move(admission), admitted);
  }

  void dispatch(propose_ruling_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_order(c.merchant, c.order_no),
            input{ruling_proposal_input{c.subject, c.number, c.outcome, std::move(c.evidence), std::move(c.reason),
                                        std::move(c.operator_name)}},
            number, std::move(admission), admitted);
  }

  void dispatch(answer_ruling_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_order(c.merchant, c.order_no),
            input{ruling_answer_input{std::move(c.ruling), c.approve, std::move(c.operator_name), std::move(c.reason)}},
            number, std::move(admission), admitted);
  }

  void dispatch(check_order_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_order(c.merchant, c.order_no),
            input{check_input{std::move(c.channel), std::move(c.operator_name), std::move(c.reason)}}, number,
            std::move(admission), admitted);
  }

  /// Its merchant looks at it first.
  void dispatch(issue_code_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    code_serial serial =
        collection_code::serial_of(ctx->vault->token(collection_code::secret_text(c.merchant, c.label)));
    auto merchant = stream_name::of_merchant(c.merchant);
    deliver(std::move(merchant), proposal{code_input{std::move(serial), std::move(c.merchant), std::move(c.label)}},
            number, std::move(admission), admitted);
  }

  void dispatch(revoke_code_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_code(c.serial),
            input{code_revocation_input{std::move(c.operator_name), std::move(c.reason)}}, number, std::move(admission),
            admitted);
  }

  void dispatch(query_code_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_code(c.serial), standing_query{}, number, std::move(admission), admitted);
  }

  void dispatch(switch_pay_outs_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    deliver(stream_name::of_operations(),
            input{pay_out_switch_input{c.on, std::move(c.merchant), std::move(c.channel), std::move(c.operator_name),
                                       std::move(c.reason)}},
            number, std::move(admission), admitted);
  }

  void dispatch(confirm_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    confirm_input in;
    in.amount = c.amount;
    in.proven = proves_confirmation(ctx->confirmed_with, c);
    // From here on nobody sees the proof.
    in.proof_token = ctx->vault->token("proof/" + c.proof);
    deliver(stream_name::of_order(c.merchant, c.order_no), input{std::move(in)}, number, std::move(admission),
            admitted);
  }

  void dispatch(switch_command& c, const command&, uint64_t number, ticket_ptr admission, batches& admitted) {
    input what{switch_input{c.on, std::move(c.operator_name), std::move(c.reason)}};
    if (c.subject == switch_subject::merchant)
      return deliver(stream_name::of_merchant(merchant_id::trusted(c.name)), std::move(what), number,
                     std::move(admission), admitted);
    // Not to its directory: the registry knows whether anybody serves it.
    self->send(sys->registry, delivery{stream_name::of_method(method_id::trusted(c.name)), last_bytes_at,
                                       std::move(what), me(number), std::move(admission)});
  }

  asker me(uint64_t number) const { return {caf::actor_cast<reply_sink>(self), number}; }

  // --- replies out ---

  void refuse(uint64_t request_id, size_t operation, errc code, std::string text = {}) {
    reply r;
    r.request_id = request_id;
    r.code = code;
    r.text = text.empty() ? std::string(sentence(code)) : std::move(text);
    append_frame(out, r);
    ctx->meters->sessions.answers[operation][static_cast<size_t>(code)].add();
  }

  void refuse_quota(const command& cmd, const quota_refusal& why) {
    if (why.tell_operators)
      ctx->say(severity::warning, topic::quota,
               "merchant " + asking_merchant(cmd)->str() + " asks for more than its quota and is told to come again");
    reply r;
    r.request_id = cmd.request_id;
    r.code = errc::quota_exceeded;
    r.text = std::string(sentence(r.code));
    r.retry_after_ms = why.retry_after_ms;
    append_frame(out, r);
    ctx->meters->sessions.answers[cmd.body.index()][static_cast<size_t>(r.code)].add();
  }

  void refuse_busy(const command& cmd, busy_reason why) {
    ctx->meters->refusals.count(why);
    refuse(cmd.request_id, cmd.body.index(), errc::busy);
  }

  void send_replies(reply_batch& batch) {
    answer_tally tally(ctx->meters->sessions);
    const int64_t now_ns = uptime_ns(self);
    for (reply& r : batch.replies) {
      auto it = unanswered.find(r.request_id);
      if (it == unanswered.none())
        continue; // was told `processing` at the reply limit
      outstanding& asked = it->second;
      if (asked.with_trajectory && std::holds_alternative<order_view>(r.body)) {
        asked.with_trajectory = false; // the second answer is the whole one
        const uint64_t from = std::max(asked.not_before_position, r.position);
        self->send(sys->trajectory, trajectory_query{std::move(asked.order), from, me(it->first), std::move(r),
                                                     std::move(asked.admitted)});
        continue;
      }
      if (asked.with_lines && std::holds_alternative<batch_view>(r.body)) {
        asked.with_lines = false; // here too
        self->send(sys->batches, batch_query{me(it->first), std::move(r), last_bytes_at, std::move(asked.admitted)});
        continue;
      }
      r.request_id = asked.request_id;
      tally.add(asked.operation, r.code, (now_ns - asked.read_at_ns) / ns_per_us);
      unanswered.forget(it);
      append_frame(out, r);
    }
    tally.flush();
    write_out();
  }

  void write_out() {
    if (!out.empty())
      peer->write(std::exchange(out, {}));
  }

  void close() {
    closing = true;
    peer->close();
  }

  // --- time ---

  void look_at_the_clock() {
    const instant now = ctx->clock->now();
    while (!unanswered.empty() && unanswered.oldest()->second.answer_by <= now) {
      const outstanding& asked = unanswered.oldest()->second;
      refuse(asked.request_id, asked.operation, errc::processing);
      ctx->meters->sessions.answer_us[asked.operation].add((uptime_ns(self) - asked.read_at_ns) / ns_per_us);
      unanswered.forget(unanswered.oldest());
    }
    if (paused || peer->waits_for_peer())
      owes_frame_since = now; // It isn't being listened to.
    const bool late = now >= plus_ms(owes_frame_since, limits::frame_ms_max);
    if (late && (!spoke || frames.in_mid_frame()))
      closing = true;
    write_out();
    if (closing)
      peer->close();
    watching = false;
    keep_watching();
  }

  /// The clock matters only to who waits for an answer or isn't through with a frame; thousands of idle connections
  /// would else wake a worker thousands of times a second, for nothing.
  void keep_watching() {
    if (watching || (unanswered.empty() && spoke && !frames.in_mid_frame()))
      return;
    watching = true;
    self->delayed_send(self, std::chrono::milliseconds(1000), tick{});
  }
};

session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self, context_ptr ctx,
                                     system_ptr sys, const connection_ptr& peer) {
  stop_process_on_exception(self, ctx);
  auto& s = self->state;
  s.owes_frame_since = ctx->clock->now();
  s.tickets = std::make_shared<connection_tickets>(
      ctx->admitted, limits::tickets_per_connection, [session = caf::actor_addr(self->address())] {
        if (auto alive = caf::actor_cast<caf::strong_actor_ptr>(session))
          caf::anon_send(caf::actor_cast<session_actor>(alive), tickets_back{});
      });
  s.ctx = std::move(ctx);
  s.sys = std::move(sys);
  s.peer = peer;
  s.keep_watching();
  return {
      [self](bytes_in& in) { self->state.go_on(in.bytes); },
      [self](reply_batch& batch) { self->state.send_replies(batch); },
      [self](close_connection) { self->state.close(); },
      [self](tickets_back) { self->state.go_on(); },
      [self](connection_closed) { self->quit(); },
      [self](tick) { self->state.look_at_the_clock(); },
  };
}

} // namespace

session_actor spawn_session(caf::actor_system& system, context_ptr ctx, system_ptr sys, connection_ptr peer) {
  return system.spawn(session, std::move(ctx), std::move(sys), peer);
}

} // namespace oncepay
