// Links to channels over HTTP and HTTPS: one thread, a pool of connections for each channel. What is sent is sent once:
// a request whose first byte was handed to the network is never begun again, whatever became of its connection.
#pragma once

#include "actors/channel_link.hpp"
#include "cli/server/tls.hpp"
#include "schema/http_url.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

struct http_link_options {
  http_url url;
  std::string authorities; ///< PEM: who may vouch for the host; empty: whom this machine trusts.
  size_t connections_max = 1;
  tls_identity identity = {}; ///< What the host is shown where it asks who we are.
};

class outbound {
public:
  outbound();
  outbound(const outbound&) = delete;
  outbound& operator=(const outbound&) = delete;
  ~outbound();

  /// The error is one line.
  tl::expected<channel_link_ptr, std::string> open(http_link_options);

  /// Answers what is under way and ends the thread; from then on nothing leaves. Before the actors end that wait for
  /// answers.
  void stop();

private:
  struct implementation;
  std::shared_ptr<implementation> impl_;
};

} // namespace oncepay::cli
