// Commands as inputs of decisions. Here what is personal, or opens a card, leaves sight: rules get tokens, the log
// sealed fields, and nobody behind this sees more.
#pragma once

#include "actors/context.hpp"
#include "schema/command.hpp"
#include "schema/input.hpp"

namespace oncepay {

// What the input takes over is moved out of the command; names of streams stay.
pay_input input_of(const context&, pay_command&);
pay_input input_of(const context&, bind_command&);
pay_input input_of(const context&, authenticate_command&);
pay_out_input input_of(const context&, pay_out_command&);
/// Each line is sealed for its own order, which keeps it.
batch_input input_of(const context&, pay_out_batch_command&);
refund_input input_of(refund_command&);
refund_input input_of(unbind_command&);

} // namespace oncepay
