#include "store/faulty_event_log.hpp"

#include "schema/assert.hpp"
#include "store/store_fault.hpp"

namespace oncepay {

faulty_event_log::faulty_event_log(event_log& inner, fault_plan plan)
    : inner_(inner), plan_(plan), chance_(plan.seed) {}

void faulty_event_log::restart(fault_plan plan) {
  // Another seed begins another series of chances; the same one goes on, else every life would fail alike.
  if (plan.seed != plan_.seed)
    chance_ = plan.seed;
  plan_ = plan;
  appends_ = 0;
  failed_ = false;
  if (!written_after_all_.empty()) {
    // It would have been refused before the disk was asked, had it not followed the log.
    const auto written = inner_.append(written_after_all_);
    ONCEPAY_ASSERT(written.has_value());
    written_after_all_.clear();
  }
}

/// splitmix64: small, and the same everywhere.
uint64_t faulty_event_log::draw() {
  uint64_t z = (chance_ += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

store_error faulty_event_log::fail(store_errc code, batch_fate fate, std::span<const append_entry> batch) {
  if (fate == batch_fate::written)
    written_after_all_.assign(batch.begin(), batch.end());
  failed_ = true;
  return {code, "injected: append " + std::to_string(appends_) + " failed"};
}

store_result<log_head> faulty_event_log::append(std::span<const append_entry> batch) {
  if (failed_)
    return store_fault(store_errc::io, "nothing is appended after a failed commit");
  ++appends_;
  if (appends_ == plan_.fail_append_number)
    return tl::unexpected(fail(plan_.code, plan_.fate, batch));
  if (plan_.fail_ppm > 0) {
    constexpr uint64_t million = 1'000'000;
    const uint64_t drawn = draw();
    if (drawn % million < plan_.fail_ppm) {
      // A full disk is noticed before the batch is written, so it is never found there.
      const uint64_t how = (drawn / million) % 3;
      return tl::unexpected(
          fail(how == 0 ? store_errc::full : store_errc::io, how == 2 ? batch_fate::written : batch_fate::lost, batch));
    }
  }
  return inner_.append(batch);
}

store_result<void> faulty_event_log::read(const stream_name& stream, uint32_t from_version,
                                          const decision_visitor& visit) const {
  return inner_.read(stream, from_version, visit);
}

store_result<void> faulty_event_log::read_all(uint64_t from_position, size_t max, const decision_visitor& visit) const {
  return inner_.read_all(from_position, max, visit);
}

store_result<uint32_t> faulty_event_log::version_of(const stream_name& stream) const {
  return inner_.version_of(stream);
}

store_result<std::vector<stream_name>> faulty_event_log::streams_of(stream_kind kind) const {
  return inner_.streams_of(kind);
}

store_result<std::vector<due_entry>> faulty_event_log::due(const due_entry& after, instant until, size_t max) const {
  return inner_.due(after, until, max);
}

log_head faulty_event_log::head() const {
  return inner_.head();
}

store_result<uint64_t> faulty_event_log::fold(size_t max) {
  return inner_.fold(max);
}

uint64_t faulty_event_log::unfolded() const {
  return inner_.unfolded();
}

} // namespace oncepay
