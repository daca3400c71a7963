// Opening a listening socket from what people write.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Binds HOST:PORT (port 0: any free one), listens, and returns the port. The error is one line that says what to do:
/// where the port is taken, to choose another with `option`.
tl::expected<uint16_t, std::string> open_acceptor(boost::asio::ip::tcp::acceptor&, const std::string& host_port,
                                                  std::string_view option = "--listen");

} // namespace oncepay::cli
