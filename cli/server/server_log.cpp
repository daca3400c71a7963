#include "cli/server/server_log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace oncepay::cli {

namespace {

spdlog::level::level_enum level_of(severity s) {
  switch (s) {
  case severity::info:
    return spdlog::level::info;
  case severity::warning:
    return spdlog::level::warn;
  case severity::alarm:
    return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

std::string in_one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return line;
}

} // namespace

std::string line_of(log_format format, severity how, topic about, std::string_view text, uint64_t count) {
  if (format == log_format::json) {
    nlohmann::ordered_json fields = {{"level", name(how)}, {"topic", name(about)}, {"text", in_one_line(text)}};
    if (count > 1)
      fields["count"] = count;
    // Without its opening brace: the time comes first.
    return fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(1);
  }
  const std::string_view word = how == severity::alarm ? "ALARM" : name(how);
  std::string line = fmt::format("{} {}", word, in_one_line(text));
  if (count > 1)
    line += fmt::format(" (the last of {} on this topic within a second)", count);
  return line;
}

server_log::server_log(log_options options)
    : options_(options),
      out_(std::make_shared<spdlog::logger>("oncepay", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  constexpr auto utc = spdlog::pattern_time_type::utc;
  if (options.format == log_format::json)
    out_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)", utc);
  else
    out_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", utc);
  out_->set_level(level_of(options.level));
  out_->flush_on(spdlog::level::info);
}

server_log::~server_log() {
  next_second();
}

void server_log::say(severity how, topic about, std::string_view text) {
  {
    std::scoped_lock hold(guard_);
    if (!floods_.let_through(how, about, text))
      return;
  }
  print(how, about, text, 1);
}

void server_log::next_second() {
  std::vector<flood_gate::held_back> said;
  {
    std::scoped_lock hold(guard_);
    said = floods_.next_second();
  }
  for (const auto& kind : said)
    print(kind.how, kind.about, kind.last_text, kind.count);
}

void server_log::last_words(std::string_view why) {
  next_second();
  if (options_.format == log_format::json)
    print(severity::alarm, topic::lifecycle, "stopped: " + std::string(why), 1);
  else
    fmt::print(stderr, "oncepay: stopped: {}\n", why);
}

void server_log::print(severity how, topic about, std::string_view text, uint64_t count) {
  if (out_->should_log(level_of(how)))
    out_->log(level_of(how), "{}", line_of(options_.format, how, about, text, count));
}

} // namespace oncepay::cli
