// Merchants' quotas, where every session asks for them: a merchant's requests come over any number of connections. The
// rules stand in domain/quota.hpp; here they are shared. Where nobody has a quota nothing is looked up.
#pragma once

#include "actors/domain/quota.hpp"
#include "schema/command.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include <tl/expected.hpp>

namespace oncepay {

/// Of one merchant. Thread-safe.
class shared_quota {
public:
  explicit shared_quota(quota_terms terms) : rules_(terms) {}

private:
  friend class quotas;
  friend class quota_place;
  std::mutex guard_;
  quota rules_;
  instant told_at_; ///< When operators heard of it last.
};

/// One request under way; it is over when the last holder drops this.
class quota_place {
public:
  explicit quota_place(std::shared_ptr<shared_quota> of) : of_(std::move(of)) {}
  ~quota_place() {
    std::scoped_lock hold(of_->guard_);
    of_->rules_.end();
  }
  quota_place(const quota_place&) = delete;
  quota_place& operator=(const quota_place&) = delete;

private:
  std::shared_ptr<shared_quota> of_;
};

struct quota_refusal {
  uint32_t retry_after_ms = 0;
  bool tell_operators = false; ///< They haven't heard of it for a while.
};

/// Thread-safe.
class quotas {
public:
  /// Somebody has one.
  bool any() const { return bounded_.load(std::memory_order_relaxed) != 0; }

  /// A place for one request, null where this merchant has no quota.
  tl::expected<std::shared_ptr<quota_place>, quota_refusal> ask(const merchant_id&, instant now);

  /// New terms; what is under way by the old ones stays counted.
  void configure(const merchant_terms&);

private:
  std::shared_mutex guard_;
  std::unordered_map<merchant_id, std::shared_ptr<shared_quota>> of_; ///< Never iterated.
  std::atomic<size_t> bounded_{0};                                    ///< How many there are.
};

/// Whose request it is, where it is a merchant's own; null for what operators ask.
const merchant_id* asking_merchant(const command&);

} // namespace oncepay
