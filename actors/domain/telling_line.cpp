#include "actors/domain/telling_line.hpp"

#include "schema/assert.hpp"

#include <algorithm>

namespace oncepay {

bool telling_line::join(const merchant_id& merchant, uint64_t number, instant until) {
  const auto known = lines_.find(merchant);
  const size_t ahead = known == lines_.end() ? 0 : known->second.waiting.size();
  if (ends_.size() >= bounds_.waiting_max || ahead >= bounds_.waiting_per_merchant_max)
    return false;
  line& l = lines_[merchant];
  l.waiting.emplace_back(until, number);
  ends_.emplace(l.waiting.back(), merchant);
  take_turn(merchant, l);
  return true;
}

void telling_line::take_turn(const merchant_id& merchant, line& l) {
  if (l.in_turn || l.waiting.empty() || l.under_way >= l.at_once)
    return;
  l.in_turn = true;
  (l.proven ? proven_turns_ : unproven_turns_).push_back(merchant);
}

telling_line::turn telling_line::advance(instant now) {
  turn result;
  expire(now, result);
  serve(true, result);
  serve(false, result);
  return result;
}

void telling_line::expire(instant now, turn& result) {
  while (!ends_.empty() && ends_.begin()->first.first <= now) {
    const auto [end, merchant] = *ends_.begin();
    ends_.erase(ends_.begin());
    const auto found = lines_.find(merchant);
    std::erase(found->second.waiting, end);
    forget_if_new(found);
    result.expired.push_back(end.second);
  }
}

bool telling_line::has_place(bool proven) const {
  return under_way() < bounds_.under_way_max && (proven || taken_by_unproven_ < bounds_.under_way_max / 2);
}

void telling_line::serve(bool proven, turn& result) {
  turns& next = proven ? proven_turns_ : unproven_turns_;
  while (!next.empty() && has_place(proven)) {
    const merchant_id merchant = std::move(next.front());
    next.pop_front();
    const auto found = lines_.find(merchant);
    line& l = found->second;
    l.in_turn = false;
    if (l.proven != proven || l.waiting.empty()) { // it answered, or waited too long, since it took its turn
      take_turn(merchant, l);
      forget_if_new(found);
      continue;
    }
    result.begun.push_back(l.waiting.front().second);
    ends_.erase(l.waiting.front());
    l.waiting.pop_front();
    ++l.under_way;
    ++places_taken(proven);
    take_turn(merchant, l);
  }
}

void telling_line::over(const merchant_id& merchant, bool acknowledged) {
  const auto found = lines_.find(merchant);
  ONCEPAY_ASSERT(found != lines_.end() && found->second.under_way > 0);
  line& l = found->second;
  --l.under_way;
  --places_taken(l.proven);
  if (l.proven != acknowledged) {
    places_taken(l.proven) -= l.under_way;
    places_taken(acknowledged) += l.under_way;
    l.proven = acknowledged;
  }
  l.at_once = acknowledged ? std::min(2 * l.at_once, bounds_.per_merchant_max) : 1;
  take_turn(merchant, l);
  forget_if_new(found);
}

void telling_line::forget_if_new(std::map<merchant_id, line>::iterator found) {
  const line& l = found->second;
  // Whoever has a turn keeps its line until then: with a new one it would have two.
  if (!l.proven && l.waiting.empty() && l.under_way == 0 && !l.in_turn)
    lines_.erase(found);
}

bool telling_line::is_idle(const merchant_id& merchant) const {
  const auto found = lines_.find(merchant);
  return found == lines_.end() || (found->second.waiting.empty() && found->second.under_way == 0);
}

} // namespace oncepay
