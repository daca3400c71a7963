#include "actors/views/trajectory_view.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/log_codec.hpp"
#include "store/give_way.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace oncepay {

namespace {

// A key is the stream's number, 8 big-endian bytes. A value is the order's state (1 byte), in doubt (1 byte), and the
// positions, 8 little-endian bytes each.
constexpr size_t header_bytes = 2;

std::string key_of(uint64_t number) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(number >> shift & 0xff));
  return key;
}

std::string encode(const trajectory_entry& entry) {
  std::string value(header_bytes + entry.positions.size() * sizeof(uint64_t), '\0');
  value[0] = static_cast<char>(entry.state);
  value[1] = static_cast<char>(entry.in_doubt ? 1 : 0);
  std::memcpy(value.data() + header_bytes, entry.positions.data(), entry.positions.size() * sizeof(uint64_t));
  return value;
}

trajectory_entry decode(std::string_view value) {
  trajectory_entry entry;
  if (value.size() < header_bytes)
    return entry;
  entry.state = static_cast<order_state>(value[0]);
  entry.in_doubt = value[1] != 0;
  entry.positions.resize((value.size() - header_bytes) / sizeof(uint64_t));
  std::memcpy(entry.positions.data(), value.data() + header_bytes, entry.positions.size() * sizeof(uint64_t));
  return entry;
}

} // namespace

void trajectory_view::fold(const recorded_outcome& recorded) {
  // Of orders alone: an account's list grows for ever, and each fold would write all of it again.
  if (recorded.stream.kind() != stream_kind::order)
    return;
  news& n = gathered_[recorded.stream];
  n.opened = n.opened || recorded.version == 1;
  n.positions.push_back(recorded.position);
  for (const event& e : recorded.events) {
    if (std::holds_alternative<order_opened>(e) || std::holds_alternative<order_confirmed>(e))
      n.state = order_state::open;
    else if (std::holds_alternative<step_up_asked>(e))
      n.state = order_state::confirming;
    else if (std::holds_alternative<order_paid>(e))
      n.state = order_state::paid;
    else if (std::holds_alternative<order_failed>(e))
      n.state = order_state::failed;
    else if (std::holds_alternative<order_closing>(e))
      n.state = order_state::closing;
    else if (std::holds_alternative<order_closed>(e))
      n.state = order_state::closed;
    else if (std::holds_alternative<attempt_in_doubt>(e))
      n.in_doubt = true;
    else if (std::holds_alternative<attempt_succeeded>(e) || std::holds_alternative<attempt_failed>(e))
      n.in_doubt = false;
  }
}

store_result<std::vector<view_change>> trajectory_view::changes(const view_store& before,
                                                                const stream_numbers& numbers) {
  const auto gathered = std::exchange(gathered_, {});
  std::vector<std::pair<uint64_t, const news*>> sorted;
  sorted.reserve(gathered.size());
  for (const auto& [stream, n] : gathered) {
    if (n.opened) {
      sorted.emplace_back(n.positions.front(), &n);
      continue;
    }
    breathe();
    auto number = numbers(stream);
    if (!number)
      return tl::unexpected(number.error());
    sorted.emplace_back(*number, &n);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<view_change> all;
  all.reserve(sorted.size());
  for (const auto& [number, n] : sorted) {
    trajectory_entry entry;
    if (!n->opened) {
      auto known = read(before, number);
      if (!known)
        return tl::unexpected(known.error());
      entry = std::move(*known).value_or(trajectory_entry{});
    }
    entry.state = n->state.value_or(entry.state);
    entry.in_doubt = n->in_doubt.value_or(entry.in_doubt);
    entry.positions.insert(entry.positions.end(), n->positions.begin(), n->positions.end());
    all.push_back({key_of(number), encode(entry)});
    breathe();
  }
  return all;
}

store_result<std::optional<trajectory_entry>> trajectory_view::read(const view_store& view, uint64_t number) {
  auto value = view.get(key_of(number));
  if (!value)
    return tl::unexpected(value.error());
  if (!*value)
    return std::nullopt;
  return decode(**value);
}

store_result<std::vector<std::string>> trajectory_view::lines(const view_store& view, const event_log& log,
                                                              const stream_name& stream) {
  auto number = number_of(log, stream);
  if (!number)
    return tl::unexpected(number.error());
  auto entry = read(view, *number);
  if (!entry)
    return tl::unexpected(entry.error());
  std::vector<std::string> all;
  if (!*entry)
    return all;
  trajectory_context context;
  for (uint64_t position : (*entry)->positions) {
    std::string fault;
    auto read_one = log.read_all(position, 1, [&](uint64_t at, bytes_view stored) {
      auto d = decode_decision(stored);
      if (!d) {
        fault = d.error();
        return false;
      }
      for (std::string& line : digest_lines({at, std::move(*d)}, context))
        all.push_back(std::move(line));
      return true;
    });
    if (!read_one)
      return tl::unexpected(read_one.error());
    if (!fault.empty())
      return tl::unexpected(store_error{store_errc::damaged, "decision " + std::to_string(position) + ": " + fault});
  }
  return all;
}

} // namespace oncepay
