// What became of the payments of one run: counts by fate, channel and code; rate and latency.
#pragma once

#include "cli/submit/engine.hpp"
#include "cli/submit/latency.hpp"

#include <map>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

enum class fate : uint8_t {
  paid,
  failed,     ///< Definite: no money moved.
  in_doubt,   ///< Accepted; nothing is proven.
  processing, ///< Accepted, and still going when the server had to answer.
  refused,    ///< Not accepted: the order number is free, or was another order's.
  unknown,    ///< The server can't say: ask for the order.
};

std::string_view name(fate);

/// True for an accepted order, whatever became of it.
bool is_accepted(fate);

struct outcome {
  oncepay::cli::fate fate = fate::refused;
  std::string channel; ///< Of the last attempt; empty: none.
  std::string code;    ///< The channel's own, or ours; empty where it says no more than the fate.
  auto operator<=>(const outcome&) const = default;
};

outcome outcome_of(const reply&);
/// "failed on alpha, DECLINED".
std::string outcome_text(const outcome&);

struct submit_report {
  std::map<outcome, uint64_t> outcomes;
  uint64_t answered = 0;
  uint64_t accepted = 0;
  uint64_t duplicates = 0; ///< Of the answered: orders that existed already with the same content.
  uint64_t unanswered = 0;
  uint64_t bad_rows = 0;
  uint64_t merchants_opened = 0;
  uint64_t merchants_existing = 0;
  uint64_t resent = 0;
  uint64_t reconnected = 0;
  int64_t elapsed_ns = 0;
  latency_histogram latency;
  std::string ended_early; ///< Why not every row was looked at; empty: every one was.

  void count(const reply&, int64_t latency_ns);
  void count_refused(const reply&);

  /// Every row has an order, whose fate is known to the server: nothing was refused, left out or unanswered.
  bool all_accepted() const;
  double payments_per_s() const;
};

std::string report_text(const submit_report&, const submit_plan&);
nlohmann::ordered_json report_json(const submit_report&, const submit_plan&);

} // namespace oncepay::cli
