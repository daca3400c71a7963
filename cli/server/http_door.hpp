// A door that speaks HTTP, for whoever serves requests with bodies: bounds on connections, header and body sizes, and
// time. What is answered is the handler's, who may answer later and from another thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace boost::asio {
class io_context;
}

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

struct http_bounds {
  size_t connections_max = 1; ///< One more is cut at once.
  int64_t silence_ms_max = 0; ///< A connection on which no whole request comes for so long is closed.
};

/// All of it on the `io_context`'s one thread; nothing of it, answers that are owed included, may outlive that.
class http_door {
public:
  /// Called at most once, on any thread. Dropped without a call, it cuts the connection.
  using answerer = std::function<void(http_answer)>;
  /// What the question shows is gone when the handler returns.
  using handler = std::function<void(const http_question&, answerer)>;

  /// `turned_away` hears of what never came to be a question: too large, or no HTTP.
  http_door(boost::asio::io_context&, http_bounds, handler, std::function<void()> turned_away = {});
  ~http_door();

  /// Binds HOST:PORT (port 0: any free one) and returns the port; the error is one line that says what to do: where the
  /// port is taken, to choose another with `option`.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port, std::string_view option);

  /// Accepts nobody any more; those who are connected are served on.
  void close();

  /// Answers that are owed, or being written.
  size_t owed() const;

private:
  struct implementation;
  std::shared_ptr<implementation> impl_;
};

} // namespace oncepay::cli
