#include "cli/audit/redecide.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

std::string names_of(const std::vector<event>& events) {
  std::string names;
  for (const auto& e : events)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name_of(e));
  return names.empty() ? "nothing" : names;
}

std::string difference_between(const std::vector<event>& recorded, const verdict_on_input& today) {
  if (!today)
    return fmt::format("recorded {}; today it would be refused: {} ({})", names_of(recorded),
                       printable(today.error().text), name(today.error().code));
  if (names_of(recorded) != names_of(*today))
    return fmt::format("recorded {}; today it would be {}", names_of(recorded), names_of(*today));
  for (size_t i = 0; i < recorded.size(); ++i)
    if (recorded[i] != (*today)[i])
      return fmt::format("{} would hold other values today (postings, times or ids)", name_of(recorded[i]));
  return "no difference";
}

} // namespace

redecision redecide(const std::vector<recorded_decision>& decisions, std::string_view environment) {
  redecision result;
  if (decisions.empty())
    return result;
  result.state = order::initial(decisions.front().decision.stream, environment);
  for (const auto& recorded : decisions) {
    const auto& d = recorded.decision;
    if (result.differs_position == 0) {
      const auto today = order::decide(result.state, d.at, d.input);
      if (today && *today == d.events) {
        ++result.agreed;
      } else {
        result.differs_position = recorded.position;
        result.difference = difference_between(d.events, today);
      }
    }
    // The history goes on from what was recorded: that is what happened, whatever would be decided now.
    for (const auto& e : d.events)
      order::evolve(result.state, d.at, d.input, e);
  }
  return result;
}

} // namespace oncepay::cli
