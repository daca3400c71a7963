// A world in which production actors live: one thread, a scheduler that a seed drives, a clock that stands still until
// the world moves it, a log and views in memory. The same wiring function as the server's.
#pragma once

#include "actors/system.hpp"
#include "schema/limits.hpp"
#include "sim/choice.hpp"
#include "sim/client.hpp"
#include "sim/simulated_clock.hpp"
#include "store/faulty_event_log.hpp"
#include "store/memory_event_log.hpp"
#include "store/payer_vault.hpp"
#include "store/view_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace oncepay::sim {

struct world_options {
  uint64_t seed = 1;
  std::vector<merchant_terms> merchants;
  std::vector<channel_terms> channels;
  uint32_t tickets_total = 1'000;
  uint32_t tickets_in_hand = limits::tickets_in_hand;
  /// As in `context`. So few that entities go from order to order, and what is asked again is read from the log, in
  /// runs of a few orders too.
  size_t quiet_entities_max = 4;
  size_t merchants_max = limits::merchants_max;

  /// As in `context`.
  std::function<tl::expected<bank_ptr, std::string>(const channel_terms&)> open_bank = {};
  std::function<tl::expected<channel_access, std::string>(const channel_terms&)> open_link = {};
  std::function<tl::expected<merchant_access, std::string>(const merchant_id&)> open_merchant = {};
  std::function<int64_t()> commit_takes_us = {};
  /// With names, as a rule file has them.
  std::optional<risk::rules> risk = {};
  /// Told what operators are told.
  std::function<void(severity, std::string_view)> say = {};
  /// False: nothing runs before `begin`.
  bool begin_at_once = true;
};

/// What whoever has payers confirm shares with the server.
signing_keys key_of_confirmers();

class world {
public:
  explicit world(world_options);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Opens a connection. The client stays valid until the world ends; it is closed by a crash.
  client& connect();
  /// The client's connection breaks; it stays valid, closed.
  void disconnect(client&);

  // --- outside the process -------------------------------------------------------------------------------------

  /// Calls back once so much steady time has passed since the world began, between two turns of actors.
  void at(int64_t steady_ns, std::function<void()>);
  /// One turn of an actor; or, where nobody has anything to do, on to the next time somebody has, until `steady_ns`.
  /// False: nothing is left until then, and it is then.
  bool step(int64_t until_steady_ns);

  /// The process dies this instant. Nothing of it goes on until `begin`.
  void kill();
  /// The next process starts on the same log; it is open some steps later.
  void begin();
  bool is_up() const { return system_ != nullptr; }
  bool is_open() const { return is_up() && open_; }
  uint64_t steps() const { return steps_; }

  // --- running -------------------------------------------------------------------------------------------------

  /// Runs until `done` or until `most_ms` of simulated time have passed; true where it was done.
  bool run_until(const std::function<bool()>& done, int64_t most_ms = 120'000);
  /// Runs for so long.
  void run_for(int64_t ms);

  /// Sends a command and runs until its reply is there. Fails the world where none comes.
  reply ask(client&, decltype(command::body) body, uint64_t not_before_position = 0);

  /// The process dies this instant: what isn't in the log is lost, clients' connections with it. Then the next one
  /// starts on the same log.
  void crash();

  /// A channel tells something of its own accord; only while the server is open.
  void tell(channel_notice n) { caf::anon_send(sys_->notices, std::move(n)); }

  /// SIGTERM has come: what is new is refused.
  void begin_stop() { ctx_->stopping->store(true); }

  /// Lets the n-th append from now on fail; the process stops there.
  void fail_append(fault_plan plan) { log_.restart(plan); }
  /// Why the process stopped, where it did by itself.
  const std::string& stopped_because() const { return stopped_; }

  const memory_event_log& log() const { return memory_; }
  /// Appends that were tried; what changes it may have changed the log.
  uint64_t appends() const { return log_.appends(); }
  const view_store& balances_view() const { return *balances_; }
  view_store& trajectory_view() { return *trajectory_; }
  const view_store& trajectory_view() const { return *trajectory_; }
  simulated_clock& clock() { return clock_; }
  const std::vector<std::string>& alarms() const { return alarms_; }
  const recovery& recovered() const { return recovered_; }
  const opening_report& opened() const { return opened_; }
  const payer_vault& vault() const { return vault_; }
  /// What the living process has counted about itself.
  const meters& counted() const { return *ctx_->meters; }
  /// Who has been let in.
  const admission& admitted() const { return *ctx_->admitted; }

private:
  void end();

  world_options options_;
  choice choice_;
  simulated_clock clock_;
  memory_event_log memory_;
  faulty_event_log log_;
  payer_vault vault_;
  std::unique_ptr<view_store> balances_;
  std::unique_ptr<view_store> trajectory_;
  std::vector<std::string> alarms_;
  std::string stopped_;
  recovery recovered_;
  opening_report opened_;
  bool open_ = false;
  bool ending_ = false;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  context_ptr ctx_;
  system_ptr sys_;
  std::vector<std::shared_ptr<client>> clients_;
  std::vector<session_actor> sessions_; ///< Of `clients_`, in their order; null where the connection is gone.
  std::multimap<int64_t, std::function<void()>> agenda_;
  uint64_t steps_ = 0;
};

} // namespace oncepay::sim
