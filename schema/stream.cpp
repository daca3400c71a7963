#include "schema/stream.hpp"

#include "schema/assert.hpp"
#include "schema/hash.hpp"
#include "schema/limits.hpp"

#include <initializer_list>

namespace oncepay {

namespace {

static_assert(limits::merchant_id_bytes_max <= 255 && limits::order_no_bytes_max <= 255 &&
                  limits::channel_id_bytes_max <= 255 && limits::account_path_bytes_max <= 255,
              "a part's length is one byte");

std::string make_name(stream_kind kind, std::initializer_list<std::string_view> parts) {
  size_t size = 1;
  for (std::string_view part : parts)
    size += 1 + part.size();
  std::string bytes;
  bytes.reserve(size);
  bytes += static_cast<char>(kind);
  for (std::string_view part : parts) {
    // A longer part would be stored with a wrong length, and two entities would share a history.
    ONCEPAY_ASSERT(!part.empty() && part.size() <= 255);
    bytes += static_cast<char>(static_cast<uint8_t>(part.size()));
    bytes += part;
  }
  return bytes;
}

size_t length_at(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

/// True where the parts fill the bytes exactly and none is empty.
bool well_formed(std::string_view bytes) {
  size_t at = 1;
  while (at < bytes.size()) {
    size_t length = length_at(bytes, at);
    if (length == 0 || length > bytes.size() - at - 1)
      return false;
    at += 1 + length;
  }
  return true;
}

bool parts_allowed(const stream_name& name) {
  switch (name.kind()) {
  case stream_kind::order:
  case stream_kind::refund:
  case stream_kind::batch:
    return name.part_count() == 2 && merchant_id_rules::allows(name.part(0)) && order_no_rules::allows(name.part(1));
  case stream_kind::account:
    return name.part_count() == 1 && is_account_path(name.part(0));
  case stream_kind::channel:
    return name.part_count() == 1 && channel_id_rules::allows(name.part(0));
  case stream_kind::merchant:
    return name.part_count() == 1 && merchant_id_rules::allows(name.part(0));
  case stream_kind::code:
    return name.part_count() == 1 && code_serial_rules::allows(name.part(0));
  case stream_kind::operations:
    return name.part_count() == 0;
  case stream_kind::method:
    return name.part_count() == 1 && method_rules::allows(name.part(0));
  }
  return false;
}

/// Behind the first slash: of "wallet/m1/alice" and "merchant/m1/pending".
std::string_view behind_first_segment(std::string_view path) {
  const size_t first = path.find('/');
  return first == std::string_view::npos ? std::string_view{} : path.substr(first + 1);
}

std::string_view second_segment(std::string_view path) {
  path = behind_first_segment(path);
  return path.substr(0, path.find('/'));
}

} // namespace

bool is_account_path(std::string_view path) {
  if (path.empty() || path.size() > limits::account_path_bytes_max)
    return false;
  for (char c : path)
    if (c <= ' ' || c > '~')
      return false;
  return true;
}

stream_name stream_name::of_order(const merchant_id& merchant, const order_no& number) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::order, {merchant.str(), number.str()});
  return name;
}

stream_name stream_name::of_merchant(const merchant_id& merchant) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::merchant, {merchant.str()});
  return name;
}

stream_name stream_name::of_channel(const channel_id& channel) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::channel, {channel.str()});
  return name;
}

stream_name stream_name::of_method(const method_id& method) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::method, {method.str()});
  return name;
}

stream_name stream_name::of_account(std::string_view path) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::account, {path});
  return name;
}

stream_name stream_name::of_refund(const merchant_id& merchant, const order_no& refund_no) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::refund, {merchant.str(), refund_no.str()});
  return name;
}

stream_name stream_name::of_batch(const merchant_id& merchant, const order_no& batch_no) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::batch, {merchant.str(), batch_no.str()});
  return name;
}

stream_name stream_name::of_code(const code_serial& serial) {
  stream_name name;
  name.bytes_ = make_name(stream_kind::code, {serial.str()});
  return name;
}

stream_name stream_name::of_operations() {
  stream_name name;
  name.bytes_ = make_name(stream_kind::operations, {});
  return name;
}

std::optional<stream_name> stream_name::from_bytes(std::string_view bytes) {
  if (bytes.empty() || !well_formed(bytes))
    return std::nullopt;
  stream_name name;
  name.bytes_ = bytes;
  if (!parts_allowed(name))
    return std::nullopt;
  return name;
}

std::string_view stream_name::part(size_t i) const {
  std::string_view bytes = bytes_;
  for (size_t at = 1; at < bytes.size(); at += 1 + length_at(bytes, at))
    if (i-- == 0)
      return bytes.substr(at + 1, length_at(bytes, at));
  return {};
}

size_t stream_name::part_count() const {
  size_t count = 0;
  for (size_t at = 1; at < bytes_.size(); at += 1 + length_at(bytes_, at))
    ++count;
  return count;
}

std::string stream_name::display() const {
  if (empty())
    return {};
  std::string text(name(kind()));
  for (size_t i = 0, n = part_count(); i < n; ++i)
    text.append("/").append(part(i));
  return text;
}

uint8_t stream_name::partition() const {
  // Owners of different kinds get a letter each, so that a wallet holder named like a merchant is another owner.
  std::string owner;
  std::string_view first = part(0);
  if (!empty() && (kind() == stream_kind::order || kind() == stream_kind::refund || kind() == stream_kind::batch ||
                   kind() == stream_kind::merchant))
    owner.append("m").append(first);
  else if (!empty() && kind() == stream_kind::account && first.starts_with("merchant/"))
    owner.append("m").append(second_segment(first));
  else if (!empty() && kind() == stream_kind::account && first.starts_with("wallet/"))
    owner.append("w").append(behind_first_segment(first));
  else
    owner = bytes_;
  return static_cast<uint8_t>(name_hash(owner));
}

std::string_view name(stream_kind kind) {
  switch (kind) {
  case stream_kind::order:
    return "order";
  case stream_kind::account:
    return "account";
  case stream_kind::channel:
    return "channel";
  case stream_kind::merchant:
    return "merchant";
  case stream_kind::refund:
    return "refund";
  case stream_kind::batch:
    return "batch";
  case stream_kind::code:
    return "code";
  case stream_kind::operations:
    return "operations";
  case stream_kind::method:
    return "method";
  }
  return {};
}

} // namespace oncepay
