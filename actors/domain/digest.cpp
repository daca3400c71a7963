// Steps as lines of fixed columns, for grep (E1).
#include "actors/domain/trajectory.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay {

namespace {

/// One word for a column: a code with a blank in it would shift every column behind it.
std::string word(std::string_view text) {
  if (text.empty())
    return "-";
  auto clean = printable(text);
  std::replace(clean.begin(), clean.end(), ' ', '_');
  return clean;
}

std::string route_text(const std::vector<candidate>& candidates) {
  std::string text;
  for (const auto& c : candidates) {
    if (!text.empty())
      text += "; ";
    text += fmt::format("{} {}, cost {}, priority {}{}", printable(c.channel.str()), name(c.verdict), c.cost_minor,
                        c.priority, c.unstable ? ", unstable" : "");
  }
  return text;
}

constexpr std::string_view line_format =
    "{:24} {:>10} {:8} {:22} {:6} {:>3} {:16} {:20} {:>18} {:3} {:24} {:26} {:24} {}";

} // namespace

std::string digest_line(const trajectory_step& s) {
  auto text = s.text;
  if (!s.candidates.empty())
    text = fmt::format("{} ({})", route_text(s.candidates), s.text);
  return fmt::format(
      line_format, to_string(s.at), s.position, s.module, s.step, s.state == order_state::none ? "-" : name(s.state),
      s.attempt == 0 ? "-" : fmt::format("{}", s.attempt), word(s.channel.str()), word(s.code),
      s.amount ? decimal(*s.amount) : "-", s.amount ? alpha_code(s.amount->currency) : "-",
      s.deadline ? to_string(s.deadline) : "-", word(s.id.str()), word(s.entity), text.empty() ? "-" : text);
}

std::string digest_header() {
  return fmt::format(line_format, "time", "position", "module", "step", "state", "att", "channel", "code", "amount",
                     "cur", "deadline", "our_number", "entity", "text");
}

std::vector<std::string> digest_lines(const recorded_decision& recorded) {
  trajectory_context alone;
  return digest_lines(recorded, alone);
}

std::vector<std::string> digest_lines(const recorded_decision& recorded, trajectory_context& context) {
  std::vector<std::string> lines;
  for (const auto& step : steps_of(recorded, context))
    lines.push_back(digest_line(step));
  return lines;
}

} // namespace oncepay
