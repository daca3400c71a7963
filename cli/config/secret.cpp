#include "cli/config/secret.hpp"

#include "cli/config/toml_file.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace oncepay::cli {

std::string read_secret(config_table& table, std::string_view key) {
  std::string secret;
  table.read_table(key, [&](config_table& place) {
    std::string file;
    std::string variable;
    place.read("file", file);
    place.read("env", variable);
    if (file.empty() == variable.empty())
      return place.mistake_here("name either a file or an environment variable (env)");
    if (!variable.empty()) {
      const char* value = std::getenv(variable.c_str());
      if (value == nullptr || *value == '\0')
        return place.mistake("env", fmt::format("the environment has no {}", variable));
      secret = value;
    } else if (auto text = read_whole_file(file)) {
      secret = std::move(*text);
    } else {
      return place.mistake("file", fmt::format("'{}' can't be read", file));
    }
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
      secret.pop_back();
    if (secret.empty())
      place.mistake_here("there is nothing in it");
    else if (secret.size() > limits::secret_bytes_max)
      place.mistake_here(fmt::format("longer than {} bytes", limits::secret_bytes_max));
  });
  return secret;
}

signing_keys read_signing_keys(config_table& table, signing how, std::string_view whose_public_key) {
  signing_keys keys;
  const bool is_shared = how == signing::md5 || how == signing::hmac_sha256;
  const bool is_pair = how == signing::rsa_sha256;
  if (is_shared)
    table.require("key", "the key that both sides sign with");
  if (is_pair) {
    table.require("private_key", "the key that signs what is sent");
    table.require("public_key", fmt::format("the key that verifies what {} signed", whose_public_key));
  }
  if (is_shared)
    keys.shared = read_secret(table, "key");
  if (!is_pair)
    return keys;
  const auto take = [&](std::string_view key, auto parse, rsa_key& to) {
    const std::string pem = read_secret(table, key);
    if (pem.empty())
      return;
    if (auto parsed = parse(pem))
      to = std::move(*parsed);
    else
      table.mistake(key, parsed.error());
  };
  take("private_key", rsa_key::private_key, keys.ours);
  take("public_key", rsa_key::public_key, keys.theirs);
  return keys;
}

} // namespace oncepay::cli
