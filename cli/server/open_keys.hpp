// The keys that a log is written with. By others every order that is sent again would be a conflict, and no pay-out
// would look like one that is still in doubt: so none are made for a log that had some, and none but those are taken.
#pragma once

#include "cli/exit_code.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/payer_vault.hpp"

#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Of a log without decisions they are made. `makes_new`: the log's own are lost for good; others are made, or those
/// taken that are there.
tl::expected<payer_vault, exit_code> open_keys(lmdb_event_log&, const std::string& data, bool makes_new);

} // namespace oncepay::cli
