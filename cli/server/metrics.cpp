// Of prometheus-cpp only its data and their text are used. Its registry would count under a lock, and once more what
// the meters count already.
#include "cli/server/metrics.hpp"

#include "schema/input.hpp"
#include "schema/limits.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <limits>
#include <utility>

namespace oncepay::cli {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<ClientMetric::Label>;

ClientMetric::Label label(std::string_view name, std::string_view value) {
  return {std::string(name), std::string(value)};
}

double number(uint64_t value) {
  return static_cast<double>(value);
}

/// The families, in the order of the README's table.
class page {
public:
  /// Begins a family; what follows belongs to it.
  page& counters(std::string_view name, std::string_view help) { return begin(name, help, MetricType::Counter); }
  page& gauges(std::string_view name, std::string_view help) { return begin(name, help, MetricType::Gauge); }
  page& histograms(std::string_view name, std::string_view help) { return begin(name, help, MetricType::Histogram); }

  page& add(double value, labels of = {}) {
    ClientMetric m;
    m.label = std::move(of);
    if (families_.back().type == MetricType::Counter)
      m.counter.value = value;
    else
      m.gauge.value = value;
    families_.back().metric.push_back(std::move(m));
    return *this;
  }

  /// `units`: how many of the histogram's own units are one of the metric's.
  template <const auto& Bounds>
  page& add(const histogram<Bounds>& h, double units, labels of = {}) {
    ClientMetric m;
    m.label = std::move(of);
    uint64_t count = 0;
    for (size_t i = 0; i < histogram<Bounds>::buckets; ++i) {
      count += h.count(i);
      const bool last = i == Bounds.size();
      m.histogram.bucket.push_back(
          {count, last ? std::numeric_limits<double>::infinity() : static_cast<double>(Bounds[i]) / units});
    }
    m.histogram.sample_count = count;
    m.histogram.sample_sum = number(h.sum()) / units;
    families_.back().metric.push_back(std::move(m));
    return *this;
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
  page& begin(std::string_view name, std::string_view help, MetricType type) {
    MetricFamily f;
    f.name = name;
    f.help = help;
    f.type = type;
    families_.push_back(std::move(f));
    return *this;
  }

  std::vector<MetricFamily> families_;
};

constexpr double us_per_s = 1e6;

/// "pay", …; what was no command: "none".
std::string_view name_of_operation(size_t operation) {
  static const auto names = []<size_t... I>(std::index_sequence<I...>) {
    std::array<std::string_view, sizeof...(I) + 1> all{};
    ((all[I] = name_of(command{0, 0, decltype(command::body)(std::in_place_index<I>)})), ...);
    all.back() = "none";
    return all;
  }
  (std::make_index_sequence<meters::no_operation>());
  return names[operation];
}

std::string_view name_of_reason(busy_reason why) {
  switch (why) {
  case busy_reason::in_hand:
    return "in_hand";
  case busy_reason::tickets:
    return "tickets";
  case busy_reason::index:
    return "index";
  case busy_reason::entity_queue:
    return "entity_queue";
  case busy_reason::waiters:
    return "waiters";
  case busy_reason::views:
    return "views";
  case busy_reason::connections:
    return "connections";
  }
  return {};
}

void add_answers(page& p, const meters& m) {
  p.counters("oncepay_orders_accepted_total", "Orders opened, durably.").add(number(m.journal.orders.value()));
  p.counters("oncepay_answers_total", "Answers by command and reply code.");
  // Zeros too: what appears only when it has happened was never seen to grow, and no alert fires over the first.
  for (size_t operation = 0; operation < meters::operations; ++operation)
    for (uint16_t code = 0; code < meters::codes; ++code)
      if (is_known_code(code))
        p.add(number(m.sessions.answers[operation][code].value()),
              {label("operation", name_of_operation(operation)), label("code", name(static_cast<errc>(code)))});
  p.histograms("oncepay_answer_seconds", "From a command's reading to its answer, of commands that were admitted.");
  for (size_t operation = 0; operation < meters::no_operation; ++operation)
    p.add(m.sessions.answer_us[operation], us_per_s, {label("operation", name_of_operation(operation))});
  p.counters("oncepay_refused_busy_total", "Commands and connections told busy, by the bound they met.");
  for (size_t why = 0; why < busy_reasons; ++why)
    p.add(number(m.refusals.busy[why].value()), {label("reason", name_of_reason(static_cast<busy_reason>(why)))});
}

std::string_view name_of_fate(notice_fate f) {
  switch (f) {
  case notice_fate::taken:
    return "taken";
  case notice_fate::repeated:
    return "repeated";
  case notice_fate::contradicting:
    return "contradicting";
  case notice_fate::kept:
    return "kept";
  case notice_fate::refused:
    return "refused";
  case notice_fate::put_off:
    return "put_off";
  }
  return {};
}

void add_notices(page& p, const meters& m) {
  p.counters("oncepay_notices_total", "Notices of channels, by what became of them.");
  for (size_t f = 0; f < notice_fates; ++f)
    p.add(number(m.notices.fates[f].value()), {label("fate", name_of_fate(static_cast<notice_fate>(f)))});
}

void add_tellings(page& p, const meters& m) {
  const auto& t = m.tellings;
  p.counters("oncepay_tellings_total", "Tries to tell merchants of results, by what came of them.");
  for (size_t f = 1; f < t.tries.size(); ++f)
    p.add(number(t.tries[f].value()), {label("fate", name(static_cast<telling_fate>(f)))});
  p.counters("oncepay_tellings_given_up_total", "Results that merchants never acknowledged.")
      .add(number(t.given_up.value()));
  p.gauges("oncepay_tellings_under_way", "Results being told now.").add(number(t.under_way.value()));
  p.gauges("oncepay_tellings_waiting", "Results that wait for their turn to be told.").add(number(t.waiting.value()));
}

std::string_view name_of_fate(line_fate f) {
  switch (f) {
  case line_fate::ordered:
    return "ordered";
  case line_fate::refused:
    return "refused";
  }
  return {};
}

void add_batches(page& p, const meters& m) {
  const auto& b = m.batches;
  p.gauges("oncepay_batches_handing_out", "Batches whose lines aren't all handed to their orders yet.")
      .add(number(b.handing_out.value()));
  p.gauges("oncepay_batch_lines_waiting", "Lines of batches that wait for their turn.")
      .add(number(b.lines_waiting.value()));
  p.gauges("oncepay_batch_lines_under_way", "Lines about which an order owes an answer.")
      .add(number(b.lines_under_way.value()));
  p.counters("oncepay_batch_lines_total", "Lines of batches that were handed out, by what became of them.");
  for (size_t f = 0; f < line_fates; ++f)
    p.add(number(b.lines[f].value()), {label("fate", name_of_fate(static_cast<line_fate>(f)))});
}

void add_checks(page& p, const meters& m) {
  p.counters("oncepay_checks_total", "Checks of settled attempts, by what they brought.");
  for (size_t r = 1; r < m.checks.results.size(); ++r)
    p.add(number(m.checks.results[r].value()), {label("result", name(static_cast<check_result>(r)))});
}

void add_doors(page& p, const metrics_sources& s) {
  p.gauges("oncepay_connections", "Open client connections.").add(number(s.meters.connections.open.value()));
  p.gauges("oncepay_connections_max", "How many there may be.").add(number(s.meters.connections.most.value()));
  p.counters("oncepay_connections_accepted_total", "Client connections accepted.")
      .add(number(s.meters.connections.accepted.value()));
  p.gauges("oncepay_tickets_in_use", "Commands in flight.").add(s.admitted.in_use());
  p.gauges("oncepay_tickets_max", "How many there may be.").add(s.admitted.total());
  p.gauges("oncepay_tickets_in_hand", "Of these, waiting for the server itself rather than for a channel.")
      .add(s.admitted.in_hand());
  p.gauges("oncepay_tickets_in_hand_max", "How many there may be now.").add(s.admitted.in_hand_max());
  p.histograms("oncepay_worker_wait_seconds", "How long a job waits for a worker; asked once a second.")
      .add(s.pool_waited_us, us_per_s);
}

void add_log(page& p, const metrics_sources& s) {
  // In this order: what is sent meanwhile waits, and the difference isn't negative.
  const uint64_t committed = s.meters.journal.decisions.sum();
  p.gauges("oncepay_journal_waiting", "Decisions that aren't durable yet.")
      .add(number(s.meters.appends.decisions.value() - committed));
  p.histograms("oncepay_commit_decisions", "Decisions in a durable commit.").add(s.meters.journal.decisions, 1);
  p.histograms("oncepay_commit_seconds", "Time of a durable commit.").add(s.meters.journal.commit_us, us_per_s);
  p.gauges("oncepay_log_position", "The log's last position.").add(number(s.log_position));
  p.gauges("oncepay_log_bytes", "Size of the log's file.").add(number(s.log_bytes));
  p.gauges("oncepay_lag_decisions", "Decisions that the index or a view lacks.");
  for (const follower_lag& l : s.followers)
    p.add(number(l.decisions), {label("follower", l.name)});
  p.gauges("oncepay_lag_seconds", "For how long it has lacked the oldest of them.");
  for (const follower_lag& l : s.followers)
    p.add(static_cast<double>(l.behind_ns) / ns_per_s, {label("follower", l.name)});
}

void add_entities(page& p, const meters& m) {
  uint64_t entities = 0;
  uint64_t recoveries = 0;
  uint64_t awaiting = 0;
  for (const auto& d : m.directories) {
    entities += d.entities.value();
    recoveries += d.recoveries.value();
    awaiting += d.awaiting_recovery.value();
  }
  p.gauges("oncepay_entities", "Orders, merchants and channels held in memory.").add(number(entities));
  p.gauges("oncepay_recoveries", "Of these, being read from the log.").add(number(recoveries));
  p.gauges("oncepay_recoveries_waiting", "Of these, waiting to be read.").add(number(awaiting));
}

void add_channels(page& p, const meters& m) {
  const auto channels = m.channels();
  auto each = [&](auto value) {
    for (const auto& [id, c] : channels)
      p.add(number(value(*c)), {label("channel", id.str())});
  };
  p.gauges("oncepay_channel_on", "1 where the channel is switched on.");
  each([](const channel_meters& c) { return c.on.value(); });
  p.gauges("oncepay_channel_unstable", "1 where too much of what it was asked stayed without an outcome.");
  each([](const channel_meters& c) { return c.unstable.value(); });
  p.gauges("oncepay_channel_permits_out", "Requests under way, leases of earlier processes included.");
  each([](const channel_meters& c) { return c.permits_out.value(); });
  p.gauges("oncepay_channel_permits_max", "How many the channel grants us.");
  each([](const channel_meters& c) { return c.permits_max.value(); });
  p.gauges("oncepay_channel_waiting", "Payments that wait for a permit.");
  each([](const channel_meters& c) { return c.waiting.value(); });
  p.counters("oncepay_channel_permits_granted_total", "Permits granted.");
  each([](const channel_meters& c) { return c.granted.value(); });
  p.counters("oncepay_channel_permits_unused_total", "Permits that came back without a request.");
  each([](const channel_meters& c) { return c.never_made.value(); });
  p.counters("oncepay_channel_passed_over_total", "Payments sent on for want of a permit.");
  each([](const channel_meters& c) { return c.passed_over.value(); });
  p.histograms("oncepay_channel_reply_seconds",
               "From a request to the first heard of it; silence lasts until we give up.");
  for (const auto& [id, c] : channels)
    p.add(c->reply_us, us_per_s, {label("channel", id.str())});
  auto by_outcome = [&](auto counters) {
    for (const auto& [id, c] : channels)
      for (size_t outcome = 1; outcome < c->outcomes.size(); ++outcome)
        p.add(number(counters(*c)[outcome].value()),
              {label("channel", id.str()), label("outcome", name(static_cast<reply_class>(outcome)))});
  };
  p.counters("oncepay_channel_outcomes_total", "What was heard of requests, by what it proves; silence is unknown.");
  by_outcome([](const channel_meters& c) -> auto& { return c.outcomes; });
  p.counters("oncepay_channel_enquiries_total",
             "What enquiries about attempts in doubt brought; failed and unanswered ones are unknown.");
  by_outcome([](const channel_meters& c) -> auto& { return c.enquiries; });
}

void add_messages(page& p, const flood_gate& messages) {
  p.counters("oncepay_messages_total", "What was said to operators, printed or not.");
  for (const severity how : {severity::info, severity::warning, severity::alarm})
    for (size_t about = 0; about < topics; ++about)
      p.add(number(messages.messages(how, static_cast<topic>(about))),
            {label("severity", name(how)), label("topic", name(static_cast<topic>(about)))});
  p.counters("oncepay_messages_held_back_total", "Of these, told by their number only.").add(number(messages.held()));
}

void add_process(page& p, const metrics_sources& s) {
  p.counters("process_cpu_seconds_total", "User and system time.").add(s.process.cpu_s);
  p.gauges("process_start_time_seconds", "Since 1970.").add(s.started_at_s);
  p.gauges("process_resident_memory_bytes", "Memory, pages of the log included.").add(number(s.process.resident_bytes));
  p.gauges("process_virtual_memory_bytes", "Addresses; most are only reserved.").add(number(s.process.virtual_bytes));
  p.gauges("process_open_fds", "Open files and sockets.").add(number(s.process.open_files));
  p.gauges("process_max_fds", "How many there may be.").add(number(s.process.open_files_max));
}

} // namespace

std::string metrics_text(const metrics_sources& s) {
  page p;
  p.gauges("oncepay_build_info", "Which program this is.").add(1, {label("version", s.version)});
  p.gauges("oncepay_ready", "1 where /readyz says so.").add(s.ready ? 1 : 0);
  add_answers(p, s.meters);
  add_notices(p, s.meters);
  add_tellings(p, s.meters);
  add_batches(p, s.meters);
  add_checks(p, s.meters);
  add_doors(p, s);
  add_log(p, s);
  add_entities(p, s.meters);
  add_channels(p, s.meters);
  add_messages(p, s.messages);
  add_process(p, s);
  return p.text();
}

} // namespace oncepay::cli
