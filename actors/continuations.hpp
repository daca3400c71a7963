// What a commit allows, and whom it is sent to.
#pragma once

#include "actors/context.hpp"
#include "actors/gather.hpp"
#include "schema/mutation.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>
#include <vector>

namespace oncepay {

/// What one commit allows, one message per target. Used again for the next commit.
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
      ++quiet_ones_;
    }
    if (request.tell)
      told_.push_back({std::move(request.tell), {position, request.activation}});
  }

  /// Nobody waits to hear who is quiet: that is gathered over several commits, until there are `quiet_at_once` of them.
  void send(journal_actor::pointer self, const system_actors& sys, size_t quiet_at_once) {
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
    for (auto& [sink, what] : told_)
      self->send(sink, what);
    if (quiet_ones_ >= quiet_at_once) {
      quiet_.send_all(self);
      quiet_ones_ = 0;
    }
    requests_.clear();
    publications_.clear();
    deliveries_.clear();
    told_.clear();
  }

private:
  gather<submission_sink, submission_batch> submissions_;
  gather<reply_sink, reply_batch> replies_;
  gather<directory_actor, entities_quiet> quiet_;
  size_t quiet_ones_ = 0;
  std::vector<channel_request> requests_;
  std::vector<publication> publications_;
  std::vector<delivery> deliveries_;
  std::vector<std::pair<committed_sink, committed>> told_;
};

} // namespace oncepay
