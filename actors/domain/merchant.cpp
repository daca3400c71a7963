#include "actors/domain/merchant.hpp"

#include <algorithm>

namespace oncepay::merchant {

state initial(const stream_name& name) {
  state s;
  s.terms.merchant = merchant_id::trusted(name.part(0));
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  auto* configured = std::get_if<merchant_input>(&in);
  if (configured == nullptr || configured->terms.merchant != s.terms.merchant)
    return refuse(errc::internal, "an input that isn't this merchant's");
  if (s.opened && configured->terms == s.terms)
    return std::vector<event>{};
  // Where a merchant is told of results is its configuration's; a command that says nothing of it says nothing else.
  if (s.opened && !configured->by_configuration && configured->terms.notify_url.empty()) {
    merchant_terms known = s.terms;
    known.notify_url.clear();
    if (configured->terms == known)
      return std::vector<event>{};
  }
  if (s.opened && !configured->by_configuration)
    return refuse(errc::terms_conflict);
  return std::vector<event>{merchant_configured{}};
}

void evolve(state& s, const input& in, const event& e) {
  if (!std::holds_alternative<merchant_configured>(e))
    return;
  if (auto* configured = std::get_if<merchant_input>(&in)) {
    s.opened = true;
    s.terms = configured->terms;
  }
}

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  bool changed = std::any_of(events.begin(), events.end(),
                             [](const event& e) { return std::holds_alternative<merchant_configured>(e); });
  return changed ? std::vector<effect>{publish_merchant_effect{after.terms}} : std::vector<effect>{};
}

} // namespace oncepay::merchant
