// What is in doubt is settled by people only where two of them agree, about the same thing, by the same words: one
// proposed it, another one approved exactly that, in time, and before anything else settled it. Nothing final is ever
// left on their word. Who wasn't mistaken said what the bank's book says; and what they were told was done is in the
// log.
#include "schema/limits.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

std::string ruling_words(const ruling_proposal_input& said) {
  return std::string(name(said.subject)) + " " + std::to_string(said.number) + " " + std::string(name(said.outcome));
}

/// The event that this ruling must bring about, and no other one of its kind may.
bool is_its_outcome(const ruling_proposal_input& said, const event& e) {
  if (said.subject == ruling_subject::refund) {
    auto* succeeded = std::get_if<refund_succeeded>(&e);
    auto* failed = std::get_if<refund_failed>(&e);
    return said.outcome == ruling_outcome::succeeded ? succeeded != nullptr && succeeded->number == said.number
           : said.outcome == ruling_outcome::failed  ? failed != nullptr && failed->number == said.number
                                                     : false;
  }
  auto* succeeded = std::get_if<attempt_succeeded>(&e);
  auto* failed = std::get_if<attempt_failed>(&e);
  auto* reversed = std::get_if<attempt_reversed>(&e);
  return said.outcome == ruling_outcome::succeeded ? succeeded != nullptr && succeeded->number == said.number
         : said.outcome == ruling_outcome::failed  ? failed != nullptr && failed->number == said.number
                                                   : reversed != nullptr && reversed->number == said.number;
}

bool settles_something(const event& e) {
  return std::holds_alternative<attempt_succeeded>(e) || std::holds_alternative<attempt_failed>(e) ||
         std::holds_alternative<attempt_reversed>(e) || std::holds_alternative<refund_succeeded>(e) ||
         std::holds_alternative<refund_failed>(e);
}

class ruled_by_two final : public checker {
public:
  std::string_view name() const override { return "ruled-by-two"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (auto* told = std::get_if<attempt_input>(&d.input); told != nullptr && told->source == evidence::ruling)
      blame(r, "takes a ruling that nobody proposed for evidence");
    if (auto* told = std::get_if<refund_answer_input>(&d.input); told != nullptr && told->source == evidence::ruling)
      blame(r, "takes a ruling that nobody proposed for evidence");
    const replayed_order* order = h.find(d.stream);
    if (auto* said = std::get_if<ruling_proposal_input>(&d.input))
      check_proposal(r, *said, order);
    else if (auto* answer = std::get_if<ruling_answer_input>(&d.input))
      check_answer(r, *answer, order);
    else
      for (const event& e : d.events)
        if (std::holds_alternative<ruling_proposed>(e) || std::holds_alternative<ruling_approved>(e) ||
            std::holds_alternative<ruling_withdrawn>(e))
          blame(r, "holds " + std::string(name_of(e)) + " upon " + std::string(name_of(d.input)));
  }

  void received(const received_reply& r, const history&) override {
    auto* answer = std::get_if<answer_ruling_command>(&r.command.body);
    if (r.number != 0 && answer != nullptr && r.reply.code == errc::ok)
      if (auto it = known_.find(answer->ruling);
          it == known_.end() || it->second.is != (answer->approve ? standing::approved : standing::withdrawn))
        report("request " + std::to_string(r.number) + " was told that ruling " + answer->ruling.str() + " is " +
               (answer->approve ? "approved" : "withdrawn") + ", and the log doesn't know of it");
    auto* view = std::get_if<order_view>(&r.reply.body);
    if (r.number == 0 || view == nullptr || !view->ruling)
      return;
    auto it = known_.find(view->ruling->ruling);
    if (it == known_.end() || it->second.said != view->ruling->said ||
        it->second.expires_at != view->ruling->expires_at)
      report("request " + std::to_string(r.number) + " was shown ruling " + view->ruling->ruling.str() +
             ", and the log has it otherwise, or not at all");
  }

  void settled(const settled_run& run) override {
    for (const known_order& known : run.history.orders())
      for (const order::ruling& r : known.order->state.rulings)
        if (r.standing == order::ruling_standing::approved && r.said.evidence != mistaken_evidence)
          compare(*known.stream, known.order->state, r, run.banks);
  }

private:
  enum class standing : uint8_t { proposed, approved, withdrawn };
  struct known_ruling {
    stream_name stream;
    ruling_proposal_input said;
    instant expires_at;
    standing is = standing::proposed;
  };

  void check_proposal(const recorded_decision& r, const ruling_proposal_input& said, const replayed_order* order) {
    const decision& d = r.decision;
    auto* proposed = d.events.size() == 1 ? std::get_if<ruling_proposed>(&d.events.front()) : nullptr;
    if (proposed == nullptr)
      return blame(r, "does more than to propose");
    if (order == nullptr || !is_in_doubt(order->state, said.subject, said.number))
      return blame(r, "proposes " + ruling_words(said) + ", which isn't in doubt");
    const instant under_way_until = said.subject == ruling_subject::attempt
                                        ? order->state.attempts.at(said.number - 1).reply_before
                                        : order->state.refunds.at(said.number - 1).reply_before;
    if (d.at < under_way_until)
      blame(r, "proposes " + ruling_words(said) + ", which its bank may be at work on until " +
                   to_string(under_way_until));
    if (said.operator_name.empty() || said.evidence.empty() || said.reason.empty())
      blame(r, "proposes " + ruling_words(said) + ", and doesn't say who, upon what and why");
    if (proposed->expires_at <= d.at || proposed->expires_at > plus_ms(d.at, limits::ruling_valid_ms))
      blame(r, "proposes " + ruling_words(said) + " until " + to_string(proposed->expires_at));
    if (!known_.emplace(proposed->ruling, known_ruling{d.stream, said, proposed->expires_at}).second)
      blame(r, "proposes a ruling under a name that another one has");
  }

  void check_answer(const recorded_decision& r, const ruling_answer_input& answer, const replayed_order* order) {
    const decision& d = r.decision;
    auto it = known_.find(answer.ruling);
    if (it == known_.end() || it->second.stream != d.stream || order == nullptr)
      return blame(r, "answers a ruling that was never proposed for this order");
    known_ruling& ruling = it->second;
    if (ruling.is != standing::proposed)
      return blame(r, "answers a ruling that was answered before");
    if (answer.operator_name.empty())
      blame(r, "answers a ruling, and doesn't say who");
    ruling.is = answer.approve ? standing::approved : standing::withdrawn;
    if (!answer.approve) {
      if (d.events.size() != 1 || !std::holds_alternative<ruling_withdrawn>(d.events.front()))
        blame(r, "does more than to withdraw a ruling");
      return;
    }
    if (d.events.empty() || !std::holds_alternative<ruling_approved>(d.events.front()))
      blame(r, "follows a ruling without an approval");
    if (answer.operator_name == ruling.said.operator_name)
      blame(r, "is approved by " + answer.operator_name + ", who proposed it: one person alone rules " +
                   ruling_words(ruling.said));
    if (d.at >= ruling.expires_at)
      blame(r, "is approved after it expired at " + to_string(ruling.expires_at));
    if (!is_in_doubt(order->state, ruling.said.subject, ruling.said.number))
      blame(r, "rules " + ruling_words(ruling.said) + ", which evidence settled before");
    size_t outcomes = 0;
    for (const event& e : d.events) {
      outcomes += is_its_outcome(ruling.said, e) ? 1 : 0;
      if (settles_something(e) && !is_its_outcome(ruling.said, e))
        blame(r,
              "brings about " + std::string(name_of(e)) + ", and two persons agreed on " + ruling_words(ruling.said));
    }
    if (outcomes != 1)
      blame(r, "doesn't bring about " + ruling_words(ruling.said));
  }

  void compare(const stream_name& stream, const order::state& s, const order::ruling& r,
               const bank_ledger& banks) const {
    const bool is_refund = r.said.subject == ruling_subject::refund;
    const bank_entry* e = is_refund ? banks.find_refund(s.refunds.at(r.said.number - 1).operation_id)
                                    : banks.find(s.attempts.at(r.said.number - 1).id);
    const bool moved = e != nullptr && e->moved;
    const bool is_so = r.said.outcome == ruling_outcome::succeeded ? moved && !e->given_back
                       : r.said.outcome == ruling_outcome::failed  ? !moved
                                                                   : !moved || e->given_back;
    if (!is_so)
      report("people looked into the bank's book and ruled " + ruling_words(r.said) + " of " + stream.display() +
                 "; its bank " + (e == nullptr ? "never received it" : sim::words(*e)),
             stream);
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::unordered_map<ruling_id, known_ruling> known_; ///< Never iterated.
};

} // namespace

checker_ptr make_ruled_by_two() {
  return std::make_unique<ruled_by_two>();
}

} // namespace oncepay::sim
