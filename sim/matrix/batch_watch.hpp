// What becomes of a batch, in the judge's own words: it is opened and handed out once, each of its lines has an order
// or was refused, and its merchant is told so.
#pragma once

#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"
#include "sim/check/history.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace oncepay::sim::matrix {

class batch_watch {
public:
  void decided(const recorded_decision&);
  void told(const reply&);

  /// So many of its lines have orders by now.
  uint32_t lines_open() const { return lines_open_; }

  /// What doesn't fit, a sentence each.
  std::vector<std::string> faults(const pay_out_batch_command&, const history&) const;

private:
  uint32_t opened_ = 0;
  uint32_t handed_out_ = 0;
  uint32_t lines_open_ = 0;
  std::vector<order_no> lines_;
  std::vector<uint16_t> refusals_;
  bool was_told_ = false;
  std::map<order_no, errc> told_; ///< What is final.
};

} // namespace oncepay::sim::matrix
