#include "sim/plan/batches.hpp"

#include "sim/plan/arrivals.hpp"
#include "sim/plan/customers.hpp"
#include "sim/plan/drawn.hpp"
#include "sim/plan/market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace oncepay::sim {

namespace {

/// The payees of single pay-outs are among these, and so are their amounts: some look alike.
constexpr uint64_t payees = 40;
constexpr uint64_t amounts = 8;
/// A few lines mostly, else a few dozen.
constexpr uint64_t few_lines = 8;
constexpr uint64_t lines_max = 36;

/// Most batches are of somebody who has topped up; the others find too little in their balance, or nothing.
void draw_sender(choice& c, const profile_rates& rates, const plan_size& size, uint32_t number,
                 pay_out_batch_command& batch) {
  constexpr uint32_t back_max = 100;
  batch.merchant = merchant_named(static_cast<uint32_t>(c.between(1, rates.traffic.merchants - 1)));
  batch.currency = currencies.front();
  if (c.below(4) == 0)
    return;
  for (uint32_t n = number; n > 0 && number - n < back_max; --n) {
    const planned_order before = order_of(rates, size, n - 1);
    const auto& served = currencies;
    if (before.pay.top_up && before.pay.to_wallet.empty() &&
        std::find(served.begin(), served.end(), before.pay.amount.currency) != served.end()) {
      batch.merchant = before.pay.merchant;
      batch.currency = before.pay.amount.currency;
      return;
    }
  }
}

/// No two alike: neither number divides how many different lines there are.
void draw_lines(choice& c, uint32_t number, pay_out_batch_command& batch) {
  constexpr uint64_t different = payees * amounts;
  constexpr uint64_t stride = 77;
  static_assert(different % 7 != 0 && different % 11 != 0 && lines_max < different);
  const uint64_t count = c.below(10) < 7 ? c.between(2, few_lines) : c.between(few_lines + 1, lines_max);
  const uint64_t first = c.below(different);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t kind = (first + i * stride) % different;
    batch.lines.push_back({order_no::trusted(fmt::format("b{:06}-{}", number, i + 1)),
                           static_cast<int64_t>(1'000 * (1 + kind / payees)), fmt::format("payee-{}", kind % payees)});
  }
  batch.total_minor = sum_of(batch.lines);
}

/// What whoever made the file got wrong: the total, a line's number, a line twice.
void draw_fault(choice& c, pay_out_batch_command& batch) {
  switch (c.below(20)) {
  case 0:
    batch.total_minor += c.below(2) == 0 ? 1 : -1;
    break;
  case 1:
    batch.lines.back().order_no = batch.lines.front().order_no;
    break;
  case 2:
    batch.lines.back().payee = batch.lines.front().payee;
    batch.lines.back().amount_minor = batch.lines.front().amount_minor;
    batch.total_minor = sum_of(batch.lines);
    break;
  default:
    break;
  }
}

void draw_steps(choice& c, uint32_t clients, planned_batch& b) {
  // Most answers come within a second; a crash, a stop or a slow disk puts them off.
  const auto wish = [&](batch_wish what) {
    b.steps.push_back({static_cast<uint32_t>(c.below(2) == 0 ? c.below(300) : c.below(15'000)), what,
                       static_cast<uint32_t>(c.below(clients)), static_cast<uint32_t>(c.below(b.batch.lines.size()))});
  };
  const auto draw = [&](uint64_t one_in, uint64_t times_max, batch_wish what) {
    if (c.below(one_in) == 0)
      for (uint64_t left = c.between(1, times_max); left > 0; --left)
        wish(what);
  };
  draw(2, 3, batch_wish::again);
  draw(5, 2, batch_wish::other_content);
  draw(3, 2, batch_wish::line_alone);
  draw(4, 2, batch_wish::line_alone_otherwise);
  draw(2, 4, batch_wish::query);
  std::stable_sort(b.steps.begin(), b.steps.end(),
                   [](const auto& one, const auto& other) { return one.after_ms < other.after_ms; });
}

} // namespace

std::optional<planned_batch> batch_beside(const profile_rates& rates, const plan_size& size, uint32_t number) {
  choice c = choice_for(size.seed, drawn::batches, number);
  const customer_rates& habits = rates.customers;
  if (!c.chance_ppm(habits.batches_ppm))
    return std::nullopt;
  planned_batch b;
  b.at_us = arrival_us(rates.traffic, size, number);
  b.client = static_cast<uint32_t>(c.below(rates.traffic.clients));
  b.batch.batch_no = order_no::trusted(fmt::format("b{:06}", number));
  b.batch.method = method_id::trusted(methods[c.below(methods.size())]);
  draw_sender(c, rates, size, number, b.batch);
  draw_lines(c, number, b.batch);
  draw_fault(c, b.batch);
  if (c.chance_ppm(habits.retries_ppm))
    b.tries_max = static_cast<uint32_t>(c.between(2, habits.tries_max));
  b.retry_after_ms = draw_within(c, habits.retry_after_ms);
  draw_steps(c, rates.traffic.clients, b);
  return b;
}

} // namespace oncepay::sim
