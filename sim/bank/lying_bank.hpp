// The bank behind every channel of a simulated run: does what the plan scripted for an attempt, else what the channel's
// own behaviour says, twisted by the plan's lies. What it does to the money stands in its ledger, whatever it says.
#pragma once

#include "actors/bank.hpp"
#include "schema/decision.hpp"
#include "sim/bank/bank_ledger.hpp"
#include "sim/plan/plan.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace oncepay::sim {

/// What all banks of a run share; outlives every crash of the server.
class banks {
public:
  /// `the_plan` outlives this.
  banks(const plan& the_plan, std::string_view environment);

  bank_ptr open(const channel_terms&);

  /// The channel's bank is out until then.
  void begin_outage(const channel_outage&, instant now);

  /// What the bank will tell of its own accord about a payment that it has just received for the first time.
  std::vector<planned_notice> notices_about(const submit_effect&, const bank_deed&);

  /// What a wallet paid or got back, inside the house: the ledger knows it as what a bank moved.
  void learn(const recorded_decision&);

  /// Somebody went there and saw to it that this payment is closed, or given back.
  void reverse_by_hand(const attempt_id& id, instant now) { ledger_.reverse(id, now); }

  const bank_ledger& ledger() const { return ledger_; }
  /// How many lies were told, by kind.
  const std::map<std::string, uint64_t>& lies_told() const { return lies_told_; }

  /// Told of every request that arrives, before it is looked at, and then what the bank will do.
  std::function<void(instant, const submit_effect&, const bank_deed&)> on_request;
  std::function<void(instant, const channel_request_effect&, const bank_deed&)> on_refund;
  /// The same for questions and closes; `until` then the bank is done with it.
  std::function<void(instant, const channel_request_effect&, const std::optional<enquiry_answer>&, instant until)>
      on_enquiry;

private:
  friend class lying_bank;
  struct outage_in_force {
    outage_kind how = outage_kind::declining;
    instant until;
  };

  bank_deed deed_for(instant now, const channel_terms&, const submit_effect&, uint32_t under_way);
  bank_deed refund_deed_for(instant now, const channel_terms&, const channel_request_effect&);
  std::optional<enquiry_answer> answer_to_a_close(instant now, const channel_terms&, const channel_request_effect&);
  std::optional<enquiry_answer> answer_to_a_reversal(instant now, const channel_terms&, const channel_request_effect&);
  void leave_unnamed(bank_deed&, const attempt_id&);
  bool let_the_payer_type(bank_deed&, const channel_terms&, const attempt_id&);
  /// What a bank that is out does; none: it isn't.
  std::optional<bank_deed> deed_while_out(instant now, const channel_id&) const;
  void twist(bank_deed&, const channel_terms&, const attempt_id&);
  std::optional<enquiry_answer> answer_for(instant now, const channel_terms&, const channel_request_effect&);
  /// What the plan has for this question; null: nothing.
  const planned_answer* planned_for(const channel_request_effect&) const;

  const plan& plan_;
  bank_ledger ledger_;
  std::unordered_map<attempt_id, const planned_deed*> scripted_; ///< Never iterated.
  std::map<channel_id, outage_in_force> outages_;
  std::map<std::string, uint64_t> lies_told_;
};

} // namespace oncepay::sim
