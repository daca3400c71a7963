// Views folded anew from the first decision on hold the same bytes as those that were folded along, through every
// crash: a view is derived, and nobody may be sorry to lose one.
#include "actors/views/balances_view.hpp"
#include "actors/views/trajectory_view.hpp"
#include "sim/check/checkers.hpp"

#include <functional>
#include <unordered_map>

namespace oncepay::sim {

namespace {

/// Decisions folded at a time. Other pages than the server's, so that where a page ends doesn't matter either.
constexpr uint32_t page_decisions = 2'048;

/// What folding needs of a store, and no more: a run looks up each order several times, and never asks for their order.
class unsorted_view final : public view_store {
public:
  store_result<view_checkpoint> checkpoint() const override { return checkpoint_; }
  store_result<std::optional<std::string>> get(std::string_view key) const override {
    const std::string* value = find(key);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  store_result<void> scan(std::string_view, const view_visitor&) const override {
    return tl::unexpected(store_error{store_errc::io, "a rebuilt view isn't sorted"});
  }
  store_result<void> write(std::span<const view_change> changes, const view_checkpoint& checkpoint) override {
    for (const view_change& c : changes) {
      if (c.value)
        entries_.insert_or_assign(c.key, *c.value);
      else
        entries_.erase(c.key);
    }
    checkpoint_ = checkpoint;
    return {};
  }
  store_result<void> clear() override {
    entries_.clear();
    checkpoint_ = {};
    return {};
  }

  const std::string* find(std::string_view key) const {
    auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second;
  }
  size_t count() const { return entries_.size(); }

private:
  struct text_hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> entries_; ///< Never iterated.
  view_checkpoint checkpoint_;
};

/// A view that is folded beside the server's.
template <class Rules>
class rebuilt {
public:
  void fold(const recorded_decision& r) {
    if (r.decision.version == 1)
      numbers_.emplace(r.decision.stream, r.position);
    rules_.fold(r);
    position_ = r.position;
    if (++gathered_ == page_decisions)
      write();
  }

  /// What is wrong with the server's; empty: nothing.
  std::string difference_to(const view_store& live, const log_head& head) {
    write();
    auto at = live.checkpoint();
    if (!at)
      return "can't be read: " + at.error().text;
    if (at->position != head.position || at->chain != head.chain)
      return "stands at position " + std::to_string(at->position) + " with everything settled; the log's head is at " +
             std::to_string(head.position);
    std::string found = std::move(fault_);
    uint64_t entries = 0;
    auto scanned = live.scan({}, [&](std::string_view key, std::string_view value) {
      ++entries;
      const std::string* mine = store_.find(key);
      if (mine == nullptr)
        found = "holds an entry " + shown(key) + " that a rebuilt one doesn't";
      else if (*mine != value)
        found = "holds other bytes under " + shown(key) + " than a rebuilt one";
      return found.empty();
    });
    if (!scanned)
      return "can't be read: " + scanned.error().text;
    if (!found.empty())
      return found;
    if (entries != store_.count())
      return "holds " + std::to_string(entries) + " entries; a rebuilt one has " + std::to_string(store_.count());
    return {};
  }

private:
  void write() {
    gathered_ = 0;
    auto changes = rules_.changes(store_, [this](const stream_name& stream) -> store_result<uint64_t> {
      auto it = numbers_.find(stream);
      return it == numbers_.end() ? 0 : it->second;
    });
    if (!changes) {
      fault_ = "can't be rebuilt: " + changes.error().text;
      return;
    }
    if (auto written = store_.write(*changes, {position_, {}}); !written)
      fault_ = "can't be rebuilt: " + written.error().text;
  }

  /// Keys hold bytes that aren't for people.
  static std::string shown(std::string_view key) {
    std::string text;
    for (char c : key)
      text.push_back(c >= ' ' && c <= '~' ? c : '.');
    return "'" + text + "'";
  }

  Rules rules_;
  std::unordered_map<stream_name, uint64_t> numbers_; ///< Never iterated.
  unsorted_view store_;
  uint64_t position_ = 0;
  uint32_t gathered_ = 0;
  std::string fault_;
};

class rebuilt_views final : public checker {
public:
  std::string_view name() const override { return "rebuilt-views"; }

  void decided(const recorded_decision& r, const history&) override {
    balances_.fold(r);
    trajectory_.fold(r);
  }

  void settled(const settled_run& run) override {
    const log_head head = run.log.head();
    if (auto found = balances_.difference_to(run.balances_view, head); !found.empty())
      report("the view of balances " + found);
    if (auto found = trajectory_.difference_to(run.trajectory_view, head); !found.empty())
      report("the view of trajectories " + found);
  }

private:
  rebuilt<balances_view> balances_;
  rebuilt<trajectory_view> trajectory_;
};

} // namespace

checker_ptr make_rebuilt_views() {
  return std::make_unique<rebuilt_views>();
}

} // namespace oncepay::sim
