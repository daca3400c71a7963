#include "cli/sim/request.hpp"

#include "cli/sim/build_options.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <thread>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr int64_t seed_max = std::numeric_limits<int64_t>::max();

std::string profile_help() {
  std::string text = "The kind of bad luck; default storm.";
  for (const auto& entry : sim::profiles())
    text += fmt::format(" {}: {}{}", entry.name, entry.summary, entry.summary.ends_with('.') ? "" : ".");
  return text;
}

command_spec make_spec() {
  static const std::string profiles = profile_help();
  command_spec sim_spec = {
      .name = "sim",
      .purpose = "Runs the production actors, rules, codecs and log in a simulated world: clients, banks, operators, "
                 "disk and clock are under the seed's control, and checkers watch every step. The same seed on the "
                 "same version is the same run, bit for bit, on every build type. It needs no server, no data "
                 "directory and no network, and touches none.",
      .positionals = {},
      .options =
          {{"profile", "NAME", profiles},
           {"seed", "N", "The run; default 1, with --scenario the one in the file."},
           {"seeds", "A..B", "All of these runs, both ends included, on several processes."},
           {"jobs", "J", "With --seeds: on so many processes; default one for each core."},
           {"orders", "N",
            "Orders of each run; default 1000, at most 1000000: a run is held in memory, about 3 KiB an order."},
           {"days", "D", "Spreads the orders over so many simulated days; default as densely as the profile has them."},
           {"until", "TIME", "Ends sending so long after the opening, in simulated time: 90s, 15m, 2h, 3d."},
           {"scenario", "FILE", "Runs what a scenario file tells instead of a profile; with --seeds under each seed."},
           {"matrix", "",
            "Runs every fault of banks and merchants' services, at every operation, before, during and after the "
            "money moves, each with a kill in between, and prints the table of what became of all."},
           {"cells", "TEXT",
            "With --matrix: only cells whose names, OPERATION/FAULT/TIMING/RESTART, begin so: refund, pay/late/after."},
           {"from-log", "DIR",
            "With --order: prints the scenario that repeats a recorded order's inputs; doesn't run it."},
           {"order", "M/O", "The order, as merchant and order number."},
           {"trace", "FILE", "Writes what happens, line by line; replaces FILE; of one seed only."},
           {"keep", "DIR", "Keeps the run's log in a new data directory, for audit and log; of one seed only."},
           {"shrink", "",
            "After a violation looks for a smaller run that still fails, and prints it as a scenario on standard "
            "output; everything else then goes to standard error."},
           {"json", "", "Everything as one line of JSON."},
           {"hash", "", "Prints nothing but each seed and its log's hash, to compare builds."}},
      .examples = "oncepay sim\n"
                  "oncepay sim --profile liar --seeds 1..200 --orders 5000\n"
                  "oncepay sim --profile crash --seed 7 --trace trace.txt --keep crash-7\n"
                  "oncepay sim --matrix\n"
                  "oncepay sim --profile crash --seed 7 --shrink > crash-7.toml; oncepay sim --scenario crash-7.toml\n"
                  "oncepay sim --from-log data --order m1/A-7 > incident.toml",
      .exit_codes =
          "0    every rule was kept\n"
          "1    a rule was broken, and the report names the one command that reproduces it; or the log knows no "
          "such order\n"
          "2    wrong arguments\n"
          "3    the scenario file has mistakes; all are listed\n"
          "4    a log can't be read, or a file or directory can't be written\n"
          "130  interrupted; what was done so far was printed"};
  for (const auto& option : build_options())
    sim_spec.options.push_back(option);
  return sim_spec;
}

/// The first of `others` that was given.
std::string_view first_given(const parsed_options& options, std::initializer_list<std::string_view> others) {
  for (const auto name : others)
    if (options.has(name))
      return name;
  return {};
}

tl::expected<void, exit_code> read_combinations(const parsed_options& options) {
  const auto refuse = [&](std::string_view option, std::initializer_list<std::string_view> others,
                          std::string_view why) -> tl::expected<void, exit_code> {
    if (!options.has(option))
      return {};
    if (const auto other = first_given(options, others); !other.empty())
      return tl::unexpected(options.mistake(fmt::format("--{} and --{}: {}", option, other, why)));
    return {};
  };
  for (const auto& checked : {refuse("scenario", {"profile", "orders", "days"}, "a scenario holds its own orders"),
                              refuse("seeds", {"seed"}, "give one of them"),
                              refuse("seeds", {"trace", "keep"}, "one run can be traced or kept, not many"),
                              refuse("hash", {"json", "shrink"}, "give one of them"),
                              refuse("matrix",
                                     {"profile", "orders", "days", "scenario", "until", "trace", "keep", "shrink",
                                      "hash", "seeds", "from-log"},
                                     "each cell of the matrix is a world of its own"),
                              refuse("from-log",
                                     {"profile", "orders", "days", "scenario", "until", "trace", "keep", "shrink",
                                      "json", "hash", "seed", "seeds"},
                                     "a scenario is printed, and nothing is run")})
    if (!checked)
      return checked;
  if (options.has("jobs") && !options.has("seeds"))
    return tl::unexpected(options.mistake("--jobs goes with --seeds"));
  if (options.has("cells") && !options.has("matrix"))
    return tl::unexpected(options.mistake("--cells goes with --matrix"));
  if (options.has("from-log") != options.has("order"))
    return tl::unexpected(options.mistake("--from-log and --order go together"));
  return {};
}

tl::expected<void, exit_code> read_seeds(const parsed_options& options, sim_request& request) {
  const auto seed = options.number("seed", 1, 0, seed_max);
  if (!seed)
    return tl::unexpected(seed.error());
  request.names_seed = options.has("seed") || options.has("seeds");
  request.seeds = {static_cast<uint64_t>(*seed), static_cast<uint64_t>(*seed)};
  if (!options.has("seeds"))
    return {};
  const auto range = parse_seed_range(options.text("seeds"));
  if (!range)
    return tl::unexpected(options.mistake(fmt::format("--seeds: {}", range.error())));
  request.seeds = *range;
  request.many = true;
  const auto cores = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1, sim_jobs_max);
  const auto jobs = options.number("jobs", cores, 1, sim_jobs_max);
  if (!jobs)
    return tl::unexpected(jobs.error());
  request.jobs = static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(*jobs), range->count()));
  return {};
}

} // namespace

const command_spec& sim_spec() {
  static const command_spec sim_spec = make_spec();
  return sim_spec;
}

tl::expected<sim_request, exit_code> sim_request_of(const parsed_options& options) {
  sim_request request;
  if (auto combined = read_combinations(options); !combined)
    return tl::unexpected(combined.error());
  for (const auto name : {"scenario", "from-log", "trace", "keep"})
    if (options.has(name) && options.text(name).empty())
      return tl::unexpected(options.mistake(fmt::format("--{} needs a value", name)));
  request.scenario = options.text("scenario");
  request.from_log = options.text("from-log");
  request.trace = options.text("trace");
  request.keep = options.text("keep");
  request.order = options.text("order");
  request.matrix = options.has("matrix");
  request.cells = options.has("cells") ? options.text("cells") : "";
  if (auto read = read_seeds(options, request); !read)
    return tl::unexpected(read.error());
  std::vector<std::string_view> names;
  for (const auto& entry : sim::profiles())
    names.push_back(entry.name);
  const auto profile = options.one_of("profile", sim::name(request.profile), names);
  if (!profile)
    return tl::unexpected(profile.error());
  request.profile = *sim::parse_profile(*profile);
  const auto orders = options.number("orders", request.orders, 1, sim_orders_max);
  if (!orders)
    return tl::unexpected(orders.error());
  const auto days = options.number("days", 0, 1, sim_days_max);
  if (!days)
    return tl::unexpected(days.error());
  request.orders = static_cast<uint32_t>(*orders);
  request.days = static_cast<uint32_t>(*days);
  if (options.has("until")) {
    const auto until_us = parse_span_us(options.text("until"));
    if (!until_us)
      return tl::unexpected(options.mistake(fmt::format("--until: {}", until_us.error())));
    request.until = options.text("until");
    request.until_us = *until_us;
  }
  request.shrink = options.has("shrink");
  request.json = options.has("json");
  request.hash_only = options.has("hash");
  auto words = take_build_options(options);
  if (!words)
    return tl::unexpected(words.error());
  request.build_words = std::move(*words);
  return request;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:,@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos)
    return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\'";
    out += c;
  }
  return out + '\'';
}

std::string reproducing_command(const sim_request& request, uint64_t seed) {
  auto text = request.scenario.empty()
                  ? fmt::format("oncepay sim --profile {} --seed {} --orders {}", sim::name(request.profile), seed,
                                request.orders)
                  : fmt::format("oncepay sim --scenario {} --seed {}", shell_word(request.scenario), seed);
  if (request.days > 0)
    text += fmt::format(" --days {}", request.days);
  if (!request.until.empty())
    text += fmt::format(" --until {}", request.until);
  for (const auto& word : request.build_words)
    text += ' ' + shell_word(word);
  return text;
}

std::string what_runs(const sim_request& request) {
  if (!request.scenario.empty())
    return fmt::format("scenario {}", request.scenario);
  return fmt::format("profile {}, {}{}", sim::name(request.profile), counted(request.orders, "order"),
                     request.many ? " a seed" : "");
}

} // namespace oncepay::cli
