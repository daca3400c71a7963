// How a channel's interface proves who wrote a message: a text made from the message's fields, and a signature over it.
// Pure: keys are handed in, and nothing here has a nonce, a clock or a file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

/// A message's fields by name, so in the order in which old interfaces want them signed. Those of nested objects are
/// called "outer/inner".
using field_map = std::map<std::string, std::string, std::less<>>;

enum class signing : uint8_t {
  none = 1,        ///< For interfaces that rely on the connection alone; a reply then proves only what TLS proves.
  md5 = 2,         ///< MD5 of the text and a shared key, as old interfaces want it; upper-case hexadecimal.
  hmac_sha256 = 3, ///< HMAC-SHA256 with the shared key; upper-case hexadecimal.
  rsa_sha256 = 4,  ///< PKCS #1 v1.5 over SHA-256, ours with our private key, theirs with their public one; base 64.
};

/// One half of an RSA key pair.
class rsa_key {
public:
  /// From PEM, at least 2048 bits. The error says what is wrong and never quotes the key.
  static tl::expected<rsa_key, std::string> private_key(std::string_view pem);
  static tl::expected<rsa_key, std::string> public_key(std::string_view pem);

  rsa_key() = default;
  explicit operator bool() const { return key_ != nullptr; }
  /// The library's own handle; null where there is none.
  void* handle() const { return key_.get(); }

private:
  explicit rsa_key(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;
};

/// What one side signs and verifies with. Never printed, never logged.
struct signing_keys {
  std::string shared; ///< For `md5` and `hmac_sha256`.
  rsa_key ours;       ///< For `rsa_sha256`: private, signs what we send.
  rsa_key theirs;     ///< For `rsa_sha256`: public, verifies what they say.
};

struct signature_rule {
  signing how = signing::none;
  std::string field; ///< The field that carries it, and that no signature covers.
  std::string
      key_prefix; ///< For shared keys: the key itself follows the text behind this ("&key="); empty: it doesn't.
  bool operator==(const signature_rule&) const = default;
};

/// "a=1&b=2": the fields in the order of their names, without empty ones and without `except`.
std::string signed_text(const field_map&, std::string_view except);

/// The signature of a text; the error says which key is missing. Without a rule it is empty.
tl::expected<std::string, std::string> sign(const signature_rule&, const signing_keys&, std::string_view text);

/// True where `signature` is theirs over the text. Compares in constant time. A missing key verifies nothing.
bool verify(const signature_rule&, const signing_keys&, std::string_view text, std::string_view signature);

} // namespace oncepay
