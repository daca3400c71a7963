#include "cli/audit/open_orders.hpp"

#include "actors/domain/order.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/trajectory.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>

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

bool is_unsettled(attempt_state s) {
  return s == attempt_state::intended || is_doubtful(s);
}

bool is_unsettled(refund_state s) {
  return s == refund_state::requested || s == refund_state::in_doubt || s == refund_state::manual;
}

/// What of an order isn't settled, and whom it waits for: its payment, else the first such refund.
struct unsettled_part {
  std::string standing = "open";
  std::string channel;
  evidence last_evidence = evidence::channel_reply;
  std::string code;
  std::optional<uint32_t> enquiries; ///< Where its channel is asked.
};

unsettled_part part_of(const open_order& open) {
  const order_view& o = open.order;
  unsettled_part part;
  if (!o.attempts.empty() && is_unsettled(o.attempts.back().state)) {
    const attempt_view& a = o.attempts.back();
    part.standing = a.state == attempt_state::in_doubt    ? "in doubt"
                    : a.state == attempt_state::reversing ? "reversing"
                    : is_manual(a.state)                  ? "manual"
                                                          : "open";
    if (o.state == order_state::closing)
      part.standing += ", closing";
    part.channel = a.channel.str();
    part.last_evidence = a.last_evidence;
    part.code = a.code;
    if (is_doubtful(a.state))
      part.enquiries = a.enquiries;
    return part;
  }
  if (o.state == order_state::confirming) {
    part.standing = "to confirm by its payer";
    return part;
  }
  const bool is_between_accounts =
      o.kind == order_kind::pay_out || (o.kind == order_kind::top_up && o.state == order_state::paid);
  part.standing = !open.untold.empty()   ? "untold: " + open.untold
                  : !is_between_accounts ? "surplus to give back"
                  // For its money, or because an operator stopped pay-outs.
                  : o.state == order_state::open ? "waits to go out"
                                                 : "waits for its account";
  for (const refund_view& r : o.refunds) {
    if (!is_unsettled(r.state))
      continue;
    part.standing = (r.unbinds ? "unbinding " : "refund ") +
                    (r.refund_no.empty() ? std::string("of a surplus") : r.refund_no.str()) +
                    (r.state == refund_state::in_doubt ? " in doubt"
                     : r.state == refund_state::manual ? " manual"
                                                       : " open");
    part.last_evidence = r.last_evidence;
    part.code = r.code;
    break;
  }
  for (const attempt_view& a : o.attempts)
    if (a.state == attempt_state::succeeded || part.channel.empty())
      part.channel = a.channel.str();
  return part;
}

/// A proposal that waits for another person.
std::string ruling_of(const order_view& o, instant now) {
  if (!o.ruling)
    return {};
  const ruling_view& r = *o.ruling;
  return fmt::format("{} {} {}, says {}; {}", name(r.said.subject), r.said.number, name(r.said.outcome),
                     printable(r.said.operator_name),
                     now >= r.expires_at ? "expired" : fmt::format("to approve: {}", printable(r.ruling.str())));
}

/// Of several results, the first.
std::string untold_of(const order::state& s) {
  for (const order::telling& t : s.tellings)
    if (t.next_at)
      return fmt::format("{} after {}", name(t.result), t.tries == 1 ? "1 try" : fmt::format("{} tries", t.tries));
  return {};
}

bool is_wanted(const order::state& s, open_kind wanted, instant now) {
  const auto* live = s.live_attempt();
  const auto any_refund = [&](refund_state state) {
    return std::any_of(s.refunds.begin(), s.refunds.end(), [&](const order::refund& r) { return r.state == state; });
  };
  switch (wanted) {
  case open_kind::any: // What is settled, and only to be asked about once more, isn't open.
    return bool(order::due_until_settled(s));
  case open_kind::in_doubt:
    return (live != nullptr && is_doubtful(live->state) && !is_manual(live->state)) ||
           any_refund(refund_state::in_doubt);
  case open_kind::manual: // Who asks for what waits for a person wants reversals too, as he wants refunds.
    return (live != nullptr && is_manual(live->state)) ||
           std::any_of(s.refunds.begin(), s.refunds.end(),
                       [&](const order::refund& r) { return order::waits_for_a_person(s, r); });
  case open_kind::untold:
    return !untold_of(s).empty();
  case open_kind::to_approve: {
    const auto ruling = order::view(s).ruling;
    return ruling && now < ruling->expires_at;
  }
  }
  return false;
}

/// Each order once, by its due time. A server moves them on meanwhile: they are gathered before any of them is read.
store_result<std::vector<due_entry>> due_orders(const event_log& log) {
  std::vector<due_entry> all;
  std::unordered_set<stream_name> seen;
  due_entry after;
  for (;;) {
    auto page = log.due(after, instant{std::numeric_limits<int64_t>::max()}, limits::read_batch_decisions);
    if (!page)
      return tl::unexpected(page.error());
    for (due_entry& entry : *page) {
      after = entry;
      if (entry.stream.kind() == stream_kind::order && seen.insert(entry.stream).second)
        all.push_back(std::move(entry));
    }
    if (page->size() < limits::read_batch_decisions)
      return all;
  }
}

} // namespace

store_result<open_orders> read_open_orders(const event_log& log, std::string_view environment, open_kind wanted,
                                           instant now, uint64_t orders_max) {
  open_orders found;
  found.now = now;
  found.head_position = log.head().position;
  const auto due = due_orders(log);
  if (!due)
    return tl::unexpected(due.error());
  for (const due_entry& entry : *due) {
    const auto state = read_state(log, entry.stream, environment);
    if (!state)
      return tl::unexpected(state.error());
    if (is_wanted(*state, wanted, now) && found.matching++ < orders_max)
      found.orders.push_back({order::view(*state), entry.due, untold_of(*state)});
  }
  return found;
}

std::string open_orders_text(const open_orders& found) {
  text_table table({{"order"},
                    {"state"},
                    {"amount", align::right},
                    {"channel"},
                    {"opened"},
                    {"last evidence"},
                    {"enquiries", align::right},
                    {"next"},
                    {"ruling"}});
  for (const open_order& open : found.orders) {
    const auto& [order, due, untold] = open;
    const unsettled_part part = part_of(open);
    table.add({printable(fmt::format("{}/{}", order.merchant.str(), order.order_no.str())), printable(part.standing),
               to_string(order.amount), printable(part.channel), to_string(order.opened_at),
               part.code.empty() ? "" : fmt::format("{} {}", name(part.last_evidence), printable(part.code)),
               part.enquiries ? fmt::format("{}", *part.enquiries) : "", to_string(due), ruling_of(order, found.now)});
  }
  std::string out = table.empty() ? "" : table.render();
  if (found.orders.size() < found.matching)
    out += fmt::format("{} more\n", grouped(found.matching - found.orders.size()));
  return out + fmt::format("{} at log position {}\n", counted(found.matching, "order"), found.head_position);
}

nlohmann::ordered_json open_orders_json(const open_orders& found) {
  auto orders = nlohmann::ordered_json::array();
  for (const open_order& open : found.orders) {
    const auto& [order, due, untold] = open;
    auto o = to_json(order);
    o["standing"] = printable(part_of(open).standing);
    o["untold"] = untold;
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
