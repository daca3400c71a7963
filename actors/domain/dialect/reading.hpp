// What replies and notices have in common when they are read: values, codes, and what a signature doesn't tell apart.
#pragma once

#include "actors/domain/dialect/signing.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// Codes and references are recorded and printed: neither may be long, nor move a cursor.
std::string recordable(std::string_view text, size_t bytes_max);

/// Empty where there is no such field.
std::string_view value_of(const field_map&, std::string_view name);

struct code_found {
  std::string whole;
  std::string told; ///< The most particular part, as it is recorded.
};

/// The values of these fields as the code tables have them.
code_found code_in(const field_map&, const std::vector<std::string>& code_fields);

/// The signed text doesn't tell "a=1&b=2" from a field `a` whose value is "1&b=2": whoever passes a message on could
/// hide a field in its neighbour without breaking the signature. True where that could be one of those we `read`: then
/// nothing vouches for them. Empty names are none.
bool hides_a_field(const field_map&, const std::vector<std::string>& read);

} // namespace oncepay
