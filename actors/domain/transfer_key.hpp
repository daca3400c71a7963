// What an account with a floor and whoever asks it call the money that moves between them, so that a repeat is known as
// one. Of an order it is the order's own name, so that the account knows whom to answer; of a channel inside the house
// it is what that channel knows the operation by.
#pragma once

#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace oncepay {

/// "order/m1/A-7".
std::string transfer_key(const merchant_id&, const order_no&);

/// "pay/4v8k…", "refund/…"; of an operation that a channel inside the house knows by this id.
std::string transfer_key(operation, const attempt_id&);

/// The order that named this key; none: no order did.
std::optional<stream_name> asker_of(std::string_view key);

} // namespace oncepay
