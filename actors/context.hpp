// What actors are given instead of globals: the log, the clock, where to say what goes wrong. Shared and immutable.
#pragma once

#include "actors/actors.hpp"
#include "actors/announcement.hpp"
#include "actors/bank.hpp"
#include "actors/channel_link.hpp"
#include "actors/domain/risk.hpp"
#include "actors/head_bells.hpp"
#include "actors/meters.hpp"
#include "actors/quotas.hpp"
#include "actors/switchboard.hpp"
#include "schema/limits.hpp"
#include "schema/time.hpp"
#include "store/event_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace oncepay {

class payer_vault;
class view_store;

struct context {
  event_log* log = nullptr;
  wall_clock* clock = nullptr;
  const payer_vault* vault = nullptr;
  view_store* balances_view = nullptr;
  view_store* trajectory_view = nullptr;
  std::string environment;
  /// The log was restored from a backup and not released: queries only, nothing is appended.
  bool restored = false;

  /// Says something to operators.
  announce say;

  /// A durable commit failed or a rule of ours was broken: stops the process. Doesn't return in production; a simulator
  /// ends the world's life instead.
  std::function<void(std::string_view why)> fatal;

  /// The bank behind a channel; empty: the virtual one.
  std::function<tl::expected<bank_ptr, std::string>(const channel_terms&)> open_bank;

  /// The way to a channel outside, with its keys; empty: none can be spoken to. The error is one line without secrets.
  std::function<tl::expected<channel_access, std::string>(const channel_terms&)> open_link = {};

  /// The way to a merchant's own service, with its key; empty: none is told. The error as above.
  std::function<tl::expected<merchant_access, std::string>(const merchant_id&)> open_merchant = {};

  /// How long the next durable commit takes. Empty in production, where it takes as long as it takes; a simulator's
  /// disk has no time of its own.
  std::function<int64_t()> commit_takes_us;

  /// Risk rules; null: there are none.
  std::shared_ptr<const risk::rules> risk = {};
  /// What proofs are made with by whoever has payers confirm; empty: nothing proves anything.
  signing_keys confirmed_with = {};

  /// Journal, folder and projections on threads of their own. False in the simulator, which owns the scheduler.
  bool detached = true;

  /// Fewer where passivation is to be met.
  size_t quiet_entities_max = limits::quiet_entities_max;
  /// Fewer where their bound is to be met.
  size_t merchants_max = limits::merchants_max;

  std::shared_ptr<admission> admitted;
  std::shared_ptr<head_bells> bells = std::make_shared<head_bells>();
  std::shared_ptr<oncepay::quotas> quotas = std::make_shared<oncepay::quotas>();
  std::shared_ptr<oncepay::switchboard> switches = std::make_shared<oncepay::switchboard>();
  std::shared_ptr<oncepay::meters> meters = std::make_shared<oncepay::meters>();

  /// Set once the process is going to stop: what is under way is finished, what is new is answered `shutting_down`.
  std::shared_ptr<std::atomic<bool>> stopping = std::make_shared<std::atomic<bool>>(false);
};

using context_ptr = std::shared_ptr<const context>;

/// The standing actors, as `start_system` wired them. Directories by `directory_of`.
struct system_actors {
  std::vector<directory_actor> directories;
  journal_actor journal;
  folder_actor folder;
  router_actor router;
  registry_actor registry;
  risk_actor risk; ///< Null where there are no rules.
  balances_actor balances;
  trajectory_actor trajectory;
  notice_desk_actor notices;
  notifier_actor notifier;
  batch_desk_actor batches;

  const directory_actor& directory_of(const stream_name&) const;
};

using system_ptr = std::shared_ptr<system_actors>;

} // namespace oncepay
