// What an entity asked of channels, or had told to its merchant, and has no answer to yet: nothing twice at once.
// Memory of the shell: what isn't answered in this process is asked again after its window.
#pragma once

#include "actors/domain/effect.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

namespace oncepay {

class asked_requests {
public:
  /// True where the same isn't under way: it may be sent.
  bool begin(const channel_request_effect& e) {
    return until_.emplace(key(e), plus_ms(e.reply_before, limits::answer_margin_ms)).second;
  }

  bool begin(const telling_effect& e) {
    return until_.emplace(key(e), plus_ms(e.answer_before, limits::answer_margin_ms)).second;
  }

  /// What nobody wants to know, or to tell, any more was answered.
  void keep_only(const std::vector<channel_request_effect>& wanted, const std::vector<telling_effect>& to_tell) {
    std::erase_if(until_, [&](const auto& a) {
      const auto is_it = [&](const auto& e) {
        return key(e) == a.first;
      };
      return std::none_of(wanted.begin(), wanted.end(), is_it) && std::none_of(to_tell.begin(), to_tell.end(), is_it);
    });
  }

  /// Ends the windows that are over.
  void end_until(instant now) {
    std::erase_if(until_, [now](const auto& a) { return a.second <= now; });
  }

  bool empty() const { return until_.empty(); }
  /// Until the first window is over, at least one; not of an empty one.
  int64_t wait_ms(instant now) const {
    const auto first = std::min_element(until_.begin(), until_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    return std::max<int64_t>(0, (first->second.ns - now.ns) / ns_per_ms) + 1;
  }

private:
  /// The operation, whether it is an enquiry, and the how-many-eth: what was answered isn't what is asked next.
  using request_key = std::tuple<attempt_id, bool, uint32_t>;
  static request_key key(const channel_request_effect& e) { return {e.id, e.enquiry, e.nth}; }
  static request_key key(const telling_effect& e) { return {e.id, false, e.nth}; }

  std::map<request_key, instant> until_;
};

} // namespace oncepay
