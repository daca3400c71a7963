#include "cli/config/risk_file.hpp"

#include "actors/domain/payer_code.hpp"
#include "cli/config/secret.hpp"
#include "cli/config/table.hpp"
#include "cli/config/toml_file.hpp"
#include "schema/limits.hpp"
#include "schema/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace oncepay::cli {
namespace {

constexpr size_t confirm_key_bytes_min = 16;
constexpr std::string_view name_letters = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

bool is_name(std::string_view text, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && text.find_first_not_of(name_letters) == std::string_view::npos;
}

void read_outcome(config_table& table, risk_outcome& to) {
  std::string text;
  table.require("then", "what becomes of such a payment: \"pass\", \"step_up\" or \"block\"");
  table.read("then", text);
  for (const risk_outcome o : {risk_outcome::pass, risk_outcome::step_up, risk_outcome::block})
    if (text == name(o))
      to = o;
  if (table.has("then") && text != name(to))
    table.mistake_unless_known("then", fmt::format("'{}' is none of 'pass', 'step_up', 'block'", text));
}

bool read_subject_text(config_table& table, std::string_view key, risk::subject& to) {
  std::string text;
  table.read(key, text);
  for (const risk::subject s : {risk::subject::payer, risk::subject::card, risk::subject::merchant})
    if (text == name(s)) {
      to = s;
      return true;
    }
  return false;
}

void read_subject(config_table& table, risk::subject& to) {
  table.require("of", "whose: \"payer\", \"card\" or \"merchant\"");
  if (!read_subject_text(table, "of", to) && table.has("of"))
    table.mistake_unless_known("of", "is none of 'payer', 'card', 'merchant'");
}

money read_money(config_table& table) {
  money m;
  table.require("currency", "of the amount");
  std::string text;
  table.read("currency", text);
  if (const auto parsed = parse_currency(text))
    m.currency = *parsed;
  else if (table.has("currency"))
    table.mistake_unless_known("currency", fmt::format("'{}' isn't an ISO 4217 code known here", text));
  table.read("amount_minor", m.minor);
  if (m.minor < 0 || m.minor > limits::amount_minor_max)
    table.mistake_unless_known("amount_minor", fmt::format("must lie between 0 and {}", limits::amount_minor_max));
  return m;
}

void read_velocity(config_table& table, risk::velocity& v) {
  read_subject(table, v.of);
  table.require("within_s", "over how many seconds is counted");
  table.read("within_s", v.within_s);
  if (table.has("within_s") && (v.within_s == 0 || v.within_s > limits::risk_window_s_max))
    table.mistake_unless_known("within_s", fmt::format("must lie between 1 and {}", limits::risk_window_s_max));
  table.read("payments", v.payments_max);
  if (table.has("payments") && v.payments_max == 0)
    table.mistake_unless_known("payments", "must be at least 1; to stop all, say `always = true`");
  if (table.has("amount_minor") || table.has("currency")) {
    table.require("amount_minor", "how much in all");
    v.sum_max = read_money(table);
  }
  if (!table.has("payments") && !table.has("amount_minor"))
    table.mistake_here("bounds nothing: say how many payments, or which amount in all");
}

void read_listed(config_table& table, risk::listed& l) {
  read_subject(table, l.of);
  table.require("names", "who is on the list");
  table.read_texts("names", [&](const std::string& text, uint32_t line) {
    // A card's number must not lie in a file either.
    if (text.empty() || text.size() > limits::payer_bytes_max || !is_plain_text(text))
      table.mistake_at(line, "names",
                       fmt::format("an entry is empty, or longer than {} bytes", limits::payer_bytes_max));
    else if (l.of == risk::subject::card && is_card_number(text))
      table.mistake_at(line, "names", "an entry looks like a card's number; write your token of it");
    else if (l.of == risk::subject::merchant && !merchant_id::parse(text))
      table.mistake_at(line, "names", fmt::format("'{}' isn't a merchant's id", text));
    l.names.push_back(text);
  });
  if (l.names.size() > limits::risk_list_max)
    table.mistake("names", fmt::format("more than {} entries", limits::risk_list_max));
}

template <class Id>
void read_ids(config_table& table, std::string_view key, std::vector<Id>& to) {
  table.read_texts(key, [&](const std::string& text, uint32_t line) {
    if (auto id = Id::parse(text))
      to.push_back(std::move(*id));
    else
      table.mistake_at(line, key, fmt::format("'{}' breaks its documented form", text));
  });
  if (table.has(key) && to.empty())
    table.mistake_unless_known(key, "names nobody; leave it out where the rule is about all");
}

void read_rule(config_table& table, risk::rule& r) {
  table.require("id", "what the log and answers call the rule");
  table.read("id", r.id);
  if (table.has("id") && !is_name(r.id, limits::risk_rule_id_bytes_max))
    table.mistake_unless_known("id",
                               fmt::format("must be 1 to {} of a-z, 0-9, _ . and -", limits::risk_rule_id_bytes_max));
  read_outcome(table, r.then);
  read_ids(table, "merchants", r.merchants);
  read_ids(table, "methods", r.methods);
  if (std::find(r.methods.begin(), r.methods.end(), method_id::trusted(std::string(any_wallet_method))) !=
      r.methods.end())
    table.mistake("methods", fmt::format("'{}' is no method that anything is paid by: such payments go by the wallet "
                                         "that shows the code; name those, wechat-code and alipay-code",
                                         any_wallet_method));
  const std::array conditions{"above", "velocity", "listed", "unnamed", "always"};
  const auto given =
      std::count_if(conditions.begin(), conditions.end(), [&](const char* key) { return table.has(key); });
  if (given != 1)
    table.mistake_here("say exactly one of above, velocity, listed, unnamed, always");
  table.read_table("above", [&](config_table& above) {
    above.require("amount_minor", "above which amount");
    r.when = risk::above{read_money(above)};
  });
  table.read_table("velocity", [&](config_table& v) { read_velocity(v, r.when.emplace<risk::velocity>()); });
  table.read_table("listed", [&](config_table& l) { read_listed(l, r.when.emplace<risk::listed>()); });
  if (table.has("unnamed")) {
    auto& u = r.when.emplace<risk::unnamed>();
    if (!read_subject_text(table, "unnamed", u.of) || u.of == risk::subject::merchant)
      table.mistake_unless_known("unnamed", "is none of 'payer', 'card'");
  }
  if (table.has("always")) {
    bool always = false;
    table.read("always", always);
    if (!always)
      table.mistake_unless_known("always", "only true says anything");
    r.when = risk::always{};
  }
}

bool asks_for_confirmations(const risk::rules& rules) {
  return std::any_of(rules.all.begin(), rules.all.end(),
                     [](const risk::rule& r) { return r.then == risk_outcome::step_up; });
}

void read_confirm_key(config_table& table, risk_file& file) {
  file.confirmed_with.shared = read_secret(table, "confirm_key");
  const size_t bytes = file.confirmed_with.shared.size();
  if (bytes != 0 && bytes < confirm_key_bytes_min)
    table.mistake("confirm_key", fmt::format("shorter than {} bytes: it could be guessed", confirm_key_bytes_min));
  if (asks_for_confirmations(file.rules))
    table.require("confirm_key",
                  "what proofs are made with; without it nobody could confirm what a rule wants confirmed");
}

} // namespace

void read_risk_rules(config_table& table, risk::rules& rules) {
  table.require("version", "what the log calls this state of the rules");
  table.read("version", rules.version);
  if (table.has("version") && !is_name(rules.version, limits::risk_version_bytes_max - 9))
    table.mistake_unless_known(
        "version", fmt::format("must be 1 to {} of a-z, 0-9, _ . and -", limits::risk_version_bytes_max - 9));
  table.read("confirm_within_ms", rules.confirm_within_ms);
  if (rules.confirm_within_ms == 0 || rules.confirm_within_ms > limits::confirm_within_ms_max)
    table.mistake_unless_known("confirm_within_ms",
                               fmt::format("must lie between 1 and {}", limits::confirm_within_ms_max));
  table.read("wrong_confirmations", rules.wrong_max);
  if (rules.wrong_max == 0 || rules.wrong_max > limits::wrong_confirmations_max)
    table.mistake_unless_known("wrong_confirmations",
                               fmt::format("must lie between 1 and {}", limits::wrong_confirmations_max));
  seen_ids ids("rule");
  table.read_tables("rule", "[[rule]]", [&](config_table& one) {
    read_rule(one, rules.all.emplace_back());
    ids.note(one, "id", rules.all.back().id);
    if (rules.all.size() == limits::risk_rules_max + 1)
      one.mistake_here(fmt::format("more than {} rules", limits::risk_rules_max));
  });
}

tl::expected<risk_file, std::vector<std::string>> parse_risk_file(std::string_view text, std::string_view file) {
  const auto parsed = parse_toml(text, file);
  if (!parsed)
    return tl::unexpected(parsed.error());
  mistake_list mistakes;
  risk_file read;
  config_table root(*parsed, "", mistakes);
  read_risk_rules(root, read.rules);
  read_confirm_key(root, read);
  if (read.rules.all.empty())
    root.mistake_here("holds no rule; leave risk_rules out where there are none");
  root.finish();
  if (!mistakes.empty())
    return tl::unexpected(mistakes.render(file));
  // Somebody forgets to change the version; what decided must be told apart all the same.
  read.rules.version += "." + base32(hash_parts_128({"risk rules", text})).substr(0, 8);
  return read;
}

tl::expected<risk_file, std::vector<std::string>> load_risk_file(const std::filesystem::path& path) {
  const auto text = read_whole_file(path);
  if (!text)
    return tl::unexpected(text.error());
  return parse_risk_file(*text, path.string());
}

} // namespace oncepay::cli
