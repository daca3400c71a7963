// Opening a listening socket from what people write.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Binds HOST:PORT (port 0: any free one), listens, and returns the port; the error is one line that says what to do.
tl::expected<uint16_t, std::string> open_acceptor(boost::asio::ip::tcp::acceptor&, const std::string& host_port);

} // namespace oncepay::cli
