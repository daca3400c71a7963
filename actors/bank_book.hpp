// The virtual bank's own durable book: one line per request it saw, appended before it answers. A process killed at any
// instant leaves a book that says which money moved, for comparison with the log - and the bank reads it at its start,
// so that it de-duplicates across restarts as a real one does.
//
//   <time, ns> <attempt id> <amount, minor units> <currency> <code or -> <moved: 0|1> <repeat: 0|1>
//
// A card that is bound or authenticated has a line with amount 0, and "bind" or "authenticate" at its end; "moved" says
// that it was done. A payment that binds as well ends with "sign-and-pay", one that is withheld with "withhold". What
// ends an agreement ends with "unbind" and the id of the request that signed it.
// A pay-out's line has a negative amount, and "pay-out" at its end.
// A refund's line has the refund's own id, a negative amount, and at its end the id of the payment it is of. A payment
// that was closed has a line with amount 0 and the code CLOSED; one that was reversed has one with the code REVERSED
// and what was given back, negative, or 0, and never counts as a repeat.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/virtual_bank.hpp"
#include "schema/time.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

class bank_book {
public:
  /// Opens and reads `file`; an empty name keeps the book in memory. The error is one line.
  static tl::expected<bank_book, std::string> open(const std::string& file);

  bank_book(bank_book&&) noexcept;
  bank_book& operator=(bank_book&&) noexcept;
  ~bank_book();

  /// What it knows of this attempt; none: it never received it, or forgot it (see `remembers_since`).
  std::optional<bank_memory> find(const attempt_id&) const;

  /// What it received before may be forgotten: a book in memory begins with its process, and every book is bounded.
  instant remembers_since() const { return remembers_since_; }
  void begins(instant at);

  /// Notes a request; it is durable against the process's death after `flush`.
  void note(instant at, const submit_effect&, const bank_fate&);

  void note_refund(instant at, const channel_request_effect&, const bank_fate&);
  void note_closed(instant at, const channel_request_effect&);
  /// Closes a payment, and gives back what was paid; only the first time.
  void note_reversed(instant at, const channel_request_effect&);

  /// Writes what was noted; the error is one line.
  tl::expected<void, std::string> flush();

private:
  bank_book() = default;
  bool remember(std::string attempt, bank_memory);
  void remember_refund(const std::string& payment, int64_t amount_minor);
  void remember_unbound(const std::string& binding);
  void write(instant at, const attempt_id&, int64_t amount_minor, currency, std::string_view code, bool moved,
             bool repeat, std::string_view about);

  int fd_ = -1;
  std::string file_;
  std::string unwritten_;
  std::unordered_map<std::string, bank_memory> seen_;
  instant remembers_since_;
  std::deque<std::string> order_; ///< Oldest first; bounded by `limits::bank_memory_attempts`.
};

} // namespace oncepay
