#include "schema/limits.hpp"
#include "store/store_fault.hpp"
#include "store/view_change_fault.hpp"
#include "store/view_store.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>

namespace oncepay {

namespace {

class memory_view_store final : public view_store {
public:
  store_result<view_checkpoint> checkpoint() const override {
    std::shared_lock lock(mutex_);
    return checkpoint_;
  }

  store_result<std::optional<std::string>> get(std::string_view key) const override {
    std::shared_lock lock(mutex_);
    auto it = entries_.find(key);
    return it == entries_.end() ? std::nullopt : std::optional(it->second);
  }

  store_result<void> scan(std::string_view prefix, const view_visitor& visit) const override {
    // In the pages of the other implementation, so that what a visitor writes is seen alike.
    std::string from(prefix);
    for (bool is_first = true;; is_first = false) {
      std::vector<std::pair<std::string, std::string>> page;
      {
        std::shared_lock lock(mutex_);
        auto it = is_first ? entries_.lower_bound(from) : entries_.upper_bound(from);
        for (; it != entries_.end() && it->first.starts_with(prefix) && page.size() < limits::read_batch_decisions;
             ++it)
          page.emplace_back(it->first, it->second);
      }
      for (const auto& [key, value] : page)
        if (!visit(key, value))
          return {};
      if (page.size() < limits::read_batch_decisions)
        return {};
      from = page.back().first;
    }
  }

  store_result<void> write(std::span<const view_change> changes, const view_checkpoint& checkpoint) override {
    if (auto checked = check_view_changes(changes); !checked)
      return checked;
    std::unique_lock lock(mutex_);
    for (const view_change& change : changes) {
      if (change.value)
        entries_.insert_or_assign(change.key, *change.value);
      else
        entries_.erase(change.key);
    }
    checkpoint_ = checkpoint;
    return {};
  }

  store_result<void> clear() override {
    std::unique_lock lock(mutex_);
    entries_.clear();
    checkpoint_ = {};
    return {};
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::string, std::less<>> entries_;
  view_checkpoint checkpoint_;
};

} // namespace

std::unique_ptr<view_store> make_memory_view_store() {
  return std::make_unique<memory_view_store>();
}

} // namespace oncepay
