#include "cli/progress.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

using namespace oncepay::cli;

namespace {

constexpr int64_t ms = 1'000'000;

class memory_file {
public:
  memory_file() : file_(open_memstream(&text_, &size_)) { REQUIRE(file_ != nullptr); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() {
    std::fclose(file_);
    std::free(text_);
  }
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    return {text_, size_};
  }

private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

} // namespace

TEST_CASE("progress is silent where nobody watches") {
  memory_file out;
  {
    progress bar("verify", out.file(), false);
    for (int64_t t = 0; t < 60'000; t += 100)
      bar.update({.done = 5, .total = 10, .note = {}}, t * ms);
  }
  CHECK(out.text().empty());
}

TEST_CASE("progress keeps quiet for a second, then draws five times a second, and cleans up") {
  memory_file out;
  {
    progress bar("verify", out.file(), true);
    for (int64_t t = 0; t < 1'000; t += 10)
      bar.update({.done = 1, .total = 10, .note = {}}, t * ms);
    CHECK(out.text().empty());
    for (int64_t t = 1'000; t < 2'000; t += 10)
      bar.update({.done = 5, .total = 10, .note = {}}, t * ms);
  }
  const auto text = out.text();
  size_t drawn = 0;
  for (auto at = text.find("50%"); at != std::string::npos; at = text.find("50%", at + 1))
    ++drawn;
  CHECK(drawn == 5);
  CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("a progress line shows share and time left, or count and rate where the end isn't known") {
  CHECK(render_progress("verify", {.done = 50, .total = 100, .note = "x"}, 5'000 * ms, 200) ==
        "verify  [############............]  50%  5.00 s left  x");
  CHECK(render_progress("submit", {.done = 3'000, .total = 0, .note = {}}, 2'000 * ms, 200) ==
        "submit  3 000  1 500/s");
  CHECK(render_progress("verify", {.done = 200, .total = 100, .note = {}}, 1, 200).find("100%") != std::string::npos);
  CHECK(render_progress("verify", {.done = 50, .total = 100, .note = {}}, 5'000 * ms, 10) == "verify  [#");
}
