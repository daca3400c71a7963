#include "sim/plan/profile.hpp"

#include "sim/plan/batches.hpp"
#include "sim/plan/customers.hpp"
#include "sim/plan/market.hpp"
#include "sim/plan/rates.hpp"
#include "sim/plan/troubles.hpp"

#include <array>
#include <utility>

namespace oncepay::sim {

namespace {

profile_entry entry_of(profile p) {
  const profile_rates& rates = rates_of(p);
  return {p, rates.name, rates.summary};
}

} // namespace

std::span<const profile_entry> profiles() {
  static const std::array all{entry_of(profile::calm),   entry_of(profile::promotion), entry_of(profile::storm),
                              entry_of(profile::outage), entry_of(profile::liar),      entry_of(profile::disk),
                              entry_of(profile::crash),  entry_of(profile::clock)};
  return all;
}

std::optional<profile> parse_profile(std::string_view name) {
  for (const profile_entry& p : profiles()) {
    if (p.name == name)
      return p.what;
  }
  return std::nullopt;
}

std::string_view name(profile p) {
  return rates_of(p).name;
}

plan make_plan(profile p, const plan_size& size) {
  const profile_rates& rates = rates_of(p);
  plan made;
  made.seed = size.seed;
  made.name = rates.name;
  made.merchants = merchants_of(rates, size.seed);
  made.channels = channels_of(rates, size.seed);
  made.clients = rates.traffic.clients;
  made.tickets_total = rates.tickets_total;
  made.commit = rates.commit;
  made.link = rates.link;
  made.lies = rates.lies;
  made.people = rates.people;
  if (rates.traffic.risky)
    made.risk = risk_rules_of();
  made.settle_ms = rates.settle_ms;
  made.orders.reserve(size.orders);
  for (uint32_t i = 0; i < size.orders; ++i)
    made.orders.push_back(order_of(rates, size, i));
  for (uint32_t i = 0; i < size.orders; ++i)
    if (auto batch = batch_beside(rates, size, i))
      made.batches.push_back(std::move(*batch));
  made.disturbances = troubles_of(rates, size, made.channels, made.merchants);
  return made;
}

} // namespace oncepay::sim
