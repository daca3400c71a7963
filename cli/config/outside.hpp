// [channel.http]: how a channel outside is spoken to. What the log keeps of it becomes terms; keys and whom to trust
// stay with the configuration.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "cli/server/tls.hpp"
#include "schema/http_url.hpp"
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

/// Whether its host may be asked what it takes over a connection with our certificate alone. A channel on this very
/// machine, which is a rehearsal, may do without TLS and all that goes with it.
bool shows_certificate(const outside_channel&, const http_url&);

/// Payments by code at a channel that can't be asked to call them back: who wants that is told what it lacks, and where
/// nothing is said they are never reversed. A reversal that can't be sent would end the enquiries, leave the attempt to
/// a person, and book its later success as surplus.
void settle_reversals(config_table&, channel_terms&, const outside_channel&);

} // namespace oncepay::cli
