#include "sim/people/line.hpp"

namespace oncepay::sim {

void line::send(command c, answered on_reply, lost on_loss) {
  unsent_.push_back({watching_.next_number(), std::move(c), std::move(on_reply), std::move(on_loss)});
  flush_soon();
}

void line::connect() {
  client_ = &world_.connect();
  ++connections_;
  client_->on_reply([this](const reply& r) { receive(r); });
  client_->on_close([this] {
    // Whoever finds the line closed, as one is that stayed silent for too long, connects again.
    world_.at(world_.clock().steady_ns(), [this, closed = client_] {
      if (client_ != closed)
        return; // the process died besides, or has been replaced
      cut();
      if (world_.is_open())
        connect();
    });
  });
  flush_soon();
}

void line::flush_soon() {
  if (flushing_ || client_ == nullptr || unsent_.empty())
    return;
  flushing_ = true;
  // What is said meanwhile travels along, as it would in one segment.
  const int64_t delay_us = delay_.min_us + static_cast<int64_t>(chance_.below(delay_.max_us - delay_.min_us + 1));
  world_.at(world_.clock().steady_ns() + delay_us * ns_per_us, [this] {
    flushing_ = false;
    flush();
  });
}

void line::flush() {
  if (client_ == nullptr || unsent_.empty())
    return;
  std::vector<std::byte> bytes;
  const instant now = world_.clock().now();
  for (request& r : unsent_) {
    const uint64_t id = client_->next_request();
    client_->append(r.command, bytes);
    watching_.tell(&checker::sent, sent_request{r.number, now, r.command});
    waiting_.emplace(id, std::move(r));
  }
  unsent_.clear();
  if (std::exchange(cut_next_, false)) {
    bytes.resize(bytes.size() - 1 - chance_.below(bytes.size() - 1));
    client_->send_bytes(std::move(bytes));
    // The server gets a turn or two with the half, then nothing follows.
    world_.at(world_.clock().steady_ns(), [this] {
      cut();
      if (world_.is_open())
        connect();
    });
    return;
  }
  client_->send_bytes(std::move(bytes));
}

void line::receive(const reply& r) {
  auto it = waiting_.find(r.request_id);
  if (it == waiting_.end()) {
    // Nobody waits for it: answered twice, or an answer to nothing. The checkers know which.
    watching_.tell(&checker::received, received_reply{0, world_.clock().now(), command{}, r}, history_);
    return;
  }
  request asked = std::move(it->second);
  waiting_.erase(it);
  watching_.tell(&checker::received, received_reply{asked.number, world_.clock().now(), asked.command, r}, history_);
  asked.on_reply(r);
}

void line::cut() {
  if (client_ == nullptr)
    return;
  client_->on_close(nullptr);
  if (world_.is_up())
    world_.disconnect(*client_);
  client_ = nullptr;
  auto gone = std::exchange(waiting_, {});
  for (auto& [id, r] : gone) {
    watching_.tell(&checker::gave_up, r.number);
    r.on_loss();
  }
}

} // namespace oncepay::sim
