// Carries a plan out: lets the world take its turns, disturbs it when the plan says so, starts the server again when it
// has died, and tells the watchers what became durable.
#pragma once

#include "sim/bank/lying_bank.hpp"
#include "sim/check/history.hpp"
#include "sim/people/customers.hpp"
#include "sim/people/line.hpp"
#include "sim/people/paymasters.hpp"
#include "sim/people/rulers.hpp"
#include "sim/people/services.hpp"
#include "sim/people/watchers.hpp"
#include "sim/run.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace oncepay::sim {

/// Neither final, nor in doubt with nobody to ask before the run is over (or, left to a person, before the next day).
bool is_unsettled(const order::state&, instant decided_at, int64_t settle_ms);

class conductor {
public:
  /// Both outlive this.
  conductor(const plan&, const run_options&);
  ~conductor();
  conductor(const conductor&) = delete;
  conductor& operator=(const conductor&) = delete;

  run_result conduct();

private:
  // --- the loop ---
  bool go_on() const { return result_.violations.size() < violations_max_; }
  bool turn_until(int64_t steady_ns, const std::function<bool()>& done);
  void after_step();
  void learn_what_is_durable();
  void settle();
  void let_views_catch_up();
  bool everybody_is_done() const;
  size_t overdue_orders() const;
  /// Whoever isn't done by then waits for something that doesn't come.
  int64_t latest_end_ns() const;

  // --- the server's lives ---
  void begin_server();
  void kill_server(int64_t down_ms);
  void opened();

  // --- disturbances ---
  void disturb(const disturbance&);
  void apply(const crash&);
  void apply(const failed_commit&);
  void apply(const full_disk&);
  void apply(const slow_commits&);
  void apply(const switch_channel&);
  void apply(const switch_pay_outs&);
  void apply(const switch_business&);
  template <class Switch>
  void operator_says(const Switch&, decltype(command::body));
  void apply(const clock_jump&);
  void apply(const cut_connection&);
  void apply(const channel_outage&);
  int64_t commit_takes_us();

  // --- telling ---
  void bank_received(instant, const submit_effect&, const bank_deed&);
  void bank_refunds(instant, const channel_request_effect&, const bank_deed&);
  void bank_asked(instant, const channel_request_effect&, const std::optional<enquiry_answer>&, instant until);
  void bank_answered_until(instant);
  /// The bank tells the `at`-th of what it has to tell, for the `nth` time, and goes on once it was taken.
  struct teller_of_notices;
  void bank_has_told(const attempt_id&);
  void merchant_heard(const heard_telling&);
  void bank_tells(const std::shared_ptr<teller_of_notices>&, size_t at, uint32_t nth);
  void report(violation);
  void trace(std::string_view what) const;
  template <class... Parts>
  void trace_parts(const Parts&... parts) const {
    if (!options_.trace)
      return;
    std::string text;
    (text.append(parts), ...);
    trace(text);
  }
  void sum_up();
  void check_expectations();

  const plan& plan_;
  const run_options& options_;
  const size_t violations_max_;
  choice chance_;
  run_result result_;
  history history_;
  banks banks_;
  services services_;
  watchers watching_;
  std::unique_ptr<world> world_;
  std::vector<std::unique_ptr<line>> lines_; ///< One a client, and the operator's.
  std::unique_ptr<customers> customers_;
  std::unique_ptr<paymasters> paymasters_;
  std::unique_ptr<rulers> rulers_;

  bool starting_ = false;
  bool begun_ = false; ///< The customers are at work.
  int64_t began_ns_ = 0;
  uint64_t seen_appends_ = 0;
  uint64_t unsettled_ = 0; ///< Orders by `is_unsettled`.
  size_t disturbances_left_ = 0;
  uint64_t switches_under_way_ = 0;
  uint64_t dies_at_step_ = 0; ///< 0: not planned.
  int64_t dies_for_ms_ = 0;
  std::optional<crash> dies_while_starting_;
  int64_t disk_full_until_ns_ = 0;
  int64_t slow_until_ns_ = 0;
  int64_t slow_commit_us_ = 0;
  std::multimap<instant, attempt_id> at_the_banks_; ///< By the time the bank is done with it.
  int64_t banks_speak_until_ns_ = 0;                ///< The last of all answers is on its way by then.
  bool banks_are_done_ = false;                     ///< And nothing is told of any bank's own accord any more.
};

} // namespace oncepay::sim
