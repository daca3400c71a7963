// Counts the answers of one handler. They come in runs - hundreds of payments of one commit, answered alike - and a run
// costs what one answer would.
#pragma once

#include "actors/meters.hpp"

#include <cstdint>

namespace oncepay {

class answer_tally {
public:
  explicit answer_tally(meters::session_meters& to) : to_(to) {}
  answer_tally(const answer_tally&) = delete;
  answer_tally& operator=(const answer_tally&) = delete;
  ~answer_tally() { flush(); }

  /// An answer that took so long since its command was read.
  void add(size_t operation, errc code, int64_t took_us) {
    const size_t bucket = histogram<answer_bounds_us>::bucket_of(took_us);
    if (n_ > 0 && (operation != operation_ || code != code_ || bucket != bucket_))
      flush();
    operation_ = operation;
    code_ = code;
    bucket_ = bucket;
    ++n_;
    sum_us_ += took_us;
  }

  /// Before the answers leave: who has one may look whether it was counted.
  void flush() {
    if (n_ == 0)
      return;
    to_.answers[operation_][static_cast<size_t>(code_)].add(n_);
    to_.answer_us[operation_].add(bucket_, n_, sum_us_);
    n_ = 0;
    sum_us_ = 0;
  }

private:
  meters::session_meters& to_;
  size_t operation_ = 0;
  errc code_ = errc::ok;
  size_t bucket_ = 0;
  uint64_t n_ = 0;
  int64_t sum_us_ = 0;
};

} // namespace oncepay
