// The moves of an attempt that the white list knows, and what each needs to be true.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/input.hpp"

namespace oncepay::sim::listed {

bool channel_said(const attempt_input&);
/// The channel was asked, and says that it never received the request, when that must have arrived long since.
bool surely_lost(const attempt_input&, instant submit_before);
bool says_failed(const attempt_input&);
/// `lost` where the channel not knowing it proves that nothing moved: of a pay-out never.
bool may_go(attempt_state from, const attempt_input&, attempt_state to, bool lost);
bool contradicts(attempt_state is, const attempt_input&, instant submit_before);
/// A notice that names another attempt, channel or amount than the order's proves nothing about it.
bool is_about_other(const attempt_input&, const order::state*);

} // namespace oncepay::sim::listed
