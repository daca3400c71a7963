// Where a server listens: HOST:PORT as people write it, to an open socket.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Opens the acceptor on HOST:PORT (an IP address; port 0: any free one) and returns the port. The error is one line
/// that says what to do; `option` is how another address is given, "--listen".
tl::expected<uint16_t, std::string> listen_on(boost::asio::ip::tcp::acceptor&, const std::string& host_port,
                                              std::string_view option);

} // namespace oncepay::cli
