// Admission is the back-pressure: mailboxes have no bound, so what enters does. A command holds a ticket until the
// entity that it went to has no more to do for it; a connection without tickets isn't read, and when all are out the
// answer is `busy` at once. So it is when too many of them wait for us: channels may be slow, and a house full of those
// who wait for them is in order; a queue of those who wait for the server only makes everybody late.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace oncepay {

/// Tickets of the whole process. Thread-safe.
class admission {
public:
  admission(uint32_t total, uint32_t in_hand) : total_(total), in_hand_(in_hand) {}

  uint32_t total() const { return total_; }
  uint32_t in_use() const { return in_use_.load(std::memory_order_relaxed); }

  /// So many more, or fewer, wait for a channel: for its permit, or for the first that is heard of what it was sent.
  /// Limiters and ports say so of payments, tickets of all else.
  void at_channels(int64_t change) { at_channels_.fetch_add(change, std::memory_order_relaxed); }

  /// Tickets of those who wait for the server itself. Orders that a restart or a late refusal lets go on wait for
  /// channels without a ticket: each of them hides one that is in hand, and there are never more of them than permits
  /// and places in the queues for these.
  uint32_t in_hand() const {
    const int64_t n = int64_t{in_use()} - at_channels_.load(std::memory_order_relaxed);
    return static_cast<uint32_t>(std::max<int64_t>(0, n));
  }
  uint32_t in_hand_max() const { return in_hand_; }
  bool in_hand_full() const { return in_hand() >= in_hand_; }

private:
  friend class ticket;
  friend class connection_tickets;
  bool take();
  void put_back() { in_use_.fetch_sub(1, std::memory_order_relaxed); }

  const uint32_t total_;
  const uint32_t in_hand_;
  std::atomic<uint32_t> in_use_{0};
  std::atomic<int64_t> at_channels_{0};
};

class quota_place;
class ticket;
using ticket_ptr = std::shared_ptr<ticket>;

/// Tickets of one connection. Thread-safe; outlives the connection as long as one of its tickets is out.
class connection_tickets : public std::enable_shared_from_this<connection_tickets> {
public:
  /// `on_return` is called, on any thread, once half of the tickets of a paused connection are back.
  connection_tickets(std::shared_ptr<admission> all, uint32_t most, std::function<void()> on_return);

  /// Null where the process has none left: answer `busy`.
  ticket_ptr take();

  uint32_t in_use() const { return in_use_.load(std::memory_order_relaxed); }
  /// True where nothing more is to be taken in for now: all tickets are out. Paused from then on, until `on_return`.
  bool pauses();

private:
  friend class ticket;
  void put_back();

  std::shared_ptr<admission> all_;
  const uint32_t most_;
  std::function<void()> on_return_;
  std::atomic<uint32_t> in_use_{0};
  std::atomic<bool> paused_{false};
};

/// One command in flight; gives itself back when the last holder drops it.
class ticket {
public:
  explicit ticket(std::shared_ptr<connection_tickets> owner) : owner_(std::move(owner)) {}
  ~ticket() {
    comes_back();
    owner_->put_back();
  }
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;

  /// Its command waits for a channel from here on, and no limiter or port knows of it: it is about a refund or an
  /// enquiry, or waits for what another command set off.
  void leaves_hand();
  void comes_back();

  /// What else is held for as long: a place in the merchant's quota.
  void hold(std::shared_ptr<quota_place> place) { place_ = std::move(place); }

private:
  std::shared_ptr<connection_tickets> owner_;
  std::shared_ptr<quota_place> place_; ///< Null for most.
  bool left_hand_ = false;
};

} // namespace oncepay
