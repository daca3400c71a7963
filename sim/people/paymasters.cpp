#include "sim/people/paymasters.hpp"

#include "schema/error.hpp"

#include <utility>

namespace oncepay::sim {

paymasters::paymasters(world& w, const plan& the_plan, std::vector<std::unique_ptr<line>>& lines)
    : world_(w), plan_(the_plan), lines_(lines) {}

void paymasters::begin() {
  for (const planned_batch& b : plan_.batches) {
    later(b.at_us, [this, &b] { pay_out(b, b.tries_max - 1, std::make_shared<bool>(false)); });
    if (b.asks_after_ms != 0)
      later(b.at_us + int64_t{b.asks_after_ms} * 1'000,
            [this, &b] { send(b, query_batch_command{b.what.merchant, b.what.batch_no}, [](const reply&) {}); });
  }
}

void paymasters::pay_out(const planned_batch& b, uint32_t tries_left, const std::shared_ptr<bool>& answered) {
  send(b, b.what, [answered](const reply& r) {
    *answered = *answered || (r.code != errc::processing && advice_for(r.code) != advice::retry);
  });
  if (tries_left > 0)
    later(int64_t{b.retry_after_ms} * 1'000, [this, &b, tries_left, answered] {
      if (!*answered)
        pay_out(b, tries_left - 1, answered);
    });
}

void paymasters::send(const planned_batch& b, decltype(command::body) body,
                      const std::function<void(const reply&)>& then) {
  ++busy_;
  lines_[b.client]->send(
      {0, 0, std::move(body)},
      [this, then](const reply& r) {
        --busy_;
        then(r);
      },
      [this] { --busy_; });
}

void paymasters::later(int64_t in_us, std::function<void()> what) {
  ++busy_;
  world_.at(world_.clock().steady_ns() + in_us * ns_per_us, [this, what = std::move(what)] {
    --busy_;
    what();
  });
}

} // namespace oncepay::sim
