// Risk rules (B5): whether a payment passes, is blocked, or must be confirmed by its payer first. Rules stand in the
// order of the rule file; the first that is about a payment and applies to it decides, and what none applies to passes.
// A white list is a rule that lets pass and stands in front, a black list one that blocks.
//
// Rules see tokens only. What they count - payments of a payer, by a card, of a merchant, within a time - is counted
// from the log: each order when it is opened, whatever becomes of it. A window is counted in parts, the oldest of which
// goes as a whole, so that a count is never too small and a key takes the same room however much is counted.
#pragma once

#include "schema/hash.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"
#include "schema/money.hpp"
#include "schema/risk.hpp"
#include "schema/time.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace oncepay::risk {

/// What is asked about one payment.
struct question {
  merchant_id merchant;
  method_id method;
  money amount;
  std::optional<hash128> payer; ///< None: not named.
  std::optional<hash128> card;
  bool operator==(const question&) const = default;
};

/// Whose payments are counted, or who is listed.
enum class subject : uint8_t { payer = 1, card, merchant };

/// "payer", "card", "merchant".
std::string_view name(subject);

/// Above an amount in its currency.
struct above {
  money limit;
  bool operator==(const above&) const = default;
};
/// More payments within a time, this one included, or a greater sum of them in one currency.
struct velocity {
  subject of = subject::payer;
  uint32_t within_s = 0;
  uint32_t payments_max = 0;    ///< 0: they aren't counted.
  std::optional<money> sum_max; ///< Payments in other currencies aren't summed up.
  bool operator==(const velocity&) const = default;
};
/// On a list.
struct listed {
  subject of = subject::payer;
  std::vector<std::string> names; ///< As they are written, until `hashed`; then none.
  std::set<hash128> who;          ///< Tokens; merchants as `key_of`.
  bool operator==(const listed&) const = default;
};
/// The merchant didn't say who pays, or with which card.
struct unnamed {
  subject of = subject::payer;
  bool operator==(const unnamed&) const = default;
};
/// Every payment that it is about.
struct always {
  bool operator==(const always&) const = default;
};

struct rule {
  std::string id;
  risk_outcome then = risk_outcome::block;
  std::vector<merchant_id> merchants; ///< That it is about; empty: all.
  std::vector<method_id> methods;     ///< The same.
  std::variant<above, velocity, listed, unnamed, always> when;
  bool operator==(const rule&) const = default;
};

struct rules {
  std::string version;
  uint32_t confirm_within_ms = 900'000;
  uint32_t wrong_max = 5;
  std::vector<rule> all;
  bool operator==(const rules&) const = default;

  /// Some rule is about such payments; where none is, nobody need be asked.
  bool concern(const merchant_id&, const method_id&) const;
  /// The longest time that anything is counted over; 0: nothing is.
  uint32_t longest_window_s() const;
};

/// A merchant among tokens.
hash128 key_of(const merchant_id&);

/// The same rules with tokens for names: `token_of` makes one of a payer's or card's name. No name is left.
rules hashed(rules, const std::function<hash128(std::string_view)>& token_of);
/// What is hashed of a card's token, so that a payer of the same name is somebody else.
std::string card_text(std::string_view card);

/// What was counted so far.
class counts {
public:
  counts() = default;
  explicit counts(const rules&);

  /// One more payment. Of what comes late as much is counted as its window still holds.
  void add(const rules&, instant at, const question&);

  struct sum {
    uint64_t payments = 0;
    uint64_t minor = 0; ///< Of those in the rule's currency.
  };
  /// Within the rule's window until `at`, for who is asked about; none where that is nobody, or where so many are
  /// counted that this one can't be.
  std::optional<sum> of(const rules&, size_t rule_index, instant at, const question&) const;

  /// How many payers, cards and merchants are counted.
  size_t keys() const;

private:
  struct part {
    int64_t number = -1; ///< Since 1970, in parts of the window.
    uint32_t payments = 0;
    uint64_t minor = 0;
  };
  struct window {
    std::array<part, limits::risk_window_parts + 1> parts;
    int64_t last = 0; ///< The newest part.
  };
  struct counted {
    std::map<hash128, window> of;
    int64_t swept_at = 0; ///< When those that hold nothing any more were dropped.
  };
  std::vector<counted> rules_; ///< By the rule's place; empty for those that count nothing.
};

/// The answer; counts the payment in. `at` never goes back by much.
risk_answer assess(const rules&, counts&, instant at, const question&);

} // namespace oncepay::risk
