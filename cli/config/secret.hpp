// Keys named in a configuration: where they lie, never what they are.
#pragma once

#include "actors/domain/dialect/signing.hpp"
#include "cli/config/table.hpp"

#include <string>
#include <string_view>

namespace oncepay::cli {

/// Reads `key = { file = "…" }` or `key = { env = "NAME" }` and what stands there, without a newline at its end. What
/// is wrong is noted and never quotes the secret. Empty where the key is absent or something is wrong.
std::string read_secret(config_table&, std::string_view key);

/// The three keys of one side for this way of signing: `key` where it is shared, else `private_key` and `public_key`. A
/// key that is missing, of the wrong kind or of no use is a mistake.
signing_keys read_signing_keys(config_table&, signing, std::string_view whose_public_key);

} // namespace oncepay::cli
