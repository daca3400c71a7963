// Identifiers as types of their own, so that a merchant can't be passed where a channel is meant. A value of such a
// type has passed its `parse`; only the log codec and tests build one without asking.
#pragma once

#include "schema/error.hpp"

#include <compare>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace oncepay {

template <class Rules>
class text_id {
public:
  text_id() = default;

  /// The id, or `invalid_field` where the text breaks the rules of its kind.
  static tl::expected<text_id, errc> parse(std::string_view text) {
    if (!Rules::allows(text))
      return tl::unexpected(errc::invalid_field);
    return text_id(std::string(text));
  }

  /// For texts that were checked before they were stored.
  static text_id trusted(std::string_view text) { return text_id(std::string(text)); }
  /// The same for a string that nobody needs any more: every id of an attempt is read from the log so.
  template <std::same_as<std::string> Text>
  static text_id trusted(Text&& text) {
    return text_id(std::forward<Text>(text));
  }

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const text_id&) const = default;

private:
  explicit text_id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// `[a-z0-9_-]{1,32}`
struct merchant_id_rules {
  static bool allows(std::string_view);
};
/// `[a-z0-9_-]{1,16}`; shorter than a merchant's because every decision about an attempt repeats it.
struct channel_id_rules {
  static bool allows(std::string_view);
};
/// The merchant's own number: 1 to 64 bytes of printable ASCII without blanks.
struct order_no_rules {
  static bool allows(std::string_view);
};
/// Payment method such as `card`, `wechat-code`: `[a-z0-9_.-]{1,24}`.
struct method_rules {
  static bool allows(std::string_view);
};
/// 26 characters of base 32, see `make_attempt_id`.
struct attempt_id_rules {
  static bool allows(std::string_view);
};

/// The same, over all that a ruling says, see `make_ruling_id`.
struct ruling_id_rules {
  static bool allows(std::string_view);
};

/// The same: a keyed hash, see collection_code.hpp.
struct code_serial_rules {
  static bool allows(std::string_view);
};
/// What a merchant calls one of its collection codes: `[a-z0-9_.-]{1,32}`.
struct code_label_rules {
  static bool allows(std::string_view);
};

/// A customer's wallet, by the name that the merchant who issued it gives it: `[a-z0-9_-]{1,32}`.
struct wallet_id_rules {
  static bool allows(std::string_view);
};

using merchant_id = text_id<merchant_id_rules>;
using channel_id = text_id<channel_id_rules>;
using order_no = text_id<order_no_rules>;
using method_id = text_id<method_rules>;
using attempt_id = text_id<attempt_id_rules>;
using ruling_id = text_id<ruling_id_rules>;
using code_serial = text_id<code_serial_rules>;
using code_label = text_id<code_label_rules>;
using wallet_id = text_id<wallet_id_rules>;

/// The id the channel sees and de-duplicates on: a hash over (environment, merchant, order number, attempt number).
/// Never of a stream number or position: a restored backup would hand those out a second time, the channel would
/// answer "already paid", and goods would ship unpaid.
attempt_id make_attempt_id(std::string_view environment, const merchant_id&, const order_no&, uint32_t attempt_number);

/// The same for a refund: over (environment, merchant, order, the merchant's refund number).
attempt_id make_refund_id(std::string_view environment, const merchant_id&, const order_no&, const order_no& refund_no);

/// And for what we give back of our own accord: over (environment, merchant, order, attempt, which try it is).
attempt_id make_surplus_id(std::string_view environment, const merchant_id&, const order_no&, uint32_t attempt_number,
                           uint32_t try_number);

/// What a merchant removes duplicates on when it is told of a result: over (environment, merchant, order, which of the
/// order's results it is, what it says). Where a restored backup decides otherwise than before, it is another id.
attempt_id make_telling_id(std::string_view environment, const merchant_id&, const order_no&, uint32_t number,
                           std::string_view result);

} // namespace oncepay

template <class Rules>
struct std::hash<oncepay::text_id<Rules>> {
  size_t operator()(const oncepay::text_id<Rules>& id) const { return std::hash<std::string>()(id.str()); }
};
