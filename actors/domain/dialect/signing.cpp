#include "actors/domain/dialect/signing.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <vector>

namespace oncepay {

namespace {

constexpr int rsa_bits_min = 2048;

std::string upper_hex(const unsigned char* bytes, size_t count) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  text.reserve(count * 2);
  for (size_t i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

std::string base64(const std::vector<unsigned char>& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(n));
  return text;
}

/// Empty where it isn't base 64.
std::vector<unsigned char> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 4096)
    return {};
  std::vector<unsigned char> bytes(text.size() / 4 * 3);
  const int n =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0)
    return {};
  // The library counts padding as bytes.
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<size_t>(n) - padding);
  return bytes;
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string shared_signature(const signature_rule& rule, const signing_keys& keys, std::string_view text) {
  std::string whole(text);
  if (!rule.key_prefix.empty())
    whole += rule.key_prefix + keys.shared;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (rule.how == signing::md5)
    EVP_Digest(whole.data(), whole.size(), digest.data(), &size, EVP_md5(), nullptr);
  else
    HMAC(EVP_sha256(), keys.shared.data(), static_cast<int>(keys.shared.size()), octets(whole), whole.size(),
         digest.data(), &size);
  return upper_hex(digest.data(), size);
}

struct context_deleter {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using digest_context = std::unique_ptr<EVP_MD_CTX, context_deleter>;

std::string rsa_signature(const rsa_key& key, std::string_view text) {
  const digest_context context(EVP_MD_CTX_new());
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, static_cast<EVP_PKEY*>(key.handle())) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, octets(text), text.size()) != 1)
    return {};
  std::vector<unsigned char> bytes(size);
  if (EVP_DigestSign(context.get(), bytes.data(), &size, octets(text), text.size()) != 1)
    return {};
  bytes.resize(size);
  return base64(bytes);
}

bool rsa_verifies(const rsa_key& key, std::string_view text, std::string_view signature) {
  const auto bytes = from_base64(signature);
  const digest_context context(EVP_MD_CTX_new());
  return !bytes.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, static_cast<EVP_PKEY*>(key.handle())) ==
             1 &&
         EVP_DigestVerify(context.get(), bytes.data(), bytes.size(), octets(text), text.size()) == 1;
}

/// Where a key is encrypted the library would ask the terminal for its passphrase; a server has none.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

tl::expected<std::shared_ptr<void>, std::string> read_key(std::string_view pem, bool is_private) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  EVP_PKEY* found = is_private ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr)
                               : PEM_read_bio_PUBKEY(text.get(), nullptr, no_passphrase, nullptr);
  if (found == nullptr)
    return tl::unexpected(std::string(is_private ? "is no private key in PEM (BEGIN PRIVATE KEY, not encrypted)"
                                                 : "is no public key in PEM (BEGIN PUBLIC KEY)"));
  std::shared_ptr<void> key(found, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); });
  if (EVP_PKEY_get_base_id(found) != EVP_PKEY_RSA)
    return tl::unexpected(std::string("is no RSA key"));
  if (EVP_PKEY_get_bits(found) < rsa_bits_min)
    return tl::unexpected("has fewer than " + std::to_string(rsa_bits_min) + " bits");
  return key;
}

} // namespace

tl::expected<rsa_key, std::string> rsa_key::private_key(std::string_view pem) {
  return read_key(pem, true).map([](std::shared_ptr<void> k) { return rsa_key(std::move(k)); });
}

tl::expected<rsa_key, std::string> rsa_key::public_key(std::string_view pem) {
  return read_key(pem, false).map([](std::shared_ptr<void> k) { return rsa_key(std::move(k)); });
}

std::string signed_text(const field_map& fields, std::string_view except) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty() || name == except)
      continue;
    if (!text.empty())
      text += '&';
    text += name + "=" + value;
  }
  return text;
}

tl::expected<std::string, std::string> sign(const signature_rule& rule, const signing_keys& keys,
                                            std::string_view text) {
  std::string signature;
  switch (rule.how) {
  case signing::none:
    return signature;
  case signing::md5:
  case signing::hmac_sha256:
    if (keys.shared.empty())
      return tl::unexpected(std::string("the shared key is missing"));
    return shared_signature(rule, keys, text);
  case signing::rsa_sha256:
    if (!keys.ours)
      return tl::unexpected(std::string("our private key is missing"));
    signature = rsa_signature(keys.ours, text);
    if (signature.empty())
      return tl::unexpected(std::string("our private key doesn't sign"));
    return signature;
  }
  return tl::unexpected(std::string("no such way of signing"));
}

bool verify(const signature_rule& rule, const signing_keys& keys, std::string_view text, std::string_view signature) {
  switch (rule.how) {
  case signing::none:
    return true;
  case signing::md5:
  case signing::hmac_sha256: {
    if (keys.shared.empty())
      return false;
    const std::string right = shared_signature(rule, keys, text);
    return right.size() == signature.size() && CRYPTO_memcmp(right.data(), signature.data(), right.size()) == 0;
  }
  case signing::rsa_sha256:
    return keys.theirs && rsa_verifies(keys.theirs, text, signature);
  }
  return false;
}

} // namespace oncepay
