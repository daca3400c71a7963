// Loads a server with commands and watches what it does with each: over one or more connections, one thread, each
// command sent once. What is busy, lost or answered twice is counted, never mended: this measures a server.
//
// Closed loop: a fixed number in flight, the next one leaves when one was answered; it finds the most that a server can
// do. Open loop: the n-th command is meant to leave at n / rate, whatever the server does meanwhile, and its latency
// runs from that time. A server that stalls for a second is so seen to have kept a second's customers waiting, not one
// (coordinated omission).
#pragma once

#include "cli/client/connection.hpp"
#include "cli/submit/latency.hpp"

#include <vector>

namespace oncepay::cli {

/// Slots are the low bits of a request id.
inline constexpr size_t load_in_flight_max = size_t{1} << 17;

struct load_plan {
  endpoint server = {};
  size_t connections = 1;
  size_t in_flight = 1'000; ///< At most `load_in_flight_max`; in an open loop too, to bound our own memory.
  uint64_t commands = 0;    ///< So many; 0: until the time is over.
  int64_t duration_ns = 0;  ///< Of sending. Where `commands` is set: not looked at.
  double rate_per_s = 0;    ///< Open loop; 0: closed.
  int64_t connect_timeout_ms = 5'000;
  /// Nothing was answered for so long: what is in flight is lost. The server itself says "processing" after 40 s.
  int64_t reply_timeout_ms = default_reply_timeout_ms;
  /// After the last answer, so that a second one to a command would still be seen.
  int64_t linger_ms = 50;
};

class load_source {
public:
  virtual ~load_source() = default;
  /// The n-th command's body, from 0.
  virtual void fill(uint64_t n, command&) = 0;
};

class load_listener {
public:
  virtual ~load_listener() = default;
  virtual void answered(const command& asked, const reply&, int64_t latency_ns) = 0;
  /// All connections stand; sending begins.
  virtual void started() {}
  /// About every 20 ms.
  virtual void tick(int64_t /*now_ns*/) {}
};

struct load_result {
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t unanswered = 0;     ///< Sent, and no answer came.
  uint64_t doubled = 0;        ///< Answers to what had been answered already.
  uint64_t strays = 0;         ///< Answers to what was never asked.
  int64_t elapsed_ns = 0;      ///< From the first sending to the last answer.
  latency_histogram sent_late; ///< Open loop: sending behind its time; large: the generator couldn't keep the pace.
  std::string broke;           ///< Why it ended early; empty: it didn't.
};

class load_engine {
public:
  load_engine(load_plan, load_source&, load_listener&);

  /// Runs until everything was sent and answered, or given up. An error: no connection came up, nothing was sent.
  tl::expected<load_result, std::string> run();

  /// Sends nothing more: what is in flight is awaited, then `run` ends. Called from within a handler.
  void stop_sending(std::string why);

  boost::asio::io_context& context() { return context_; }

private:
  struct slot {
    command asked;
    uint64_t generation = 0; ///< 0: never used.
    int64_t due_ns = 0;      ///< Latency counts from here.
    size_t link = 0;
    bool waiting = false;
  };

  void connect(size_t link);
  void on_opened();
  void on_reply(size_t link, const reply&);
  void on_closed(size_t link, const std::string& reason);
  void pump();
  void send(size_t slot, int64_t due_ns, int64_t now_ns);
  bool may_send(int64_t now_ns) const;
  int64_t due_ns(uint64_t n) const;
  void arm_pace();
  void tick();
  void end_if_done();
  void end();

  load_plan plan_;
  load_source& source_;
  load_listener& listener_;
  boost::asio::io_context context_;
  boost::asio::steady_timer ticker_;
  boost::asio::steady_timer pace_;
  std::vector<std::shared_ptr<client_connection>> links_;
  std::vector<slot> slots_;
  std::vector<size_t> free_;
  load_result result_;
  std::string refused_; ///< Why no connection came up.
  size_t opened_ = 0;
  size_t next_link_ = 0;
  bool stopped_ = false;
  bool ending_ = false;
  bool paced_ = false; ///< The pace's timer is set.
  int64_t started_ns_ = 0;
  int64_t last_answer_ns_ = 0;
  int64_t alive_ns_ = 0;
};

} // namespace oncepay::cli
