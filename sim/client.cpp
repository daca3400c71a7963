#include "sim/client.hpp"

#include "schema/wire_codec.hpp"

#include <caf/send.hpp>

namespace oncepay::sim {

uint64_t client::send(command c) {
  c.request_id = next_request_++;
  send_bytes(encode_frame(c));
  return c.request_id;
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
  frames_.feed(bytes);
  for (;;) {
    auto frame = frames_.next();
    if (!frame || !*frame)
      return;
    if (auto r = decode_reply(**frame)) {
      by_request_[r->request_id] = replies_.size();
      replies_.push_back(std::move(*r));
    }
  }
}

void client::read_on() {
  may_send_ = true;
  hand_over();
}

} // namespace oncepay::sim
