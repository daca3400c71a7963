// Which payments a load consists of. The n-th payment of a seed is always the same one and no two of them share an
// order number, so that nothing about payments under way has to be remembered, and a run can be sent a second time.
#pragma once

#include "schema/command.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace oncepay::cli {

enum class mix_shape : uint8_t {
  uniform, ///< Every merchant as often as any other.
  zipf,    ///< The k-th merchant in proportion to 1 / k^0.99, as web shops are visited.
  hot,     ///< All to the first one.
};

struct mix_plan {
  mix_shape shape = mix_shape::uniform;
  uint64_t seed = 1;
  uint32_t merchants = 1'000; ///< Named prefix + 1, prefix + 2, ….
  std::string merchant_prefix = "bench-";
  oncepay::currency currency;
  method_id method;
  uint32_t payers = 0; ///< Different ones; 0: payments name none.
  instant placed_at;
};

class payment_mix {
public:
  /// The prefix and the largest number together are a merchant id.
  explicit payment_mix(mix_plan);

  pay_command payment(uint64_t n) const;
  /// The k-th, from 0.
  merchant_id merchant(uint32_t k) const;
  /// How many of the merchants payments go to.
  uint32_t merchants_used() const { return plan_.shape == mix_shape::hot ? 1 : plan_.merchants; }

private:
  uint32_t merchant_of(uint64_t chance) const;

  mix_plan plan_;
  std::vector<double> zipf_; ///< Cumulative weights.
};

} // namespace oncepay::cli
