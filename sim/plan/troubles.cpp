#include "sim/plan/troubles.hpp"

#include "sim/plan/arrivals.hpp"
#include "sim/plan/drawn.hpp"
#include "sim/plan/market.hpp"

#include <algorithm>

namespace oncepay::sim {

namespace {

constexpr int64_t us_per_ms = 1'000;

/// Trouble comes within so long after an order, while there is something to disturb: at its arrival, at the bank, at a
/// late answer.
constexpr uint64_t near_us = 3'000'000;
/// This share comes at any time instead, also in the dead of night.
constexpr uint32_t any_time_ppm = 120'000;
/// Where orders come along days, channels are gone so many times as long: for an hour rather than for seconds.
constexpr uint32_t longer_along_days = 600;
/// Of two deaths in a row the first comes at once, and the second while the next process is starting.
constexpr uint64_t at_once_steps_max = 30;
constexpr uint64_t starting_steps_max = 120;

class troubles {
public:
  troubles(const profile_rates& rates, const plan_size& size, const std::vector<channel_terms>& channels,
           const std::vector<merchant_terms>& merchants)
      : traffic_(rates.traffic), rates_(rates.disturbances), size_(size), channels_(channels), merchants_(merchants) {}

  std::vector<disturbance> make() {
    each(rates_.crashes, drawn::crash, [&](choice& c, int64_t at_us) { crashes(c, at_us); });
    each(rates_.failed_commits, drawn::failed_commit, [&](choice& c, int64_t at_us) {
      const auto code = c.chance_ppm(300'000) ? store_errc::full : store_errc::io;
      add(at_us, failed_commit{code, c.chance_ppm(500'000) ? batch_fate::written : batch_fate::lost});
    });
    each(rates_.full_disks, drawn::full_disk,
         [&](choice& c, int64_t at_us) { add(at_us, full_disk{draw_within(c, rates_.full_for_ms)}); });
    each(rates_.slow_commits, drawn::slow_commits, [&](choice& c, int64_t at_us) {
      const uint32_t commit_us = draw_within(c, rates_.slow_commit_us);
      add(at_us, slow_commits{commit_us, draw_within(c, rates_.slow_for_ms)});
    });
    each(rates_.switches, drawn::switches, [&](choice& c, int64_t at_us) {
      const channel_id& channel = any_channel(c);
      add(at_us, switch_channel{channel, false});
      add(at_us + draw_absence_ms(c, rates_.off_for_ms) * us_per_ms, switch_channel{channel, true});
    });
    each(rates_.degrades, drawn::degrades, [&](choice& c, int64_t at_us) {
      switch_business s{switch_subject::method, {}, false};
      if (c.chance_ppm(500'000)) {
        s.name = methods[c.below(methods.size())];
      } else {
        s.subject = switch_subject::merchant;
        s.name = merchant_named(static_cast<uint32_t>(c.between(1, traffic_.merchants))).str();
      }
      add(at_us, s);
      s.on = true;
      add(at_us + draw_absence_ms(c, rates_.off_for_ms) * us_per_ms, s);
    });
    each(rates_.clock_jumps, drawn::clock_jump, [&](choice& c, int64_t at_us) {
      const int64_t by_ms = draw_within(c, rates_.jump_ms);
      add(at_us, clock_jump{c.chance_ppm(rates_.jump_back_ppm) ? -by_ms : by_ms});
    });
    each(rates_.cuts, drawn::cut, [&](choice& c, int64_t at_us) {
      const auto client = static_cast<uint32_t>(c.below(traffic_.clients));
      add(at_us, cut_connection{client, c.chance_ppm(rates_.mid_frame_ppm)});
    });
    each(rates_.outages, drawn::outage, [&](choice& c, int64_t at_us) {
      const channel_id& channel = any_channel(c);
      const auto how = static_cast<outage_kind>(c.below(3));
      add(at_us, channel_outage{channel, how, draw_absence_ms(c, rates_.out_for_ms)});
    });
    each(rates_.pay_out_stops, drawn::pay_out_stops, [&](choice& c, int64_t at_us) {
      switch_pay_outs s = any_pay_outs(c);
      add(at_us, s);
      s.on = true;
      add(at_us + draw_absence_ms(c, rates_.off_for_ms) * us_per_ms, std::move(s));
    });
    std::stable_sort(all_.begin(), all_.end(),
                     [](const disturbance& a, const disturbance& b) { return a.at_us < b.at_us; });
    return std::move(all_);
  }

private:
  template <class Add>
  void each(times often, drawn kind, Add add) {
    const uint64_t count = often.in_any_run + uint64_t{often.per_10k_orders} * size_.orders / 10'000;
    for (uint64_t i = 0; i < count; ++i) {
      choice c = choice_for(size_.seed, kind, i);
      const int64_t at_us = draw_time(c);
      add(c, at_us);
    }
  }

  int64_t draw_time(choice& c) const {
    const int64_t end_us = size_.orders == 0 ? 0 : arrival_us(traffic_, size_, size_.orders - 1);
    if (end_us == 0 || c.chance_ppm(any_time_ppm))
      return static_cast<int64_t>(c.below(static_cast<uint64_t>(end_us) + near_us));
    const auto order = static_cast<uint32_t>(c.below(size_.orders));
    return arrival_us(traffic_, size_, order) + static_cast<int64_t>(c.below(near_us));
  }

  void crashes(choice& c, int64_t at_us) {
    const bool twice = c.chance_ppm(rates_.crash_again_ppm);
    const uint64_t after_steps = c.between(0, twice ? at_once_steps_max : rates_.crash_after_steps_max);
    const uint32_t down_ms = draw_within(c, rates_.down_ms);
    add(at_us, crash{static_cast<uint32_t>(after_steps), down_ms});
    if (!twice)
      return;
    const uint64_t starting_steps = c.between(0, starting_steps_max);
    // Said while the process is still down, it holds for the next one.
    add(at_us + down_ms * us_per_ms * 3 / 4,
        crash{static_cast<uint32_t>(starting_steps), draw_within(c, rates_.down_ms)});
  }

  uint32_t draw_absence_ms(choice& c, from_to range) const {
    return draw_within(c, range) * (size_.days == 0 ? 1 : longer_along_days);
  }

  const channel_id& any_channel(choice& c) const { return channels_[c.below(channels_.size())].channel; }

  switch_pay_outs any_pay_outs(choice& c) const {
    const uint64_t whose = c.below(3);
    if (whose == 0)
      return {};
    if (whose == 1)
      return {false, merchants_[c.below(merchants_.size())].merchant, {}};
    return {false, {}, any_channel(c)};
  }

  template <class What>
  void add(int64_t at_us, What what) {
    all_.push_back({at_us, std::move(what)});
  }

  const traffic_rates& traffic_;
  const disturbance_rates& rates_;
  const plan_size& size_;
  const std::vector<channel_terms>& channels_;
  const std::vector<merchant_terms>& merchants_;
  std::vector<disturbance> all_;
};

} // namespace

std::vector<disturbance> troubles_of(const profile_rates& rates, const plan_size& size,
                                     const std::vector<channel_terms>& channels,
                                     const std::vector<merchant_terms>& merchants) {
  return troubles(rates, size, channels, merchants).make();
}

} // namespace oncepay::sim
