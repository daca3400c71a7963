// [[merchant]] and [[channel]] blocks as terms. Form and bounds are judged by `fault_in`, as for commands: here only
// the file's own spelling is read.
#pragma once

#include "cli/config/outside.hpp"
#include "cli/config/table.hpp"
#include "schema/terms.hpp"

#include <optional>

namespace oncepay::cli {

/// What was wrong is noted in the table's mistakes; the terms are usable only where nothing was.
/// With `told` a merchant may be told of results; its key is put there.
merchant_terms read_merchant(config_table&, std::optional<told_merchant>* told = nullptr);
/// With `outside` a channel may be one outside; what the configuration alone knows of it is put there.
channel_terms read_channel(config_table&, std::optional<outside_channel>* outside = nullptr);

} // namespace oncepay::cli
