// What the log knows before the first command: basic data, and the permits that were out when the process ended.
#include "actors/domain/channel.hpp"
#include "actors/domain/merchant.hpp"
#include "actors/domain/method.hpp"
#include "actors/domain/order.hpp"
#include "actors/domain/pay_out_switch.hpp"
#include "actors/system.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <algorithm>
#include <limits>

namespace oncepay {

namespace {

/// Folds one stream with `fold(decision, event)`.
template <class Fold>
store_result<void> fold_stream(const event_log& log, const stream_name& stream, Fold fold) {
  store_result<void> result;
  auto read = log.read(stream, 1, [&](uint64_t position, bytes_view stored) {
    auto d = decode_decision(stored);
    if (!d) {
      result = tl::unexpected(store_error{store_errc::damaged, "decision " + std::to_string(position) + " of " +
                                                                   stream.display() + ": " + d.error() +
                                                                   "; run `oncepay log verify`"});
      return false;
    }
    for (const event& e : d->events)
      fold(*d, e);
    return true;
  });
  return read ? result : tl::unexpected(read.error());
}

store_result<void> load_merchants(const event_log& log, catalogue& known) {
  auto streams = log.streams_of(stream_kind::merchant);
  if (!streams)
    return tl::unexpected(streams.error());
  known.merchants.reserve(streams->size());
  for (const stream_name& stream : *streams) {
    auto s = merchant::initial(stream);
    auto folded = fold_stream(log, stream, [&](const decision& d, const event& e) { merchant::evolve(s, d.input, e); });
    if (!folded)
      return folded;
    if (s.opened)
      known.merchants.push_back({std::move(s.terms), s.on});
  }
  return {};
}

store_result<void> load_channels(const event_log& log, catalogue& known) {
  auto streams = log.streams_of(stream_kind::channel);
  if (!streams)
    return tl::unexpected(streams.error());
  for (const stream_name& stream : *streams) {
    auto s = channel::initial(stream);
    auto folded = fold_stream(log, stream, [&](const decision& d, const event& e) { channel::evolve(s, d.input, e); });
    if (!folded)
      return folded;
    if (s.opened)
      known.channels.push_back({std::move(s.terms), s.on});
  }
  return {};
}

store_result<void> load_stops(const event_log& log, catalogue& known) {
  return fold_stream(log, stream_name::of_operations(),
                     [&](const decision& d, const event& e) { pay_out_switch::evolve(known.stops, d.input, e); });
}

store_result<void> load_methods(const event_log& log, catalogue& known) {
  auto streams = log.streams_of(stream_kind::method);
  if (!streams)
    return tl::unexpected(streams.error());
  for (const stream_name& stream : *streams) {
    auto s = method::initial(stream);
    auto folded = fold_stream(log, stream, [&](const decision& d, const event& e) { method::evolve(s, d.input, e); });
    if (!folded)
      return folded;
    known.methods.push_back({std::move(s.method), s.on});
  }
  return {};
}

/// When the stream was last decided about; one look, however long it is.
store_result<instant> last_decided_at(const event_log& log, const stream_name& stream) {
  auto version = log.version_of(stream);
  if (!version)
    return tl::unexpected(version.error());
  instant at{std::numeric_limits<int64_t>::max()}; // What can't be read is told when the stream is folded.
  auto read = log.read(stream, *version, [&](uint64_t, bytes_view stored) {
    if (auto d = decode_header(stored))
      at = d->at;
    return true;
  });
  if (!read)
    return tl::unexpected(read.error());
  return at;
}

/// A permit that is still out belongs to an attempt whose reply window isn't over. It may be in doubt already: by a
/// time-out, or by an earlier restart, of which the channel knows nothing. Such an order is due when its channel is to
/// be asked about it, which may be a day ahead.
store_result<void> load_leases(const context& ctx, catalogue& known) {
  const instant now = ctx.clock->now();
  const instant until = plus_ms(now, std::max<int64_t>(2 * limits::reply_window_ms_max, limits::enquire_after_ms_max));
  // Or that time has passed: a channel may be asked again before its reply window is over.
  const instant since = plus_ms(now, -2 * limits::reply_window_ms_max);
  due_entry after{since, {}};
  for (;;) {
    auto page = ctx.log->due(after, until, limits::read_batch_decisions);
    if (!page)
      return tl::unexpected(page.error());
    for (const due_entry& entry : *page) {
      after = entry;
      if (entry.stream.kind() != stream_kind::order)
        continue;
      // Most are due for something else: to tell their merchant, to be checked. Their last attempt is long over.
      auto decided_at = last_decided_at(*ctx.log, entry.stream);
      if (!decided_at)
        return tl::unexpected(decided_at.error());
      if (*decided_at < since)
        continue;
      auto s = order::initial(entry.stream, ctx.environment);
      auto folded = fold_stream(*ctx.log, entry.stream,
                                [&](const decision& d, const event& e) { order::evolve(s, d.at, d.input, e); });
      if (!folded)
        return folded;
      if (auto* a = s.live_attempt(); a != nullptr && now < a->reply_before)
        known.leases.push_back({a->channel, a->id, a->reply_before});
    }
    if (page->size() < limits::read_batch_decisions)
      return {};
  }
}

/// Where the windows that risk rules count over begin: the first decision that isn't older, by halves, for times hardly
/// ever go back.
store_result<uint64_t> first_position_since(const event_log& log, instant since) {
  uint64_t low = 1;
  uint64_t high = log.head().position + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    instant at;
    auto read = log.read_all(middle, 1, [&](uint64_t, bytes_view stored) {
      if (auto d = decode_header(stored))
        at = d->at;
      return false;
    });
    if (!read)
      return tl::unexpected(read.error());
    if (at < since)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/// What was opened within the longest window, as the risk desk had counted it.
store_result<std::optional<risk::counts>> count_for_risk(const context& ctx) {
  const uint32_t window_s = ctx.risk ? ctx.risk->longest_window_s() : 0;
  if (window_s == 0)
    return std::optional<risk::counts>();
  const instant since = plus_ms(ctx.clock->now(), -int64_t{window_s} * 1'000 * 17 / 16);
  auto from = first_position_since(*ctx.log, since);
  if (!from)
    return tl::unexpected(from.error());
  const uint64_t head = ctx.log->head().position;
  if (head - std::min(head, *from) > limits::risk_refold_decisions_max) {
    ctx.say(severity::warning, topic::risk,
            "risk rules count over more decisions than a start goes through; the oldest aren't counted");
    *from = head - limits::risk_refold_decisions_max;
  }
  risk::counts counted(*ctx.risk);
  while (*from <= head) {
    uint64_t last = *from;
    auto read = ctx.log->read_all(*from, limits::read_batch_decisions, [&](uint64_t position, bytes_view stored) {
      last = position;
      auto header = decode_header(stored);
      if (!header || header->version != 1 || header->stream.kind() != stream_kind::order)
        return true;
      if (auto d = decode_decision(stored))
        if (auto question = order::ask_risk(order::initial(d->stream, ctx.environment), d->input);
            question && ctx.risk->concern(question->merchant, question->method))
          counted.add(*ctx.risk, d->at, *question);
      return true;
    });
    if (!read)
      return tl::unexpected(read.error());
    *from = last + 1;
  }
  return std::optional(std::move(counted));
}

store_result<uint64_t> count_open(const event_log& log) {
  uint64_t count = 0;
  due_entry after;
  for (;;) {
    auto page = log.due(after, instant{std::numeric_limits<int64_t>::max()}, limits::read_batch_decisions);
    if (!page)
      return tl::unexpected(page.error());
    count += page->size();
    if (page->size() < limits::read_batch_decisions)
      return count;
    after = page->back();
  }
}

} // namespace

store_result<recovery> recover(const context& ctx) {
  recovery found;
  found.known.position = ctx.log->head().position;
  for (auto* load : {load_merchants, load_channels, load_methods, load_stops})
    if (auto loaded = load(*ctx.log, found.known); !loaded)
      return tl::unexpected(loaded.error());
  if (auto loaded = load_leases(ctx, found.known); !loaded)
    return tl::unexpected(loaded.error());
  auto counted = count_for_risk(ctx);
  if (!counted)
    return tl::unexpected(counted.error());
  found.counted = std::move(*counted);
  auto open = count_open(*ctx.log);
  if (!open)
    return tl::unexpected(open.error());
  found.open_orders = *open;
  return found;
}

} // namespace oncepay
