// A client of a simulated server: the wire codec is in between, so it hands over bytes and gets bytes.
#pragma once

#include "actors/session.hpp"
#include "schema/command.hpp"
#include "schema/frame_splitter.hpp"
#include "schema/reply.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace oncepay::sim {

class client : public connection {
public:
  /// Attaches to the session whose connection this is.
  void attach(session_actor session) { session_ = std::move(session); }
  void detach() { session_ = nullptr; }

  /// Sends a command under a request id of its own and returns that.
  uint64_t send(command);
  /// The id that the next command gets.
  uint64_t next_request() const { return next_request_; }
  /// The same command's bytes, to be sent later with others: its request id is used up.
  void append(command, std::vector<std::byte>& to);
  /// Sends bytes as they are.
  void send_bytes(std::vector<std::byte>);

  /// Replies go there from now on and are kept no longer.
  void on_reply(std::function<void(reply)> handler) { handler_ = std::move(handler); }

  /// Called once, within the server's turn, when the server closes the connection.
  void on_close(std::function<void()> handler) { closing_ = std::move(handler); }

  /// The reply to a request; null while there is none.
  const reply* reply_to(uint64_t request_id) const;
  /// All replies, as they came.
  const std::vector<reply>& replies() const { return replies_; }
  bool is_closed() const { return closed_; }

  void write(std::vector<std::byte>) override;
  void read_on() override;
  void close() override;

private:
  void hand_over();

  std::function<void(reply)> handler_;
  std::function<void()> closing_;
  session_actor session_;
  frame_splitter frames_;
  std::deque<std::vector<std::byte>> unsent_;
  bool may_send_ = true;
  bool closed_ = false;
  uint64_t next_request_ = 1;
  std::vector<reply> replies_;
  std::map<uint64_t, size_t> by_request_;
};

} // namespace oncepay::sim
