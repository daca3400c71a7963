// Batches of pay-outs: the bank goes wrong about one line, and the process dies while the lines are handed out.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made pay_out_in_batch(const cell&);
made end_of_batch(const cell&);

} // namespace oncepay::sim::matrix
