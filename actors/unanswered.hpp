// What the client of one session asked and hasn't been answered yet.
#pragma once

#include "actors/admission.hpp"
#include "schema/command.hpp"
#include "schema/limits.hpp"
#include "schema/stream.hpp"
#include "schema/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace oncepay {

/// A command that was admitted.
struct outstanding {
  uint64_t request_id = 0;
  instant answer_by; ///< Later it is answered `processing` (D3).
  size_t operation = 0;
  int64_t read_at_ns = 0;       ///< Of the steady clock.
  bool with_trajectory = false; ///< The view is asked once its order has answered.
  bool with_lines = false;      ///< The same of a batch.
  stream_name order;            ///< Whose trajectory.
  uint64_t not_before_position = 0;
  ticket_ptr admitted; ///< Kept for the view that is asked then; else null, the entity's or the view's.
};

/// True for what isn't answered from the entity's own state alone.
inline bool asks_a_view(const command& cmd) {
  auto* order = std::get_if<query_order_command>(&cmd.body);
  return (order != nullptr && order->with_trajectory) || std::holds_alternative<query_balances_command>(cmd.body) ||
         std::holds_alternative<query_batch_command>(cmd.body);
}

/// Numbered by us, in order of admission: clients may use one request id twice.
class unanswered_commands {
public:
  using place = std::map<uint64_t, outstanding>::iterator;

  uint64_t add(const command& cmd, instant read_at, int64_t read_at_ns) {
    outstanding o;
    o.request_id = cmd.request_id;
    o.answer_by = plus_ms(read_at, limits::reply_limit_ms);
    o.operation = cmd.body.index();
    o.read_at_ns = read_at_ns;
    o.not_before_position = cmd.not_before_position;
    if (auto* query = std::get_if<query_order_command>(&cmd.body); query != nullptr && query->with_trajectory) {
      o.with_trajectory = true;
      o.order = stream_name::of_order(query->merchant, query->order_no);
    }
    o.with_lines = std::holds_alternative<query_batch_command>(cmd.body);
    by_number_.emplace_hint(by_number_.end(), next_number_, std::move(o));
    return next_number_++;
  }

  bool empty() const { return by_number_.empty(); }

  outstanding& at(uint64_t number) { return by_number_.at(number); }
  place find(uint64_t number) { return by_number_.find(number); }
  place none() { return by_number_.end(); }
  place oldest() { return by_number_.begin(); }

  void forget(place answered) { by_number_.erase(answered); }

private:
  std::map<uint64_t, outstanding> by_number_; ///< So in order of their limits too.
  uint64_t next_number_ = 1;
};

} // namespace oncepay
