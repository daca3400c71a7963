#include "cli/server/server_log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace oncepay::cli {

namespace {

/// Lines a second; beyond that a person reads none of them anyway, and the count says what matters.
constexpr uint32_t lines_per_second_max = 50;

} // namespace

server_log::server_log()
    : out_(std::make_shared<spdlog::logger>("oncepay", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  out_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  out_->flush_on(spdlog::level::info);
}

server_log::~server_log() = default;

void server_log::say(severity how, std::string_view text) {
  {
    std::lock_guard hold(guard_);
    if (++said_this_second_ > lines_per_second_max) {
      ++held_back_;
      return;
    }
  }
  switch (how) {
  case severity::info:
    return out_->info("{}", text);
  case severity::warning:
    return out_->warn("{}", text);
  case severity::alarm:
    return out_->critical("ALARM {}", text);
  }
}

void server_log::flush_repeats() {
  std::lock_guard hold(guard_);
  if (held_back_ > 0)
    out_->warn("{} more lines were held back within a second", held_back_);
  held_back_ = 0;
  said_this_second_ = 0;
}

} // namespace oncepay::cli
