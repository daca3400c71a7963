#include "actors/fail_stop.hpp"
#include "actors/gather.hpp"
#include "actors/journal.hpp"
#include "actors/uptime.hpp"
#include "schema/mutation.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>

namespace oncepay {

namespace {

/// What one commit allows, one message per target.
class continuations {
public:
  void add(append_request& request, uint64_t position, stream_name stream, const system_actors& sys) {
    if (request.submit && mutated(mutation::submit_twice))
      submissions_.to(request.port).submissions.push_back(*request.submit);
    if (request.submit)
      submissions_.to(request.port).submissions.push_back(std::move(*request.submit));
    for (channel_request& r : request.requests)
      requests_.push_back(std::move(r));
    for (delivery& d : request.goes_on)
      deliveries_.push_back(std::move(d));
    for (pending_reply& r : request.replies) {
      r.what.position = position;
      replies_.to(r.to.sink).replies.push_back(std::move(r.what));
    }
    if (request.publish) {
      request.publish->position = position;
      publications_.push_back(std::move(*request.publish));
    }
    if (request.quiet_after) {
      const directory_actor& directory = sys.directory_of(stream);
      quiet_.to(directory).entities.push_back({std::move(stream), request.activation, *request.quiet_after});
    }
    if (request.tell)
      told_.push_back({std::move(request.tell), {position, request.activation}});
  }

  void send(committer_actor::pointer self, const system_actors& sys) {
    // Ports first: the customer waits for the channel.
    submissions_.send_all(self);
    replies_.send_all(self);
    for (channel_request& r : requests_)
      self->send(sys.registry, std::move(r));
    for (publication& p : publications_)
      self->send(sys.registry, std::move(p));
    for (delivery& d : deliveries_) {
      const directory_actor& directory = sys.directory_of(d.to);
      self->send(directory, std::move(d));
    }
    quiet_.send_all(self);
    for (auto& [sink, what] : told_)
      self->send(sink, what);
  }

private:
  gather<submission_sink, submission_batch> submissions_;
  gather<reply_sink, reply_batch> replies_;
  gather<directory_actor, entities_quiet> quiet_;
  std::vector<channel_request> requests_;
  std::vector<publication> publications_;
  std::vector<delivery> deliveries_;
  std::vector<std::pair<committed_sink, committed>> told_;
};

void commit(committer_actor::pointer self, const context_ptr& ctx, const system_ptr& sys, commit_batch& batch) {
  std::vector<append_entry> entries;
  entries.reserve(batch.requests.size());
  uint64_t orders = 0;
  for (append_request& request : batch.requests) {
    orders += request.entry.version == 1 && request.entry.stream.kind() == stream_kind::order ? 1 : 0;
    entries.push_back(std::move(request.entry));
  }
  auto& meters = ctx->meters->committer;
  const int64_t began_ns = uptime_ns(self);
  meters.committing_since_ns.set(static_cast<uint64_t>(began_ns));
  auto head = ctx->log->append(entries);
  if (!head) {
    // Nothing of the batch may have any effect, and nobody may believe that it has: stop, and let a restart find out.
    ctx->fatal("a durable commit failed (" + std::string(name(head.error().code)) + "): " + head.error().text);
    return;
  }
  meters.committing_since_ns.set(0);
  meters.commit_us.add((uptime_ns(self) - began_ns) / ns_per_us);
  meters.decisions.add(static_cast<int64_t>(entries.size()));
  meters.orders.add(orders);
  continuations next;
  uint64_t position = head->position - entries.size();
  for (size_t i = 0; i < batch.requests.size(); ++i)
    next.add(batch.requests[i], ++position, std::move(entries[i].stream), *sys);
  next.send(self, *sys);
  self->send(sys->journal, commit_done{});
  const head_moved moved{head->position};
  if (ctx->bells->folder.ring())
    self->send(sys->folder, moved);
  if (ctx->bells->balances.ring())
    self->send(caf::actor_cast<projection_sink>(sys->balances), moved);
  if (ctx->bells->trajectory.ring())
    self->send(caf::actor_cast<projection_sink>(sys->trajectory), moved);
}

committer_actor::behavior_type committer(committer_actor::pointer self, context_ptr ctx, system_ptr sys) {
  stop_process_on_exception(self, ctx);
  return {[self, ctx, sys](commit_batch& batch) {
    if (ctx->commit_takes_us && !batch.took_its_time) {
      batch.took_its_time = true;
      self->delayed_send(self, std::chrono::microseconds(ctx->commit_takes_us()), std::move(batch));
      return;
    }
    commit(self, ctx, sys, batch);
  }};
}

} // namespace

committer_actor spawn_committer(caf::actor_system& system, context_ptr ctx, system_ptr sys) {
  return ctx->detached ? system.spawn<caf::detached>(committer, ctx, std::move(sys))
                       : system.spawn(committer, ctx, std::move(sys));
}

} // namespace oncepay
