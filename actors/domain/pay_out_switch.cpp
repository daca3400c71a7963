#include "actors/domain/pay_out_switch.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace oncepay::pay_out_switch {

namespace {

void follow(state& s, const pay_out_switch_input& in) {
  if (!in.merchant.empty()) {
    if (in.on)
      s.merchants.erase(in.merchant);
    else
      s.merchants.insert(in.merchant);
  } else if (!in.channel.empty()) {
    if (in.on)
      s.channels.erase(in.channel);
    else
      s.channels.insert(in.channel);
  } else {
    s.all = !in.on;
  }
}

} // namespace

state initial(const stream_name&) {
  return {};
}

verdict_on_input decide(const state& s, const input& in) {
  auto* asked = std::get_if<pay_out_switch_input>(&in);
  if (asked == nullptr || (!asked->merchant.empty() && !asked->channel.empty()))
    return refuse(errc::internal, "an input that isn't the operations'");
  state after = s;
  follow(after, *asked);
  if (after == s)
    return std::vector<event>{};
  if (after.merchants.size() + after.channels.size() > limits::pay_out_stops_max)
    return refuse(errc::too_many_stops);
  return std::vector<event>{pay_outs_switched{}};
}

void evolve(state& s, const input& in, const event& e) {
  auto* asked = std::get_if<pay_out_switch_input>(&in);
  if (asked != nullptr && std::holds_alternative<pay_outs_switched>(e))
    follow(s, *asked);
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  const bool changed = std::any_of(events.begin(), events.end(),
                                   [](const event& e) { return std::holds_alternative<pay_outs_switched>(e); });
  return changed ? std::vector<effect>{publish_stops_effect{after}} : std::vector<effect>{};
}

} // namespace oncepay::pay_out_switch
