// A small HTTP server on one thread, with bounds: connections, header and body sizes, time. What it answers is the
// handler's; an answer may come late, or never.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

struct http_question {
  std::string_view method; ///< "GET", "POST".
  std::string_view path;   ///< Without the query.
  std::string_view query;  ///< Behind the question mark.
  std::string_view body;
};

struct http_answer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  int64_t after_ms = 0;
  bool hang_up = false; ///< Cut the connection, without a word.
};

class http_server {
public:
  using handler = std::function<http_answer(const http_question&)>;

  explicit http_server(handler);
  ~http_server();

  /// Binds HOST:PORT (port 0: any free one) and returns the port; the error is one line that says what to do.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port);

  /// Serves until SIGTERM or SIGINT, or until `stop`.
  void run();

  /// From the handler: serve no more.
  void stop();

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace oncepay::cli
