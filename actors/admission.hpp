// Admission is the back-pressure: mailboxes have no bound, so what enters does. A command holds a ticket until the
// entity that it went to has no more to do for it; a connection without tickets isn't read, and when all are out the
// answer is `busy` at once. So it is when too many of them wait for us: channels may be slow, and a house full of those
// who wait for them is in order; a queue of those who wait for the server only makes everybody late.
#pragma once

#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace oncepay {

/// Tickets of the whole process. Thread-safe.
class admission {
public:
  admission(uint32_t total, uint32_t in_hand) : total_(total), in_hand_(in_hand), in_hand_max_(in_hand) {}

  uint32_t total() const { return total_; }
  uint32_t in_use() const { return in_use_.load(std::memory_order_relaxed); }

  /// So many more, or fewer, wait for a channel: for its permit, or for the first that is heard of what it was sent.
  /// Limiters and ports say so of payments, tickets of all else.
  void at_channels(int64_t change) { at_channels_.fetch_add(change, std::memory_order_relaxed); }

  /// Tickets of those who wait for the server itself, and not for a view. Orders that a restart or a late refusal lets
  /// go on wait for channels without a ticket: each of them hides one that is in hand, and there are never more of them
  /// than permits and places in the queues for these.
  uint32_t in_hand() const {
    const int64_t n =
        int64_t{in_use()} - at_channels_.load(std::memory_order_relaxed) - asks_views_.load(std::memory_order_relaxed);
    return static_cast<uint32_t>(std::max<int64_t>(0, n));
  }
  uint32_t in_hand_max() const { return in_hand_max_.load(std::memory_order_relaxed); }
  bool in_hand_full() const { return in_hand() >= in_hand_max(); }

  /// From now and then, by one thread. While somebody is told busy, no more are taken in hand than were done with in
  /// `limits::in_hand_wait_ms`, when most were within the last second or so, though never less than half of what the
  /// house was made for: how many a server gets through depends on its machine, and on what else that has to do. After
  /// a second in which nobody was told so, it is as before.
  void keep_pace(int64_t steady_ns);

  /// So many commands ask views, which answer one after the other, that more have to come again.
  bool views_full() const { return asks_views_.load(std::memory_order_relaxed) >= limits::view_queries_max; }

private:
  friend class ticket;
  friend class connection_tickets;
  bool take();
  void put_back(bool asked_view) {
    in_use_.fetch_sub(1, std::memory_order_relaxed);
    if (asked_view)
      asks_views_.fetch_sub(1, std::memory_order_relaxed);
    else
      done_.fetch_add(1, std::memory_order_relaxed);
  }

  const uint32_t total_;
  const uint32_t in_hand_;
  std::atomic<uint32_t> in_hand_max_; ///< Now; `in_hand_` at most.
  std::atomic<uint64_t> done_{0};     ///< Tickets that came back, but for views',
  std::atomic<uint64_t> refused_{0};  ///< and who was kept out by `in_hand_max_`, ever.
  std::atomic<uint32_t> in_use_{0};
  std::atomic<int64_t> at_channels_{0};
  std::atomic<uint32_t> asks_views_{0};

  /// As `keep_pace` saw them last.
  struct {
    int64_t at_ns = 0; ///< 0: never.
    int64_t refused_at_ns = 0;
    uint64_t done = 0;
    uint64_t refused = 0;
    std::array<int64_t, 10> in_time{}; ///< How many were done with in time; the oldest at `next`.
    size_t next = 0;
  } seen_;
};

class quota_place;
class ticket;
using ticket_ptr = std::shared_ptr<ticket>;

/// Tickets of one connection. Thread-safe; outlives the connection as long as one of its tickets is out.
class connection_tickets : public std::enable_shared_from_this<connection_tickets> {
public:
  /// `on_return` is called, on any thread, once half of the tickets of a paused connection are back, and half of what
  /// it asked views is answered.
  connection_tickets(std::shared_ptr<admission> all, uint32_t most, std::function<void()> on_return);

  /// Null where the process has none left: answer `busy`.
  ticket_ptr take();

  uint32_t in_use() const { return in_use_; }
  /// True where nothing more is to be taken in for now: all tickets are out, or too much is asked of views. Paused from
  /// then on, until `on_return`.
  bool pauses();

private:
  friend class ticket;
  void put_back(bool asked_view);
  bool is_full() const { return in_use_ >= most_ || asks_views_ >= limits::view_queries_per_connection; }
  /// Half empty rather than one free: to go on for each ticket would wake the session once a reply.
  bool has_room() const { return in_use_ <= most_ / 2 && asks_views_ <= limits::view_queries_per_connection / 2; }

  std::shared_ptr<admission> all_;
  const uint32_t most_;
  std::function<void()> on_return_;
  std::atomic<uint32_t> in_use_{0};
  std::atomic<uint32_t> asks_views_{0};
  std::atomic<bool> paused_{false};
};

/// One command in flight; gives itself back when the last holder drops it.
class ticket {
public:
  explicit ticket(std::shared_ptr<connection_tickets> owner) : owner_(std::move(owner)) {}
  ~ticket();
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;

  /// Its command waits for a channel from here on, and no limiter or port knows of it: it is about a refund or an
  /// enquiry, or waits for what another command set off.
  void leaves_hand();
  void comes_back();

  /// Its command asks a view; once at most.
  void asks_view();

  /// What else is held for as long: a place in the merchant's quota.
  void hold(std::shared_ptr<quota_place> place) { place_ = std::move(place); }

private:
  std::shared_ptr<connection_tickets> owner_;
  std::shared_ptr<quota_place> place_; ///< Null for most.
  bool left_hand_ = false;
  bool asks_view_ = false;
};

} // namespace oncepay
