#include "cli/sim/simulate.hpp"

#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/open.hpp"
#include "cli/progress.hpp"
#include "cli/sim/jobs.hpp"
#include "cli/sim/keep.hpp"
#include "cli/sim/report.hpp"
#include "cli/sim/shrink.hpp"
#include "cli/sim/stopwatch.hpp"
#include "cli/sim/trace_file.hpp"
#include "cli/table.hpp"

#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

/// What a report is followed by: the first thing that went wrong beside the run itself.
using outcome = tl::expected<sim_report, exit_code>;

outcome run_here(const sim_request& request, const sim_engine& engine) {
  if (!request.keep.empty())
    if (const auto free = check_keep_directory(request.keep); !free)
      return tl::unexpected(fail(exit_code::data, free.error()));
  std::optional<trace_file> trace;
  if (!request.trace.empty()) {
    auto created = trace_file::create(request.trace);
    if (!created)
      return tl::unexpected(fail(exit_code::data, created.error()));
    trace = std::move(*created);
  }
  progress bar("sim", stderr);
  const run_progress tell = [&](uint64_t done, uint64_t total) {
    bar.update({.done = done, .total = total, .note = {}}, steady_now_ns());
  };
  sim::run_options options;
  options.until_us = request.until_us;
  options.progress = tell;
  if (trace)
    options.trace = [&](std::string_view line) {
      trace->add(line);
    };
  std::optional<store_error> unkept;
  time_spent keeping;
  if (!request.keep.empty())
    options.keep = [&](const event_log& log) {
      bar.clear();
      progress copying("keep", stderr);
      const stopwatch watch;
      if (const auto kept = keep_log(log, request.keep,
                                     [&](uint64_t done, uint64_t total) {
                                       copying.update({.done = done, .total = total, .note = {}}, steady_now_ns());
                                     });
          !kept)
        unkept = kept.error();
      keeping = watch.spent();
    };
  sim_report report;
  auto finished = timed_run(
      request.seeds.first,
      [&](uint64_t seed, const run_progress&) { return engine.run(engine.plan_of(seed), options); }, tell);
  // What is told is the run's own speed, not the disk's.
  finished.real_ns -= keeping.real_ns;
  finished.cpu_ns -= keeping.cpu_ns;
  report.elapsed_ns = finished.real_ns;
  report.totals.add(std::move(finished));
  bar.clear();
  if (unkept)
    return tl::unexpected(fail_with(*unkept));
  if (trace)
    if (const auto closed = trace->close(); !closed)
      return tl::unexpected(fail(exit_code::data, closed.error()));
  return report;
}

outcome run_on_jobs(const sim_request& request, const sim_engine& engine) {
  sim_report report;
  progress bar("sim", stderr);
  const seed_runner run = [&](uint64_t seed, const run_progress& tell) {
    sim::run_options options;
    options.until_us = request.until_us;
    options.progress = tell;
    return engine.run(engine.plan_of(seed), options);
  };
  // Runs are long and few, or short and many: thousandths of a run show both.
  constexpr double parts = 1'000;
  const jobs_listener listener = {
      .finished = [&](seed_run finished) { report.totals.add(std::move(finished)); },
      .under_way =
          [&](double runs) {
            const auto done = (static_cast<double>(report.totals.seeds()) + runs) * parts;
            const auto broken = report.totals.failed().size();
            const auto note =
                fmt::format("{} of {} seeds{}", grouped(report.totals.seeds()), grouped(request.seeds.count()),
                            broken == 0 ? "" : fmt::format(", {} broke a rule", grouped(broken)));
            bar.update({.done = static_cast<uint64_t>(done),
                        .total = request.seeds.count() * static_cast<uint64_t>(parts),
                        .note = note},
                       steady_now_ns());
          },
  };
  const auto started_ns = steady_now_ns();
  auto ended = run_jobs(request.seeds, request.jobs, run, listener);
  report.elapsed_ns = steady_now_ns() - started_ns;
  bar.clear();
  if (!ended)
    return tl::unexpected(fail(exit_code::internal, ended.error()));
  report.interrupted = ended->interrupted;
  report.under_way = std::move(ended->under_way);
  return report;
}

void print_err(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

} // namespace

exit_code simulate(const sim_request& request, const sim_engine& engine) {
  const auto report = request.many ? run_on_jobs(request, engine) : run_here(request, engine);
  if (!report)
    return report.error();
  const auto code = sim_exit_code(*report);
  if (request.hash_only) {
    print_err(sim_violation_lines(*report, request));
    return print_out(sim_hash_lines(report->totals), code);
  }
  if (!request.shrink)
    return print_out(request.json ? json_line(sim_report_json(*report, request)) : sim_report_text(*report, request),
                     code);
  // Standard output is the scenario's, so that it can go into a file.
  if (!request.json)
    print_err(sim_report_text(*report, request));
  const auto smallest = report->interrupted ? std::nullopt : shrink_first(report->totals, request, engine);
  if (request.json) {
    auto document = sim_report_json(*report, request);
    document["smallest"] = smallest ? sim_smallest_json(*smallest) : nlohmann::ordered_json(nullptr);
    return print_out(json_line(document), code);
  }
  if (!smallest)
    return code;
  print_err(sim_smallest_text(*smallest, request));
  return print_out(smallest->scenario, code);
}

} // namespace oncepay::cli
