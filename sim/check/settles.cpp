// When all faults have stopped, everything settles: no order is left open without being in doubt, none is in doubt
// without a date at which its channel is asked, and nobody forgot to ask when that date had come.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include "schema/limits.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace oncepay::sim {

namespace {

/// From its date to the answer of an enquiry: the queue of a busy channel, twice the reply window.
constexpr int64_t asked_within_ms = 60'000;

class settles final : public checker {
public:
  std::string_view name() const override { return "settles"; }

  void settled(const settled_run& run) override {
    read_due(run.log);
    for (const known_order& known : run.history.orders()) {
      const stream_name& stream = *known.stream;
      const replayed_order& order = *known.order;
      const order::attempt* live = order.state.live_attempt();
      auto due = due_.find(stream);
      const bool is_going_on = order.state.status == order_state::open || order.state.status == order_state::closing;
      const instant expected = expected_due(order.state);
      if (is_going_on && (live == nullptr || !is_doubtful(live->state)))
        report(stream.display() + " (" + to_string(order.state.amount) + ") is still open at " + to_string(run.now) +
                   (live == nullptr ? ", with no attempt under way"
                                    : ": " + words(*live) + " is " + std::string(oncepay::name(live->state))) +
                   "; its last decision is of " + to_string(order.at),
               stream);
      else if (order.state.asked)
        report(stream.display() + " is " + standing_words(order.state) + ", and its account hasn't done its " +
                   std::string(oncepay::name(*order.state.asked)),
               stream);
      else if (live != nullptr && !live->enquire_at)
        report(words(*live) + " of " + stream.display() + " is in doubt, and has no date", stream);
      else if (expected && due == due_.end())
        report(stream.display() + " is " + standing_words(order.state) + " with something to be done at " +
                   to_string(expected) + ", and the log holds no date for it",
               stream);
      else if (expected && due->second != expected)
        report(stream.display() + " is " + standing_words(order.state) + " with something to be done at " +
                   to_string(expected) + "; the log's date for it is " + to_string(due->second),
               stream);
      else if (expected && plus_ms(expected, asked_within_ms) < run.now)
        report(stream.display() + " is " + standing_words(order.state) + " with something to be done at " +
                   to_string(expected) + ", and it wasn't until " + to_string(run.now),
               stream);
      else if (!expected && due != due_.end())
        report(stream.display() + " is " + standing_words(order.state) + ", and would still be woken at " +
                   to_string(due->second),
               stream);
    }
  }

private:
  /// The first of: an attempt or refund in doubt is asked about, an open order expires, a surplus is offered again, a
  /// merchant is told, what is settled, refunds included, is asked about once more.
  static instant expected_due(const order::state& s) {
    instant first;
    auto consider = [&first](instant at) {
      if (at && (!first || at < first))
        first = at;
    };
    auto consider_check = [&consider](const auto& settled_one, bool tells) {
      // A second after nobody waits for the answer any longer it counts as never given.
      if (settled_one.check_until)
        consider(plus_ms(settled_one.check_until, 1'000));
      else if (tells)
        consider(settled_one.check_at);
    };
    if (const order::attempt* live = s.live_attempt())
      consider(live->enquire_at);
    // A payment by code is called back: by all the time that its channel gives a payer who types, else by half of it.
    if (const order::attempt* live = s.live_attempt();
        live != nullptr && live->reverse_after_ms != 0 && live->state == attempt_state::in_doubt) {
      const bool types = live->payer_confirms && s.status == order_state::open;
      consider(plus_ms(live->intended_at, types ? live->reverse_after_ms : live->reverse_after_ms / 2));
    }
    if (s.status == order_state::open || s.status == order_state::confirming)
      consider(s.expires_at);
    if (s.status == order_state::confirming)
      consider(s.confirm_before);
    uint32_t offered = 0;
    for (const order::refund& r : s.refunds) {
      consider(r.enquire_at);
      consider_check(r, true);
      offered += r.refund_no.empty() ? 1 : 0;
    }
    if (offered != 0 && s.refunds.back().state == refund_state::failed)
      consider(next_offer(s, offered));
    for (const order::telling& t : s.tellings)
      consider(t.next_at);
    for (const order::attempt& a : s.attempts)
      consider_check(a, !gives_back(s, a));
    return first;
  }

  /// Ten refusals leave a surplus to a person instead, who is found by the date of an enquiry. Nor is it offered while
  /// people are about to rule that they gave it back.
  static instant next_offer(const order::state& s, uint32_t offered) {
    const order::refund& last = s.refunds.back();
    const int64_t wait_ms = std::min(limits::surplus_retry_ms << std::min(offered - 1, 10U), limits::manual_again_ms);
    const instant at = plus_ms(last.failed_at, wait_ms);
    if (s.rulings.empty())
      return at;
    const order::ruling& r = s.rulings.back();
    const bool is_about_it = r.standing == order::ruling_standing::proposed &&
                             r.said.subject == ruling_subject::refund && r.said.number == last.number &&
                             r.said.outcome == ruling_outcome::succeeded;
    return is_about_it ? std::max(at, r.expires_at) : at;
  }

  /// What its channel would say of such a payment tells nothing.
  static bool gives_back(const order::state& s, const order::attempt& a) {
    return s.surplus_attempt == a.number || std::any_of(s.refunds.begin(), s.refunds.end(), [&](const auto& r) {
             return r.attempt_number == a.number && r.state != refund_state::failed &&
                    (!r.unbinds || s.kind == order_kind::bind);
           });
  }

  void read_due(const event_log& log) {
    due_entry after;
    for (;;) {
      auto page = log.due(after, instant{std::numeric_limits<int64_t>::max()}, limits::read_batch_decisions);
      if (!page)
        return report("the log can't be asked for what is due: " + page.error().text);
      for (due_entry& entry : *page) {
        after = entry;
        if (!due_.emplace(entry.stream, entry.due).second)
          report(entry.stream.display() + " has two dates in the log", entry.stream);
      }
      if (page->size() < limits::read_batch_decisions)
        return;
    }
  }

  std::unordered_map<stream_name, instant> due_; ///< Never iterated.
};

} // namespace

checker_ptr make_settles() {
  return std::make_unique<settles>();
}

} // namespace oncepay::sim
