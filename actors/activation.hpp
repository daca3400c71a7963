// One stream's stay in an actor. An actor that has nothing left to do for its stream is given another one: that costs
// less than to end it and make a new one. All that belongs to the stream lies in here and is made anew with it, so that
// no field of one order can be met by the next one.
//
// It is the generic shell of every entity: rehydrates, lets the model decide, appends, lets the model evolve, runs
// effects and answers. No logic of its own. Declared here because its methods fill two files.
#pragma once

#include "actors/asked_requests.hpp"
#include "actors/entity.hpp"
#include "actors/entity_model.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace oncepay {

struct activation {
  /// `given_number`: no other stay in this actor has it. Whatever is sent to the actor on behalf of this one carries
  /// it, or the attempt that it is about, and reaches no other.
  activation(entity_actor::pointer owner, const context_ptr& context, const system_ptr& system, const stream_name& name,
             uint64_t given_number);
  activation(const activation&) = delete;
  activation& operator=(const activation&) = delete;

  /// A client waiting for the order's fate. Memory of the shell: lost with it, and a retry is answered from the state.
  struct waiter {
    asker from;
    ticket_ptr admitted;
    bool duplicate = false;
    awaited what;
  };

  const entity_actor::pointer self;
  const context_ptr& ctx; ///< The actor's, which outlives this.
  const system_ptr& sys;
  const stream_name stream;
  const uint64_t number;
  std::unique_ptr<entity_model> model; ///< Never null; evolves, and is never another one.
  uint64_t received = 0;               ///< Deliveries; the directory counts what it sent.
  uint32_t version = 0;
  instant decided_at; ///< Of the last decision.
  bool damaged = false;

  std::deque<delivery> queue;             ///< Behind what is under way.
  std::optional<delivery> asking;         ///< Its route question is out, or that to risk rules.
  attempt_id asked_about;                 ///< By that question.
  std::optional<routed> routed_meanwhile; ///< While those are asked.
  bool appending = false;                 ///< A decision isn't known to be durable yet.
  bool looking_again = false;             ///< Will ask the log whether it is.
  bool told_when_durable = false;         ///< The journal will say so; else an answer to the submission implies it.
  bool leaves_when_durable = false;       ///< The journal will tell the directory, unless something comes before.
  bool submission_under_way = false;
  uint32_t last_submitted = 0; ///< Attempt number.
  std::optional<decltype(publication::what)>
      published;              ///< Terms last sent on their way; none: not that kind of entity.
  bool account_asked = false; ///< Its answer is under way: nothing that is sent within a process is lost.
  asked_requests asked;
  instant watching_until; ///< A tick is on its way, by then; none: 0.
  bool said_quiet = false;
  std::vector<waiter> waiters;

  // --- rehydration ---

  /// Tells its directory `entity_ready`.
  void rehydrate();

  // --- inputs ---

  void receive(std::vector<delivery> deliveries);
  void receive(delivery&& d);
  void take_in(delivery&& d);

  bool under_way() const { return asking.has_value() || appending; }

  /// Its port was sent the attempt because that is durable: to say anything about it says that, too.
  bool says_durable(const delivery& d) const;

  /// The log itself says whether the last decision is durable: one look-up where a message a payment would cost more.
  void note_durable_version();

  /// Nobody tells an order when its submission is durable, because the port's answer says so. Who came meanwhile must
  /// not wait for the bank.
  void look_again_soon();

  void look_again();

  void drain();

  void process(delivery&& d);

  /// Hands it on; what is told anew is stamped anew.
  void go_on(next_turn next, delivery&& d);
  delivery handed_on(next_turn next, delivery&& d) const;

  /// What it owes its account, or what was held up to now. Never while an answer is under way: asked twice, an account
  /// may refuse first and grant then, and nobody would know of the claim.
  void ask_account();

  /// What `decide` needs to know first; goes on in `receive_route`.
  void ask_router(route_question question, delivery&& d);

  /// Nothing is decided yet: what would be accepted claims its name first, and comes back.
  void consider(delivery&& d);

  // --- what is asked of channels, and told to merchants ---

  void ask_what_is_due();

  void watch_asked(instant now);

  void look_at_asked();

  /// Whatever is said about an attempt ends the wait for its port, but not before it was submitted.
  void note_answered_submission(const delivery& d);

  void note_answered_account(const delivery& d);

  void receive_route(routed&& r);

  bool may_be_risky(const delivery& d, const routed& r);

  void receive_assessment(assessed a);

  // --- the decision ---

  void decide(delivery&& d, std::optional<routed> route);

  void count_notice(const input& in, const std::vector<event>& events);

  void append(delivery&& d, std::vector<event> events, std::optional<routed> route);

  void plan_effects(append_request& request, const std::vector<event>& events, const delivery& d,
                    std::optional<routed> route);

  template <class Terms>
  void publish(append_request& request, Terms terms, const asker& then_answer);

  /// What the stream's decisions have published so far is what a duplicate publishes again.
  void remember_published(std::vector<effect> effects);

  void plan_answers(append_request& request, delivery&& d, const input& in);

  /// Who waits for what others are asked isn't in our hand.
  void await_channel(const ticket_ptr& admitted) const;

  void receive_committed(const committed& c);

  /// A commit may take longer than the time it was to be looked at again; and of several things that were due, the
  /// directory woke it for the first.
  void look_at_what_is_due();

  // --- answers ---

  void answer_from_state(delivery&& d);

  /// The terms may still be on their way to those who must know them; the second to say "off" may rely on the answer
  /// as much as the first. So the answer takes the same way, behind them.
  void answer_behind_publication(const asker& to);

  void answer_standing(const asker& to, const awaited& what, bool duplicate);

  reply standing(const awaited& what, bool duplicate) const;

  void answer(const asker& to, const refusal& why);

  void send_reply(const asker& to, reply r);

  void give_back(const routed& r);

  // --- passivation ---

  /// True where nothing happens here any more unless the directory delivers something, or a commit fails.
  bool nothing_left() const;
  /// And all that was decided is known to be durable: the stream may leave.
  bool quiet() const;

  void report_if_quiet();
};

} // namespace oncepay
