// [channel.http]: how a channel outside is spoken to. What the log keeps of it becomes terms; keys and whom to trust
// stay with the configuration.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "cli/server/tls.hpp"
#include "schema/terms.hpp"

#include <string>

namespace oncepay::cli {

class config_table;

/// What only the configuration knows of a channel outside.
struct outside_channel {
  std::string dialect_name; ///< As its terms name it.
  dialect speaks;
  signing_keys keys;       ///< Never printed.
  std::string authorities; ///< PEM: who may vouch for its host; empty: whom this machine trusts.
  tls_identity identity;   ///< What its host is shown.
};

/// What only the configuration knows of a merchant that is told of results.
struct told_merchant {
  std::string url;   ///< As its terms have it.
  signing_keys keys; ///< Never printed.
};

/// Reads the block; what is wrong was noted. Dialect, settings and keys are checked against each other.
http_access read_http(config_table&, outside_channel&);

/// What speaks against asking a channel of these terms in this dialect; empty: nothing.
std::string fault_in_currencies(const channel_terms&, const dialect&);
/// The same of payments by code: what nobody can call back would be left to a person for want of a line in a file.
std::string fault_in_reversals(const channel_terms&, const dialect&);

} // namespace oncepay::cli
