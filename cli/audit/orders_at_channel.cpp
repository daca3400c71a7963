#include "cli/audit/orders_at_channel.hpp"

#include "actors/domain/order.hpp"
#include "cli/audit/log_walk.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace oncepay::cli {

namespace {

bool begins_attempt(const decision& d) {
  return std::any_of(d.events.begin(), d.events.end(),
                     [](const event& e) { return std::holds_alternative<attempt_intended>(e); });
}

bool begins_attempt_at(const decision& d, const channel_id& channel) {
  const route_answer* route = order::route_of(d.input);
  return route != nullptr && route->chosen == channel && begins_attempt(d);
}

/// The attempt that a refund gives back; 0: none is requested.
uint32_t refunded_attempt(const decision& d) {
  for (const event& e : d.events)
    if (auto* requested = std::get_if<refund_requested>(&e))
      return requested->attempt_number;
  return 0;
}

/// A refund goes to the channel of what it gives back, which may have been paid long before.
store_result<bool> was_attempted_at(const event_log& log, const stream_name& order, uint32_t attempt,
                                    const channel_id& channel) {
  bool there = false;
  const auto read = log.read(order, 1, [&](uint64_t, bytes_view stored) {
    const auto d = decode_decision(stored);
    if (!d)
      return false; // was read a moment ago
    there = begins_attempt_at(*d, channel) && std::any_of(d->events.begin(), d->events.end(), [&](const event& e) {
              auto* intended = std::get_if<attempt_intended>(&e);
              return intended != nullptr && intended->number == attempt;
            });
    return !there;
  });
  if (!read)
    return tl::unexpected(read.error());
  return there;
}

struct refund_seen {
  uint64_t position = 0;
  stream_name order;
  uint32_t attempt = 0;
};

} // namespace

store_result<orders_at_channel> find_orders_at(const event_log& log, const channel_id& channel, instant from,
                                               instant to, size_t orders_max) {
  std::map<uint64_t, stream_name> found; // by the position that shows it first
  std::set<std::string> seen;
  std::vector<refund_seen> refunds; // of any channel: whose they are is looked up when the log isn't held open
  const auto walked = walk_log(log, [&](const recorded_decision& r) {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order || d.at < from || d.at >= to)
      return true;
    if (begins_attempt_at(d, channel) && seen.emplace(d.stream.bytes()).second)
      found.emplace(r.position, d.stream);
    if (const uint32_t attempt = refunded_attempt(d); attempt != 0)
      refunds.push_back({r.position, d.stream, attempt});
    return found.size() <= orders_max && refunds.size() <= orders_max;
  });
  if (!walked)
    return tl::unexpected(walked.error());
  const bool ended_early = found.size() > orders_max || refunds.size() > orders_max;
  for (const refund_seen& r : refunds) {
    if (seen.contains(std::string(r.order.bytes())))
      continue;
    const auto there = was_attempted_at(log, r.order, r.attempt, channel);
    if (!there)
      return tl::unexpected(there.error());
    if (*there && seen.emplace(r.order.bytes()).second)
      found.emplace(r.position, r.order);
  }
  orders_at_channel result;
  result.more = ended_early || found.size() > orders_max;
  for (auto& [position, order] : found)
    if (result.orders.size() < orders_max)
      result.orders.push_back(std::move(order));
  return result;
}

} // namespace oncepay::cli
