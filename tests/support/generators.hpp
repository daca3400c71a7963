// Random values of the schema's types, for properties. Every generator makes values that production code could hold:
// ids follow their rules, terms have no fault, commands pass their checks.
#pragma once

#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/limits.hpp"
#include "schema/reply.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <rapidcheck.h>

namespace oncepay::generate {

/// 1 to `bytes_max` characters of `alphabet`.
rc::Gen<std::string> word(std::string_view alphabet, size_t bytes_max);

/// At most `bytes_max` bytes of plain text, some of it not ASCII; may be empty.
rc::Gen<std::string> plain_text(size_t bytes_max);
/// The same, never empty.
rc::Gen<std::string> named_text(size_t bytes_max);

rc::Gen<merchant_id> merchant();
rc::Gen<channel_id> channel();
rc::Gen<wallet_id> wallet();
rc::Gen<order_no> order_number();
rc::Gen<method_id> method();
rc::Gen<attempt_id> attempt();
rc::Gen<ruling_id> ruling();
rc::Gen<currency> known_currency();
rc::Gen<instant> time();
/// Above zero and within `limits::amount_minor_max`, small ones more often.
rc::Gen<money> amount();
/// Any 64 bits.
rc::Gen<money> balance_amount();
rc::Gen<hash128> hash();

rc::Gen<merchant_terms> merchant_terms_without_fault();
rc::Gen<channel_terms> channel_terms_without_fault();

rc::Gen<route_answer> route();
rc::Gen<std::vector<posting>> postings();
rc::Gen<stream_name> stream();
rc::Gen<oncepay::input> any_input();
rc::Gen<event> any_event();
rc::Gen<decision> any_decision();

rc::Gen<command> any_command();
rc::Gen<order_view> any_order_view();
rc::Gen<reply> any_reply();

} // namespace oncepay::generate
