#include "cli/dispatch.hpp"

#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace oncepay::cli {

std::string help_text(std::span<const command_entry> entries) {
  std::string text = "Usage: oncepay COMMAND [OPTIONS]\n\n"
                     "An event-sourced payment transaction processor.\n\n"
                     "Commands (oncepay COMMAND --help for its options):\n";
  size_t width = 0;
  for (const auto& entry : entries)
    width = std::max(width, entry.name.size());
  for (const auto& entry : entries)
    fmt::format_to(std::back_inserter(text), "  {:<{}}  {}\n", entry.name, width, entry.summary);
  text += "\nOptions:\n"
          "  --help     print this\n"
          "  --version  print the version\n\n"
          "Exit codes:\n"
          "  0   done\n"
          "  1   it ran, and the answer is no: payment failed or in doubt, verification found damage\n"
          "  2   wrong arguments\n"
          "  3   the configuration file has mistakes; nothing was started\n"
          "  4   the data directory is missing, in use, not writable, of another version, marked or damaged\n"
          "  5   the server can't be reached, or the connection broke\n"
          "  70  a rule of our own was broken, or a durable commit failed\n"
          "  130 interrupted before all of it was done; what was done was printed\n";
  return text;
}

exit_code dispatch(std::span<const command_entry> entries, const arguments& args, std::string_view version,
                   std::FILE* out, std::FILE* err) {
  if (args.empty()) {
    fmt::print(err, "oncepay: no command given; see oncepay --help\n");
    return exit_code::usage;
  }
  const std::string& word = args.front();
  if (word == "--help" || word == "-h" || word == "help") {
    fmt::print(out, "{}", help_text(entries));
    return exit_code::ok;
  }
  if (word == "--version") {
    fmt::print(out, "oncepay {}\n", version);
    return exit_code::ok;
  }
  for (const auto& entry : entries)
    if (entry.name == word)
      return entry.run(arguments(args.begin() + 1, args.end()));

  std::vector<std::string_view> known{"--help", "--version"};
  for (const auto& entry : entries)
    known.push_back(entry.name);
  const auto near = nearest(word, known);
  const auto advice = near.empty() ? std::string("see oncepay --help") : fmt::format("did you mean '{}'?", near);
  fmt::print(err, "oncepay: unknown command '{}'; {}\n", word, advice);
  return exit_code::usage;
}

} // namespace oncepay::cli
