// Terms as wire and log share them. Internal to this floor.
#pragma once

#include "schema/flat.hpp"
#include "schema/terms.hpp"

#include <common_generated.h>

namespace oncepay::flat {

flatbuffers::Offset<fb::MerchantTerms> write(builder&, const merchant_terms&);
flatbuffers::Offset<fb::ChannelTerms> write(builder&, const channel_terms&);

/// Reads verified tables as they are; the wire asks `fault_in` afterwards, the log trusts what was checked once.
merchant_terms read(const fb::MerchantTerms&);
/// Its lists may point to one long text from many places: what the budget doesn't cover is left empty.
channel_terms read(const fb::ChannelTerms&, unfolding_budget&);

/// False where a number in the terms isn't one of its enumeration: such terms must not leave a codec.
bool enumerations_known(const channel_terms&);

} // namespace oncepay::flat
