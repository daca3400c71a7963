// Operators who find out what became of something in doubt, and rule on it: one proposes, another one approves. They
// look into the bank's own book, as people would with a statement in their hands, so that mostly they are right; some
// are mistaken and rule the opposite. Some try to approve alone, some name a proposal that nobody made, some withdraw
// what they proposed. What they are told decides what they do next; a broken line makes them ask again.
#pragma once

#include "schema/decision.hpp"
#include "sim/bank/lying_bank.hpp"
#include "sim/check/history.hpp"
#include "sim/people/line.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace oncepay::sim {

class rulers {
public:
  /// All of them outlive this.
  rulers(world&, const plan&, line& their_line, banks&, const history&);

  /// A decision is durable, and in the history.
  void learn(const recorded_decision&);
  /// Nobody is at work on a ruling.
  bool done() const { return at_work_ == 0; }
  /// How often what was done.
  const std::map<std::string, uint64_t>& deeds() const { return deeds_; }

private:
  struct task;
  using task_ptr = std::shared_ptr<task>;

  void find_out(const task_ptr&);
  void propose(const task_ptr&);
  void proposed(const task_ptr&, const reply&);
  void answer(const task_ptr&, const ruling_id&, bool approve, const std::string& who,
              const std::function<void(const reply&)>& then);
  void later(int64_t ms, std::function<void()>);
  /// `then` gets the answer that settles it; who is put off, or whose line broke, asks again.
  void send(const task_ptr&, command, std::function<void(const reply&)> then);
  void end(std::string_view how);

  world& world_;
  const plan& plan_;
  line& line_;
  banks& banks_;
  const history& history_;
  size_t at_work_ = 0;
  std::map<std::string, uint64_t> deeds_;
};

} // namespace oncepay::sim
