// Sends payments as fast as a server answers them: at most so many in flight, over one or more connections, each
// row until it has an answer. What a server calls busy is sent again later; what was unanswered when a connection broke
// is sent again over the next one. Both are safe: a repeat is answered from the order and never paid twice (B2).
//
// One thread, one event loop; nothing in it knows CSV, options or printing.
#pragma once

#include "cli/client/connection.hpp"
#include "cli/submit/rows.hpp"

#include <queue>
#include <unordered_map>
#include <vector>

namespace oncepay::cli {

/// Where payments come from. Asked again and again, from the event loop: it must not block.
class payment_source {
public:
  enum class status : uint8_t { row, not_yet, end };
  virtual ~payment_source() = default;
  virtual status next(pay_row&) = 0;
};

/// What happens to them.
class submit_listener {
public:
  virtual ~submit_listener() = default;
  /// The row's last answer. `latency_ns` runs from the first sending, repeats included.
  virtual void answered(const pay_row&, const reply&, int64_t latency_ns) = 0;
  /// Its merchant couldn't be opened: it was never sent.
  virtual void merchant_refused(const pay_row&, const reply&) = 0;
  /// Sent, and given up without an answer: its fate is unknown.
  virtual void unanswered(const pay_row&, const std::string& reason) = 0;
  virtual void merchant_opened(bool was_new) = 0;
  virtual void resent() = 0;
  virtual void reconnected() = 0;
  /// About every 10 ms.
  virtual void tick(int64_t now_ns) = 0;
};

struct submit_plan {
  endpoint server;
  size_t in_flight = 256;
  size_t connections = 1;
  bool open_merchants = false;
  uint32_t merchant_fee_ppm = 0;
  int64_t connect_timeout_ms = 5'000;
  /// A command unanswered for so long means a dead connection: the server itself says "processing" after 40 s.
  int64_t reply_timeout_ms = default_reply_timeout_ms;
  /// Give up when nothing was answered for so long and no connection stands.
  int64_t patience_ms = 30'000;
  /// One row is sent at most so often. With the pauses below that is about half a minute of "busy".
  uint32_t sends_max = 40;
  int64_t pause_ms_first = 5;
  int64_t pause_ms_max = 1'000;
};

/// True for answers that ask for the same command again and that time alone can change. Restored mode and a missing
/// channel may be retried too, by their advice, but only a person ends them.
bool worth_resending(errc);

class submit_engine {
public:
  submit_engine(submit_plan, payment_source&, submit_listener&);

  /// Runs until every row has its answer or the engine gives up. Nothing: done. Otherwise one line saying why it gave
  /// up; rows in flight then were reported as `unanswered`.
  tl::expected<void, std::string> run();

  /// No further rows: what is in flight is finished, then `run` ends. Called from within a handler.
  void stop_reading() { source_ended_ = true; }

  boost::asio::io_context& context() { return context_; }
  size_t in_flight() const { return slots_.size() - free_.size(); }

private:
  enum class phase : uint8_t { idle, opening_merchant, awaiting_merchant, paying };

  struct slot {
    phase doing = phase::idle;
    bool sent = false;        ///< Now on a connection, unanswered.
    bool sent_before = false; ///< The payment left at least once: without an answer its fate is unknown.
    uint32_t generation = 0;  ///< Part of the request id: an answer to the slot's last tenant is told apart.
    uint32_t sends = 0;       ///< Of the command it is at.
    size_t link = 0;
    int64_t first_sent_ns = 0; ///< Of the payment.
    int64_t sent_ns = 0;
    pay_row row;
  };

  struct link {
    std::shared_ptr<client_connection> connection;
    int64_t reconnect_at_ns = 0; ///< 0: not waiting to.
    int64_t pause_ms = 0;        ///< Before the last reconnection; an answer resets it.
    bool lost = false;
  };

  struct due_send {
    int64_t at_ns = 0;
    size_t slot = 0;
    uint32_t generation = 0;
    bool operator>(const due_send& other) const { return at_ns > other.at_ns; }
  };

  struct merchant_entry {
    bool open = false;
    std::vector<size_t> waiting; ///< Slots; the opening one isn't among them.
  };

  void connect(size_t link);
  void on_closed(size_t link, const std::string& reason);
  void on_reply(size_t link, const reply&);
  void on_opening_reply(size_t slot, const reply&);
  void pump();
  void begin(size_t slot);
  void begin_payment(size_t slot);
  void send(size_t slot);
  void send_later(size_t slot, int64_t pause_ms);
  void free_slot(size_t slot);
  void end_if_done();
  void tick();
  void check_stalled(int64_t now_ns);
  void give_up(std::string reason);
  int64_t pause_ms(uint32_t sends) const;
  bool any_open() const;
  /// The next open connection in turn.
  std::optional<size_t> open_link();
  uint64_t request_id(size_t slot) const;

  submit_plan plan_;
  payment_source& source_;
  submit_listener& listener_;
  boost::asio::io_context context_;
  boost::asio::steady_timer timer_;
  std::vector<slot> slots_;
  std::vector<size_t> free_;
  std::vector<link> links_;
  std::priority_queue<due_send, std::vector<due_send>, std::greater<>> due_;
  std::unordered_map<std::string, merchant_entry> merchants_;
  size_t next_link_ = 0;
  bool source_ended_ = false;
  bool ever_open_ = false;
  bool ended_ = false;
  int64_t alive_ns_ = 0; ///< When something was last answered.
  int64_t next_stall_check_ns_ = 0;
  uint32_t stalls_ = 0; ///< Since then.
  std::string last_failure_;
  std::string gave_up_;
};

} // namespace oncepay::cli
