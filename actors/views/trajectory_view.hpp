// Where each entity's steps are, by name: for an order its merchant's and its own number, so that one merchant's orders
// lie together. Holds positions and the standing; the steps themselves are told from the log when they are read, by the
// same functions that `oncepay audit` uses, so a payment costs this view some 60 bytes and not 2 000.
#pragma once

#include "actors/views/view_fold.hpp"
#include "schema/order_view.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace oncepay {

struct trajectory_entry {
  order_state state = order_state::none; ///< Of an order; `none` for other entities.
  bool in_doubt = false;
  std::vector<uint64_t> positions; ///< Of its decisions, in order.
  bool operator==(const trajectory_entry&) const = default;
};

class trajectory_view : public view_rules {
public:
  void fold(const recorded_decision&) override;
  store_result<std::vector<view_change>> changes(const view_store& before) override;

  /// The entry of a stream; none where the view holds no decision of it.
  static store_result<std::optional<trajectory_entry>> read(const view_store&, const stream_name&);

  /// The digest lines (E1) of a stream's steps; `digest_header` names their columns.
  static store_result<std::vector<std::string>> lines(const view_store&, const event_log&, const stream_name&);

private:
  struct news {
    std::optional<order_state> state;
    std::optional<bool> in_doubt;
    std::vector<uint64_t> positions;
  };
  std::map<std::string, news> gathered_; ///< By stream name.
};

} // namespace oncepay
