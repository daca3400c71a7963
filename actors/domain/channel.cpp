#include "actors/domain/channel.hpp"

#include "schema/limits.hpp"

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
  if (s.opened && (in.terms.http.url.empty() != s.terms.http.url.empty() || in.terms.in_house != s.terms.in_house))
    return refuse(errc::terms_conflict,
                  "a channel stays with its virtual bank, over HTTP, or in the house; open another one");
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

bool counts_at(const kept_notice& k, instant now) {
  return now < plus_ms(k.received_at, limits::kept_notice_counts_ms);
}

/// What no order knows is kept for a person, once; how much of it is bounded.
verdict_on_input decide_notice(const state& s, const attempt_input& in) {
  if (in.source != evidence::notice || !in.notice)
    return refuse(errc::internal, "an input that isn't a channel's");
  if (!s.opened)
    return refuse(errc::unknown_channel);
  if (in.outcome == reply_class::unknown || in.outcome == reply_class::payer_confirming)
    return std::vector<event>{};
  const bool known = std::any_of(s.kept.begin(), s.kept.end(), [&](const kept_notice& k) {
    return k.id == in.notice->id && k.outcome == in.outcome && k.amount == in.notice->amount;
  });
  if (known)
    return std::vector<event>{};
  const auto counted = std::count_if(s.kept.begin(), s.kept.end(),
                                     [&](const kept_notice& k) { return counts_at(k, in.notice->received_at); });
  if (static_cast<size_t>(counted) >= limits::kept_notices_max)
    return refuse(errc::busy, "this channel told of too many payments that nobody asked for");
  return std::vector<event>{notice_kept{}};
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
  if (auto* told = std::get_if<attempt_input>(&in))
    return decide_notice(s, *told);
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
  } else if (std::holds_alternative<notice_kept>(e)) {
    if (auto* told = std::get_if<attempt_input>(&in); told != nullptr && told->notice) {
      const notice_facts& facts = *told->notice;
      std::erase_if(s.kept, [&](const kept_notice& k) { return !counts_at(k, facts.received_at); });
      s.kept.push_back({facts.id, told->outcome, facts.amount, facts.received_at});
    }
  }
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  bool changed = std::any_of(events.begin(), events.end(), [](const event& e) {
    return std::holds_alternative<channel_configured>(e) || std::holds_alternative<channel_switched>(e);
  });
  std::vector<effect> result;
  if (changed)
    result.push_back(publish_channel_effect{after.terms, after.on});
  const bool kept =
      std::any_of(events.begin(), events.end(), [](const event& e) { return std::holds_alternative<notice_kept>(e); });
  if (kept && !after.kept.empty())
    result.push_back(alarm_effect{"channel " + after.terms.channel.str() + " told of " + after.kept.back().id.str() +
                                  " (" + to_string(after.kept.back().amount) +
                                  "), which no order here asked it for; see `oncepay cases`"});
  return result;
}

} // namespace oncepay::channel
