// What the log says so far, folded as it grows: the state of every order by replay alone, never asked of an actor.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/decision.hpp"
#include "schema/stream.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace oncepay::sim {

struct replayed_order {
  order::state state;
  uint32_t version = 0;
  uint64_t position = 0; ///< Of its last decision.
  instant due;
  instant at;           ///< Of its last decision.
  uint32_t ordinal = 0; ///< 0, 1, 2, … in the order of their opening: checkers keep what they know of orders by it.
};

struct known_order {
  const stream_name* stream = nullptr;
  const replayed_order* order = nullptr;
};

/// An attempt that a durable decision intended, and whose it is.
struct replayed_attempt {
  const stream_name* stream = nullptr;
  const replayed_order* order = nullptr;
  const order::attempt* attempt = nullptr;
  explicit operator bool() const { return attempt != nullptr; }
};

class history {
public:
  explicit history(std::string environment) : environment_(std::move(environment)) {}

  history(const history&) = delete;
  history& operator=(const history&) = delete;

  void fold(const recorded_decision&);

  /// Null where the log doesn't know the order.
  const replayed_order* find(const stream_name&) const;
  /// The order an attempt belongs to; null where no durable decision intended it.
  const stream_name* order_of(const attempt_id&) const;
  replayed_attempt find(const attempt_id&) const;

  uint64_t position() const { return position_; }
  /// By ordinal. What they point to stays where it is.
  const std::vector<known_order>& orders() const { return opened_; }

private:
  using orders_by_name = std::unordered_map<stream_name, replayed_order>;

  std::string environment_;
  uint64_t position_ = 0;
  mutable orders_by_name orders_; ///< Never iterated; `mutable` for `last_found_`.
  /// The one that was found last: every checker asks for the same in turn.
  mutable orders_by_name::value_type* last_found_ = nullptr;
  struct place {
    const stream_name* stream; ///< Into `orders_`, whose elements never move.
    const replayed_order* order;
    uint32_t number;
  };
  std::unordered_map<attempt_id, place> attempts_; ///< Never iterated.
  std::vector<known_order> opened_;
};

} // namespace oncepay::sim
