#include "cli/server/watch.hpp"

#include "cli/json.hpp"
#include "cli/server/metrics.hpp"
#include "cli/sim/build.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

template <class Clock>
int64_t ns_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

int64_t steady_ns() {
  return ns_now<std::chrono::steady_clock>();
}

} // namespace

watch::watch(context_ptr ctx, const lmdb_event_log& log, const server_log& messages, const gateway& doors)
    : ctx_(std::move(ctx)), log_(log), messages_(messages), doors_(doors),
      started_at_s_(static_cast<double>(ns_now<std::chrono::system_clock>()) / ns_per_s) {
  note_head();
}

void watch::note_head() {
  heads_.note(steady_ns(), log_.head().position);
}

std::vector<follower_lag> watch::followers() const {
  const int64_t now_ns = steady_ns();
  const uint64_t head = log_.head().position;
  std::vector<follower_lag> all;
  auto add = [&](std::string_view name, uint64_t position) {
    // What it reached after the head was asked is no lead.
    const uint64_t lacks = head - std::min(head, position);
    all.push_back({name, lacks, lacks == 0 ? 0 : heads_.behind_ns(now_ns, position)});
  };
  add("index", head - std::min(head, log_.unfolded()));
  for (const view_meters* view : ctx_->meters->views())
    add(view->name, view->position.value());
  return all;
}

readiness_facts watch::facts() const {
  const auto since_ns = static_cast<int64_t>(ctx_->meters->journal.committing_since_ns.value());
  return {doors_.is_listening(), doors_.is_stopping(), ctx_->restored, since_ns == 0 ? 0 : steady_ns() - since_ns,
          followers()};
}

status_page watch::metrics() const {
  status_page page;
  page.type = metrics_type;
  page.body = metrics_text({.meters = *ctx_->meters,
                            .admitted = *ctx_->admitted,
                            .messages = messages_.floods(),
                            .pool_waited_us = doors_.pool_waited_us(),
                            .log_position = log_.head().position,
                            .log_bytes = log_.file_bytes(),
                            .followers = followers(),
                            .ready = reasons_against(facts()).empty(),
                            .version = build_text(),
                            .started_at_s = started_at_s_,
                            .process = process_facts_now()});
  return page;
}

status_page watch::answer(const status_request& asked) const {
  status_page page;
  if (asked.path == "/metrics")
    return metrics();
  if (asked.path == "/healthz") {
    const std::string hang = hang_text(doors_.pool_silent_ms());
    page.code = hang.empty() ? 200 : 503;
    if (asked.json)
      page.body = hang.empty() ? "{\"alive\":true}\n" : json_line({{"alive", false}, {"text", hang}});
    else
      page.body = hang.empty() ? "alive\n" : hang + "\n";
  } else if (asked.path == "/readyz") {
    const auto reasons = reasons_against(facts());
    page.code = reasons.empty() ? 200 : 503;
    page.body = asked.json ? readiness_json(reasons) : readiness_text(reasons);
  } else {
    page.code = 404;
    page.body = "there are /metrics, /healthz and /readyz\n";
    return page;
  }
  if (asked.json)
    page.type = "application/json";
  return page;
}

} // namespace oncepay::cli
