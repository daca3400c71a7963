#include "sim/check/history.hpp"

namespace oncepay::sim {

void history::fold(const recorded_decision& recorded) {
  const decision& d = recorded.decision;
  position_ = recorded.position;
  if (d.stream.kind() != stream_kind::order)
    return;
  // Whoever is told of a decision has asked for its order just before.
  const bool is_at_hand = last_found_ != nullptr && last_found_->first == d.stream;
  auto [it, is_new] = is_at_hand ? std::pair(orders_.end(), false) : orders_.try_emplace(d.stream);
  auto& [stream, order] = is_at_hand ? *last_found_ : *it;
  if (is_new) {
    order.state = order::initial(stream, environment_);
    order.ordinal = static_cast<uint32_t>(opened_.size());
    opened_.push_back({&stream, &order});
  }
  for (const event& e : d.events) {
    order::evolve(order.state, d.at, d.input, e);
    if (auto* intended = std::get_if<attempt_intended>(&e))
      attempts_.try_emplace(intended->id, place{&stream, &order, intended->number});
  }
  order.version = d.version;
  order.position = recorded.position;
  order.due = d.due;
  order.at = d.at;
}

const replayed_order* history::find(const stream_name& stream) const {
  if (last_found_ == nullptr || last_found_->first != stream) {
    auto it = orders_.find(stream);
    if (it == orders_.end())
      return nullptr;
    last_found_ = &*it;
  }
  return &last_found_->second;
}

const stream_name* history::order_of(const attempt_id& id) const {
  auto it = attempts_.find(id);
  return it == attempts_.end() ? nullptr : it->second.stream;
}

replayed_attempt history::find(const attempt_id& id) const {
  auto it = attempts_.find(id);
  if (it == attempts_.end())
    return {};
  const place& p = it->second;
  const auto& attempts = p.order->state.attempts;
  if (p.number == 0 || p.number > attempts.size())
    return {};
  return {p.stream, p.order, &attempts[p.number - 1]};
}

} // namespace oncepay::sim
