#include "cli/options.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/nearest.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <boost/program_options.hpp>
#include <fmt/format.h>

namespace oncepay::cli {

namespace po = boost::program_options;

namespace {

bool is_optional(std::string_view positional) {
  return positional.starts_with('[');
}

exit_code usage_mistake(std::string_view command, std::string_view text) {
  return fail(exit_code::usage, fmt::format("{}: {}; see `oncepay {} --help`", command, printable(text), command));
}

/// The library's exceptions in our words, each naming the argument at fault.
std::string in_our_words(const po::error& e, const command_spec& spec) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&e)) {
    const auto typed = unknown->get_option_name();
    std::vector<std::string_view> names{"help"};
    for (const auto& option : spec.options)
      names.push_back(option.name);
    const auto meant =
        nearest(std::string_view(typed).substr(std::min(typed.find_first_not_of('-'), typed.size())), names);
    return meant.empty() ? fmt::format("there is no option {}", typed)
                         : fmt::format("there is no option {}; did you mean --{}?", typed, meant);
  }
  if (const auto* twice = dynamic_cast<const po::multiple_occurrences*>(&e))
    return fmt::format("{} is given twice", twice->get_option_name());
  if (const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&e)) {
    switch (syntax->kind()) {
    case po::invalid_syntax::missing_parameter:
    case po::invalid_syntax::empty_adjacent_parameter:
      return fmt::format("{} needs a value", syntax->get_option_name());
    case po::invalid_syntax::extra_parameter:
      return fmt::format("{} takes no value", syntax->get_option_name());
    case po::invalid_syntax::long_not_allowed:
    case po::invalid_syntax::long_adjacent_not_allowed:
    case po::invalid_syntax::short_adjacent_not_allowed:
    case po::invalid_syntax::unrecognized_line:
      break;
    }
  }
  return e.what();
}

std::string indented(std::string_view lines) {
  std::string out = "  ";
  for (const char c : lines) {
    out += c;
    if (c == '\n')
      out += "  ";
  }
  return out;
}

/// Breaks `text` into lines of at most `width` columns, each after the first indented by `indent`.
std::string wrapped(std::string_view text, size_t width, size_t indent) {
  std::string out;
  size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (column > 0 && column + 1 + end > width) {
      out += '\n';
      out.append(indent, ' ');
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string title_of(const option_spec& option) {
  return option.placeholder.empty() ? fmt::format("--{}", option.name)
                                    : fmt::format("--{} {}", option.name, option.placeholder);
}

constexpr size_t help_columns = 110;

} // namespace

std::string help_text(const command_spec& spec) {
  auto out = fmt::format("usage: oncepay {}{}", spec.name, spec.options.empty() ? "" : " [OPTIONS]");
  for (const auto positional : spec.positionals)
    out += fmt::format(" {}", positional);
  out += fmt::format("\n\n{}\n\noptions:\n", wrapped(spec.purpose, help_columns, 0));
  auto options = spec.options;
  options.push_back({"help", "", "This text."});
  size_t widest = 0;
  for (const auto& option : options)
    widest = std::max(widest, title_of(option).size());
  for (const auto& option : options)
    out += fmt::format("  {:{}}  {}\n", title_of(option), widest,
                       wrapped(option.help, help_columns - widest - 4, widest + 4));
  out += fmt::format("\nexamples:\n{}\n\nexit codes:\n{}\n", indented(spec.examples), indented(spec.exit_codes));
  return out;
}

tl::expected<parsed_options, exit_code> parsed_options::parse(const command_spec& spec, const arguments& args) {
  po::options_description known;
  known.add_options()("help", "");
  for (const auto& option : spec.options) {
    const std::string name(option.name);
    if (option.placeholder.empty())
      known.add_options()(name.c_str(), "");
    else
      known.add_options()(name.c_str(), po::value<std::string>(), "");
  }
  known.add_options()("positional", po::value<std::vector<std::string>>(), "");
  po::positional_options_description positions;
  positions.add("positional", -1);

  parsed_options result;
  result.command_ = spec.name;
  try {
    // No guessing: `--con` may mean something else in the next release, and scripts live longer than that.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    for (const auto& option :
         po::command_line_parser(args).options(known).positional(positions).style(style).run().options) {
      if (option.string_key == "help") {
        std::fputs(help_text(spec).c_str(), stdout);
        return tl::unexpected(exit_code::ok);
      }
      const bool positional = option.position_key >= 0;
      if (!positional && option.string_key == "positional")
        return tl::unexpected(usage_mistake(spec.name, "there is no option --positional"));
      // "--connect --json": the value was forgotten, and the next option must not be swallowed as it.
      if (!positional && option.original_tokens.size() > 1 && option.original_tokens[1].starts_with("--"))
        return tl::unexpected(usage_mistake(spec.name, fmt::format("--{} needs a value", option.string_key)));
      if (positional)
        result.positionals_.insert(result.positionals_.end(), option.value.begin(), option.value.end());
      else if (!result.values_.emplace(option.string_key, option.value.empty() ? "" : option.value.front()).second)
        return tl::unexpected(usage_mistake(spec.name, fmt::format("--{} is given twice", option.string_key)));
    }
  } catch (const po::error& e) {
    return tl::unexpected(usage_mistake(spec.name, in_our_words(e, spec)));
  }
  if (result.positionals_.size() > spec.positionals.size())
    return tl::unexpected(usage_mistake(
        spec.name, fmt::format("\"{}\" is one argument too many", result.positionals_[spec.positionals.size()])));
  if (result.positionals_.size() < spec.positionals.size()) {
    const auto missing = spec.positionals[result.positionals_.size()];
    if (!is_optional(missing))
      return tl::unexpected(usage_mistake(spec.name, fmt::format("{} is missing", missing)));
  }
  return result;
}

bool parsed_options::has(std::string_view option) const {
  return values_.find(option) != values_.end();
}

std::string parsed_options::text(std::string_view option, std::string_view fallback) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::string(fallback) : found->second;
}

tl::expected<std::string, exit_code> parsed_options::required(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end() || found->second.empty())
    return tl::unexpected(mistake(fmt::format("--{} is missing", option)));
  return found->second;
}

tl::expected<int64_t, exit_code> parsed_options::number(std::string_view option, int64_t fallback, int64_t min,
                                                        int64_t max) const {
  const auto found = values_.find(option);
  if (found == values_.end())
    return fallback;
  const auto& text = found->second;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max)
    return tl::unexpected(
        mistake(fmt::format("--{} takes a whole number from {} to {}, not \"{}\"", option, min, max, text)));
  return value;
}

tl::expected<std::string, exit_code> parsed_options::one_of(std::string_view option, std::string_view fallback,
                                                            const std::vector<std::string_view>& words) const {
  auto value = text(option, fallback);
  if (std::find(words.begin(), words.end(), value) == words.end())
    return tl::unexpected(mistake(fmt::format("--{} takes {}, not \"{}\"", option, fmt::join(words, " or "), value)));
  return value;
}

std::string parsed_options::positional(size_t i) const {
  return i < positionals_.size() ? positionals_[i] : "";
}

exit_code parsed_options::mistake(std::string_view text) const {
  return usage_mistake(command_, text);
}

} // namespace oncepay::cli
