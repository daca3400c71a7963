#include "sim/world.hpp"

#include "schema/limits.hpp"

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
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

} // namespace

signing_keys key_of_confirmers() {
  return {"a key that payers' banks have", {}, {}};
}

namespace {

caf::scheduler::test_coordinator& coordinator_of(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

} // namespace

world::world(world_options options)
    : options_(std::move(options)), choice_(options_.seed), log_(memory_), vault_(keys_of_the_world()),
      balances_(make_memory_view_store()), trajectory_(make_memory_view_store()) {
  if (!options_.begin_at_once)
    return;
  try {
    begin();
    if (!run_until([this] { return open_; }))
      throw std::runtime_error("the simulated server didn't open");
  } catch (...) {
    // An actor system that still has actors waits for them for ever when it ends.
    end();
    throw;
  }
}

world::~world() {
  end();
}

void world::begin() {
  config_ = std::make_unique<caf::actor_system_config>();
  config_->set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(*config_);
  stopped_.clear();
  log_.restart({});
  clock_.restart();

  auto ctx = std::make_shared<context>();
  ctx->log = &log_;
  ctx->clock = &clock_;
  ctx->vault = &vault_;
  ctx->balances_view = balances_.get();
  ctx->trajectory_view = trajectory_.get();
  ctx->environment = "simulated";
  ctx->detached = false;
  ctx->quiet_entities_max = options_.quiet_entities_max;
  ctx->merchants_max = options_.merchants_max;
  ctx->open_bank = options_.open_bank;
  ctx->open_link = options_.open_link;
  ctx->open_merchant = options_.open_merchant;
  ctx->commit_takes_us = options_.commit_takes_us;
  if (options_.risk) {
    ctx->risk = std::make_shared<const risk::rules>(
        risk::hashed(*options_.risk, [this](std::string_view name) { return vault_.token(name); }));
    ctx->confirmed_with = key_of_confirmers();
  }
  ctx->admitted = std::make_shared<admission>(options_.tickets_total, options_.tickets_in_hand);
  ctx->say = [this](severity how, topic, std::string_view text) {
    if (how == severity::alarm)
      alarms_.emplace_back(text);
    if (options_.say && !ending_)
      options_.say(how, text);
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
}

void world::end() {
  if (!system_)
    return;
  ending_ = true;
  open_ = false;
  for (auto& c : clients_) {
    c->detach();
    c->on_close(nullptr); // Nobody closes it; whoever let the process die sees to its clients.
    c->close();
  }
  for (auto& session : sessions_)
    if (session)
      caf::anon_send_exit(session, caf::exit_reason::kill);
  sessions_.clear();
  sessions_.resize(clients_.size());
  stop_system(sys_);
  auto& coordinator = coordinator_of(*system_);
  while (coordinator.has_job())
    coordinator.run_once();
  sys_.reset();
  ctx_.reset();
  system_.reset();
  ending_ = false;
}

void world::kill() {
  // What is in flight may still run while actors are being ended, but nothing of it reaches the disk any more.
  log_.restart({.fail_append_number = 1, .code = store_errc::io, .fate = batch_fate::lost});
  end();
}

void world::crash() {
  kill();
  begin();
  if (!run_until([this] { return open_; }))
    throw std::runtime_error("the simulated server didn't open");
}

client& world::connect() {
  auto c = std::make_shared<client>();
  auto session = spawn_session(*system_, ctx_, sys_, c);
  c->attach(session);
  sessions_.push_back(session);
  clients_.push_back(c);
  return *c;
}

void world::disconnect(client& c) {
  const auto found =
      std::find_if(clients_.begin(), clients_.end(), [&](const auto& known) { return known.get() == &c; });
  auto& session = sessions_[static_cast<size_t>(found - clients_.begin())];
  c.detach();
  c.close();
  if (session)
    caf::anon_send(session, connection_closed{});
  session = nullptr;
}

void world::at(int64_t steady_ns, std::function<void()> then) {
  agenda_.emplace(steady_ns, std::move(then));
}

bool world::step(int64_t until_steady_ns) {
  if (is_up()) {
    auto& coordinator = coordinator_of(*system_);
    if (auto& jobs = coordinator.jobs; !jobs.empty()) {
      // A seeded pick among the runnable; order within a mailbox is kept.
      std::swap(jobs.front(), jobs[choice_.below(jobs.size())]);
      ++steps_;
      coordinator.run_once();
      return true;
    }
  }
  constexpr auto never = std::numeric_limits<int64_t>::max();
  int64_t timer_in_ns = never;
  if (is_up()) {
    auto& clock = coordinator_of(*system_).clock();
    if (auto& timers = clock.schedule(); !timers.empty())
      timer_in_ns = std::max<int64_t>(
          0, std::chrono::duration_cast<std::chrono::nanoseconds>(timers.begin()->first - clock.now()).count());
  }
  const int64_t now = clock_.steady_ns();
  const int64_t agenda_in_ns = agenda_.empty() ? never : std::max<int64_t>(0, agenda_.begin()->first - now);
  const int64_t end_in_ns = std::max<int64_t>(0, until_steady_ns - now);
  const int64_t ns = std::min({timer_in_ns, agenda_in_ns, end_in_ns});
  clock_.advance_ns(ns);
  if (is_up())
    coordinator_of(*system_).advance_time(std::chrono::nanoseconds(ns));
  if (agenda_in_ns == ns) {
    auto then = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    then();
    return true;
  }
  return timer_in_ns == ns;
}

bool world::run_until(const std::function<bool()>& done, int64_t most_ms) {
  const int64_t limit = clock_.steady_ns() + most_ms * ns_per_ms;
  while (!done()) {
    if (!stopped_.empty() || !step(limit))
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
