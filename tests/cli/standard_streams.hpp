// What a command prints on the process's own streams, for tests of whole commands.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include <unistd.h>

#include <doctest/doctest.h>

namespace oncepay::cli {

/// Redirects one of the process's streams into a file until it is asked for the text or goes.
class captured_stream {
public:
  explicit captured_stream(std::FILE* stream) : stream_(stream), file_(std::tmpfile()) {
    REQUIRE(file_ != nullptr);
    std::fflush(stream_);
    saved_fd_ = dup(fileno(stream_));
    dup2(fileno(file_), fileno(stream_));
  }
  captured_stream(const captured_stream&) = delete;
  captured_stream& operator=(const captured_stream&) = delete;
  ~captured_stream() {
    restore();
    std::fclose(file_);
  }

  std::string text() {
    restore();
    std::string text;
    std::rewind(file_);
    for (int c = 0; (c = std::fgetc(file_)) != EOF;)
      text += static_cast<char>(c);
    return text;
  }

private:
  void restore() {
    if (saved_fd_ < 0)
      return;
    std::fflush(stream_);
    dup2(saved_fd_, fileno(stream_));
    close(saved_fd_);
    saved_fd_ = -1;
  }

  std::FILE* stream_;
  std::FILE* file_;
  int saved_fd_ = -1;
};

template <class Code>
struct printed {
  Code code;
  std::string out;
  std::string err;
};

/// Runs the command and keeps what it printed.
template <class Command>
auto run_captured(Command&& command) -> printed<decltype(command())> {
  captured_stream out(stdout);
  captured_stream err(stderr);
  const auto code = command();
  auto err_text = err.text();
  return {code, out.text(), std::move(err_text)};
}

} // namespace oncepay::cli
