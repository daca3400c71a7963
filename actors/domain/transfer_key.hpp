// What an order and an account with a floor call the money that moves between them: the order's own name, so that the
// account knows whom to answer, and a repeat is known as one.
#pragma once

#include "schema/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace oncepay {

/// "order/m1/A-7".
std::string transfer_key(const merchant_id&, const order_no&);

/// The order that named this key; none: no order did.
std::optional<stream_name> asker_of(std::string_view key);

} // namespace oncepay
