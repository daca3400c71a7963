// The trajectory of an entity: every step it took through every module, told from its decisions alone (E1). The audit
// of a log and the trajectory view print the same lines, because both come from here.
#pragma once

#include "schema/decision.hpp"
#include "schema/order_view.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// What earlier decisions of the same stream said, so that a later line can name the channel and the amount that its
/// own decision doesn't repeat. Starts empty; `steps_of` carries it forward.
struct trajectory_context {
  struct attempt {
    uint32_t number = 0;
    channel_id channel;
    attempt_id id;
    bool operator==(const attempt&) const = default;
  };
  std::vector<attempt> attempts;    ///< At most `limits::attempts_max` in a log this product wrote.
  std::vector<uint32_t> unbindings; ///< Which of the order's refunds end its agreement instead.
  std::optional<money> amount;
  order_state state = order_state::none;
};

/// One step. What a step doesn't have is empty; texts from outside were cleaned of control characters.
struct trajectory_step {
  uint64_t position = 0;
  instant at;
  std::string module; ///< "gateway", "router", "channel", "order", "ledger", "operator", ….
  std::string step;   ///< "pay", "route", "channel_reply", "attempt_succeeded", "posting", ….
  std::string entity; ///< The merchant's number of it: "m1/A-7" for an order, else the stream's name.
  order_state state = order_state::none; ///< The order's, after this step.
  uint32_t attempt = 0;                  ///< 0: about none.
  attempt_id id;                         ///< Our number, as the channel knows it.
  channel_id channel;
  std::string code; ///< The channel's, or ours in capitals, or a verdict or error name of ours.
  std::optional<money> amount;
  instant deadline;                  ///< When the next thing is due by; 0: none.
  std::vector<candidate> candidates; ///< Of a route step, in rank order.
  std::string text;                  ///< The rest, for people.
};

/// The decision's steps in the order they happened: the input, what was known with it, then each event. Payers are
/// masked: a line says whether one was named, never who.
std::vector<trajectory_step> steps_of(const recorded_decision&, trajectory_context&);

/// A step as one line of fixed columns, every column one word, `-` where there is nothing, the text last:
/// time, position, module, step, state, attempt, channel, code, amount, currency, deadline, our number, entity, text.
std::string digest_line(const trajectory_step&);

/// The columns' names, aligned with the lines.
std::string digest_header();

/// The digest lines of one decision that is read alone: columns that only its predecessors knew are `-`.
std::vector<std::string> digest_lines(const recorded_decision&);

/// The same within its stream, which must be read from its first decision on.
std::vector<std::string> digest_lines(const recorded_decision&, trajectory_context&);

/// `text` with every control character (terminal escapes too) and broken UTF-8 byte shown as `?`: what a merchant, a
/// channel or an operator sent must not act on the terminal of whoever reads it.
std::string printable(std::string_view text);

} // namespace oncepay
