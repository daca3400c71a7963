// The product's values as JSON, for `--json` and `log dump`. Keys are snake case and stable: fields are added, none is
// renamed. Amounts are {"minor", "currency", "decimal"}; times are UTC to the nanosecond, and null where there is none.
#pragma once

#include "schema/decision.hpp"
#include "schema/reply.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

nlohmann::ordered_json to_json(instant);
nlohmann::ordered_json to_json(const money&);
nlohmann::ordered_json to_json(const std::optional<money>&);
nlohmann::ordered_json to_json(const order_view&);
nlohmann::ordered_json to_json(const reply&);
nlohmann::ordered_json to_json(const merchant_terms&);
nlohmann::ordered_json to_json(const channel_terms&);
/// Every candidate with its verdict, in rank order.
nlohmann::ordered_json to_json(const route_answer&);
nlohmann::ordered_json to_json(const input&);
/// With "event" as its name.
nlohmann::ordered_json to_json(const event&);

/// Hashes that pin a decision down, in hexadecimal; an empty one is left out.
struct decision_hashes {
  std::string record; ///< Of its position and stored bytes alone: equal in every copy of the log.
  std::string chain;  ///< The chain head after it: of everything up to it.
};

/// All of a decision. The payer is masked: that one was named, under which key it is sealed, and the first 8 digits of
/// its token, which tell two payers apart without naming them.
nlohmann::ordered_json to_json(const recorded_decision&, const decision_hashes&);

/// Computes the first of them.
std::string record_hash(uint64_t position, bytes_view stored);

/// "2026-11-20T13:40:43.123456789Z": what to_string cuts to milliseconds, in full.
std::string exact_time(instant);

/// One line, ended. Text that isn't UTF-8 is made so first: JSON can't carry it.
std::string json_line(const nlohmann::ordered_json&);

} // namespace oncepay::cli
