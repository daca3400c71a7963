#include "schema/hash.hpp"

#include "schema/assert.hpp"

#include <sodium.h>

namespace oncepay {

namespace {

/// Without it libsodium works, but with its slowest implementations. The local static makes it once and thread-safe.
void ready_sodium() {
  static const int result = sodium_init();
  ONCEPAY_ASSERT(result >= 0);
}

const unsigned char* octets(bytes_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::array<unsigned char, 8> little_endian(uint64_t n) {
  std::array<unsigned char, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(n >> (8 * i));
  return bytes;
}

} // namespace

hash128 hash_parts_128(std::initializer_list<std::string_view> parts) {
  ready_sodium();
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof(hash128));
  for (std::string_view part : parts) {
    auto length = little_endian(part.size());
    crypto_generichash_update(&state, length.data(), length.size());
    crypto_generichash_update(&state, octets(as_bytes(part)), part.size());
  }
  hash128 result;
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(result.data()), result.size());
  return result;
}

hash256 chain_step(const hash256& head, uint64_t position, bytes_view stored) {
  ready_sodium();
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof(hash256));
  auto number = little_endian(position);
  crypto_generichash_update(&state, octets(head), head.size());
  crypto_generichash_update(&state, number.data(), number.size());
  crypto_generichash_update(&state, octets(stored), stored.size());
  hash256 result;
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(result.data()), result.size());
  return result;
}

uint64_t name_hash(std::string_view name) {
  // A fixed key: indexes keep this value. Who knows the key can make two names collide; that costs a comparison, since
  // the full names are compared, and nothing else.
  static constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> key{'o', 'n', 'c', 'e', 'p', 'a', 'y', ' ',
                                                                            'n', 'a', 'm', 'e', '/', '1', 0,   0};
  std::array<unsigned char, crypto_shorthash_BYTES> digest;
  crypto_shorthash(digest.data(), octets(as_bytes(name)), name.size(), key.data());
  uint64_t result = 0;
  for (size_t i = 0; i < digest.size(); ++i)
    result |= uint64_t{digest[i]} << (8 * i);
  return result;
}

} // namespace oncepay
