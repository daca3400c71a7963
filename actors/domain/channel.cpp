#include "actors/domain/channel.hpp"

#include <algorithm>

namespace oncepay::channel {

namespace {

verdict_on_input decide_terms(const state& s, const channel_input& in) {
  if (in.terms.channel != s.terms.channel)
    return refuse(errc::internal, "terms of another channel");
  if (s.opened && in.terms == s.terms)
    return std::vector<event>{};
  if (s.opened && !in.by_configuration)
    return refuse(errc::terms_conflict);
  // Its payments in doubt are known to where they were sent, and to nobody else.
  if (s.opened && in.terms.http.url.empty() != s.terms.http.url.empty())
    return refuse(errc::terms_conflict, "a channel stays with its virtual bank, or over HTTP; open another one");
  // A channel opens switched on; changed terms leave the switch where its operator put it.
  if (!s.opened)
    return std::vector<event>{channel_configured{}, channel_switched{true}};
  return std::vector<event>{channel_configured{}};
}

verdict_on_input decide_switch(const state& s, const switch_input& in) {
  if (!s.opened)
    return refuse(errc::unknown_channel);
  if (in.on == s.on)
    return std::vector<event>{};
  return std::vector<event>{channel_switched{in.on}};
}

} // namespace

state initial(const stream_name& name) {
  state s;
  s.terms.channel = channel_id::trusted(name.part(0));
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  if (auto* configured = std::get_if<channel_input>(&in))
    return decide_terms(s, *configured);
  if (auto* switched = std::get_if<switch_input>(&in))
    return decide_switch(s, *switched);
  return refuse(errc::internal, "an input that isn't a channel's");
}

void evolve(state& s, const input& in, const event& e) {
  if (auto* switched = std::get_if<channel_switched>(&e)) {
    s.on = switched->on;
  } else if (std::holds_alternative<channel_configured>(e)) {
    if (auto* configured = std::get_if<channel_input>(&in)) {
      s.opened = true;
      s.terms = configured->terms;
    }
  }
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  bool changed = std::any_of(events.begin(), events.end(), [](const event& e) {
    return std::holds_alternative<channel_configured>(e) || std::holds_alternative<channel_switched>(e);
  });
  return changed ? std::vector<effect>{publish_channel_effect{after.terms, after.on}} : std::vector<effect>{};
}

} // namespace oncepay::channel
