#include "cli/sim/from_log.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/audit/read.hpp"
#include "cli/log/open.hpp"
#include "cli/sim/scenario_file.hpp"
#include "cli/sim/scenario_table.hpp"
#include "schema/log_codec.hpp"
#include "store/lmdb_event_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

namespace oncepay::cli {

namespace {

/// The terms that a stream's newest decision up to `position` put in force; nothing where none did.
template <class Input>
tl::expected<std::optional<decltype(Input::terms)>, std::string>
terms_in_force(const event_log& log, const stream_name& stream, uint64_t position) {
  std::optional<decltype(Input::terms)> terms;
  std::string undecodable;
  const auto read = log.read(stream, 1, [&](uint64_t at, bytes_view stored) {
    if (at > position)
      return false;
    auto decoded = decode_decision(stored);
    if (!decoded) {
      undecodable = fmt::format("position {} can't be read: {}", at, decoded.error());
      return false;
    }
    if (auto* in = std::get_if<Input>(&decoded->input))
      terms = std::move(in->terms);
    return true;
  });
  if (!read)
    return tl::unexpected(read.error().text);
  if (!undecodable.empty())
    return tl::unexpected(std::move(undecodable));
  return terms;
}

/// The channels an order was sent to, with the position of the terms its router knew.
std::vector<std::pair<channel_id, uint64_t>> routes_of(const std::vector<recorded_decision>& decisions) {
  std::vector<std::pair<channel_id, uint64_t>> routes;
  const auto note = [&](const route_answer& route) {
    if (!route.chosen.empty())
      routes.emplace_back(route.chosen, route.terms_position);
  };
  for (const auto& [position, d] : decisions) {
    if (const auto* pay = std::get_if<pay_input>(&d.input))
      note(pay->route);
    else if (const auto* known = std::get_if<attempt_input>(&d.input); known != nullptr && known->route)
      note(*known->route);
    else if (const auto* granted = std::get_if<account_answer_input>(&d.input); granted != nullptr && granted->route)
      note(*granted->route);
  }
  return routes;
}

} // namespace

tl::expected<sim::order_as_plan, std::string> plan_from_log(const event_log& log, const stream_name& order) {
  // Only its decisions are wanted: what today's rules would make of them, the simulator shows.
  auto read = read_order(log, {}, {.order = order, .until = {}, .with_chain = false}, {});
  if (!read)
    return tl::unexpected(read.error().text);
  if (read->decisions.empty())
    return tl::unexpected(fmt::format("the log knows no order {} of merchant {}", order.part(1), order.part(0)));
  sim::recorded_order recorded;
  recorded.decisions = std::move(read->decisions);
  const auto merchant = merchant_id::trusted(order.part(0));
  auto terms =
      terms_in_force<merchant_input>(log, stream_name::of_merchant(merchant), recorded.decisions.front().position);
  if (!terms)
    return tl::unexpected(terms.error());
  if (*terms)
    recorded.merchant = std::move(**terms);
  recorded.merchant.merchant = merchant;
  for (const auto& [channel, position] : routes_of(recorded.decisions)) {
    auto known = terms_in_force<channel_input>(log, stream_name::of_channel(channel), position);
    if (!known)
      return tl::unexpected(known.error());
    if (*known)
      recorded.channels.push_back(std::move(**known));
  }
  return sim::plan_from_order(recorded);
}

tl::expected<std::string, exit_code> scenario_from_log(std::string_view directory, std::string_view order) {
  const auto name = parse_order_name(order);
  if (!name)
    return tl::unexpected(fail(exit_code::usage, fmt::format("--order: {}", name.error())));
  const auto log = lmdb_event_log::open(
      std::string(directory),
      {.environment = {}, .access = log_access::read_only, .map_bytes = 0, .hash_of_name = nullptr});
  if (!log)
    return tl::unexpected(fail_with(log.error()));
  const auto made = plan_from_log(**log, stream_name::of_order(name->merchant, name->order_no));
  if (!made)
    return tl::unexpected(fail(exit_code::negative, printable(made.error())));
  return write_scenario(made->plan, made->remarks);
}

} // namespace oncepay::cli
