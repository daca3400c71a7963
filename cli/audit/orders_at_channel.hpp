// Which orders had to do with a channel in some time, so that it can be asked about them again after an incident.
#pragma once

#include "schema/ids.hpp"
#include "schema/stream.hpp"
#include "schema/time.hpp"
#include "store/event_log.hpp"

#include <vector>

namespace oncepay::cli {

struct orders_at_channel {
  std::vector<stream_name> orders; ///< In the log's order, each once.
  bool more = false;               ///< Than were asked for; the rest wasn't looked at.
};

/// Those with an attempt or a refund there that began in [from, to). Reads the whole log.
store_result<orders_at_channel> find_orders_at(const event_log&, const channel_id&, instant from, instant to,
                                               size_t orders_max);

} // namespace oncepay::cli
