// Options and positional arguments of a command, so that every mistake becomes one clear line and exit code 2, and
// every `--help` has the same shape.
#pragma once

#include "cli/commands.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

struct option_spec {
  std::string_view name;        ///< Without dashes: "connect".
  std::string_view placeholder; ///< What follows it in the help, "HOST:PORT"; empty: a flag, which takes no value.
  std::string_view help;
};

struct command_spec {
  std::string_view name;                     ///< "pay", "log stat".
  std::string_view purpose;                  ///< What it does, in sentences.
  std::vector<std::string_view> positionals; ///< "MERCHANT", all required unless in brackets: "[PREFIX]".
  std::vector<option_spec> options;
  std::string_view examples;   ///< Whole command lines, one a line.
  std::string_view exit_codes; ///< "0  paid", one a line, as this command uses them.
};

/// The whole text of `--help`.
std::string help_text(const command_spec&);

/// What stood on the command line. Accessors that can fail have reported the mistake already: the caller only returns
/// the code.
class parsed_options {
public:
  /// Reports what is unknown, missing or too much. `--help` prints the help and ends with `exit_code::ok`, which is
  /// an "error" here because there is nothing to run.
  static tl::expected<parsed_options, exit_code> parse(const command_spec&, const arguments&);

  bool has(std::string_view option) const;
  /// The option's value, or `fallback` where it wasn't given.
  std::string text(std::string_view option, std::string_view fallback = {}) const;
  /// The same for one that must be given.
  tl::expected<std::string, exit_code> required(std::string_view option) const;
  /// A whole number within [min, max].
  tl::expected<int64_t, exit_code> number(std::string_view option, int64_t fallback, int64_t min, int64_t max) const;
  /// One of the words.
  tl::expected<std::string, exit_code> one_of(std::string_view option, std::string_view fallback,
                                              const std::vector<std::string_view>& words) const;
  /// Positional argument `i`; empty where an optional one wasn't given.
  std::string positional(size_t i) const;

  /// "oncepay: pay: <text>; see `oncepay pay --help`", and exit code 2.
  exit_code mistake(std::string_view text) const;

private:
  std::string command_;
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> positionals_;
};

} // namespace oncepay::cli
