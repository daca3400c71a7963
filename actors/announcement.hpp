// What a running process says to whoever operates it: how much it matters, what it is about, and a line for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace oncepay {

/// An alarm wants a person.
enum class severity : uint8_t { info, warning, alarm };

/// What a message is about. Messages are counted, and floods of them held back, by topic; alerts hang on the names, so
/// they are never changed. Append new ones.
enum class topic : uint8_t {
  lifecycle,         ///< Starting, opening, stopping.
  order,             ///< An order wants a person: a contradiction, a surplus success.
  broken_rule,       ///< An input that our own rules should have prevented; it was refused.
  unreadable_record, ///< A record of the log can't be read.
  channel_health,    ///< A channel became unstable, or stable again.
  bank_closed,       ///< A channel's bank can't be opened.
  index,             ///< The index can't follow the log.
  view,              ///< A view can't follow the log, or is made anew.
  starved,           ///< The system refuses what the process needs to go on, such as files.
  old_reader,        ///< A reader of the log keeps one state of it for too long.
  channel_link,      ///< A channel outside can't be spoken to, or what came from there can't be believed.
  notice,            ///< Somebody told what no channel signed, or what nobody here can understand.
  merchant_link,     ///< A merchant can't be told of results.
  pay_outs,          ///< Pay-outs are stopped.
  quota,             ///< A merchant asks for more than its quota.
  switched_off,      ///< What operators switched off, when a process begins with it.
  risk,              ///< Risk rules can't do all that they say.
};
inline constexpr size_t topics = static_cast<size_t>(topic::risk) + 1;

/// Stable lower-case names, as logs and metrics show them.
std::string_view name(severity);
std::string_view name(topic);

using announce = std::function<void(severity, topic, std::string_view text)>;

} // namespace oncepay
