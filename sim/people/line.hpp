// One client's line to the server: its connection, what lies unsent, and the requests that aren't answered yet. Bytes
// take their time; a line breaks, with all that was unanswered, and is connected again.
#pragma once

#include "schema/command.hpp"
#include "schema/reply.hpp"
#include "sim/choice.hpp"
#include "sim/people/watchers.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace oncepay::sim {

class line {
public:
  using answered = std::function<void(const reply&)>;
  using lost = std::function<void()>;
  using trace = std::function<void(std::string_view)>;

  line(world& w, watchers& watching, const history& so_far, choice chance, microseconds_between delay)
      : world_(w), watching_(watching), history_(so_far), chance_(chance), delay_(delay) {}
  line(const line&) = delete;
  line& operator=(const line&) = delete;

  /// Sends a command once the line is up. Exactly one of both is called: with the reply, or when the line broke first.
  void send(command, answered, lost);

  /// The server accepts connections again.
  void connect();
  /// The line breaks; where the server is up it sees that.
  void cut();
  /// The next bytes arrive half, then the line breaks.
  void cut_in_mid_frame() { cut_next_ = true; }

  bool up() const { return client_ != nullptr; }
  size_t unanswered() const { return waiting_.size() + unsent_.size(); }

private:
  struct request {
    uint64_t number = 0;
    oncepay::command command;
    answered on_reply;
    lost on_loss;
  };

  void flush_soon();
  void flush();
  void receive(const reply&);

  world& world_;
  watchers& watching_;
  const history& history_;
  choice chance_;
  microseconds_between delay_;
  client* client_ = nullptr;
  std::vector<request> unsent_;
  std::map<uint64_t, request> waiting_; ///< By the connection's own request id.
  bool flushing_ = false;
  bool cut_next_ = false;
  uint64_t connections_ = 0;
};

} // namespace oncepay::sim
