// Commands as inputs of decisions. Here what is personal, or opens a card, leaves sight: rules get tokens, the log
// sealed fields, and nobody behind this sees more.
#pragma once

#include "actors/context.hpp"
#include "schema/command.hpp"
#include "schema/input.hpp"

namespace oncepay {

// What the input takes over is moved out of the command. What is sealed is so for its order.
pay_input input_of(const context&, const stream_name& order, pay_command&);
pay_input input_of(const context&, const stream_name& order, bind_command&);
pay_input input_of(const context&, const stream_name& order, authenticate_command&);
pay_out_input input_of(const context&, const stream_name& order, pay_out_command&);
/// Each line is sealed for its own order, which keeps it.
batch_input input_of(const context&, pay_out_batch_command&);
refund_input input_of(refund_command&);
refund_input input_of(unbind_command&);

} // namespace oncepay
