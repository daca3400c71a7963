#include "cli/bank/bank_config.hpp"

#include "cli/config/secret.hpp"
#include "cli/config/table.hpp"
#include "cli/config/toml_file.hpp"
#include "cli/dialect/dialect_file.hpp"
#include "schema/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace oncepay::cli {

std::string_view name(bank_fault f) {
  switch (f) {
  case bank_fault::none:
    return "none";
  case bank_fault::refuse:
    return "refuse";
  case bank_fault::decline:
    return "decline";
  case bank_fault::system_error:
    return "system_error";
  case bank_fault::payer_confirms:
    return "payer_confirms";
  case bank_fault::slow:
    return "slow";
  case bank_fault::drop_before:
    return "drop_before";
  case bank_fault::drop_after:
    return "drop_after";
  case bank_fault::garbage:
    return "garbage";
  case bank_fault::wrong_signature:
    return "wrong_signature";
  case bank_fault::other_amount:
    return "other_amount";
  case bank_fault::recall:
    return "recall";
  }
  return {};
}

std::string_view name(notice_fault f) {
  switch (f) {
  case notice_fault::none:
    return "none";
  case notice_fault::lost:
    return "lost";
  case notice_fault::duplicate:
    return "duplicate";
  case notice_fault::contradict:
    return "contradict";
  case notice_fault::wrong_signature:
    return "wrong_signature";
  case notice_fault::other_amount:
    return "other_amount";
  case notice_fault::stray:
    return "stray";
  }
  return {};
}

namespace {

template <class Fault, class All>
void read_shares(config_table& table, const All& all, std::map<Fault, uint32_t>& shares) {
  uint64_t sum = 0;
  for (const Fault f : all) {
    uint32_t share_ppm = 0;
    if (f == Fault::none || !table.has(name(f)))
      continue;
    table.read_percent(name(f), share_ppm);
    shares[f] = share_ppm;
    sum += share_ppm;
  }
  if (sum > limits::rate_ppm_max)
    table.mistake_here("the shares sum to more than 100%");
}

void read_account(config_table& table, bank_config& config) {
  bank_account account;
  table.require("dialect", "what it is asked in");
  table.require("account", "what requests name it by: mch_id, app_id");
  table.read("dialect", account.dialect);
  table.read("account", account.account);
  if (account.dialect != "wechat-v2" && account.dialect != "alipay") {
    table.mistake_unless_known("dialect", "must be wechat-v2 or alipay: the bank speaks no other");
    return;
  }
  const auto d = load_dialect(account.dialect);
  if (d)
    account.keys = read_signing_keys(table, d->reply_signature.how, "whoever pays through it");
  if (account.account.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
      std::string::npos)
    table.mistake("account", "must be letters, digits, _ and -");
  for (const bank_account& other : config.accounts)
    if (other.account == account.account)
      table.mistake("account", fmt::format("'{}' is there already", account.account));
  config.accounts.push_back(std::move(account));
}

template <class Fault, class All>
void read_scripted(config_table& table, std::string_view key, const All& all, int64_t amount_minor,
                   std::map<int64_t, Fault>& scripts) {
  std::string fault;
  table.read(key, fault);
  if (!table.has(key))
    return;
  const auto found = std::find_if(all.begin(), all.end(), [&](Fault f) { return name(f) == fault; });
  if (found == all.end())
    table.mistake_unless_known(key, fmt::format("there is no fault '{}'", fault));
  else if (!scripts.emplace(amount_minor, *found).second)
    table.mistake("amount_minor", "has a script already");
}

void read_script(config_table& table, bank_config& config) {
  int64_t amount_minor = 0;
  table.require("amount_minor", "payments of this amount meet it");
  if (!table.has("notice"))
    table.require("do", "what goes wrong with them");
  table.read("amount_minor", amount_minor);
  read_scripted(table, "do", bank_faults, amount_minor, config.scripts);
  read_scripted(table, "notice", notice_faults, amount_minor, config.notice_scripts);
}

void read_notices(config_table& table, bank_config& config) {
  table.read("after_ms", config.notice_after_ms);
  table.read("again_ms", config.notice_again_ms);
  table.read("times", config.notice_times_max);
  if (config.notice_again_ms == 0)
    table.mistake("again_ms", "must be at least 1");
  if (config.notice_times_max == 0 || config.notice_times_max > notice_times_bound)
    table.mistake("times", fmt::format("must lie between 1 and {}", notice_times_bound));
}

void read_file(config_table& file, bank_config& config) {
  file.require("book", "the file that the bank keeps its trades in");
  file.require("account", "whom it serves: [[account]], once for each");
  file.read("listen", config.listen);
  file.read("book", config.book);
  file.read("seed", config.seed);
  file.read_tables("account", "[[account]]", [&](config_table& table) { read_account(table, config); });
  file.read_table("notices", [&](config_table& table) { read_notices(table, config); });
  file.read_table("faults", [&](config_table& faults) {
    faults.read("slow_ms", config.slow_ms);
    faults.read("payer_confirms_ms", config.payer_confirms_ms);
    faults.read("not_found_ms", config.not_found_ms);
    faults.read_table("payments",
                      [&](config_table& table) { read_shares(table, bank_faults, config.payment_faults_ppm); });
    faults.read_table("enquiries",
                      [&](config_table& table) { read_shares(table, bank_faults, config.enquiry_faults_ppm); });
    faults.read_table("notices",
                      [&](config_table& table) { read_shares(table, notice_faults, config.notice_faults_ppm); });
    faults.read_tables("script", "[[faults.script]]", [&](config_table& table) { read_script(table, config); });
  });
  file.finish();
}

} // namespace

tl::expected<bank_config, config_mistakes> parse_bank_config(std::string_view text, std::string_view file) {
  const auto parsed = parse_toml(text, file);
  if (!parsed)
    return tl::unexpected(parsed.error());
  mistake_list mistakes;
  bank_config config;
  config_table root(*parsed, "", mistakes);
  read_file(root, config);
  if (!mistakes.empty())
    return tl::unexpected(mistakes.render(file));
  return config;
}

tl::expected<bank_config, config_mistakes> load_bank_config(const std::string& file) {
  const auto text = read_whole_file(file);
  if (!text)
    return tl::unexpected(text.error());
  return parse_bank_config(*text, file);
}

} // namespace oncepay::cli
