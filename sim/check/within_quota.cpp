// A merchant with a quota opens no more orders than its requests a second allow, and that many at one instant more:
// whoever relies on a quota relies on it when somebody floods. What else a merchant asks for counts too, so that orders
// alone can't come to more.
//
// Each quota is a bucket here again, filled by recorded time and emptied by what was opened. A restart fills it.
#include "sim/check/checkers.hpp"

#include <algorithm>
#include <map>

namespace oncepay::sim {

namespace {

constexpr int64_t whole = 1'000'000;
/// Decisions become durable in another order than they entered; by so many a bucket may seem to be short of.
constexpr int64_t out_of_order = 3 * whole;

class within_quota final : public checker {
public:
  std::string_view name() const override { return "within-quota"; }

  void decided(const recorded_decision& r, const history&) override {
    const decision& d = r.decision;
    if (d.stream.kind() == stream_kind::merchant)
      return learn(d);
    if (buckets_.empty() || d.stream.kind() != stream_kind::order)
      return;
    for (const event& e : d.events)
      if (std::holds_alternative<order_opened>(e))
        take(r);
  }

  void crashed(instant) override { fill(); }
  void clock_jumped(instant) override { fill(); }

private:
  struct bucket {
    int64_t per_s = 0;
    int64_t full = 0;
    int64_t left = 0;
    instant at;
  };

  void learn(const decision& d) {
    auto* configured = std::get_if<merchant_input>(&d.input);
    if (configured == nullptr)
      return;
    const merchant_terms& t = configured->terms;
    if (t.requests_per_s_max == 0) {
      buckets_.erase(t.merchant);
      return;
    }
    const int64_t burst = t.requests_burst_max == 0 ? t.requests_per_s_max : t.requests_burst_max;
    buckets_[t.merchant] = {t.requests_per_s_max, burst * whole, burst * whole, d.at};
  }

  void take(const recorded_decision& r) {
    auto it = buckets_.find(merchant_id::trusted(r.decision.stream.part(0)));
    if (it == buckets_.end())
      return;
    bucket& b = it->second;
    // An hour fills any; its product still fits.
    const int64_t us = std::clamp<int64_t>((r.decision.at.ns - b.at.ns) / ns_per_us, 0, 3'600'000'000);
    b.left = std::min(b.full, b.left + us * b.per_s);
    b.at = std::max(b.at, r.decision.at);
    b.left -= whole;
    if (b.left < -out_of_order)
      report("position " + std::to_string(r.position) + " opens " + r.decision.stream.display() +
                 ", and its merchant has " + std::to_string(b.per_s) + " requests a second, " +
                 std::to_string(b.full / whole) + " at one instant: more were let in",
             r.decision.stream);
  }

  void fill() {
    for (auto& [merchant, b] : buckets_)
      b.left = b.full;
  }

  std::map<merchant_id, bucket> buckets_;
};

} // namespace

checker_ptr make_within_quota() {
  return std::make_unique<within_quota>();
}

} // namespace oncepay::sim
