// Where a channel is reached over HTTP, from what people write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

struct http_url {
  bool tls = false;
  std::string host; ///< A name, or an address; of IPv6 without its brackets.
  uint16_t port = 0;
  std::string prefix; ///< What paths are put behind: "" or "/v2".
  bool operator==(const http_url&) const = default;

  /// "https://HOST[:PORT][/PREFIX]"; "http://" only of this very machine, for whoever listens in between could take
  /// every payment for a failed one, or the other way round. The error says what is wrong.
  static tl::expected<http_url, std::string> parse(std::string_view);

  /// "HOST" or "HOST:PORT", as a request's Host field has it.
  std::string host_field() const;
};

} // namespace oncepay
