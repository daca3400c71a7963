#include "cli/bench/load.hpp"

#include "cli/progress.hpp"
#include "schema/assert.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr int64_t tick_ms = 20;
/// To set a timer and wake by it costs as much as all else that is done for a payment; what is due within that time is
/// sent together, late by so much at most, which counts as the server's.
constexpr int64_t pace_ns_least = 250'000;
constexpr uint64_t slot_mask = load_in_flight_max - 1;
constexpr unsigned slot_bits = 17;
static_assert(load_in_flight_max == size_t{1} << slot_bits);

} // namespace

load_engine::load_engine(load_plan plan, load_source& source, load_listener& listener)
    : plan_(std::move(plan)), source_(source), listener_(listener), ticker_(context_), pace_(context_),
      links_(plan_.connections), slots_(plan_.in_flight) {
  ONCEPAY_ASSERT(plan_.in_flight > 0 && plan_.in_flight <= load_in_flight_max && plan_.connections > 0);
  if (plan_.rate_per_s > 0 && plan_.commands == 0)
    plan_.commands =
        std::max<uint64_t>(static_cast<uint64_t>(plan_.rate_per_s * static_cast<double>(plan_.duration_ns) / 1e9), 1);
  for (size_t s = slots_.size(); s-- > 0;)
    free_.push_back(s);
}

tl::expected<load_result, std::string> load_engine::run() {
  for (size_t i = 0; i < links_.size(); ++i)
    connect(i);
  context_.run();
  for (auto& l : links_)
    l->close();
  context_.restart();
  context_.poll(); // Lets the cancelled operations drop their references.
  if (!refused_.empty())
    return tl::unexpected(refused_);
  for (const slot& s : slots_)
    result_.unanswered += s.waiting;
  result_.elapsed_ns = std::max<int64_t>(last_answer_ns_ - started_ns_, 0);
  return std::move(result_);
}

void load_engine::connect(size_t i) {
  client_connection::handlers handlers;
  handlers.opened = [this] {
    on_opened();
  };
  handlers.replied = [this, i](reply&& r) {
    on_reply(i, r);
  };
  handlers.closed = [this, i](const std::string& why) {
    on_closed(i, why);
  };
  links_[i] = client_connection::make(context_, std::move(handlers));
  links_[i]->open(plan_.server, plan_.connect_timeout_ms);
}

void load_engine::on_opened() {
  if (++opened_ < links_.size())
    return;
  listener_.started();
  started_ns_ = alive_ns_ = last_answer_ns_ = steady_now_ns();
  tick();
  pump();
}

void load_engine::on_closed(size_t i, const std::string& reason) {
  if (opened_ < links_.size()) {
    refused_ = reason;
    context_.stop();
    return;
  }
  if (ending_)
    return;
  // A measurement over fewer connections is another measurement: what is under way on the others is still awaited.
  for (slot& s : slots_) {
    if (!s.waiting || s.link != i)
      continue;
    s.waiting = false; // Its slot stays taken: nothing more is sent anyway.
    ++result_.unanswered;
  }
  stop_sending(reason);
}

void load_engine::stop_sending(std::string why) {
  stopped_ = true;
  if (result_.broke.empty())
    result_.broke = std::move(why);
  end_if_done();
}

int64_t load_engine::due_ns(uint64_t n) const {
  return started_ns_ + static_cast<int64_t>(static_cast<double>(n) * 1e9 / plan_.rate_per_s);
}

bool load_engine::may_send(int64_t now_ns) const {
  if (stopped_ || ending_)
    return false;
  return plan_.commands > 0 ? result_.sent < plan_.commands : now_ns - started_ns_ < plan_.duration_ns;
}

void load_engine::pump() {
  const int64_t now = steady_now_ns();
  const bool open_loop = plan_.rate_per_s > 0;
  while (!free_.empty() && may_send(now)) {
    const int64_t due = open_loop ? due_ns(result_.sent) : now;
    if (due > now)
      break;
    const size_t s = free_.back();
    free_.pop_back();
    send(s, due, now);
  }
  if (open_loop)
    arm_pace();
  end_if_done();
}

void load_engine::arm_pace() {
  // Without a free slot the next answer pumps. A timer set for an earlier sending wakes us early and is set anew.
  if (paced_ || free_.empty() || !may_send(steady_now_ns()))
    return;
  paced_ = true;
  const int64_t next_ns = std::max(due_ns(result_.sent), steady_now_ns() + pace_ns_least);
  pace_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(next_ns)));
  pace_.async_wait([this](const auto& error) {
    paced_ = false;
    if (!error)
      pump();
  });
}

void load_engine::send(size_t s, int64_t due, int64_t now) {
  slot& sl = slots_[s];
  next_link_ = (next_link_ + 1) % links_.size();
  source_.fill(result_.sent, sl.asked);
  ++sl.generation;
  sl.asked.request_id = sl.generation << slot_bits | s;
  sl.due_ns = due;
  sl.link = next_link_;
  sl.waiting = true;
  ++result_.sent;
  if (plan_.rate_per_s > 0)
    result_.sent_late.add(now - due);
  links_[next_link_]->send(sl.asked);
}

void load_engine::on_reply(size_t i, const reply& r) {
  const auto s = static_cast<size_t>(r.request_id & slot_mask);
  const uint64_t generation = r.request_id >> slot_bits;
  if (s >= slots_.size() || generation == 0 || generation > slots_[s].generation) {
    ++result_.strays;
    return;
  }
  slot& sl = slots_[s];
  if (!sl.waiting || sl.generation != generation || sl.link != i) {
    ++result_.doubled;
    return;
  }
  last_answer_ns_ = alive_ns_ = steady_now_ns();
  sl.waiting = false;
  ++result_.answered;
  listener_.answered(sl.asked, r, last_answer_ns_ - sl.due_ns);
  free_.push_back(s);
  pump();
}

void load_engine::tick() {
  const int64_t now = steady_now_ns();
  listener_.tick(now);
  const bool idle = result_.sent == result_.answered + result_.unanswered;
  if (idle)
    alive_ns_ = now; // A slow pace waits for its own next sending, not for the server.
  if (now - alive_ns_ > plan_.reply_timeout_ms * ns_per_ms) {
    stop_sending(fmt::format("nothing was answered for {} ms", plan_.reply_timeout_ms));
    return end();
  }
  end_if_done();
  if (ending_)
    return;
  ticker_.expires_after(std::chrono::milliseconds(tick_ms));
  ticker_.async_wait([this](const auto& error) {
    if (!error && !ending_)
      tick();
  });
}

void load_engine::end_if_done() {
  if (ending_ || started_ns_ == 0 || may_send(steady_now_ns()))
    return;
  if (result_.sent > result_.answered + result_.unanswered)
    return;
  ending_ = true;
  pace_.cancel();
  ticker_.expires_after(std::chrono::milliseconds(plan_.linger_ms));
  ticker_.async_wait([this](const auto&) { end(); });
}

void load_engine::end() {
  ending_ = true;
  context_.stop();
}

} // namespace oncepay::cli
