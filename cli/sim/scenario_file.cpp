#include "cli/sim/scenario_file.hpp"

#include "cli/config/risk_file.hpp"
#include "cli/config/terms.hpp"
#include "cli/config/toml_file.hpp"
#include "cli/sim/scenario_people.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::cli {
namespace {

void read_between(config_table& file, std::string_view key, sim::microseconds_between& to) {
  file.read_table(key, [&](config_table& table) {
    table.require("min", "the shortest");
    table.require("max", "the longest");
    read_us(table, "min", to.min_us);
    read_us(table, "max", to.max_us);
    if (to.min_us > to.max_us)
      table.mistake_unless_known("min", "above max");
  });
}

void share(config_table& table, std::string_view key, uint32_t& to_ppm) {
  table.read_percent(key, to_ppm);
  if (to_ppm > limits::rate_ppm_max)
    table.mistake(key, "above 100%");
}

void read_people(config_table& file, sim::ruling_people& people) {
  file.read_table("rulings", [&](config_table& table) {
    share(table, "ruled", people.rules_ppm);
    share(table, "mistaken", people.mistaken_ppm);
    share(table, "alone", people.alone_ppm);
  });
}

void read_lies(config_table& file, sim::lies& lies) {
  file.read_table("lies", [&](config_table& table) {
    share(table, "repeat", lies.repeat_ppm);
    share(table, "contradict", lies.contradict_ppm);
    share(table, "deny", lies.deny_ppm);
    share(table, "unknown_code", lies.unknown_code_ppm);
    share(table, "reply_after_timeout", lies.reply_after_timeout_ppm);
    share(table, "enquiry_failed", lies.enquiry_failed_ppm);
    share(table, "enquiry_unknown", lies.enquiry_unknown_ppm);
    share(table, "not_found_early", lies.not_found_early_ppm);
    share(table, "close_denied", lies.close_denied_ppm);
    share(table, "unnamed", lies.unnamed_ppm);
    share(table, "confirming", lies.confirming_ppm);
    share(table, "reversal_again", lies.reversal_again_ppm);
    share(table, "reversal_refused", lies.reversal_refused_ppm);
    share(table, "notices", lies.notices_ppm);
    share(table, "notice_copies", lies.notice_copies_ppm);
    share(table, "notice_contradict", lies.notice_contradict_ppm);
    share(table, "notice_other_amount", lies.notice_other_amount_ppm);
    share(table, "notice_stray", lies.notice_stray_ppm);
    share(table, "telling_refused", lies.telling_refused_ppm);
    share(table, "telling_hangs", lies.telling_hangs_ppm);
    share(table, "telling_lost", lies.telling_lost_ppm);
  });
}

void read_terms(config_table& file, sim::plan& plan) {
  seen_ids merchants("merchant");
  file.read_tables("merchant", "[[merchant]]", [&](config_table& table) {
    plan.merchants.push_back(read_merchant(table));
    merchants.note(table, "id", plan.merchants.back().merchant.str());
  });
  seen_ids channels("channel");
  file.read_tables("channel", "[[channel]]", [&](config_table& table) {
    plan.channels.push_back(read_channel(table));
    channels.note(table, "id", plan.channels.back().channel.str());
    if (!plan.channels.back().bank.book_file.empty())
      table.mistake("bank.book", "a simulated bank keeps its book in memory: leave it out");
    if (plan.channels.size() == limits::channels_max + 1)
      table.mistake_here(fmt::format("more than {} channels", limits::channels_max));
  });
}

void read_file(config_table& file, mistake_list& mistakes, sim::plan& plan) {
  file.require("name", "what the story is called");
  read_plain(file, "name", plan.name, limits::reason_bytes_max);
  if (file.has("name") && plan.name.empty())
    file.mistake_unless_known("name", "empty");
  file.read("seed", plan.seed);
  file.read("clients", plan.clients);
  if (plan.clients == 0 || plan.clients > limits::connections_max) {
    file.mistake("clients", fmt::format("must lie between 1 and {}", limits::connections_max));
    plan.clients = limits::connections_max; // Nobody needs to be told that his is none of them.
  }
  file.read("tickets", plan.tickets_total);
  if (plan.tickets_total == 0)
    file.mistake("tickets", "must be at least 1");
  read_ms(file, "settle", plan.settle_ms, 1);
  read_between(file, "commit", plan.commit);
  read_between(file, "link", plan.link);
  read_lies(file, plan.lies);
  read_people(file, plan.people);
  file.read_table("risk", [&](config_table& table) { read_risk_rules(table, plan.risk.emplace()); });
  read_terms(file, plan);
  // What is wrong so far may be all that is wrong with those who refer to it: nobody wants to read that twice.
  const bool all_known = mistakes.empty();
  read_orders(file, plan, all_known);
  read_batches(file, plan, all_known);
  read_disturbances(file, plan, all_known);
  const bool orders_known = mistakes.empty();
  read_deeds(file, plan, orders_known);
  read_expectations(file, plan, orders_known);
  file.finish();
}

} // namespace

tl::expected<sim::plan, config_mistakes> parse_scenario(std::string_view text, std::string_view file) {
  const auto parsed = parse_toml(text, file);
  if (!parsed)
    return tl::unexpected(parsed.error());
  mistake_list mistakes;
  sim::plan plan;
  config_table root(*parsed, "", mistakes);
  read_file(root, mistakes, plan);
  if (!mistakes.empty())
    return tl::unexpected(mistakes.render(file));
  return plan;
}

tl::expected<sim::plan, config_mistakes> load_scenario(const std::filesystem::path& path) {
  const auto text = read_whole_file(path);
  if (!text)
    return tl::unexpected(text.error());
  return parse_scenario(*text, path.string());
}

} // namespace oncepay::cli
