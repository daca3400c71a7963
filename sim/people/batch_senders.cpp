#include "sim/people/batch_senders.hpp"

#include "schema/error.hpp"

#include <string_view>
#include <utility>

namespace oncepay::sim {

namespace {

constexpr std::string_view reason = "simulated";

pay_out_command alone(const pay_out_batch_command& batch, size_t line, int64_t more_minor) {
  const pay_out_line& l = batch.lines[line];
  const money amount{l.amount_minor + more_minor, batch.currency};
  return {batch.merchant, l.order_no, amount, batch.method, l.payee, std::string(reason), {}};
}

pay_out_batch_command as_planned(pay_out_batch_command batch) {
  batch.reason = reason;
  return batch;
}

pay_out_batch_command with_other_content(pay_out_batch_command batch) {
  batch.reason = reason;
  ++batch.lines.front().amount_minor;
  batch.total_minor = sum_of(batch.lines);
  return batch;
}

} // namespace

void batch_senders::begin(int64_t until_us) {
  const int64_t began_ns = world_.clock().steady_ns();
  for (const planned_batch& b : plan_.batches) {
    if (until_us != 0 && b.at_us > until_us)
      break;
    const int64_t at_ns = began_ns + b.at_us * ns_per_us;
    later(at_ns, [this, &b] {
      ++deeds_["sent"];
      try_to_send(b, b.tries_max - 1);
    });
    for (const planned_batch_step& s : b.steps)
      later(at_ns + int64_t{s.after_ms} * ns_per_ms, [this, &s, &b] { take(s, b); });
  }
}

void batch_senders::later(int64_t at_ns, std::function<void()> what) {
  ++busy_;
  world_.at(at_ns, [this, what = std::move(what)] {
    --busy_;
    what();
  });
}

/// An answer that came meanwhile makes the next try look and leave.
void batch_senders::try_to_send(const planned_batch& b, uint32_t tries_left) {
  auto answered = std::make_shared<bool>(false);
  send(b.client, as_planned(b.batch), [answered](const reply& told) {
    *answered = told.code != errc::processing && advice_for(told.code) != advice::retry;
  });
  if (tries_left > 0)
    later(world_.clock().steady_ns() + int64_t{b.retry_after_ms} * ns_per_ms, [this, &b, tries_left, answered] {
      if (!*answered)
        try_to_send(b, tries_left - 1);
    });
}

void batch_senders::take(const planned_batch_step& s, const planned_batch& b) {
  ++deeds_[std::string(name(s.what))];
  decltype(command::body) body;
  switch (s.what) {
  case batch_wish::again:
    body = as_planned(b.batch);
    break;
  case batch_wish::other_content:
    body = with_other_content(b.batch);
    break;
  case batch_wish::line_alone:
    body = alone(b.batch, s.line, 0);
    break;
  case batch_wish::line_alone_otherwise:
    body = alone(b.batch, s.line, 1);
    break;
  case batch_wish::query:
    body = query_batch_command{b.batch.merchant, b.batch.batch_no};
    break;
  }
  send(s.client, std::move(body), [](const reply&) {});
}

void batch_senders::send(uint32_t client, decltype(command::body) body, std::function<void(const reply&)> then) {
  ++busy_;
  lines_[client]->send(
      {0, 0, std::move(body)},
      [this, then = std::move(then)](const reply& told) {
        --busy_;
        then(told);
      },
      [this] { --busy_; });
}

} // namespace oncepay::sim
