// Who watches a run. A checker knows one rule whose breach costs somebody money or the truth, sees everything that
// happens as it happens, and says so in one sentence when the rule is broken. Checkers don't ask the code under test
// what is right: each states its rule by itself.
#pragma once

#include "actors/domain/dialect/exchange.hpp"
#include "actors/domain/effect.hpp"
#include "actors/domain/order.hpp"
#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"
#include "sim/bank/bank_ledger.hpp"
#include "sim/check/history.hpp"
#include "store/event_log.hpp"
#include "store/view_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::sim {

struct violation {
  std::string checker;
  std::string sentence;
  std::optional<stream_name> stream; ///< Whose trajectory tells the story; none where it isn't about one.
};

/// A client's request and its replies. Numbered over the whole run: connections reuse their own ids.
struct sent_request {
  uint64_t number = 0;
  instant at;
  const oncepay::command& command;
};
struct received_reply {
  uint64_t number = 0; ///< Of the request; 0: nobody waits for it, and `command` is none.
  instant at;
  const oncepay::command& command;
  const oncepay::reply& reply;
};

/// A request that reached a bank.
struct bank_request {
  instant at;
  const submit_effect& what;
  uint64_t head_position = 0; ///< The log's, at that moment.
};

/// An enquiry, refund or close that reached a bank.
struct bank_question {
  instant at;
  const channel_request_effect& what;
  instant until; ///< Then the bank has answered, or nobody waits any longer.
};

/// The run when all faults have stopped and everything had its time to settle.
struct settled_run {
  const event_log& log;
  const view_store& balances_view;
  const view_store& trajectory_view;
  const bank_ledger& banks;
  const oncepay::sim::history& history;
  std::string_view environment;
  instant now;
};

/// A notice that the server was told, or said it has taken.
struct taken_notice {
  stream_name order; ///< Where it was addressed to.
  const attempt_input& what;
};

/// What reached a merchant's own service, and what it did with it.
struct heard_telling {
  merchant_id merchant; ///< Whose service it is.
  const http_request& what;
  bool acknowledges = false;
  bool answer_arrives = false;
};

class checker {
public:
  virtual ~checker() = default;

  /// As `sim/faults.md` lists it.
  virtual std::string_view name() const = 0;

  /// A decision has become durable; each once, in the log's order. `history` doesn't hold it yet.
  virtual void decided(const recorded_decision&, const history&) {}
  virtual void bank_received(const bank_request&, const history&) {}
  virtual void bank_asked(const bank_question&, const history&) {}
  /// A bank tells something of its own accord, whether or not it is taken.
  virtual void notice_told(const taken_notice&, const history&) {}
  virtual void notice_taken(const taken_notice&, const history&) {}
  /// A merchant's service is about to be told of a result, whether or not it is reached.
  virtual void merchant_tried(const merchant_id&, instant) {}
  virtual void merchant_heard(const heard_telling&, const history&) {}
  /// The bank is done with a request: it has answered, or nobody listens any more.
  virtual void bank_answered(const attempt_id&, instant) {}
  virtual void sent(const sent_request&) {}
  virtual void received(const received_reply&, const history&) {}
  /// The connection is gone; replies to these requests will never come.
  virtual void gave_up(uint64_t /*number*/) {}
  /// The process died, and nothing of it runs any more; everything durable was told before.
  virtual void crashed(instant) {}
  /// The wall clock was set forwards or back: what lies between two recorded times needn't have passed.
  virtual void clock_jumped(instant /*now*/) {}
  virtual void settled(const settled_run&) {}

  /// Where violations go; set before anything else is called.
  void report_to(std::function<void(violation)> sink) { report_ = std::move(sink); }

protected:
  void report(std::string sentence, std::optional<stream_name> stream = {}) const {
    report_({std::string(name()), std::move(sentence), std::move(stream)});
  }

private:
  std::function<void(violation)> report_;
};

/// All of them. `channels` and `environment` as the plan has them.
std::vector<std::unique_ptr<checker>> make_checkers(const std::vector<channel_terms>& channels,
                                                    std::string_view environment);

} // namespace oncepay::sim
