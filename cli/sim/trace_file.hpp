// Lines to a file, buffered: a trace has millions of them.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

class trace_file {
public:
  /// Replaces what is there.
  static tl::expected<trace_file, std::string> create(const std::string& path);

  void add(std::string_view line);

  /// Writes what is buffered and closes the file; the error of this or any earlier line.
  tl::expected<void, std::string> close();

private:
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  trace_file(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, closer> file_;
};

} // namespace oncepay::cli
