// What projections keep their views in: sorted keys and values, with the log position and chain head they were folded
// up to. A view is derived: it is cleared and folded again whenever it doesn't fit the log.
#pragma once

#include "store/event_log.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace oncepay {

/// What a view was folded up to. A chain head other than the log's at that position: the log was shortened or is
/// another one.
struct view_checkpoint {
  uint64_t position = 0; ///< 0: nothing was folded yet.
  hash256 chain{};
  bool operator==(const view_checkpoint&) const = default;
};

struct view_change {
  std::string key;                  ///< 1 to `view_key_bytes_max` bytes.
  std::optional<std::string> value; ///< None: the key is deleted, which it needn't exist for.
};

/// What LMDB takes as a key.
inline constexpr size_t view_key_bytes_max = 511;

/// Called with (key, value), valid during the call; false ends the read.
using view_visitor = std::function<bool(std::string_view, std::string_view)>;

/// One thread writes; reads are thread-safe.
class view_store {
public:
  virtual ~view_store() = default;

  virtual store_result<view_checkpoint> checkpoint() const = 0;

  virtual store_result<std::optional<std::string>> get(std::string_view key) const = 0;

  /// Entries whose key begins with `prefix` (empty: all), in the order of their keys, as unsigned bytes. Read in pages
  /// of `limits::read_batch_decisions`, each a state of its own; the visitor runs outside any transaction.
  virtual store_result<void> scan(std::string_view prefix, const view_visitor&) const = 0;

  /// All changes, in order, and the checkpoint, or nothing.
  virtual store_result<void> write(std::span<const view_change>, const view_checkpoint&) = 0;

  /// Back to an empty view at position 0.
  virtual store_result<void> clear() = 0;
};

/// The view DIR/views/NAME, made where it doesn't exist, and made anew where its file can't be read. `name`:
/// `[a-z0-9_-]{1,32}`. 0 `map_bytes`: `limits::map_bytes_default`.
store_result<std::unique_ptr<view_store>> open_view_store(const std::string& data_directory, std::string_view name,
                                                          uint64_t map_bytes = 0);

/// For the simulator.
std::unique_ptr<view_store> make_memory_view_store();

} // namespace oncepay
