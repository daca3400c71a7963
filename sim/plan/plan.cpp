#include "sim/plan/plan.hpp"

#include "schema/money.hpp"

namespace oncepay::sim {

namespace {

struct kind {
  std::string_view operator()(const crash&) const { return "crash"; }
  std::string_view operator()(const failed_commit&) const { return "failed-commit"; }
  std::string_view operator()(const full_disk&) const { return "full-disk"; }
  std::string_view operator()(const slow_commits&) const { return "slow-commits"; }
  std::string_view operator()(const switch_channel&) const { return "switch"; }
  std::string_view operator()(const switch_business&) const { return "degrade"; }
  std::string_view operator()(const clock_jump&) const { return "clock-jump"; }
  std::string_view operator()(const cut_connection&) const { return "cut-connection"; }
  std::string_view operator()(const channel_outage&) const { return "outage"; }
  std::string_view operator()(const switch_pay_outs&) const { return "pay-outs"; }
};

} // namespace

std::string_view name(outage_kind how) {
  switch (how) {
  case outage_kind::declining:
    return "declining";
  case outage_kind::silent:
    return "silent";
  case outage_kind::hanging:
    return "hanging";
  }
  return {};
}

std::string_view name(batch_wish what) {
  switch (what) {
  case batch_wish::again:
    return "again";
  case batch_wish::other_content:
    return "other-content";
  case batch_wish::line_alone:
    return "line-alone";
  case batch_wish::line_alone_otherwise:
    return "line-alone-otherwise";
  case batch_wish::query:
    return "query";
  }
  return {};
}

int64_t sum_of(const std::vector<pay_out_line>& lines) {
  int64_t sum_minor = 0;
  for (const pay_out_line& line : lines) {
    const auto sum = checked_add(sum_minor, line.amount_minor);
    if (!sum)
      return 0;
    sum_minor = *sum;
  }
  return sum_minor;
}

std::string_view name_of(const disturbance& d) {
  return std::visit(kind{}, d.what);
}

} // namespace oncepay::sim
