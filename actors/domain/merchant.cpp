#include "actors/domain/merchant.hpp"

#include <algorithm>

namespace oncepay::merchant {

state initial(const stream_name& name) {
  state s;
  s.terms.merchant = merchant_id::trusted(name.part(0));
  return s;
}

namespace {

/// Whether there is such a merchant; the code itself decides the rest.
verdict_on_input decide_code(const state& s, const code_input& in) {
  if (in.merchant != s.terms.merchant)
    return refuse(errc::internal, "a code that isn't this merchant's");
  if (!s.opened)
    return refuse(errc::unknown_merchant);
  if (s.terms.suspended)
    return refuse(errc::merchant_suspended);
  return std::vector<event>{code_issued{}};
}

/// Whether it may send batches now; what is wrong with this one the batch itself has looked at.
verdict_on_input look_at(const state& s, const batch_input& in) {
  if (in.merchant != s.terms.merchant)
    return refuse(errc::internal, "a batch that isn't this merchant's");
  if (!s.opened)
    return refuse(errc::unknown_merchant);
  if (s.terms.suspended)
    return refuse(errc::merchant_suspended);
  if (!s.on)
    return refuse(errc::switched_off);
  return std::vector<event>{};
}

/// What a merchant's configuration alone says: where it is told of results, and what it may ask of us.
merchant_terms without_what_is_configured(merchant_terms t) {
  t.notify_url.clear();
  t.requests_per_s_max = t.requests_burst_max = t.requests_under_way_max = 0;
  return t;
}

verdict_on_input decide_terms(const state& s, const merchant_input& in) {
  if (in.terms.merchant != s.terms.merchant)
    return refuse(errc::internal, "terms of another merchant");
  if (s.opened && in.terms == s.terms)
    return std::vector<event>{};
  // A command that says nothing of these says nothing else.
  if (s.opened && !in.by_configuration && in.terms == without_what_is_configured(s.terms))
    return std::vector<event>{};
  if (s.opened && !in.by_configuration)
    return refuse(errc::terms_conflict);
  return std::vector<event>{merchant_configured{}};
}

verdict_on_input decide_switch(const state& s, const switch_input& in) {
  if (!s.opened)
    return refuse(errc::unknown_merchant);
  if (in.on == s.on)
    return std::vector<event>{};
  return std::vector<event>{merchant_switched{in.on}};
}

} // namespace

stream_name claims(const state&, const input& in) {
  auto* code = std::get_if<code_input>(&in);
  return code == nullptr ? stream_name{} : stream_name::of_code(code->serial);
}

std::optional<next_turn> goes_on_to(const input& in) {
  auto* batch = std::get_if<batch_input>(&in);
  if (batch == nullptr)
    return std::nullopt;
  return next_turn{stream_name::of_batch(batch->merchant, batch->batch_no)};
}

verdict_on_input decide(const state& s, const input& in) {
  if (auto* code = std::get_if<code_input>(&in))
    return decide_code(s, *code);
  if (auto* batch = std::get_if<batch_input>(&in))
    return look_at(s, *batch);
  if (auto* configured = std::get_if<merchant_input>(&in))
    return decide_terms(s, *configured);
  if (auto* switched = std::get_if<switch_input>(&in))
    return decide_switch(s, *switched);
  return refuse(errc::internal, "an input that isn't a merchant's");
}

void evolve(state& s, const input& in, const event& e) {
  if (auto* switched = std::get_if<merchant_switched>(&e)) {
    s.on = switched->on;
  } else if (std::holds_alternative<merchant_configured>(e)) {
    if (auto* configured = std::get_if<merchant_input>(&in)) {
      s.opened = true;
      s.terms = configured->terms;
    }
  }
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  bool changed = std::any_of(events.begin(), events.end(), [](const event& e) {
    return std::holds_alternative<merchant_configured>(e) || std::holds_alternative<merchant_switched>(e);
  });
  return changed ? std::vector<effect>{publish_merchant_effect{after.terms, after.on}} : std::vector<effect>{};
}

} // namespace oncepay::merchant
