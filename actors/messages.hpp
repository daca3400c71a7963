// The messages actors exchange: plain structs, in process only. Order of reading: a client's command enters as a
// `delivery`, asks a router (`route_request`, `permit_request`, `routed`), is appended (`append_request`), and what the
// commit allows leaves as `submission`s, `publication`s and replies.
#pragma once

#include "actors/admission.hpp"
#include "actors/domain/awaited.hpp"
#include "actors/domain/effect.hpp"
#include "actors/domain/risk.hpp"
#include "actors/domain/routing.hpp"
#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"
#include "store/event_log.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace oncepay {

// --- answers --------------------------------------------------------------------------------------------------

/// Replies for one sink, as many as one commit or handler made. Their `request_id` is the asker's own number.
struct reply_batch {
  std::vector<reply> replies;
};

/// Whoever waits for an answer: a session, the provisioner, a test.
using reply_sink = caf::typed_actor<caf::reacts_to<reply_batch>>;

/// Where an answer goes. Without a sink nobody waits.
struct asker {
  reply_sink sink;
  uint64_t request_id = 0;
  bool until_durable = false; ///< Doesn't wait for the outcome, only until what it asked for is durable.
};

// --- entities -------------------------------------------------------------------------------------------------

/// Asks an entity how it stands, or what became of one thing it was asked to do; changes nothing.
struct standing_query {
  awaited about = {};
};
/// Its due time has come, or a restart wants it looked at.
struct wake_up {};

/// Something that first claims a name in a stream of its own. Whoever it is about looks at it before the name is
/// claimed: what is refused leaves the name free, and what is known is answered at once.
struct proposal {
  input what;
};

using delivery_content = std::variant<input, standing_query, wake_up, proposal>;

/// Something for one entity. Goes through its directory, which finds or rehydrates the entity.
struct delivery {
  stream_name to;
  instant at; ///< Stamped once, where it entered.
  delivery_content content;
  asker from;
  ticket_ptr admitted; ///< Held until the entity has no more to do for it; null for inputs from inside.
};

/// What a channel told of its own accord, proven to be its word. `answer` is called once, on any thread: true when
/// whatever it changed is durable, false where it should be told again later.
struct channel_notice {
  stream_name order; ///< Where it was addressed to; the order compares what it is about.
  attempt_input what;
  std::function<void(bool taken)> answer;
};

/// Several at once, from a port or a session to one directory.
struct delivery_batch {
  std::vector<delivery> deliveries;
};

/// Entity to directory: rehydrated; another recovery may begin.
struct entity_ready {
  stream_name stream;
};
/// Nothing is outstanding of what an entity was delivered, and nothing happens there until more is.
struct entity_quiet {
  stream_name stream;
  uint64_t activation = 0;
  uint64_t received = 0; ///< Deliveries in this activation.
};
/// To directory: from an entity about itself, or from the journal about all whose last decision one commit made
/// durable.
struct entities_quiet {
  std::vector<entity_quiet> entities;
};
/// Directory to entity: whose entity you are from here on, and what came for it.
struct take_up {
  stream_name stream;
  uint64_t activation = 0; ///< No other of this directory's has the number.
  bool fresh = false;      ///< The log holds no decision of the stream.
  std::vector<delivery> deliveries;
};
/// Entity to itself, later: has somebody answered?
struct asked_overdue {
  uint64_t activation = 0;
};

// --- channels -------------------------------------------------------------------------------------------------

/// A durable intent, on its way to the channel.
struct submission {
  stream_name order;
  submit_effect what;
};

/// The submissions of one commit to one port.
struct submission_batch {
  std::vector<submission> submissions;
};

/// Whoever submits: the interface of every channel port.
using submission_sink = caf::typed_actor<caf::reacts_to<submission_batch>>;

/// How an attempt's result is told to those who count: the limiter and, through it, the router.
struct permit_return {
  attempt_id attempt;
  std::optional<reply_class> outcome; ///< None: the attempt was never made.
  /// We stopped waiting, but the channel may still work on it: the permit stays out until its lease ends.
  bool still_out = false;
};
struct permit_return_batch {
  std::vector<permit_return> permits;
  std::vector<uint64_t> beside = {}; ///< Numbers of channel requests that are over.
};

using permit_sink = caf::typed_actor<caf::reacts_to<permit_return_batch>>;

/// Something an order wants of a channel beside the payment itself. From the entity to the registry, to that channel's
/// limiter, to its port; answered through the directory.
struct channel_request {
  stream_name order;
  channel_request_effect what;
  uint64_t number = 0; ///< The limiter's own, by which the port returns the permit.
};

using channel_request_sink = caf::typed_actor<caf::reacts_to<channel_request>>;

/// Registry to port: terms in force from here on.
struct port_terms {
  channel_terms terms;
};
/// Registry to port, before its first submission: where permits go back to.
struct port_permits {
  permit_sink permits;
};

/// A result that a merchant is to be told by now. From the order to the notifier; answered through the directory.
struct telling_request {
  stream_name order;
  telling_effect what;
};

/// A batch's lines, to be handed to their orders. From the batch to its desk, which does it once at a time; answered
/// through the directory.
struct hand_out_request {
  stream_name batch;
  hand_out_effect what;
};

/// A batch as it stands, its lines to be filled in with how their orders do.
struct batch_query {
  asker from;
  reply so_far; ///< Holds the batch's view.
  instant at;
  ticket_ptr admitted; ///< Held until it is answered, whether or not the asker is still there.
};

// --- routing --------------------------------------------------------------------------------------------------

/// The answer to a `route_request`. Where a channel was chosen, the permit for this attempt is granted: it ends in a
/// submission or is returned.
struct routed {
  attempt_id attempt;
  route_answer answer;
  submission_sink port;
  permit_sink permits;
};

using routed_sink = caf::typed_actor<caf::reacts_to<routed>>;

/// Entity to router, and router to itself after a limiter passed.
struct route_request {
  route_question question;
  instant at;
  routed_sink entity;
  std::vector<channel_id> busy; ///< Channels whose limiters passed on this very request.
};

/// Router to limiter: grant this attempt a permit, then answer the entity; or pass.
struct permit_request {
  route_request request;
  route_answer answer;
};

/// Limiter to router: no permit within the bounds; try the next one.
struct passed_over {
  route_request request;
};

/// Limiter to router: the channel's health changed.
struct health_changed {
  channel_id channel;
  bool unstable = false;
};

// --- risk -----------------------------------------------------------------------------------------------------

/// What risk rules say of a payment.
struct assessed {
  attempt_id attempt; ///< Its first, that was chosen a channel for.
  risk_answer answer;
};
using assessed_sink = caf::typed_actor<caf::reacts_to<assessed>>;

/// Entity to the risk desk.
struct risk_request {
  risk::question question;
  instant at;
  attempt_id attempt;
  assessed_sink entity;
};

/// What was counted before this process began.
struct risk_begin {
  risk::counts counted;
};

// --- terms ----------------------------------------------------------------------------------------------------

/// New terms on their way through those who must know them, in turn: registry, limiter, router. The last one answers
/// the asker, so that "switched off" is only said once no grant can follow.
struct publication;
using publication_sink = caf::typed_actor<caf::reacts_to<publication>>;
struct publication {
  uint64_t position = 0; ///< The decision's: the configuration version.
  std::variant<publish_merchant_effect, publish_channel_effect, publish_method_effect, publish_stops_effect> what;
  asker then_answer;
  reply answer;
  std::vector<publication_sink> then = {}; ///< Who learns of it next, in turn; with stopped pay-outs only.
};

/// A permit that was out when the process ended.
struct lease {
  channel_id channel;
  attempt_id attempt;
  instant until;
};

/// Everything the log says about merchants and channels at start, leases included, before the first grant.
struct catalogue {
  std::vector<publish_merchant_effect> merchants;
  std::vector<publish_channel_effect> channels;
  std::vector<publish_method_effect> methods; ///< That were ever switched.
  std::vector<lease> leases;
  pay_out_stops stops;
  uint64_t position = 0;
  asker then_answer;
};

// --- journal --------------------------------------------------------------------------------------------------

/// Journal to entity: what it appended and asked to be told about is durable.
struct committed {
  uint64_t position = 0; ///< 0: the entity to itself, it should ask the log.
  uint64_t activation = 0;
};
using committed_sink = caf::typed_actor<caf::reacts_to<committed>>;

struct pending_reply {
  asker to;
  reply what;
};

/// A decision to make durable, and what its commit allows.
struct append_request {
  append_entry entry;
  submission_sink port; ///< With `submit`.
  std::optional<submission> submit;
  std::vector<channel_request> requests = {};
  std::vector<delivery> goes_on = {};   ///< To those whose turn it is now.
  std::vector<pending_reply> replies;   ///< Their position is filled in.
  std::shared_ptr<publication> publish; ///< Its position too. Null with payments, which needn't carry its kilobyte.
  committed_sink tell;                  ///< Empty where an answer to the submission implies the commit.
  uint64_t activation = 0;              ///< Whose decision it is.
  /// So many deliveries its entity had received; once this is durable it is quiet, unless more have come. None: it has
  /// more to do.
  std::optional<uint64_t> quiet_after = {};
  std::vector<ticket_ptr> admitted; ///< Given back after the commit: what the disk can't take must not pile up.
};

/// A journal's message to itself: what is queued by then is one durable commit.
struct commit_next {};
/// And where commits take simulated time (`context::commit_takes_us`): it has passed.
struct commit_over {};

// --- views ----------------------------------------------------------------------------------------------------

/// Journal to folder and projections.
struct head_moved {
  uint64_t position = 0;
};
/// A projection's or folder's message to itself.
struct fold_next {};

struct balances_query {
  std::string path_prefix;
  uint64_t not_before_position = 0;
  uint64_t rather_from = 0; ///< Is waited for, too; where the view doesn't come so far, what there is will do.
  asker from;
  ticket_ptr admitted; ///< Held until it is answered, whether or not the asker is still there.
};

/// The order's trajectory, to be added to a reply that is otherwise finished.
struct trajectory_query {
  stream_name order;
  uint64_t not_before_position = 0;
  asker from;
  reply so_far;
  ticket_ptr admitted; ///< As above.
};

// --- sessions -------------------------------------------------------------------------------------------------

/// Bytes as they were read, cut anywhere.
struct bytes_in {
  std::vector<std::byte> bytes;
};
/// The server is stopping and nothing is under way: close behind the replies that are queued here already.
struct close_connection {};
/// Its connection was paused for want of tickets, and half of them are back.
struct tickets_back {};
/// The connection is gone.
struct connection_closed {};

/// An actor's own ticker.
struct tick {};
/// The same of a limiter, for what is in no hurry.
struct slow_tick {};

} // namespace oncepay

#define ONCEPAY_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(oncepay::type)
ONCEPAY_MESSAGE(reply_batch)
ONCEPAY_MESSAGE(delivery)
ONCEPAY_MESSAGE(delivery_batch)
ONCEPAY_MESSAGE(channel_notice)
ONCEPAY_MESSAGE(entity_ready)
ONCEPAY_MESSAGE(entities_quiet)
ONCEPAY_MESSAGE(take_up)
ONCEPAY_MESSAGE(asked_overdue)
ONCEPAY_MESSAGE(submission_batch)
ONCEPAY_MESSAGE(permit_return_batch)
ONCEPAY_MESSAGE(channel_request)
ONCEPAY_MESSAGE(telling_request)
ONCEPAY_MESSAGE(hand_out_request)
ONCEPAY_MESSAGE(batch_query)
ONCEPAY_MESSAGE(port_terms)
ONCEPAY_MESSAGE(port_permits)
ONCEPAY_MESSAGE(routed)
ONCEPAY_MESSAGE(route_request)
ONCEPAY_MESSAGE(permit_request)
ONCEPAY_MESSAGE(passed_over)
ONCEPAY_MESSAGE(health_changed)
ONCEPAY_MESSAGE(assessed)
ONCEPAY_MESSAGE(risk_request)
ONCEPAY_MESSAGE(risk_begin)
ONCEPAY_MESSAGE(publication)
ONCEPAY_MESSAGE(catalogue)
ONCEPAY_MESSAGE(committed)
ONCEPAY_MESSAGE(append_request)
ONCEPAY_MESSAGE(commit_next)
ONCEPAY_MESSAGE(commit_over)
ONCEPAY_MESSAGE(head_moved)
ONCEPAY_MESSAGE(fold_next)
ONCEPAY_MESSAGE(balances_query)
ONCEPAY_MESSAGE(trajectory_query)
ONCEPAY_MESSAGE(bytes_in)
ONCEPAY_MESSAGE(close_connection)
ONCEPAY_MESSAGE(tickets_back)
ONCEPAY_MESSAGE(connection_closed)
ONCEPAY_MESSAGE(tick)
ONCEPAY_MESSAGE(slow_tick)
#undef ONCEPAY_MESSAGE
