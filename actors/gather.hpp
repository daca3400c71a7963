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
    const caf::actor_id id = target.id();
    if (batches_.size() <= few) {
      for (auto& [met, batch] : batches_)
        if (met.id() == id)
          return batch;
    } else if (auto it = index_.find(id); it != index_.end()) {
      return batches_[it->second].second;
    }
    batches_.emplace_back(target, Batch{});
    if (batches_.size() > few)
      for (size_t i = index_.size(); i < batches_.size(); ++i)
        index_.emplace(batches_[i].first.id(), i);
    return batches_.back().second;
  }

  template <class Self>
  void send_all(Self* self) {
    for (auto& [target, batch] : batches_)
      self->send(target, std::move(batch));
    batches_.clear();
    index_.clear();
  }

private:
  /// Among so many it is quicker to look at each.
  static constexpr size_t few = 8;

  std::vector<std::pair<Target, Batch>> batches_;
  std::unordered_map<caf::actor_id, size_t> index_; ///< Of all, where there are more; never iterated.
};

} // namespace oncepay
