// Messages gathered per target, sent once per target, in the order in which targets were first met (so that a run can
// be repeated).
#pragma once

#include <caf/actor_cast.hpp>

#include <unordered_map>
#include <utility>
#include <vector>

namespace oncepay {

template <class Target, class Batch>
class gather {
public:
  /// The batch for this target.
  Batch& to(const Target& target) {
    auto [it, created] = index_.try_emplace(target.id(), batches_.size());
    if (created)
      batches_.emplace_back(target, Batch{});
    return batches_[it->second].second;
  }

  template <class Self>
  void send_all(Self* self) {
    for (auto& [target, batch] : batches_)
      self->send(target, std::move(batch));
    batches_.clear();
    index_.clear();
  }

private:
  std::vector<std::pair<Target, Batch>> batches_;
  std::unordered_map<caf::actor_id, size_t> index_; ///< Never iterated.
};

} // namespace oncepay
