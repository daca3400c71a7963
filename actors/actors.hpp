// The actors of oncepay: who there is, and what each message does. Whoever has read this file knows the system.
#pragma once

#include "actors/messages.hpp"

namespace oncepay {

/// Finds or rehydrates the entity of a stream; every input to an entity passes here. There are a few, by hash of the
/// name. What is quiet, and has been for longest, is given the next stream. Wakes what is due, paced.
using directory_actor = caf::typed_actor<caf::reacts_to<delivery>,       // hand it to its entity
                                         caf::reacts_to<delivery_batch>, // each of them
                                         caf::reacts_to<entity_ready>,   // a recovery is over, the next may begin
                                         caf::reacts_to<entities_quiet>, // may be given another stream
                                         caf::reacts_to<tick>>;          // wake what is due

/// One order, account, channel or merchant: the generic shell around a domain module. Decodes nothing, decides nothing:
/// rehydrate, `decide`, journal, `evolve`, effects, answer. One after the other where it has nothing left to do.
using entity_actor = caf::typed_actor<caf::reacts_to<take_up>,        // forget the stream before, be this one's
                                      caf::reacts_to<delivery>,       // decide, now or after what is under way
                                      caf::reacts_to<routed>,         // the answer `decide` depended on
                                      caf::reacts_to<assessed>,       // the same, of risk rules
                                      caf::reacts_to<committed>,      // the decision is durable
                                      caf::reacts_to<asked_overdue>>; // what it asked a channel

/// Makes decisions durable: what has come when a commit is over is the next one. Then sends what that allows:
/// submissions to ports, replies to sinks, publications. A failed commit stops the process.
using journal_actor = caf::typed_actor<caf::reacts_to<append_request>, // joins the next commit
                                       caf::reacts_to<commit_next>,    // to itself: whatever has come by now
                                       caf::reacts_to<commit_over>>;   // to itself, where time is simulated

/// Folds the log into its indexes, lazily.
using folder_actor = caf::typed_actor<caf::reacts_to<head_moved>, // fold soon
                                      caf::reacts_to<fold_next>>; // to itself

/// Chooses a channel for an attempt and has its limiter grant a permit; goes on to the next channel where one passes.
using router_actor = caf::typed_actor<caf::reacts_to<route_request>,  // answered to the entity with `routed`
                                      caf::reacts_to<passed_over>,    // choose again without that channel
                                      caf::reacts_to<health_changed>, // rank it behind stable ones, or no longer
                                      caf::reacts_to<publication>,    // terms in force; answers the asker
                                      caf::reacts_to<catalogue>,      // all terms at start; answers the asker
                                      caf::reacts_to<struct limiter_known>>;

/// Applies risk rules to payments that they are about, and counts what they count: one for all, because it counts over
/// merchants. Nobody else's payments pass here.
using risk_actor = caf::typed_actor<caf::reacts_to<risk_begin>,    // what the log holds of the windows, at start
                                    caf::reacts_to<risk_request>>; // answered to the entity with `assessed`

/// Permits of one channel: concurrency, rate, a bounded queue with a deadline. The authority on its switch.
using limiter_actor = caf::typed_actor<caf::reacts_to<permit_request>,      // `routed` to the entity, or `passed_over`
                                       caf::reacts_to<channel_request>,     // to the port, in its own share
                                       caf::reacts_to<permit_return_batch>, // free for the next in the queue
                                       caf::reacts_to<publication>, // new terms or switch; passed on to the router
                                       caf::reacts_to<tick>,        // end waits and leases
                                       caf::reacts_to<slow_tick>>;  // of checks too, and look at its health

/// Speaks to one channel. A real one, the virtual bank and the wallets in the house react to the same messages.
using port_actor =
    caf::typed_actor<caf::reacts_to<submission_batch>, // send each, unless its `submit_before` has passed
                     caf::reacts_to<channel_request>,  // ask, or do, what isn't a payment
                     caf::reacts_to<port_terms>,       // from here on
                     caf::reacts_to<port_permits>,     // where permits are returned to
                     caf::reacts_to<publication>,      // which pay-outs it is to refuse; passed on
                     caf::reacts_to<tick>>;            // answers and time-outs that are due

/// Keeps a limiter and a port for every channel; the first stop of every publication.
using registry_actor = caf::typed_actor<caf::reacts_to<delivery>, // a channel's terms: to its entity, if there is room;
                                                                  // a method's switch: if somebody serves it
                                        caf::reacts_to<channel_request>, // to that channel's limiter
                                        caf::reacts_to<publication>,     // spawn or reconfigure, then pass on
                                        caf::reacts_to<catalogue>>;      // the same for all at start

/// Folds decisions into a view at its own pace and answers from it.
using balances_actor = caf::typed_actor<caf::reacts_to<head_moved>, caf::reacts_to<fold_next>, caf::reacts_to<tick>,
                                        caf::reacts_to<balances_query>>;
using trajectory_actor = caf::typed_actor<caf::reacts_to<head_moved>, caf::reacts_to<fold_next>, caf::reacts_to<tick>,
                                          caf::reacts_to<trajectory_query>>;
using projection_sink = caf::typed_actor<caf::reacts_to<head_moved>>;

/// One connection's bytes to commands and replies to bytes; authentication and quotas belong here. Knows no socket.
using session_actor = caf::typed_actor<caf::reacts_to<bytes_in>,          // decode, admit, deliver
                                       caf::reacts_to<reply_batch>,       // encode, one write
                                       caf::reacts_to<close_connection>,  // close when all before it is written
                                       caf::reacts_to<tickets_back>,      // go on with what was read, then read on
                                       caf::reacts_to<connection_closed>, // leave; what is under way goes on
                                       caf::reacts_to<tick>>;             // answer `processing` at the reply limit

/// Hands notices of channels to their orders, and answers them when what they changed is durable.
using notice_desk_actor = caf::typed_actor<caf::reacts_to<channel_notice>, // to its order
                                           caf::reacts_to<reply_batch>,    // the order has it
                                           caf::reacts_to<tick>>;          // "again later" to whom it took too long

/// Tells merchants of results, each in its turn and so many at once; what came of each try goes back to its order. Asks
/// for nothing by itself: orders know what is due.
using notifier_actor = caf::typed_actor<caf::reacts_to<telling_request>, // tell it when its turn comes
                                        caf::reacts_to<tick>>;           // end waits

/// Hands the lines of batches to their orders, so many at once and every batch in its turn, and asks those orders how
/// they do. Knows nothing that outlives it: batches ask again.
using batch_desk_actor = caf::typed_actor<caf::reacts_to<hand_out_request>, // each line to its order; told to the batch
                                          caf::reacts_to<batch_query>,      // answered to the session
                                          caf::reacts_to<reply_batch>>;     // what orders say

/// Registry to router: this channel's limiter, before the first publication that needs it.
struct limiter_known {
  channel_id channel;
  limiter_actor limiter;
};

} // namespace oncepay

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(oncepay::limiter_known)
