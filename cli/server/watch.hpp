// What a running server answers those who watch it: `/metrics`, `/healthz`, `/readyz`.
#pragma once

#include "actors/context.hpp"
#include "cli/server/gateway.hpp"
#include "cli/server/head_history.hpp"
#include "cli/server/readiness.hpp"
#include "cli/server/server_log.hpp"
#include "cli/server/status_server.hpp"
#include "store/lmdb_event_log.hpp"

#include <cstdint>
#include <vector>

namespace oncepay::cli {

/// On the I/O thread. What it is given outlives it.
class watch {
public:
  watch(context_ptr, const lmdb_event_log&, const server_log&, const gateway&);

  /// Once a second, so that lags can be told in time.
  void note_head();

  status_page answer(const status_request&) const;

private:
  std::vector<follower_lag> followers() const;
  readiness_facts facts() const;
  status_page metrics() const;

  context_ptr ctx_;
  const lmdb_event_log& log_;
  const server_log& messages_;
  const gateway& doors_;
  head_history heads_;
  double started_at_s_;
};

} // namespace oncepay::cli
