// Channels outside, and merchants' own services, opened with what the configuration knows of them.
#pragma once

#include "actors/channel_link.hpp"
#include "cli/config/config.hpp"
#include "cli/server/http_link.hpp"

#include <functional>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// How a channel of these terms is spoken to and believed, as the configuration knows it.
channel_voice voice_of(const outside_channel&, const channel_terms&);

/// For `context::open_link`. Only channels that the configuration names are spoken to: terms may come from a command or
/// from an older log, and nobody's keys are used for them. `outbound` must outlive it.
std::function<tl::expected<channel_access, std::string>(const channel_terms&)> link_opener(const configuration&,
                                                                                           outbound&);

/// For `context::open_merchant`, likewise. Over an `outbound` of its own: looking up one merchant's address may take
/// long, and channels must not wait for it.
std::function<tl::expected<merchant_access, std::string>(const merchant_id&)> merchant_opener(const configuration&,
                                                                                              outbound&);

} // namespace oncepay::cli
