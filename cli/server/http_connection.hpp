// One connection to a channel, with TLS or without, and what is done with it before and after a request.
#pragma once

#include "schema/http_url.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <chrono>
#include <sys/socket.h>
#include <utility>

namespace oncepay::cli {

class http_connection {
public:
  using stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  using response_parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
  static constexpr uint32_t header_bytes_max = 8 * 1024;

  http_connection(boost::asio::io_context& io, boost::asio::ssl::context& trust, const http_url& url)
      : tls_(url.tls), stream_(io, trust) {
    if (!tls_)
      return;
    stream_.set_verify_callback(boost::asio::ssl::host_name_verification(url.host));
    boost::system::error_code is_name;
    boost::asio::ip::make_address(url.host, is_name);
    if (is_name) // an address is no name to ask for
      ::SSL_set_tlsext_host_name(stream_.native_handle(), url.host.c_str());
  }

  template <class Endpoints, class Then>
  void connect(const Endpoints& endpoints, Then then) {
    tcp().async_connect(endpoints,
                        [this, then = std::move(then)](boost::system::error_code failed, const auto&) mutable {
                          boost::system::error_code ignored;
                          if (!failed)
                            tcp().socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
                          if (failed || !tls_)
                            return then(failed);
                          stream_.async_handshake(boost::asio::ssl::stream_base::client, std::move(then));
                        });
  }

  template <class Request, class Then>
  void write(const Request& request, Then then) {
    if (tls_)
      boost::beast::http::async_write(stream_, request, std::move(then));
    else
      boost::beast::http::async_write(tcp(), request, std::move(then));
  }

  template <class Then>
  void read(response_parser& parser, Then then) {
    if (tls_)
      boost::beast::http::async_read(stream_, buffer_, parser, std::move(then));
    else
      boost::beast::http::async_read(tcp(), buffer_, parser, std::move(then));
  }

  /// What is under way on it ends with an error.
  void close() { tcp().close(); }

  /// Nothing has come since the last reply: neither its end nor anything that nobody asked for, read already or not.
  bool is_quiet() {
    char byte = 0;
    if (tls_ && (::SSL_has_pending(stream_.native_handle()) != 0 ||
                 ::BIO_ctrl_pending(::SSL_get_rbio(stream_.native_handle())) != 0))
      return false;
    return buffer_.size() == 0 && ::recv(tcp().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  std::chrono::steady_clock::time_point idle_since{};

private:
  boost::beast::tcp_stream& tcp() { return stream_.next_layer(); }

  bool tls_;
  stream stream_;
  boost::beast::flat_buffer buffer_{limits::message_bytes_max + header_bytes_max};
};

} // namespace oncepay::cli
