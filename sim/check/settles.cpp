// When all faults have stopped, everything settles: no order is left open without being in doubt, none is in doubt
// without a date at which its channel is asked, and nobody forgot to ask when that date had come.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include "schema/limits.hpp"

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
      if (order.state.status == order_state::open && (live == nullptr || !is_doubtful(live->state)))
        report(stream.display() + " (" + to_string(order.state.amount) + ") is still open at " + to_string(run.now) +
                   (live == nullptr ? ", with no attempt under way"
                                    : ": " + words(*live) + " is " + std::string(oncepay::name(live->state))) +
                   "; its last decision is of " + to_string(order.at),
               stream);
      else if (live != nullptr && due == due_.end())
        report(words(*live) + " of " + stream.display() + " is in doubt, and the log holds no date for it", stream);
      else if (live != nullptr && (!live->enquire_at || due->second != live->enquire_at))
        report(words(*live) + " of " + stream.display() + " is in doubt until " + to_string(live->enquire_at) +
                   "; the log's date for it is " + to_string(due->second),
               stream);
      else if (live != nullptr && plus_ms(live->enquire_at, asked_within_ms) < run.now)
        report(words(*live) + " of " + stream.display() + " was to be asked about at " + to_string(live->enquire_at) +
                   ", and wasn't until " + to_string(run.now),
               stream);
      else if (live == nullptr && due != due_.end())
        report(stream.display() + " is " + standing_words(order.state) + ", and would still be woken at " +
                   to_string(due->second),
               stream);
    }
  }

private:
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
