#include "actors/system.hpp"

#include "actors/batch_desk.hpp"
#include "actors/directory.hpp"
#include "actors/journal.hpp"
#include "actors/notice_desk.hpp"
#include "actors/notifier.hpp"
#include "actors/projections.hpp"
#include "actors/risk_desk.hpp"
#include "actors/routing.hpp"
#include "schema/limits.hpp"

#include <caf/send.hpp>

namespace oncepay {

system_ptr start_system(caf::actor_system& system, const context_ptr& ctx) {
  auto sys = std::make_shared<system_actors>();
  sys->folder = spawn_folder(system, ctx);
  sys->balances = spawn_balances(system, ctx);
  sys->trajectory = spawn_trajectory(system, ctx);
  sys->router = spawn_router(system, ctx);
  sys->journal = spawn_journal(system, ctx, sys);
  if (ctx->risk)
    sys->risk = spawn_risk_desk(system, ctx);
  sys->registry = spawn_registry(system, ctx, sys);
  for (size_t i = 0; i < limits::directories; ++i)
    sys->directories.push_back(spawn_directory(system, ctx, sys, i));
  sys->notices = spawn_notice_desk(system, ctx, sys);
  sys->notifier = spawn_notifier(system, ctx, sys);
  sys->batches = spawn_batch_desk(system, ctx, sys);
  return sys;
}

void stop_system(const system_ptr& sys) {
  constexpr auto why = caf::exit_reason::user_shutdown;
  caf::anon_send_exit(sys->notices, why);
  for (const directory_actor& d : sys->directories)
    caf::anon_send_exit(d, why);
  caf::anon_send_exit(sys->batches, why);
  caf::anon_send_exit(sys->notifier, why);
  caf::anon_send_exit(sys->registry, why);
  if (sys->risk)
    caf::anon_send_exit(sys->risk, why);
  caf::anon_send_exit(sys->router, why);
  caf::anon_send_exit(sys->journal, why);
  caf::anon_send_exit(sys->folder, why);
  caf::anon_send_exit(sys->balances, why);
  caf::anon_send_exit(sys->trajectory, why);
}

} // namespace oncepay
