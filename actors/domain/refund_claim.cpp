#include "actors/domain/refund_claim.hpp"

namespace oncepay::refund_claim {

state initial(const stream_name& name) {
  state s;
  s.merchant = merchant_id::trusted(name.part(0));
  s.refund_no = order_no::trusted(name.part(1));
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  auto* asked = std::get_if<refund_input>(&in);
  if (asked == nullptr || asked->refund_no != s.refund_no)
    return refuse(errc::internal, "an input that isn't this refund number's");
  if (s.order_no.empty())
    return std::vector<event>{refund_claimed{}};
  if (asked->order_no != s.order_no)
    return refuse(errc::refund_conflict);
  return std::vector<event>{};
}

void evolve(state& s, const input& in, const event& e) {
  if (auto* asked = std::get_if<refund_input>(&in); asked != nullptr && std::holds_alternative<refund_claimed>(e))
    s.order_no = asked->order_no;
}

std::optional<next_turn> goes_on_to(const state& s, const input& in) {
  auto* asked = std::get_if<refund_input>(&in);
  if (asked == nullptr)
    return std::nullopt;
  return next_turn{stream_name::of_order(s.merchant, asked->order_no)};
}

} // namespace oncepay::refund_claim
