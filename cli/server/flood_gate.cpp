#include "cli/server/flood_gate.hpp"

#include <utility>

namespace oncepay::cli {

bool flood_gate::let_through(severity how, topic about, std::string_view text) {
  kind& k = of(how, about);
  k.all.add();
  if (!k.flooding && k.printed < lines_per_second_max) {
    ++k.printed;
    return true;
  }
  ++k.held;
  held_.add();
  k.last_text = text;
  return false;
}

std::vector<flood_gate::held_back> flood_gate::next_second() {
  std::vector<held_back> said;
  for (size_t how = 0; how < severities; ++how) {
    for (size_t about = 0; about < topics; ++about) {
      kind& k = kinds_[how][about];
      k.printed = 0;
      k.flooding = k.held > 0;
      if (k.held > 0)
        said.push_back({static_cast<severity>(how), static_cast<topic>(about), std::exchange(k.last_text, {}),
                        std::exchange(k.held, 0)});
    }
  }
  return said;
}

} // namespace oncepay::cli
