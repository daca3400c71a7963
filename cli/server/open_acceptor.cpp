#include "cli/server/open_acceptor.hpp"

#include <cstdlib>
#include <string_view>

namespace oncepay::cli {

namespace asio = boost::asio;

tl::expected<uint16_t, std::string> open_acceptor(asio::ip::tcp::acceptor& acceptor, const std::string& host_port,
                                                  std::string_view option) {
  const size_t colon = host_port.rfind(':');
  auto wrong = [&](std::string_view why) {
    return tl::unexpected("can't listen on " + host_port + ": " + std::string(why));
  };
  if (colon == std::string::npos)
    return wrong("give HOST:PORT, for example 127.0.0.1:7400");
  std::string host = host_port.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (failed)
    return wrong("\"" + host + "\" is no IP address");
  char* end = nullptr;
  const long port = std::strtol(host_port.c_str() + colon + 1, &end, 10);
  if (end == host_port.c_str() + colon + 1 || *end != '\0' || port < 0 || port > 65535)
    return wrong("the port must be 0 to 65535");
  const asio::ip::tcp::endpoint endpoint(address, static_cast<uint16_t>(port));
  acceptor.open(endpoint.protocol(), failed);
  if (!failed)
    acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed)
    acceptor.bind(endpoint, failed);
  if (!failed)
    acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed)
    return wrong(failed.message() + (failed == boost::system::errc::too_many_files_open
                                         ? "; raise the limit of open files (ulimit -n)"
                                         : "; choose another with " + std::string(option)));
  return acceptor.local_endpoint().port();
}

} // namespace oncepay::cli
