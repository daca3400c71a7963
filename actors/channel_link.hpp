// The way to a channel outside, or to a merchant's own service: carries one request's bytes there and answers once.
// Knows nothing of payments; what an answer proves is the dialect's, what follows from it the port's or the notifier's.
// A simulator or a test brings its own.
#pragma once

#include "actors/domain/dialect/exchange.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace oncepay {

/// How far a request came.
enum class link_fate : uint8_t {
  never_left = 1, ///< Proven: not one byte of it was handed to the network.
  no_reply,       ///< It left, or may have; no whole reply came back. Nothing is proven.
  replied,        ///< A whole reply came back, from whomever.
};

struct link_request {
  http_request what;
  int64_t leave_within_ms = 0; ///< From now on; later not a byte of it is written any more.
  int64_t reply_within_ms = 0; ///< From now on, in all; later it is given up.
};

struct link_answer {
  link_fate fate = link_fate::no_reply;
  int status = 0; ///< Of a reply.
  std::string body;
  std::string why; ///< Where there is none: what went wrong, for people.
};

class channel_link {
public:
  virtual ~channel_link() = default;

  /// `answered` is called exactly once, on any thread, perhaps before this returns. Nothing is ever sent a second time:
  /// whoever repeats a payment that may have arrived pays twice.
  virtual void carry(link_request, std::function<void(link_answer)> answered) = 0;
};

using channel_link_ptr = std::shared_ptr<channel_link>;

/// A channel outside as a port speaks to it: in which words and with which keys, and through what.
struct channel_access {
  channel_voice voice;
  channel_link_ptr link;
};

/// A merchant's service as the notifier speaks to it.
struct merchant_access {
  std::string path;
  signing_keys keys;
  channel_link_ptr link;
};

} // namespace oncepay
