// Everybody who watches a run: hands what happens to each checker, numbers requests over the whole run, and collects
// what the checkers report.
#pragma once

#include "sim/check/checker.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace oncepay::sim {

class watchers {
public:
  watchers(std::vector<std::unique_ptr<checker>> checkers, std::function<void(violation)> sink)
      : checkers_(std::move(checkers)) {
    for (auto& c : checkers_)
      c->report_to(sink);
  }

  /// One more, from the beginning on.
  void add(std::unique_ptr<checker> another, std::function<void(violation)> sink) {
    checkers_.push_back(std::move(another));
    checkers_.back()->report_to(std::move(sink));
  }

  /// A request's number.
  uint64_t next_number() { return ++requests_; }

  /// Calls the same member of each checker.
  template <class Member, class... Args>
  void tell(Member member, const Args&... args) {
    for (auto& c : checkers_)
      ((*c).*member)(args...);
  }

private:
  std::vector<std::unique_ptr<checker>> checkers_;
  uint64_t requests_ = 0;
};

} // namespace oncepay::sim
