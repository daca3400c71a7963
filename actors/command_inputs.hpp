// What a command becomes before anybody decides about it: whoever is named in it, payer, payee or card, is sealed or
// hashed here, and from here on nobody sees it. Rules get a token, the log a sealed field.
#pragma once

#include "schema/command.hpp"
#include "schema/stream.hpp"

namespace oncepay {

class payer_vault;

/// Leaves what is moved from; `order` is the stream that the sealed fields are bound to.
pay_input input_of(pay_command&, const stream_name& order, const payer_vault&);
pay_out_input input_of(pay_out_command&, const stream_name& order, const payer_vault&);
/// Each line is sealed for its own order, which keeps it.
batch_input input_of(pay_out_batch_command&, const payer_vault&);

} // namespace oncepay
