// Merchants that pay out in batches: send the plan's batches, try again where no answer came, and ask how they stand.
#pragma once

#include "sim/people/line.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace oncepay::sim {

class paymasters {
public:
  /// All outlive this.
  paymasters(world&, const plan&, std::vector<std::unique_ptr<line>>& lines);

  /// Begins to send, at the plan's times from now on.
  void begin();

  /// Every batch was sent and answered, or given up.
  bool done() const { return busy_ == 0; }

private:
  void pay_out(const planned_batch&, uint32_t tries_left, const std::shared_ptr<bool>& answered);
  void send(const planned_batch&, decltype(command::body), const std::function<void(const reply&)>&);
  void later(int64_t in_us, std::function<void()>);

  world& world_;
  const plan& plan_;
  std::vector<std::unique_ptr<line>>& lines_;
  uint64_t busy_ = 0; ///< Requests under way and tries to come.
};

} // namespace oncepay::sim
