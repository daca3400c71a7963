// What the bank does with money, whatever dialect it is asked in: trades, refunds, reversals, each kept in its book
// before anybody is told.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "cli/bank/bank_config.hpp"
#include "schema/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// A request, understood and known to be its owner's.
struct bank_request {
  channel_question what = channel_question::pay;
  std::string account;
  std::string id;         ///< The operation's own.
  std::string payment_id; ///< The payment it is about.
  int64_t amount_minor = 0;
  std::string notices_url = {}; ///< Of a payment: where its end is to be told; empty: nowhere.
  std::string give_back = {};   ///< And what is to be said with it.
};

enum class trade_state : uint8_t { paid = 1, confirming, declined, closed, reversed };
std::string_view name(trade_state);

struct trade {
  instant at;
  int64_t amount_minor = 0;
  trade_state state = trade_state::paid;
  instant decided_at;                         ///< Confirming: when the payer will have paid.
  std::string code;                           ///< Declined: why.
  std::map<std::string, int64_t> refunds;     ///< Refund's id, minor units.
  std::map<std::string, instant> refunded_at; ///< Of the same ids.
  int64_t refunded_minor() const;
};

enum class bank_result : uint8_t {
  done = 1,    ///< What was asked for is so; the trade says the rest.
  repeated,    ///< It was so already.
  refused,     ///< It can't be; nothing changed.
  not_found,   ///< There is no such payment, or refund.
  system_error ///< The bank doesn't know itself.
};

/// What the bank has to say, and how badly.
struct bank_word {
  bank_result result = bank_result::done;
  std::string id; ///< Of the payment.
  trade told;     ///< As far as there is one.
  std::string refund_id;
  int64_t refund_minor = 0;
  bank_fault fault = bank_fault::none;
};

/// What the bank still has to tell of its own accord.
struct owed_notice {
  std::string account;
  std::string id; ///< The payment's.
  std::string url;
  std::string give_back;
  instant due; ///< The payer will have decided by then.
};

/// Pure but for its book, and so are its faults: the seed, the id and how often it was asked decide.
class teller {
public:
  /// Opens and reads the book; a line that a kill cut off is cut away, for nobody was told of it. The error is one
  /// line.
  static tl::expected<teller, std::string> open(const bank_config&);

  teller(teller&&) noexcept;
  teller& operator=(teller&&) noexcept;
  ~teller();

  /// Decides, and writes what changed to the book; the error is one line, and the bank must stop over it.
  tl::expected<bank_word, std::string> ask(instant now, const bank_request&);

  /// What is owed since the last call; first, what an earlier bank on this book owed.
  std::vector<owed_notice> new_notices();

  /// The payment as it stands by then; the error is as above.
  tl::expected<trade, std::string> trade_now(instant now, const owed_notice&);

  /// Nothing more is told of it, now and by later banks: it was acknowledged, or given up.
  tl::expected<void, std::string> notice_done(instant now, const owed_notice&, bool acknowledged);

  /// What is to go wrong with what is told of a payment.
  notice_fault fault_of(const owed_notice&, const trade&) const;

  /// The statement of one account's day ("2026-11-20", Beijing) as CSV.
  std::string statement(std::string_view account, std::string_view day) const;

  size_t trades() const { return trades_.size(); }

private:
  explicit teller(const bank_config& config) : config_(config) {}

  using trade_key = std::pair<std::string, std::string>; ///< Account, id.

  bank_fault choose_fault(const bank_request&);
  std::string payment_of(const bank_request&) const;
  bank_word pay(instant now, const bank_request&, bank_fault);
  bank_word answer_about(instant now, const bank_request&, trade&);
  bank_word refund(instant now, const bank_request&, trade&);
  void settle(instant now, const bank_request&, trade&);
  void note(instant at, const trade_key&, const trade&);
  void note_owed(instant at, const owed_notice&);
  void note_refund(instant at, const trade_key&, const std::string& id, int64_t amount_minor);
  tl::expected<void, std::string> read_book(const std::string& text);
  tl::expected<void, std::string> write_book();

  bank_config config_;
  std::map<trade_key, trade> trades_;
  std::map<std::string, uint64_t> asked_; ///< How often about each id, so that a repeat may meet another fault.
  std::map<trade_key, owed_notice> owed_; ///< Not handed out by `new_notices` yet.
  std::string unwritten_;
  int fd_ = -1;
};

} // namespace oncepay::cli
