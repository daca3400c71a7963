// A ruling as its order remembers it.
#pragma once

#include "schema/input.hpp"
#include "schema/time.hpp"

#include <string>
#include <string_view>

namespace oncepay::order {

enum class ruling_standing : uint8_t {
  proposed, ///< To be approved, unless it has expired or evidence came before.
  approved,
  withdrawn,
};

constexpr std::string_view name(ruling_standing s) {
  switch (s) {
  case ruling_standing::proposed:
    return "proposed";
  case ruling_standing::approved:
    return "approved";
  case ruling_standing::withdrawn:
    return "withdrawn";
  }
  return {};
}

struct ruling {
  ruling_id id;
  ruling_proposal_input said;
  instant proposed_at;
  instant expires_at;
  ruling_standing standing = ruling_standing::proposed;
  std::string answered_by = {};
  bool operator==(const ruling&) const = default;
};

} // namespace oncepay::order
