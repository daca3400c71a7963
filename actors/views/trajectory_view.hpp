// Where each order's steps are, by its stream's number: what is new stands at the end, and millions of old orders cost
// a new one nothing. (By name each order is a page of its own to write; the log's index knows whose number is whose.)
// Holds positions and the standing; the steps themselves are told from the log when they are read, by the same
// functions that `oncepay audit` uses, so a payment costs this view some 40 bytes and not 2 000.
#pragma once

#include "actors/views/view_fold.hpp"
#include "schema/order_view.hpp"

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace oncepay {

struct trajectory_entry {
  order_state state = order_state::none;
  bool in_doubt = false;
  std::vector<uint64_t> positions; ///< Of its decisions, in order.
  bool operator==(const trajectory_entry&) const = default;
};

class trajectory_view : public view_rules {
public:
  void fold(const recorded_outcome&) override;
  store_result<std::vector<view_change>> changes(const view_store& before, const stream_numbers&) override;

  /// The entry of a stream by its number; none where the view holds no decision of it.
  static store_result<std::optional<trajectory_entry>> read(const view_store&, uint64_t number);

  /// The digest lines (E1) of a stream's steps; `digest_header` names their columns.
  static store_result<std::vector<std::string>> lines(const view_store&, const event_log&, const stream_name&);

private:
  struct news {
    std::optional<order_state> state;
    std::optional<bool> in_doubt;
    boost::container::small_vector<uint64_t, 4> positions; ///< Most orders are over within one fold.
    bool opened = false;                                   ///< The first of them is the stream's first.
  };
  std::unordered_map<stream_name, news> gathered_; ///< Sorted by number before it is used.
};

} // namespace oncepay
