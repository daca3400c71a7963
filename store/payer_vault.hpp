// Where payers' personal fields are sealed before they reach a rule or the log, and opened for who may see them. The
// keys lie in DIR/keys, outside the log: a backup of the log carries no payer anybody could read.
#pragma once

#include "schema/hash.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"
#include "store/event_log.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

using key_bytes = std::array<std::byte, 32>;

/// What an id in a sealed field refers to. A key that was destroyed keeps its line, so that "forgotten on purpose" and
/// "keys lost" read differently.
struct sealing_key {
  uint32_t id = 0; ///< From 1.
  bool is_forgotten = false;
  key_bytes bytes{}; ///< All zero where forgotten.
};

struct payer_keys {
  key_bytes token{};
  std::vector<sealing_key> sealing; ///< The last one seals; all open.
};

enum class unseal_errc : uint8_t {
  missing_key = 1, ///< Sealed with a key that isn't in this installation's key file.
  forgotten,       ///< Its key was destroyed: the payer is forgotten.
  damaged,         ///< The bytes were altered, or belong to another decision or field.
};

/// What an order's payer showed is sealed as this field of the decision that opens it, which is its first.
inline constexpr std::string_view payer_code_field = "payer_code";

/// One sentence for people.
std::string_view sentence(unseal_errc);

/// Immutable, so that any thread may use it.
class payer_vault {
public:
  /// Reads DIR/keys/payer.keys. Where there is none it makes one (mode 0600) with `create`, and is `missing` without: a
  /// reader must not make keys that nothing was sealed with. Those that are made begin with this id, which none that
  /// is lost may have had.
  static store_result<payer_vault> open_directory(const std::string& data_directory, bool create,
                                                  uint32_t first_sealing_id = 1);
  static bool keys_exist(const std::string& data_directory);

  /// For tests and the simulator, whose keys come from a seed. The last sealing key must not be a forgotten one.
  explicit payer_vault(const payer_keys&);
  payer_vault(payer_vault&&) noexcept;
  payer_vault& operator=(payer_vault&&) noexcept;
  ~payer_vault();

  /// Equal payers have equal tokens under one key; without it a token tells nothing, not even to who guesses payers.
  hash128 token(std::string_view payer) const;

  /// Tells whether two vaults make the same tokens, and nothing else of their keys.
  hash128 check() const { return token("oncepay payer keys"); }

  /// The same arguments give the same bytes, so that runs can be repeated: the nonce, which precedes the sealed bytes,
  /// is a keyed hash of all of them.
  sealed_payer seal(const stream_name&, uint32_t version, std::string_view field, std::string_view plaintext) const;

  /// The arguments are those it was sealed with: a sealed field moved to another decision doesn't open.
  tl::expected<std::string, unseal_errc> open(const stream_name&, uint32_t version, std::string_view field,
                                              const sealed_payer&) const;

private:
  struct secrets;
  std::unique_ptr<const secrets> secrets_;
};

} // namespace oncepay
