#include "cli/audit/read.hpp"

#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

/// People read times to the millisecond and ask with what they read: the whole of it belongs to the answer.
instant end_of_millisecond(instant at) {
  return at.ns % ns_per_ms == 0 ? instant{at.ns + ns_per_ms - 1} : at;
}

store_result<void> add_chain(const event_log& log, audited_order& order,
                             const std::function<void(uint64_t, uint64_t)>& tell) {
  const auto last = order.decisions.back().position;
  hash256 chain{};
  size_t next = 0;
  for (uint64_t position = 1; position <= last;) {
    const auto from = position;
    const auto read = log.read_all(from, limits::read_batch_decisions, [&](uint64_t at, bytes_view stored) {
      chain = chain_step(chain, at, stored);
      if (next < order.decisions.size() && order.decisions[next].position == at)
        order.hashes[next++].chain = hex(chain);
      position = at + 1;
      return at < last;
    });
    if (!read)
      return read;
    if (position == from)
      return tl::unexpected(store_error{store_errc::damaged, fmt::format("position {} is missing from the log", from)});
    tell(position - 1, last);
  }
  return {};
}

} // namespace

store_result<audited_order> read_order(const event_log& log, std::string_view environment, const audit_request& request,
                                       const std::function<void(uint64_t, uint64_t)>& chain_progress) {
  audited_order order;
  order.environment = environment;
  order.head_position = log.head().position;
  order.until = request.until;
  std::string undecodable;
  const auto read = log.read(request.order, 1, [&](uint64_t position, bytes_view stored) {
    auto decoded = decode_decision(stored);
    if (!decoded) {
      undecodable = fmt::format("position {} can't be read: {}", position, decoded.error());
      return false;
    }
    if (request.until && decoded->at > end_of_millisecond(*request.until))
      return false;
    order.decisions.push_back({position, std::move(*decoded)});
    order.hashes.push_back({.record = record_hash(position, stored), .chain = {}});
    return true;
  });
  if (!read)
    return tl::unexpected(read.error());
  if (!undecodable.empty())
    return tl::unexpected(store_error{store_errc::damaged, undecodable});
  if (order.decisions.empty())
    return order;
  order.again = redecide(order.decisions, environment);
  if (request.with_chain)
    if (const auto chained = add_chain(log, order, chain_progress); !chained)
      return tl::unexpected(chained.error());
  return order;
}

} // namespace oncepay::cli
