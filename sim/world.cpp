#include "sim/world.hpp"

#include "schema/limits.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace oncepay::sim {

namespace {

payer_keys keys_of_the_world() {
  payer_keys keys;
  keys.token.fill(std::byte{1});
  sealing_key key{1, false, {}};
  key.bytes.fill(std::byte{2});
  keys.sealing = {key};
  return keys;
}

caf::scheduler::test_coordinator& coordinator_of(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

} // namespace

world::world(world_options options)
    : options_(std::move(options)), choice_(options_.seed), log_(memory_), vault_(keys_of_the_world()),
      balances_(make_memory_view_store()), trajectory_(make_memory_view_store()) {
  try {
    start();
  } catch (...) {
    // An actor system that still has actors waits for them for ever when it ends.
    end();
    throw;
  }
}

world::~world() {
  end();
}

void world::start() {
  auto& config = *configs_.emplace_back(std::make_unique<caf::actor_system_config>());
  config.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config);

  auto ctx = std::make_shared<context>();
  ctx->log = &log_;
  ctx->clock = &clock_;
  ctx->vault = &vault_;
  ctx->balances_view = balances_.get();
  ctx->trajectory_view = trajectory_.get();
  ctx->environment = "simulated";
  ctx->detached = false;
  ctx->admitted = std::make_shared<admission>(options_.tickets_total);
  ctx->say = [this](severity how, std::string_view text) {
    if (how == severity::alarm)
      alarms_.emplace_back(text);
  };
  ctx->fatal = [this](std::string_view why) {
    if (!ending_ && stopped_.empty())
      stopped_ = why;
  };
  ctx_ = ctx;
  clock_.not_before(log_.head().at);
  sys_ = start_system(*system_, ctx_);
  auto found = recover(*ctx_);
  if (!found)
    throw std::runtime_error(found.error().text);
  recovered_ = *found;
  open_ = false;
  open_for_business(*system_, ctx_, sys_, std::move(*found), {options_.merchants, options_.channels},
                    [this](opening_report report) {
                      opened_ = std::move(report);
                      open_ = true;
                    });
  if (!run_until([this] { return open_; }))
    throw std::runtime_error("the simulated server didn't open");
}

void world::end() {
  ending_ = true;
  for (auto& session : sessions_)
    caf::anon_send_exit(session, caf::exit_reason::kill);
  sessions_.clear();
  for (auto& c : clients_) {
    c->detach();
    c->close();
  }
  stop_system(sys_);
  auto& coordinator = coordinator_of(*system_);
  while (coordinator.has_job())
    coordinator.run_once();
  sys_.reset();
  ctx_.reset();
  system_.reset();
  ending_ = false;
}

void world::crash() {
  // What is in flight may still run while actors are being ended, but nothing of it reaches the disk any more.
  log_.restart({.fail_append_number = 1, .code = store_errc::io, .fate = batch_fate::lost});
  end();
  log_.restart({});
  stopped_.clear();
  start();
}

client& world::connect() {
  auto c = std::make_shared<client>();
  auto session = spawn_session(*system_, ctx_, sys_, c);
  c->attach(session);
  sessions_.push_back(session);
  clients_.push_back(c);
  return *c;
}

bool world::step() {
  auto& coordinator = coordinator_of(*system_);
  if (coordinator.has_job()) {
    auto& jobs = coordinator.jobs;
    // A seeded pick among the runnable; order within a mailbox is kept.
    const auto pick = jobs.begin() + static_cast<std::ptrdiff_t>(choice_.below(jobs.size()));
    std::rotate(jobs.begin(), pick, pick + 1);
    coordinator.run_once();
    return true;
  }
  auto& timers = coordinator.clock().schedule();
  if (timers.empty())
    return false;
  const auto wait = timers.begin()->first - coordinator.clock().now();
  const auto ns = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count());
  clock_.advance_ns(ns);
  coordinator.advance_time(std::chrono::nanoseconds(ns));
  return true;
}

bool world::run_until(const std::function<bool()>& done, int64_t most_ms) {
  const instant limit = plus_ms(clock_.now(), most_ms);
  while (!done()) {
    if (!stopped_.empty() || clock_.now() > limit || !step())
      return done();
  }
  return true;
}

void world::run_for(int64_t ms) {
  run_until([] { return false; }, ms);
}

reply world::ask(client& c, decltype(command::body) body, uint64_t not_before_position) {
  const uint64_t id = c.send({0, not_before_position, std::move(body)});
  if (!run_until([&] { return c.reply_to(id) != nullptr; }))
    throw std::runtime_error("no reply to request " + std::to_string(id) + "; stopped: " + stopped_);
  return *c.reply_to(id);
}

} // namespace oncepay::sim
