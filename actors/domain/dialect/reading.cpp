#include "actors/domain/dialect/reading.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace oncepay {

std::string recordable(std::string_view text, size_t bytes_max) {
  std::string kept(text.substr(0, bytes_max));
  std::replace_if(
      kept.begin(), kept.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return kept;
}

std::string_view value_of(const field_map& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

code_found code_in(const field_map& fields, const std::vector<std::string>& code_fields) {
  code_found found;
  for (size_t i = 0; i < code_fields.size(); ++i) {
    const auto part = value_of(fields, code_fields[i]);
    if (i > 0)
      found.whole += '/';
    found.whole += part;
    if (!part.empty())
      found.told = part;
  }
  found.whole.erase(found.whole.find_last_not_of('/') + 1);
  found.told = recordable(found.told, limits::channel_code_bytes_max);
  return found;
}

bool hides_a_field(const field_map& fields, const std::vector<std::string>& read) {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    // A name that holds what parts names from values is none: what was signed had other fields.
    if (field.first.find_first_of("&=") != std::string::npos)
      return true;
    return std::any_of(read.begin(), read.end(), [&](const std::string& name) {
      return !name.empty() && field.second.find("&" + name + "=") != std::string::npos;
    });
  });
}

} // namespace oncepay
