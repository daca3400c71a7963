#include "cli/options.hpp"

#include "tests/cli/standard_streams.hpp"

#include <doctest/doctest.h>

using namespace oncepay::cli;

namespace {

const command_spec spec = {
    .name = "pay",
    .purpose = "Pays.",
    .positionals = {"MERCHANT", "[PREFIX]"},
    .options = {{"connect", "HOST:PORT", "The server."}, {"in-flight", "N", "How many."}, {"json", "", "As JSON."}},
    .examples = "oncepay pay m1",
    .exit_codes = "0  paid"};

/// The one line a command line's mistake is reported in; the code must be `usage`.
std::string mistake_in(const arguments& args) {
  const auto run = run_captured([&] {
    const auto options = parsed_options::parse(spec, args);
    if (!options)
      return options.error();
    const auto number = options->number("in-flight", 256, 1, 1'000);
    return number ? exit_code::ok : number.error();
  });
  CHECK(run.code == exit_code::usage);
  CHECK(run.out.empty());
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  return run.err;
}

} // namespace

TEST_CASE("options and positional arguments are found in any order") {
  const auto options = parsed_options::parse(spec, {"--json", "m1", "--connect=h:1", "x", "--in-flight", "7"});
  REQUIRE(options.has_value());
  CHECK(options->has("json"));
  CHECK(options->text("connect") == "h:1");
  CHECK(options->number("in-flight", 256, 1, 1'000) == 7);
  CHECK(options->positional(0) == "m1");
  CHECK(options->positional(1) == "x");
}

TEST_CASE("an optional argument may be missing, an option falls back, and - is an argument") {
  const auto options = parsed_options::parse(spec, {"-"});
  REQUIRE(options.has_value());
  CHECK(options->positional(0) == "-");
  CHECK(options->positional(1).empty());
  CHECK(options->text("connect", "default") == "default");
  CHECK(options->number("in-flight", 256, 1, 1'000) == 256);
}

TEST_CASE("each mistake is one line that names the argument at fault") {
  const std::string see = "; see `oncepay pay --help`\n";
  CHECK(mistake_in({}) == "oncepay: pay: MERCHANT is missing" + see);
  CHECK(mistake_in({"m1", "--conect", "h:1"}) ==
        "oncepay: pay: there is no option --conect; did you mean --connect?" + see);
  CHECK(mistake_in({"m1", "--zzzzzzzzzzz"}) == "oncepay: pay: there is no option --zzzzzzzzzzz" + see);
  CHECK(mistake_in({"m1", "--con", "h:1"}).starts_with("oncepay: pay: there is no option --con"));
  CHECK(mistake_in({"m1", "--positional", "x"}).starts_with("oncepay: pay: there is no option --positional"));
  CHECK(mistake_in({"m1", "--connect"}) == "oncepay: pay: --connect needs a value" + see);
  CHECK(mistake_in({"m1", "--connect", "--json"}) == "oncepay: pay: --connect needs a value" + see);
  CHECK(mistake_in({"m1", "--json=yes"}) == "oncepay: pay: --json takes no value" + see);
  CHECK(mistake_in({"m1", "--json", "--json"}) == "oncepay: pay: --json is given twice" + see);
  CHECK(mistake_in({"m1", "x", "y"}) == "oncepay: pay: \"y\" is one argument too many" + see);
  CHECK(mistake_in({"-x"}).starts_with("oncepay: pay: there is no option -x"));
}

TEST_CASE("a number outside its bounds, or that is none, is refused with the bounds") {
  for (const std::string text : {"0", "1001", "-1", "7x", "", " 7", "1e3", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(mistake_in({"m1", "--in-flight=" + text}).find("--in-flight") != std::string::npos);
  }
}

TEST_CASE("a line feed in an argument can't fake a second line of report") {
  CHECK(mistake_in({"m1", "a", "b\noncepay: all is well"}).find('\n') ==
        mistake_in({"m1", "a", "b\noncepay: all is well"}).size() - 1);
}

TEST_CASE("help says purpose, options, examples and exit codes, and ends well") {
  const auto run = run_captured([&] {
    const auto options = parsed_options::parse(spec, {"--help"});
    REQUIRE_FALSE(options.has_value());
    return options.error();
  });
  CHECK(run.code == exit_code::ok);
  CHECK(run.err.empty());
  for (const auto* part :
       {"usage: oncepay pay [OPTIONS] MERCHANT [PREFIX]", "Pays.", "--connect HOST:PORT  The server.", "--json",
        "examples:", "oncepay pay m1", "exit codes:", "0  paid"})
    CHECK(run.out.find(part) != std::string::npos);
}
