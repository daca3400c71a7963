#include "store/payer_vault.hpp"

#include "schema/assert.hpp"
#include "store/payer_key_file.hpp"
#include "store/store_fault.hpp"

#include <cstring>
#include <map>

#include <sodium.h>

namespace oncepay {

namespace {

constexpr size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == sizeof(key_bytes));
static_assert(crypto_kdf_KEYBYTES == sizeof(key_bytes));

using nonce = std::array<unsigned char, nonce_bytes>;

template <class Bytes>
auto* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* octets(bytes_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// A key of its own for each use, so that no two uses can meet.
key_bytes derive(const key_bytes& from, uint64_t use) {
  key_bytes key{};
  crypto_kdf_derive_from_key(octets(key), key.size(), use, "oncepayV", octets(bytes_view(from)));
  return key;
}

struct working_key {
  key_bytes seal{};
  key_bytes nonce{};
  bool is_forgotten = false;
};

} // namespace

struct payer_vault::secrets {
  key_bytes token{};
  uint32_t active_id = 0;
  std::map<uint32_t, working_key> keys;

  ~secrets() {
    sodium_memzero(token.data(), token.size());
    for (auto& [id, key] : keys) {
      sodium_memzero(key.seal.data(), key.seal.size());
      sodium_memzero(key.nonce.data(), key.nonce.size());
    }
  }
};

namespace {

/// Each text preceded by its length, so that what moves from one to the next is noticed.
void add_text(crypto_generichash_state& state, std::string_view text) {
  uint64_t size = text.size();
  std::array<unsigned char, 8> length{};
  for (unsigned char& byte : length) {
    byte = static_cast<unsigned char>(size);
    size >>= 8;
  }
  crypto_generichash_update(&state, length.data(), length.size());
  crypto_generichash_update(&state, octets(as_bytes(text)), text.size());
}

/// Derived instead of drawn, so that runs can be repeated; from the plaintext too, so that an original and its restored
/// copy, which may seal different payers at one place under the same keys, never share one. It is stored.
nonce nonce_of(const working_key& key, std::string_view place, std::string_view plaintext) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, octets(bytes_view(key.nonce)), key.nonce.size(), nonce_bytes);
  add_text(state, place);
  add_text(state, plaintext);
  nonce result{};
  crypto_generichash_final(&state, result.data(), result.size());
  return result;
}

/// What a sealed field is bound to: moved to another decision or field it doesn't open.
std::string place_of(const stream_name& stream, uint32_t version, std::string_view field) {
  std::string place = std::to_string(version);
  place.append(1, '/').append(field).append(1, '/').append(stream.bytes());
  return place;
}

} // namespace

std::string_view sentence(unseal_errc code) {
  switch (code) {
  case unseal_errc::missing_key:
    return "sealed with a key that isn't in this installation's key file";
  case unseal_errc::forgotten:
    return "the payer is forgotten: the key was destroyed";
  case unseal_errc::damaged:
    return "the sealed bytes were altered, or belong to another decision";
  }
  return {};
}

payer_vault::payer_vault(const payer_keys& keys) {
  const int ready = sodium_init();
  ONCEPAY_ASSERT(ready >= 0);
  ONCEPAY_ASSERT(!keys.sealing.empty() && !keys.sealing.back().is_forgotten);
  auto s = std::make_unique<secrets>();
  s->token = keys.token;
  for (const sealing_key& key : keys.sealing) {
    ONCEPAY_ASSERT(key.id > 0);
    s->keys[key.id] =
        key.is_forgotten ? working_key{{}, {}, true} : working_key{derive(key.bytes, 1), derive(key.bytes, 2), false};
  }
  s->active_id = keys.sealing.back().id;
  secrets_ = std::move(s);
}

payer_vault::payer_vault(payer_vault&&) noexcept = default;
payer_vault& payer_vault::operator=(payer_vault&&) noexcept = default;
payer_vault::~payer_vault() = default;

store_result<payer_vault> payer_vault::open_directory(const std::string& data_directory, bool create,
                                                      uint32_t first_sealing_id) {
  auto keys = create ? load_or_make_payer_keys(data_directory, first_sealing_id) : load_payer_keys(data_directory);
  if (!keys)
    return error_of(keys);
  payer_vault vault(*keys);
  wipe(*keys);
  return vault;
}

bool payer_vault::keys_exist(const std::string& data_directory) {
  return payer_keys_exist(data_directory);
}

hash128 payer_vault::token(std::string_view payer) const {
  hash128 token{};
  crypto_generichash(octets(token), token.size(), octets(as_bytes(payer)), payer.size(),
                     octets(bytes_view(secrets_->token)), secrets_->token.size());
  return token;
}

sealed_payer payer_vault::seal(const stream_name& stream, uint32_t version, std::string_view field,
                               std::string_view plaintext) const {
  const working_key& key = secrets_->keys.at(secrets_->active_id);
  const std::string place = place_of(stream, version, field);
  const nonce n = nonce_of(key, place, plaintext);
  sealed_payer sealed{secrets_->active_id, std::vector<std::byte>(nonce_bytes + plaintext.size() + tag_bytes)};
  std::memcpy(sealed.ciphertext.data(), n.data(), nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(sealed.ciphertext) + nonce_bytes, nullptr,
                                             octets(as_bytes(plaintext)), plaintext.size(), octets(as_bytes(place)),
                                             place.size(), nullptr, n.data(), octets(bytes_view(key.seal)));
  return sealed;
}

tl::expected<std::string, unseal_errc> payer_vault::open(const stream_name& stream, uint32_t version,
                                                         std::string_view field, const sealed_payer& sealed) const {
  if (sealed.ciphertext.empty())
    return std::string(); // No payer was named.
  auto found = secrets_->keys.find(sealed.key_id);
  if (found == secrets_->keys.end())
    return tl::unexpected(unseal_errc::missing_key);
  const working_key& key = found->second;
  if (key.is_forgotten)
    return tl::unexpected(unseal_errc::forgotten);
  if (sealed.ciphertext.size() < nonce_bytes + tag_bytes)
    return tl::unexpected(unseal_errc::damaged);
  const bytes_view whole(sealed.ciphertext);
  const bytes_view box = whole.subspan(nonce_bytes);
  const std::string place = place_of(stream, version, field);
  std::string plaintext(box.size() - tag_bytes, '\0');
  int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(octets(plaintext), nullptr, nullptr, octets(box), box.size(),
                                                      octets(as_bytes(place)), place.size(), octets(whole),
                                                      octets(bytes_view(key.seal)));
  if (rc != 0)
    return tl::unexpected(unseal_errc::damaged);
  return plaintext;
}

} // namespace oncepay
