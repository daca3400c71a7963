#include "sim/plan/trim.hpp"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

namespace oncepay::sim {

void trim(plan& p) {
  std::set<merchant_id> merchants;
  for (const auto& m : p.merchants)
    merchants.insert(m.merchant);
  std::erase_if(p.orders, [&](const planned_order& o) { return !merchants.contains(o.pay.merchant); });

  std::erase_if(p.batches, [&](const planned_batch& b) { return !merchants.contains(b.batch.merchant); });
  for (planned_batch& b : p.batches)
    std::erase_if(b.steps, [&](const planned_batch_step& s) { return s.line >= b.batch.lines.size(); });

  std::set<std::pair<merchant_id, order_no>> sent;
  for (const auto& o : p.orders)
    sent.emplace(o.pay.merchant, o.pay.order_no);
  for (const auto& b : p.batches)
    for (const pay_out_line& line : b.batch.lines)
      sent.emplace(b.batch.merchant, line.order_no);
  const auto nobody_sends = [&](const auto& about) {
    return !sent.contains({about.merchant, about.order_no});
  };
  std::erase_if(p.deeds, nobody_sends);
  std::erase_if(p.expectations, nobody_sends);

  std::set<channel_id> channels;
  for (const auto& c : p.channels)
    channels.insert(c.channel);
  std::erase_if(p.deeds, [&](const planned_deed& d) { return d.attempt_number > channels.size(); });
  std::erase_if(p.disturbances, [&](const disturbance& d) {
    return std::visit(
        [&](const auto& what) {
          if constexpr (std::is_same_v<std::decay_t<decltype(what)>, switch_business>)
            return what.subject == switch_subject::merchant && !merchants.contains(merchant_id::trusted(what.name));
          else if constexpr (requires { what.channel; })
            return !channels.contains(what.channel);
          else
            return false;
        },
        d.what);
  });
  for (auto& e : p.expectations)
    if (e.channel && !channels.contains(*e.channel))
      e.channel.reset();
}

} // namespace oncepay::sim
