// The merchants' customers: send the plan's orders, try again where no answer came, double-click, ask afterwards, try
// the same number with another amount - and give up. Merchants give money back, and close what their customers left.
#pragma once

#include "sim/people/line.hpp"
#include "sim/plan/plan.hpp"
#include "sim/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace oncepay::sim {

class customers {
public:
  /// All outlive this.
  customers(world&, const plan&, std::vector<std::unique_ptr<line>>& lines);

  /// Begins to send, at the plan's times from now on; orders due later than `until_us` aren't sent.
  void begin(int64_t until_us);

  /// Everybody has sent what they wanted and has an answer, or has given up.
  bool done() const { return next_ == end_ && busy_ == 0; }
  uint64_t sent() const { return next_; }
  /// The last code an order's customer was told; `processing` where none came.
  errc last_answer(size_t order) const { return progress_[order].last; }

private:
  struct progress {
    errc last = errc::processing;
    uint8_t tries = 0;
    uint8_t under_way = 0; ///< Requests that aren't answered yet.
    bool settled = false;  ///< Got an answer that needs no other try.
    instant expires_at = {};
  };

  void send_what_is_due();
  void pay(size_t order);
  void told(size_t order, const reply&);
  void lost(size_t order);
  void try_again_later(size_t order);
  void afterwards(size_t order);
  void expect_more(size_t order);
  void refund(size_t order, size_t which, uint32_t tries_left);
  void close(size_t order);
  void confirm(size_t order, bool genuine, uint32_t tries_left);
  void later(uint32_t in_ms, std::function<void()>);
  decltype(command::body) body_of(size_t order, pay_command content) const;
  void send(size_t order, decltype(command::body) body, line::answered);

  world& world_;
  const plan& plan_;
  std::vector<std::unique_ptr<line>>& lines_;
  std::vector<progress> progress_;
  int64_t began_ns_ = 0;
  size_t next_ = 0;
  size_t end_ = 0;
  uint64_t busy_ = 0; ///< Requests under way and tries to come.
};

} // namespace oncepay::sim
