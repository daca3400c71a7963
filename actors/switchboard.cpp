#include "actors/switchboard.hpp"

#include "schema/mutation.hpp"

#include <mutex>

namespace oncepay {

template <class Id>
void switchboard::turn(std::set<Id>& off, const Id& id, bool on) {
  std::unique_lock hold(guard_);
  if (on)
    off.erase(id);
  else
    off.insert(id);
  off_.store(merchants_off_.size() + methods_off_.size());
}

void switchboard::turn(const merchant_id& id, bool on) {
  turn(merchants_off_, id, on);
}

void switchboard::turn(const method_id& id, bool on) {
  turn(methods_off_, id, on);
}

bool switchboard::is_off(const merchant_id& merchant, const method_id& method) const {
  if (off_.load() == 0 || mutated(mutation::ignore_degrade))
    return false;
  std::shared_lock hold(guard_);
  return merchants_off_.contains(merchant) || methods_off_.contains(method);
}

} // namespace oncepay
