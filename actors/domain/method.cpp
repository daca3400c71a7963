#include "actors/domain/method.hpp"

#include <algorithm>

namespace oncepay::method {

state initial(const stream_name& name) {
  return {method_id::trusted(name.part(0)), true};
}

verdict_on_input decide(const state& s, const input& in) {
  auto* switched = std::get_if<switch_input>(&in);
  if (switched == nullptr)
    return refuse(errc::internal, "an input that isn't a method's");
  if (switched->on == s.on)
    return std::vector<event>{};
  return std::vector<event>{method_switched{switched->on}};
}

void evolve(state& s, const input&, const event& e) {
  if (auto* switched = std::get_if<method_switched>(&e))
    s.on = switched->on;
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  const bool changed = std::any_of(events.begin(), events.end(),
                                   [](const event& e) { return std::holds_alternative<method_switched>(e); });
  return changed ? std::vector<effect>{publish_method_effect{after.method, after.on}} : std::vector<effect>{};
}

} // namespace oncepay::method
