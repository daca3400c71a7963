// A stream is all decisions about one entity; its version is their count. Its name is a kind byte and length-prefixed
// parts, so that a merchant called "wallet" can't collide with a wallet.
#pragma once

#include "schema/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// Stored as the name's first byte: never renumbered.
enum class stream_kind : uint8_t {
  order = 'o',
  account = 'a',
  channel = 'c',
  merchant = 'm',
  refund = 'r',     ///< The claim of a merchant's refund number.
  code = 'k',       ///< A collection code, by its serial.
  operations = 'x', ///< One stream: what operators did to the log itself.
  method = 'y',     ///< A way to pay: whether operators let it go on.
  batch = 'b',      ///< Many pay-outs of a merchant under one number.
};

/// "order", "account", …; empty for a byte that isn't a kind.
std::string_view name(stream_kind);

/// The form of an account's ledger path: 1 to `limits::account_path_bytes_max` bytes of printable ASCII, no blanks.
bool is_account_path(std::string_view);

class stream_name {
public:
  stream_name() = default;

  static stream_name of_order(const merchant_id&, const order_no&);
  static stream_name of_merchant(const merchant_id&);
  static stream_name of_channel(const channel_id&);
  static stream_name of_method(const method_id&);
  /// An account with a floor, by its ledger path ("wallet/alice").
  static stream_name of_account(std::string_view path);
  static stream_name of_refund(const merchant_id&, const order_no& refund_no);
  static stream_name of_batch(const merchant_id&, const order_no& batch_no);
  static stream_name of_code(const code_serial&);
  static stream_name of_operations();

  /// Rebuilds a name from stored bytes; nothing where they are not a name.
  static std::optional<stream_name> from_bytes(std::string_view bytes);

  const std::string& bytes() const { return bytes_; }
  stream_kind kind() const { return static_cast<stream_kind>(bytes_.at(0)); }
  /// Part `i` as it was given: for an order 0 is the merchant, 1 the order number.
  std::string_view part(size_t i) const;
  size_t part_count() const;

  /// "order/m1/A-7", for people.
  std::string display() const;

  /// 0..255, by a hash of the stream's owner (an order's, refund's or batch's merchant, a merchant, a wallet's holder;
  /// others own themselves). A decision touches streams of one partition only.
  uint8_t partition() const;

  bool empty() const { return bytes_.empty(); }
  auto operator<=>(const stream_name&) const = default;

private:
  std::string bytes_;
};

} // namespace oncepay

template <>
struct std::hash<oncepay::stream_name> {
  size_t operator()(const oncepay::stream_name& n) const { return std::hash<std::string>()(n.bytes()); }
};
