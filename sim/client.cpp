#include "sim/client.hpp"

#include "schema/wire_codec.hpp"

#include <caf/send.hpp>

#include <utility>

namespace oncepay::sim {

uint64_t client::send(command c) {
  c.request_id = next_request_++;
  send_bytes(encode_frame(c));
  return c.request_id;
}

void client::append(command c, std::vector<std::byte>& to) {
  c.request_id = next_request_++;
  const auto frame = encode_frame(c);
  to.insert(to.end(), frame.begin(), frame.end());
}

void client::send_bytes(std::vector<std::byte> bytes) {
  unsent_.push_back(std::move(bytes));
  hand_over();
}

void client::hand_over() {
  if (!may_send_ || unsent_.empty() || closed_ || !session_)
    return;
  may_send_ = false;
  caf::anon_send(session_, bytes_in{std::move(unsent_.front())});
  unsent_.pop_front();
}

const reply* client::reply_to(uint64_t request_id) const {
  auto it = by_request_.find(request_id);
  return it == by_request_.end() ? nullptr : &replies_[it->second];
}

void client::write(std::vector<std::byte> bytes) {
  // The bytes of a dead server's last turns reach nobody.
  if (closed_)
    return;
  frames_.feed(bytes);
  for (;;) {
    auto frame = frames_.next();
    if (!frame || !*frame)
      return;
    auto r = decode_reply(**frame);
    if (r && handler_) {
      handler_(std::move(*r));
    } else if (r) {
      by_request_[r->request_id] = replies_.size();
      replies_.push_back(std::move(*r));
    }
  }
}

void client::close() {
  closed_ = true;
  if (auto told = std::exchange(closing_, nullptr))
    told();
}

void client::read_on() {
  may_send_ = true;
  hand_over();
}

} // namespace oncepay::sim
