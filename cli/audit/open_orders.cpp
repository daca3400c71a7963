#include "cli/audit/open_orders.hpp"

#include "actors/domain/order.hpp"
#include "actors/domain/trajectory.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace oncepay::cli {

namespace {

store_result<order::state> read_state(const event_log& log, const stream_name& stream, std::string_view environment) {
  auto state = order::initial(stream, environment);
  std::string undecodable;
  const auto read = log.read(stream, 1, [&](uint64_t position, bytes_view stored) {
    const auto d = decode_decision(stored);
    if (!d) {
      undecodable = fmt::format("position {} can't be read: {}", position, d.error());
      return false;
    }
    for (const event& e : d->events)
      order::evolve(state, d->at, d->input, e);
    return true;
  });
  if (!read)
    return tl::unexpected(read.error());
  if (!undecodable.empty())
    return tl::unexpected(store_error{store_errc::damaged, undecodable});
  return state;
}

std::string_view standing_of(const attempt_view* live) {
  if (live == nullptr)
    return "open";
  return live->state == attempt_state::in_doubt ? "in doubt" : live->state == attempt_state::manual ? "manual" : "open";
}

const attempt_view* last_attempt(const order_view& o) {
  return o.attempts.empty() ? nullptr : &o.attempts.back();
}

} // namespace

store_result<open_orders> read_open_orders(const event_log& log, std::string_view environment,
                                           std::optional<attempt_state> wanted, uint64_t orders_max) {
  open_orders found;
  found.head_position = log.head().position;
  due_entry after;
  for (;;) {
    const auto page = log.due(after, instant{std::numeric_limits<int64_t>::max()}, limits::read_batch_decisions);
    if (!page)
      return tl::unexpected(page.error());
    for (const due_entry& entry : *page) {
      after = entry;
      if (entry.stream.kind() != stream_kind::order)
        continue;
      const auto state = read_state(log, entry.stream, environment);
      if (!state)
        return tl::unexpected(state.error());
      const auto* live = state->live_attempt();
      if (live == nullptr || (wanted && live->state != *wanted))
        continue;
      if (found.matching++ < orders_max)
        found.orders.push_back({order::view(*state), entry.due});
    }
    if (page->size() < limits::read_batch_decisions)
      return found;
  }
}

std::string open_orders_text(const open_orders& found) {
  text_table table({{"order"},
                    {"state"},
                    {"amount", align::right},
                    {"channel"},
                    {"opened"},
                    {"last evidence"},
                    {"enquiries", align::right},
                    {"next"}});
  for (const auto& [order, due] : found.orders) {
    const auto* live = last_attempt(order);
    const bool asked = live != nullptr && is_doubtful(live->state);
    table.add(
        {printable(fmt::format("{}/{}", order.merchant.str(), order.order_no.str())), std::string(standing_of(live)),
         to_string(order.amount), live == nullptr ? "" : printable(live->channel.str()), to_string(order.opened_at),
         live == nullptr || live->code.empty() ? ""
                                               : fmt::format("{} {}", name(live->last_evidence), printable(live->code)),
         asked ? fmt::format("{}", live->enquiries) : "", to_string(due)});
  }
  std::string out = table.empty() ? "" : table.render();
  if (found.orders.size() < found.matching)
    out += fmt::format("{} more\n", grouped(found.matching - found.orders.size()));
  return out + fmt::format("{} at log position {}\n", counted(found.matching, "order"), found.head_position);
}

nlohmann::ordered_json open_orders_json(const open_orders& found) {
  auto orders = nlohmann::ordered_json::array();
  for (const auto& [order, due] : found.orders) {
    auto o = to_json(order);
    o["standing"] = standing_of(last_attempt(order));
    o["due"] = to_json(due);
    orders.push_back(std::move(o));
  }
  auto out = nlohmann::ordered_json::object();
  out["position"] = found.head_position;
  out["matching"] = found.matching;
  out["orders"] = std::move(orders);
  return out;
}

} // namespace oncepay::cli
