// What a running server says to its operators, on stderr: one line a message, for people or as JSON. Neither payers nor
// keys are in it: whoever says something has only streams, channels and codes to name. Floods are held back by kind
// (`flood_gate`).
#pragma once

#include "cli/server/flood_gate.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace oncepay::cli {

enum class log_format : uint8_t { text, json };

struct log_options {
  severity level = severity::info; ///< What matters less is counted, not printed.
  log_format format = log_format::text;
};

/// A message without its time, as a line shows it. `count`: of how many like it this one is told. Control characters
/// are replaced: a channel's own words may be quoted in it, and a line must stay one.
std::string line_of(log_format, severity, topic, std::string_view text, uint64_t count);

class server_log {
public:
  explicit server_log(log_options);
  ~server_log(); ///< Says what is still held back.

  /// Thread-safe.
  void say(severity, topic, std::string_view text);

  /// Says what was held back; call once a second. Thread-safe.
  void next_second();

  /// Why the process stops at once. The very last line: nothing is held back any more.
  void last_words(std::string_view why);

  log_format format() const { return options_.format; }
  /// For counts.
  const flood_gate& floods() const { return floods_; }

private:
  void print(severity, topic, std::string_view text, uint64_t count);

  const log_options options_;
  std::shared_ptr<spdlog::logger> out_;
  std::mutex guard_;
  flood_gate floods_;
};

} // namespace oncepay::cli
