#include "sim/shrink.hpp"

#include "sim/plan/trim.hpp"
#include "sim/simulated_clock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace oncepay::sim {

namespace {

class shrinker {
public:
  shrinker(plan smallest, const run_violation& violation, const std::function<run_result(const plan&)>& run_one,
           const shrink_options& options)
      : smallest_(std::move(smallest)), violation_(violation), run_one_(run_one), options_(options) {}

  shrunk result() && { return {std::move(smallest_), std::move(violation_), runs_, out_of_runs()}; }

  void run() {
    drop_what_came_later();
    // What one pass takes away may let an earlier one take more: an order that mattered only to a crash.
    for (bool smaller = true; smaller && !out_of_runs();) {
      smaller = false;
      smaller |= drop_some(&plan::orders);
      smaller |= drop_some(&plan::batches);
      smaller |= drop_some(&plan::disturbances);
      smaller |= drop_some(&plan::deeds);
      smaller |= drop_some(&plan::expectations);
      smaller |= drop_lies();
      smaller |= drop_some(&plan::channels);
      smaller |= drop_some(&plan::merchants);
      smaller |= have_fewer_clients();
      smaller |= plain_orders();
      smaller |= plain_batches();
      smaller |= plain_banks();
    }
  }

private:
  bool out_of_runs() const { return runs_ >= options_.runs_max; }

  /// A rule is broken or it isn't; but what somebody expected of an order is missed in many ways, most of them because
  /// what the order needs was taken away: there the same must have come of it.
  bool is_same_breach(const violation& v) const {
    return v.checker == violation_.what.checker &&
           (v.checker != expectations_checker || v.sentence == violation_.what.sentence);
  }

  /// Runs a smaller plan and keeps it where the same rule is broken. Refused where it isn't smaller at all.
  bool keep(plan candidate) {
    trim(candidate);
    if (out_of_runs() || candidate == smallest_)
      return false;
    ++runs_;
    const run_result result = run_one_(candidate);
    const auto same = std::find_if(result.violations.begin(), result.violations.end(),
                                   [&](const run_violation& v) { return is_same_breach(v.what); });
    if (same == result.violations.end())
      return false;
    violation_ = *same;
    smallest_ = std::move(candidate);
    if (options_.progress)
      options_.progress(smallest_, runs_);
    return true;
  }

  /// Most of a long run comes after its violation: one attempt that saves many. The wall clock may have jumped, so this
  /// is a guess like any other.
  void drop_what_came_later() {
    const int64_t at_us = (violation_.at.ns - simulated_clock::epoch.ns) / ns_per_us;
    plan candidate = smallest_;
    std::erase_if(candidate.orders, [&](const planned_order& o) { return o.at_us > at_us; });
    std::erase_if(candidate.batches, [&](const planned_batch& b) { return b.at_us > at_us; });
    std::erase_if(candidate.disturbances, [&](const disturbance& d) { return d.at_us > at_us; });
    keep(std::move(candidate));
  }

  /// Takes parts out of a list, half of them first, then ever smaller runs of neighbours, down to single ones.
  template <class T>
  bool drop_some(std::vector<T> plan::*list) {
    bool smaller = false;
    for (size_t chunk = (smallest_.*list).size(); chunk >= 1; chunk /= 2) {
      for (size_t from = 0; from < (smallest_.*list).size() && !out_of_runs();) {
        plan candidate = smallest_;
        auto& parts = candidate.*list;
        const auto first = parts.begin() + static_cast<std::ptrdiff_t>(from);
        parts.erase(first, first + static_cast<std::ptrdiff_t>(std::min(chunk, parts.size() - from)));
        if (keep(std::move(candidate)))
          smaller = true;
        else
          from += chunk;
      }
    }
    return smaller;
  }

  bool drop_lies() {
    plan honest = smallest_;
    honest.lies = {};
    honest.people = {};
    if (keep(std::move(honest)))
      return true;
    bool smaller = false;
    for (const auto lie : {&lies::repeat_ppm, &lies::contradict_ppm, &lies::deny_ppm, &lies::unknown_code_ppm,
                           &lies::reply_after_timeout_ppm, &lies::notices_ppm, &lies::notice_contradict_ppm,
                           &lies::notice_other_amount_ppm, &lies::notice_stray_ppm, &lies::telling_refused_ppm,
                           &lies::telling_hangs_ppm, &lies::telling_lost_ppm}) {
      plan candidate = smallest_;
      candidate.lies.*lie = 0;
      smaller |= keep(std::move(candidate));
    }
    for (const auto deed : {&ruling_people::rules_ppm, &ruling_people::mistaken_ppm, &ruling_people::alone_ppm}) {
      plan candidate = smallest_;
      candidate.people.*deed = 0;
      smaller |= keep(std::move(candidate));
    }
    return smaller;
  }

  bool have_fewer_clients() {
    for (uint32_t clients = 1; clients < smallest_.clients; clients *= 2) {
      plan candidate = smallest_;
      candidate.clients = clients;
      for (auto& o : candidate.orders)
        o.client %= clients;
      for (auto& b : candidate.batches) {
        b.client %= clients;
        for (auto& s : b.steps)
          s.client %= clients;
      }
      for (auto& d : candidate.disturbances)
        if (auto* cut = std::get_if<cut_connection>(&d.what))
          cut->client %= clients;
      if (keep(std::move(candidate)))
        return true;
    }
    return false;
  }

  /// Orders whose customers do nothing special, all at once or else one by one.
  bool plain_orders() {
    plan candidate = smallest_;
    for (auto& o : candidate.orders)
      make_plain(o);
    if (keep(std::move(candidate)))
      return true;
    bool smaller = false;
    for (size_t i = 0; i < smallest_.orders.size() && !out_of_runs(); ++i) {
      candidate = smallest_;
      make_plain(candidate.orders[i]);
      smaller |= keep(std::move(candidate));
    }
    return smaller;
  }

  /// Batches that are sent once, of few lines, and of which nobody wants more than he must. A total that was right
  /// stays so: a batch that is refused for another reason would be another story.
  bool plain_batches() {
    bool smaller = false;
    for (size_t i = 0; i < smallest_.batches.size() && !out_of_runs(); ++i) {
      plan candidate = smallest_;
      candidate.batches[i].tries_max = 1;
      candidate.batches[i].retry_after_ms = planned_batch().retry_after_ms;
      smaller |= keep(std::move(candidate));
      smaller |= drop_parts(
          i, [](planned_batch & b) -> auto& { return b.steps; });
      smaller |= drop_parts(
          i, [](planned_batch & b) -> auto& { return b.batch.lines; });
    }
    return smaller;
  }

  /// One by one from the end. A wish for a line behind the one that goes is then for another line: a guess like any
  /// other.
  template <class Parts>
  bool drop_parts(size_t batch, Parts parts_of) {
    bool smaller = false;
    for (size_t left = parts_of(smallest_.batches[batch]).size(); left > 0 && !out_of_runs(); --left) {
      plan candidate = smallest_;
      pay_out_batch_command& sent = candidate.batches[batch].batch;
      const bool added_up = sum_of(sent.lines) == sent.total_minor;
      auto& parts = parts_of(candidate.batches[batch]);
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(left - 1));
      if (added_up)
        sent.total_minor = sum_of(sent.lines);
      if (!sent.lines.empty())
        smaller |= keep(std::move(candidate));
    }
    return smaller;
  }

  /// Banks that always pay at once, one by one.
  bool plain_banks() {
    bool smaller = false;
    for (size_t i = 0; i < smallest_.channels.size() && !out_of_runs(); ++i) {
      plan candidate = smallest_;
      candidate.channels[i].bank = {};
      smaller |= keep(std::move(candidate));
    }
    return smaller;
  }

  static void make_plain(planned_order& o) {
    const planned_order usual;
    o.tries_max = usual.tries_max;
    o.retry_after_ms = usual.retry_after_ms;
    o.twice_at_once = usual.twice_at_once;
    o.other_amount_minor = usual.other_amount_minor;
    o.asks_afterwards = usual.asks_afterwards;
  }

  plan smallest_;
  run_violation violation_;
  const std::function<run_result(const plan&)>& run_one_;
  const shrink_options& options_;
  uint32_t runs_ = 0;
};

} // namespace

shrunk shrink(const plan& failing, const run_violation& first, const std::function<run_result(const plan&)>& run_one,
              const shrink_options& options) {
  shrinker work(failing, first, run_one, options);
  work.run();
  auto result = std::move(work).result();
  result.smallest.name += ", shrunk";
  return result;
}

} // namespace oncepay::sim
