// The two decisions of a payment that goes well, with contents of usual length.
#pragma once

#include "schema/decision.hpp"

namespace oncepay::typical {

/// Three candidates, the first chosen; a sealed payer of 5 + 16 bytes.
decision opening();

/// The channel succeeds; five postings.
decision success();

} // namespace oncepay::typical
