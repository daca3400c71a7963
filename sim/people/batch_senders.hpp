// Those who pay out by batches: send the plan's batches, again where no answer came, over other connections and with
// other content; send a line by itself; ask how a batch stands, whether it was ever accepted or not.
#pragma once

#include "sim/people/line.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace oncepay::sim {

class batch_senders {
public:
  /// All outlive this.
  batch_senders(world& w, const plan& p, std::vector<std::unique_ptr<line>>& lines)
      : world_(w), plan_(p), lines_(lines) {}

  /// Begins to send, at the plan's times from now on; batches due later than `until_us` aren't sent.
  void begin(int64_t until_us);

  /// Everybody has sent what he wanted and has an answer, or has given up.
  bool done() const { return busy_ == 0; }
  /// How often what was done.
  const std::map<std::string, uint64_t>& deeds() const { return deeds_; }

private:
  void try_to_send(const planned_batch&, uint32_t tries_left);
  void take(const planned_batch_step&, const planned_batch&);
  void send(uint32_t client, decltype(command::body), std::function<void(const reply&)> then);
  void later(int64_t at_ns, std::function<void()>);

  world& world_;
  const plan& plan_;
  std::vector<std::unique_ptr<line>>& lines_;
  uint64_t busy_ = 0; ///< Requests under way, and what is still to be sent.
  std::map<std::string, uint64_t> deeds_;
};

} // namespace oncepay::sim
