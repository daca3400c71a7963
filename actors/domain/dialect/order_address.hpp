// How a notice finds the order it is about: the payment carries the order's address along, in a field that the channel
// gives back. The address proves nothing; the order compares what the notice is about with its own attempts.
#pragma once

#include "schema/ids.hpp"
#include "schema/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace oncepay {

/// "MERCHANT.NUMBER", the order number in base 64 for URLs: merchants choose their numbers, and nothing that has a
/// meaning in a form, in XML or in a signed text may come from them. At most `limits::order_address_bytes_max`.
std::string order_address(const merchant_id&, const order_no&);

/// The order's stream; none where the text isn't an address, as it is written here.
std::optional<stream_name> order_at(std::string_view address);

/// Which of this order's attempts has the id; 0: none.
uint32_t attempt_with_id(std::string_view environment, const stream_name& order, const attempt_id&);

} // namespace oncepay
