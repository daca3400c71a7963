// What the codecs share in handling FlatBuffers. Internal to this floor: generated code and its library stay behind
// the codecs' interfaces.
#pragma once

#include "schema/hash.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffers.h>

namespace oncepay::flat {

using builder = flatbuffers::FlatBufferBuilder;

/// This thread's builder, emptied. Its memory is kept from message to message; one message is built at a time.
inline builder& fresh_builder() {
  thread_local builder b(4096);
  b.Clear();
  return b;
}

inline bytes_view finished(const builder& b) {
  return {reinterpret_cast<const std::byte*>(b.GetBufferPointer()), b.GetSize()};
}

/// An absent string reads as an empty one, and an empty one is left out.
inline std::string_view text(const flatbuffers::String* s) {
  return s == nullptr ? std::string_view{} : std::string_view(s->c_str(), s->size());
}
inline flatbuffers::Offset<flatbuffers::String> write_text(builder& b, std::string_view s) {
  return b.CreateString(s.data(), s.size());
}
inline flatbuffers::Offset<flatbuffers::String> write_text_if_any(builder& b, std::string_view s) {
  return s.empty() ? flatbuffers::Offset<flatbuffers::String>{} : write_text(b, s);
}

/// The enumerator with this number, or nothing: known is what has a name.
template <class Enum>
std::optional<Enum> known(uint8_t number) {
  auto value = static_cast<Enum>(number);
  if (name(value).empty())
    return std::nullopt;
  return value;
}

/// What one message may unfold to. FlatBuffers lets any number of fields point to the same text or table, so that 64
/// KiB of frame could ask for 256 MiB. What is beyond the budget reads as empty, and the message is then refused.
class unfolding_budget {
public:
  explicit unfolding_budget(size_t bytes_max) : left_(bytes_max) {}

  bool take(size_t bytes) {
    if (exceeded_ || bytes > left_) {
      exceeded_ = true;
      return false;
    }
    left_ -= bytes;
    return true;
  }
  std::string_view take(const flatbuffers::String* s) {
    std::string_view whole = text(s);
    return take(whole.size()) ? whole : std::string_view{};
  }
  bool exceeded() const { return exceeded_; }

private:
  size_t left_;
  bool exceeded_ = false;
};

/// The same bytes at an address fit for 64-bit reads: FlatBuffers reads numbers where they lie, and elsewhere that
/// would be undefined. The copy lives until the thread's next one.
inline bytes_view aligned(bytes_view bytes) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) == 0)
    return bytes;
  thread_local std::vector<uint64_t> scratch;
  scratch.resize((bytes.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::memcpy(scratch.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const std::byte*>(scratch.data()), bytes.size()};
}

inline flatbuffers::Verifier verifier(bytes_view bytes, uint32_t depth_max, uint32_t tables_max) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), depth_max, tables_max};
}

} // namespace oncepay::flat
