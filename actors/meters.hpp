// What a running process counts about itself, for whoever watches it (`oncepay serve --metrics`). Nothing here decides
// anything, is recorded, or is read by an actor, so histories don't depend on it. Counting is one relaxed addition,
// with no text and no look-up on a payment's way; groups that different threads write lie on different cache lines.
// Names for scrapers are given in cli.
#pragma once

#include "schema/command.hpp"
#include "schema/error.hpp"
#include "schema/event.hpp"
#include "schema/ids.hpp"
#include "schema/input.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <variant>

namespace oncepay {

/// Only ever grows.
class counter {
public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<uint64_t> value_{0};
};

/// How it stands now.
class gauge {
public:
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<uint64_t> value_{0};
};

/// Counts values by the first of `Bounds` that they don't exceed; what exceeds all of them is counted last.
template <const auto& Bounds>
class histogram {
public:
  static constexpr const auto& bounds = Bounds;
  static constexpr size_t buckets = Bounds.size() + 1;

  static size_t bucket_of(int64_t value) {
    return static_cast<size_t>(std::lower_bound(Bounds.begin(), Bounds.end(), value) - Bounds.begin());
  }

  void add(int64_t value) { add(bucket_of(value), 1, value); }
  /// `n` values of one bucket at once.
  void add(size_t bucket, uint64_t n, int64_t sum) {
    counts_[bucket].add(n);
    sum_.add(static_cast<uint64_t>(std::max<int64_t>(0, sum)));
  }

  /// Values of one handler, gathered where only one thread looks.
  struct batch {
    std::array<uint64_t, buckets> counts{};
    int64_t sum = 0;

    void add(int64_t value) {
      ++counts[bucket_of(value)];
      sum += value;
    }
  };
  void add(const batch& b) {
    for (size_t i = 0; i < buckets; ++i)
      if (b.counts[i] > 0)
        counts_[i].add(b.counts[i]);
    sum_.add(static_cast<uint64_t>(std::max<int64_t>(0, b.sum)));
  }

  uint64_t count(size_t bucket) const { return counts_[bucket].value(); }
  uint64_t sum() const { return sum_.value(); }

private:
  std::array<counter, buckets> counts_;
  counter sum_;
};

/// From a commit's time to the reply limit.
inline constexpr std::array<int64_t, 16> answer_bounds_us = {
    500,     1'000,   2'500,     5'000,     10'000,    25'000,     50'000,     100'000,
    250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 20'000'000, 40'000'000};
static_assert(answer_bounds_us.back() == limits::reply_limit_ms * 1'000);
inline constexpr std::array<int64_t, 14> commit_bounds_us = {
    100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000};
inline constexpr std::array<int64_t, 13> batch_bounds = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 3'000, static_cast<int64_t>(limits::batch_decisions_max)};

/// Why somebody was told `busy`.
enum class busy_reason : uint8_t { in_hand, tickets, index, entity_queue, waiters, views, connections };
inline constexpr size_t busy_reasons = static_cast<size_t>(busy_reason::connections) + 1;

/// What became of a notice.
enum class notice_fate : uint8_t {
  taken,         ///< It changed something.
  repeated,      ///< It told nothing new.
  contradicting, ///< It contradicts what is known; recorded, and changes nothing.
  kept,          ///< No order knows it; kept for a person.
  refused,       ///< Not proven genuine, unreadable, or of nobody we know.
  put_off,       ///< Told "again later": the server is full, stopping, or too slow.
};
inline constexpr size_t notice_fates = static_cast<size_t>(notice_fate::put_off) + 1;

/// What became of a batch's line once it was handed out. How its order ends is counted with all orders.
enum class line_fate : uint8_t {
  ordered, ///< It has its order; that may be older than the batch.
  refused, ///< It has none, and opened nothing.
};
inline constexpr size_t line_fates = static_cast<size_t>(line_fate::refused) + 1;

/// What a channel says of an attempt, by `reply_class`; 0 is none.
using outcome_counters = std::array<counter, static_cast<size_t>(reply_class::payer_confirming) + 1>;

/// Of one channel; written by its limiter, but for what its port writes.
struct alignas(64) channel_meters {
  gauge on;
  gauge unstable;
  gauge permits_max;
  gauge permits_out;
  gauge waiting;             ///< For a permit.
  counter granted;           ///< Permits.
  counter passed_over;       ///< Payments that went on to another channel for want of a permit.
  counter never_made;        ///< Permits that came back unused.
  outcome_counters outcomes; ///< Of requests; late ones too.

  // By its port.
  alignas(64) histogram<answer_bounds_us> reply_us; ///< From a submission to the first said of it.
  outcome_counters enquiries;                       ///< Late ones too; failed and unanswered ones are `unknown`.
};

/// Of one view; written by its projection.
struct alignas(64) view_meters {
  explicit view_meters(std::string_view view_name) : name(view_name) {}
  const std::string_view name;
  gauge position; ///< The view holds everything up to here.
};

struct meters {
  /// Commands by their place in `command::body`; the last is for bytes that were no command.
  static constexpr size_t operations = std::variant_size_v<decltype(command::body)> + 1;
  static constexpr size_t no_operation = operations - 1;
  /// Reply codes by their number.
  static constexpr size_t codes = 1'000;
  static_assert(static_cast<size_t>(errc::internal) < codes);

  struct alignas(64) session_meters {
    std::array<std::array<counter, codes>, operations> answers;
    std::array<histogram<answer_bounds_us>, operations> answer_us; ///< Only of what was admitted.
  } sessions;

  struct alignas(64) connection_meters {
    gauge open;
    gauge most; ///< There may be.
    counter accepted;
  } connections;

  struct alignas(64) refusal_meters {
    std::array<counter, busy_reasons> busy;
    void count(busy_reason why) { busy[static_cast<size_t>(why)].add(); }
  } refusals;

  struct alignas(64) notice_meters {
    std::array<counter, notice_fates> fates;
    void count(notice_fate f) { fates[static_cast<size_t>(f)].add(); }
  } notices;

  struct alignas(64) telling_meters {
    gauge waiting; ///< For their turn.
    gauge under_way;
    std::array<counter, static_cast<size_t>(telling_fate::not_sent) + 1> tries; ///< By `telling_fate`; 0 is none.
    counter given_up;
  } tellings;

  struct alignas(64) batch_meters {
    gauge handing_out;     ///< Batches whose lines aren't all handed to their orders yet.
    gauge lines_waiting;   ///< Lines of these, or asked about, that wait for their turn.
    gauge lines_under_way; ///< Of these: what orders owe an answer about.
    std::array<counter, line_fates> lines;
    void count(line_fate f) { lines[static_cast<size_t>(f)].add(); }
  } batches;

  struct alignas(64) check_meters {
    std::array<counter, static_cast<size_t>(check_result::nothing_proven) + 1>
        results; ///< By `check_result`; 0 is none.
  } checks;

  struct alignas(64) append_meters {
    counter decisions; ///< Sent to the journal.
  } appends;

  struct alignas(64) journal_meters {
    histogram<batch_bounds> decisions;
    histogram<commit_bounds_us> commit_us;
    counter orders;            ///< Opened, durably.
    gauge committing_since_ns; ///< Of the steady clock; none under way: 0.
  } journal;

  struct alignas(64) directory_meters {
    gauge entities;
    gauge recoveries; ///< Under way.
    gauge awaiting_recovery;
  };
  std::array<directory_meters, limits::directories> directories;

  view_meters balances{"balances"};
  view_meters trajectory{"trajectory"};
  std::array<const view_meters*, 2> views() const { return {&balances, &trajectory}; }

  /// The channel's, made where it is new. Not for the hot path: ask once and keep it.
  std::shared_ptr<channel_meters> channel(const channel_id& id) {
    std::scoped_lock hold(guard_);
    auto& found = channels_[id];
    if (!found)
      found = std::make_shared<channel_meters>();
    return found;
  }

  std::map<channel_id, std::shared_ptr<const channel_meters>> channels() const {
    std::scoped_lock hold(guard_);
    return {channels_.begin(), channels_.end()};
  }

private:
  mutable std::mutex guard_;
  std::map<channel_id, std::shared_ptr<channel_meters>> channels_; ///< At most `limits::channels_max`.
};

} // namespace oncepay
