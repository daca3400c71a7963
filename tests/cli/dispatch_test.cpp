#include "cli/dispatch.hpp"

#include "cli/nearest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <memory>

using namespace oncepay::cli;

namespace {

/// What a run printed, and what it returned.
struct outcome {
  exit_code code = exit_code::ok;
  std::string out;
  std::string err;
};

/// A stream that keeps what is printed to it.
class captured_file {
public:
  captured_file() : file_(open_memstream(&text_, &size_)) { REQUIRE(file_ != nullptr); }
  captured_file(const captured_file&) = delete;
  captured_file& operator=(const captured_file&) = delete;
  ~captured_file() {
    std::fclose(file_);
    std::free(text_);
  }
  std::FILE* file() { return file_; }
  std::string str() {
    std::fflush(file_);
    return {text_, size_};
  }

private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

arguments given_to_pay;

exit_code pay(const arguments& args) {
  given_to_pay = args;
  return exit_code::negative;
}

exit_code must_not_run(const arguments&) {
  FAIL("another command ran");
  return exit_code::internal;
}

outcome run(const arguments& args) {
  static constexpr std::array entries{command_entry{"serve", "runs the server", must_not_run},
                                      command_entry{"pay", "pays once", pay}};
  captured_file out, err;
  outcome result;
  result.code = dispatch(entries, args, "1.2.3", out.file(), err.file());
  result.out = out.str();
  result.err = err.str();
  return result;
}

} // namespace

TEST_CASE("the named command gets the words after its name, and its exit code is the program's") {
  given_to_pay.clear();
  CHECK(run({"pay", "--amount", "1.00"}).code == exit_code::negative);
  CHECK(given_to_pay == arguments{"--amount", "1.00"});
}

TEST_CASE("help goes to stdout, lists every command and every exit code, and is no failure") {
  const auto result = run({"--help"});
  CHECK(result.code == exit_code::ok);
  CHECK(result.err.empty());
  for (const auto* expected : {"  serve  runs the server\n", "  pay    pays once\n", "  0   done", "  70  "})
    CHECK_MESSAGE(result.out.find(expected) != std::string::npos, expected, " is missing in ", result.out);
}

TEST_CASE("the version is one line on stdout") {
  const auto result = run({"--version"});
  CHECK(result.code == exit_code::ok);
  CHECK(result.out == "oncepay 1.2.3\n");
}

TEST_CASE("no command at all is wrong usage") {
  const auto result = run({});
  CHECK(result.code == exit_code::usage);
  CHECK(result.out.empty());
  CHECK(result.err == "oncepay: no command given; see oncepay --help\n");
}

TEST_CASE("a mistyped command runs nothing and is told what was probably meant") {
  for (const auto* typed : {"sevre", "serv", "server", "Serve"}) {
    const auto result = run({typed});
    CHECK(result.code == exit_code::usage);
    CHECK(result.err == "oncepay: unknown command '" + std::string(typed) + "'; did you mean 'serve'?\n");
  }
}

TEST_CASE("a word that resembles nothing is not guessed at") {
  const auto result = run({"frobnicate"});
  CHECK(result.code == exit_code::usage);
  CHECK(result.err == "oncepay: unknown command 'frobnicate'; see oncepay --help\n");
}

TEST_CASE("the nearest name has the fewest typing mistakes") {
  constexpr std::array<std::string_view, 4> names{"fee", "name", "methods", "merchants"};
  CHECK(nearest("fees", names) == "fee");
  CHECK(nearest("nmae", names) == "name");
  CHECK(nearest("method", names) == "methods");
  CHECK(nearest("merchant", names) == "merchants");
  CHECK(nearest("", names).empty());
  CHECK(nearest("x", names).empty());
  CHECK(nearest(std::string(1'000'000, 'm'), names).empty());
}
