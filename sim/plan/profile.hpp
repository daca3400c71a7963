// Profiles: kinds of bad luck, as data. A profile, a seed and a number of orders make a plan.
#pragma once

#include "sim/plan/plan.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace oncepay::sim {

enum class profile : uint8_t { calm, promotion, storm, outage, liar, disk, crash, clock };

struct profile_entry {
  profile what;
  std::string_view name;
  std::string_view summary; ///< For `--help`.
};

std::span<const profile_entry> profiles();
std::optional<profile> parse_profile(std::string_view name);
std::string_view name(profile);

struct plan_size {
  uint64_t seed = 1;
  uint32_t orders = 1'000;
  uint32_t days = 0; ///< The orders are spread over so many days; 0: as densely as the profile has them.
};

/// The same arguments make the same plan, on every build.
plan make_plan(profile, const plan_size&);

} // namespace oncepay::sim
