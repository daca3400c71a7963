#include "cli/submit/engine.hpp"

#include "cli/progress.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr int64_t tick_ms = 10;
constexpr unsigned slot_bits = 16;
static_assert(limits::tickets_total <= (1u << slot_bits), "a slot's number is the low part of its request id");

/// Merchants whose opening is remembered, about 100 bytes each; beyond it they are forgotten and opened again, which
/// changes nothing.
constexpr size_t merchants_remembered_max = 500'000;

} // namespace

bool worth_resending(errc code) {
  return code == errc::busy || code == errc::channel_busy || code == errc::shutting_down || code == errc::view_behind ||
         code == errc::quota_exceeded;
}

submit_engine::submit_engine(submit_plan plan, payment_source& source, submit_listener& listener)
    : plan_(std::move(plan)), source_(source), listener_(listener), timer_(context_), slots_(plan_.in_flight),
      links_(plan_.connections) {
  for (size_t i = slots_.size(); i-- > 0;)
    free_.push_back(i);
}

tl::expected<void, std::string> submit_engine::run() {
  alive_ns_ = steady_now_ns();
  for (size_t i = 0; i < links_.size(); ++i)
    connect(i);
  tick();
  context_.run();
  for (auto& l : links_)
    if (l.connection)
      l.connection->close();
  context_.restart();
  context_.poll(); // Lets the cancelled operations drop their references.
  if (!gave_up_.empty())
    return tl::unexpected(gave_up_);
  return {};
}

void submit_engine::connect(size_t i) {
  auto& l = links_[i];
  l.reconnect_at_ns = 0;
  client_connection::handlers handlers;
  handlers.opened = [this, i] {
    if (ever_open_ && links_[i].lost)
      listener_.reconnected();
    links_[i].lost = false;
    ever_open_ = true;
    pump();
  };
  handlers.replied = [this, i](reply&& r) {
    on_reply(i, r);
  };
  handlers.closed = [this, i](const std::string& why) {
    on_closed(i, why);
  };
  l.connection = client_connection::make(context_, std::move(handlers));
  l.connection->open(plan_.server, plan_.connect_timeout_ms);
}

void submit_engine::on_closed(size_t i, const std::string& reason) {
  last_failure_ = reason;
  // Nothing was sent yet: a wrong address should be told at once, not after half a minute of patience.
  if (!ever_open_)
    return give_up(reason);
  auto& l = links_[i];
  l.lost = true;
  l.pause_ms = std::clamp<int64_t>(l.pause_ms * 2, plan_.pause_ms_first, plan_.pause_ms_max);
  l.reconnect_at_ns = steady_now_ns() + l.pause_ms * ns_per_ms;
  for (size_t s = 0; s < slots_.size(); ++s)
    if (slots_[s].sent && slots_[s].link == i)
      send_later(s, 0);
  end_if_done();
}

void submit_engine::pump() {
  // Bounded, so that a file of nothing but bad rows doesn't keep the loop from its sockets and signals.
  constexpr int rows_per_turn_max = 1'000;
  for (int i = 0; i < rows_per_turn_max && !source_ended_ && !free_.empty() && any_open(); ++i) {
    const size_t s = free_.back();
    const auto status = source_.next(slots_[s].row);
    if (status == payment_source::status::end)
      source_ended_ = true;
    if (status != payment_source::status::row)
      break;
    free_.pop_back();
    begin(s);
  }
  end_if_done();
}

void submit_engine::begin(size_t s) {
  if (!plan_.open_merchants)
    return begin_payment(s);
  if (merchants_.size() >= merchants_remembered_max)
    std::erase_if(merchants_, [](const auto& entry) { return entry.second.open; });
  const auto [entry, is_new] = merchants_.try_emplace(slots_[s].row.pay.merchant.str());
  if (entry->second.open)
    return begin_payment(s);
  if (is_new) {
    slots_[s].doing = phase::opening_merchant;
    send(s);
  } else {
    slots_[s].doing = phase::awaiting_merchant;
    entry->second.waiting.push_back(s);
  }
}

void submit_engine::begin_payment(size_t s) {
  slots_[s].doing = phase::paying;
  slots_[s].sends = 0;
  send(s);
}

uint64_t submit_engine::request_id(size_t s) const {
  return uint64_t{slots_[s].generation} << slot_bits | s;
}

bool submit_engine::any_open() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const link& l) { return l.connection && l.connection->is_open(); });
}

std::optional<size_t> submit_engine::open_link() {
  for (size_t tried = 0; tried < links_.size(); ++tried) {
    next_link_ = (next_link_ + 1) % links_.size();
    const auto& l = links_[next_link_];
    if (l.connection && l.connection->is_open())
      return next_link_;
  }
  return std::nullopt;
}

void submit_engine::send(size_t s) {
  auto& sl = slots_[s];
  const auto to = open_link();
  if (!to)
    return send_later(s, tick_ms);
  if (sl.sends > 0)
    listener_.resent();
  ++sl.sends;
  ++sl.generation; // Every sending has its own id: an answer to an earlier one can't be taken for this one's.
  sl.link = *to;
  sl.sent = true;
  sl.sent_ns = steady_now_ns();
  command c{.request_id = request_id(s), .body = {}};
  if (sl.doing == phase::opening_merchant) {
    c.body = open_merchant_command{merchant_terms{.merchant = sl.row.pay.merchant,
                                                  .display_name = sl.row.pay.merchant.str(),
                                                  .fee_rate_ppm = plan_.merchant_fee_ppm}};
  } else {
    c.body = sl.row.content();
    if (!sl.sent_before)
      sl.first_sent_ns = sl.sent_ns;
    sl.sent_before = true;
  }
  links_[*to].connection->send(c);
}

void submit_engine::send_later(size_t s, int64_t pause) {
  auto& sl = slots_[s];
  sl.sent = false;
  ++sl.generation;
  if (sl.sends >= plan_.sends_max) {
    listener_.unanswered(sl.row, fmt::format("sent {} times without an answer", sl.sends));
    if (sl.doing == phase::opening_merchant) {
      // Those who wait for the merchant try for themselves: the first one becomes the opener.
      auto waiting = std::move(merchants_[sl.row.pay.merchant.str()].waiting);
      merchants_.erase(sl.row.pay.merchant.str());
      free_slot(s);
      for (const auto w : waiting)
        begin(w);
      return;
    }
    return free_slot(s);
  }
  due_.push({steady_now_ns() + pause * ns_per_ms, s, sl.generation});
}

int64_t submit_engine::pause_ms(uint32_t sends) const {
  constexpr uint32_t doublings_max = 20;
  return std::min(plan_.pause_ms_first << std::min(sends, doublings_max), plan_.pause_ms_max);
}

void submit_engine::on_reply(size_t i, const reply& r) {
  // Only an answer proves life. A server that accepts and hangs up at once would otherwise be tried for ever.
  alive_ns_ = steady_now_ns();
  stalls_ = 0;
  links_[i].pause_ms = 0;
  const auto s = static_cast<size_t>(r.request_id & ((1u << slot_bits) - 1));
  // Answers to repeats that were answered before, or to a connection given up: dropped.
  if (s >= slots_.size() || !slots_[s].sent || slots_[s].link != i || r.request_id != request_id(s))
    return;
  auto& sl = slots_[s];
  sl.sent = false;
  if (worth_resending(r.code) && sl.sends < plan_.sends_max)
    return send_later(s, pause_ms(sl.sends));
  if (sl.doing == phase::opening_merchant)
    on_opening_reply(s, r);
  else {
    listener_.answered(sl.row, r, alive_ns_ - sl.first_sent_ns);
    free_slot(s);
  }
  pump();
}

void submit_engine::on_opening_reply(size_t s, const reply& r) {
  const auto merchant = slots_[s].row.pay.merchant.str();
  auto& entry = merchants_[merchant];
  auto waiting = std::move(entry.waiting);
  entry.waiting.clear();
  // A merchant that exists under other terms exists: its terms are the configuration's business, not ours.
  entry.open = r.code == errc::ok || r.code == errc::terms_conflict;
  waiting.insert(waiting.begin(), s);
  if (entry.open) {
    listener_.merchant_opened(r.code == errc::ok && !r.duplicate);
    for (const auto w : waiting)
      begin_payment(w);
    return;
  }
  merchants_.erase(merchant);
  for (const auto w : waiting) {
    listener_.merchant_refused(slots_[w].row, r);
    free_slot(w);
  }
}

void submit_engine::free_slot(size_t s) {
  auto& sl = slots_[s];
  sl.doing = phase::idle;
  sl.sent = false;
  sl.sent_before = false;
  sl.sends = 0;
  ++sl.generation;
  free_.push_back(s);
}

void submit_engine::end_if_done() {
  if (ended_ || !source_ended_ || in_flight() > 0)
    return;
  ended_ = true;
  timer_.cancel();
  context_.stop();
}

void submit_engine::tick() {
  if (ended_)
    return;
  const auto now = steady_now_ns();
  for (size_t i = 0; i < links_.size(); ++i)
    if (links_[i].reconnect_at_ns != 0 && links_[i].reconnect_at_ns <= now)
      connect(i);
  // Only what is due now: a sending that finds no connection comes back into the queue, for the next tick.
  while (!due_.empty() && due_.top().at_ns <= now) {
    const auto next = due_.top();
    due_.pop();
    if (slots_[next.slot].generation == next.generation)
      send(next.slot);
  }
  check_stalled(now);
  listener_.tick(now);
  pump();
  if (ended_)
    return;
  if (in_flight() == 0 && any_open())
    alive_ns_ = now; // Waiting for rows, not for the server.
  if (now - alive_ns_ > plan_.patience_ms * ns_per_ms && !any_open())
    return give_up(fmt::format("gave up after {} s: {}", plan_.patience_ms / 1'000, last_failure_));
  timer_.expires_after(std::chrono::milliseconds(tick_ms));
  timer_.async_wait([this](const auto& error) {
    if (!error)
      tick();
  });
}

void submit_engine::check_stalled(int64_t now) {
  if (now < next_stall_check_ns_)
    return;
  next_stall_check_ns_ = now + plan_.reply_timeout_ms * ns_per_ms / 20;
  for (const auto& sl : slots_) {
    if (!sl.sent || now - sl.sent_ns <= plan_.reply_timeout_ms * ns_per_ms)
      continue;
    // A dead path may heal by a new connection: the first time it gets the whole patience to do so.
    if (++stalls_ == 1)
      alive_ns_ = now;
    links_[sl.link].connection->close();
    on_closed(sl.link, fmt::format("no answer from {} within {} ms", to_string(plan_.server), plan_.reply_timeout_ms));
    return; // That has changed the slots; another link's turn comes with the next tick.
  }
}

void submit_engine::give_up(std::string reason) {
  if (ended_)
    return;
  ended_ = true;
  gave_up_ = std::move(reason);
  for (const auto& sl : slots_)
    if (sl.doing != phase::idle)
      listener_.unanswered(sl.row, sl.sent_before ? "sent, its fate is unknown" : "not sent");
  timer_.cancel();
  context_.stop();
}

} // namespace oncepay::cli
