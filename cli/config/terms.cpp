#include "cli/config/terms.hpp"

#include "cli/config/faults.hpp"
#include "cli/config/secret.hpp"

#include <fmt/format.h>

#include <optional>

namespace oncepay::cli {
namespace {

/// An identifier, or nothing and a mistake.
template <class Id>
std::optional<Id> parse_id(config_table& table, uint32_t line, std::string_view key, std::string_view text,
                           std::string_view form) {
  const auto id = Id::parse(text);
  if (id)
    return *id;
  table.mistake_at(line, key, fmt::format("'{}' isn't of the form {}", text, form));
  return std::nullopt;
}

/// As RFC 2104 wants of a key for SHA-256, halved: 128 bits that nobody guesses.
constexpr size_t notify_key_bytes_min = 16;

constexpr std::string_view merchant_form = "[a-z0-9_-]{1,32}";
constexpr std::string_view channel_form = "[a-z0-9_-]{1,16}";
constexpr std::string_view method_form = "[a-z0-9_.-]{1,24}";

void read_failure(config_table& table, bank_behaviour& bank) {
  bank_failure failure;
  bool try_another = false;
  bool unmapped = false;
  table.require("code", "what the bank answers with");
  table.require("share", "of all requests");
  table.read("code", failure.code);
  table.read_percent("share", failure.share_ppm);
  table.read("try_another", try_another);
  table.read("unmapped", unmapped);
  if (table.has("try_another") == table.has("unmapped"))
    table.mistake_here("say either try_another = true or false (the money did not move) or unmapped = true (the code "
                       "proves nothing)");
  else if (table.has("unmapped") && !unmapped)
    table.mistake("unmapped", "only true says anything; for a mapped code write try_another");
  failure.outcome = unmapped      ? reply_class::unknown
                    : try_another ? reply_class::failed_try_another
                                  : reply_class::failed_final;
  bank.failures.push_back(std::move(failure));
}

void read_bank(config_table& table, bank_behaviour& bank) {
  table.read("seed", bank.seed);
  table.read_table("latency_us", [&](config_table& latency) {
    constexpr std::string_view why = "name min, p50, p99 and max";
    for (const auto* key : {"min", "p50", "p99", "max"})
      latency.require(key, std::string(why));
    latency.read("min", bank.latency_min_us);
    latency.read("p50", bank.latency_p50_us);
    latency.read("p99", bank.latency_p99_us);
    latency.read("max", bank.latency_max_us);
  });
  table.read("capacity", bank.capacity);
  table.read("book", bank.book_file);
  table.read_percent("timeout", bank.timeout_unmoved_ppm);
  table.read_percent("timeout_money_moved", bank.timeout_moved_ppm);
  table.read_percent("late", bank.late_ppm);
  table.read_percent("enquiry_failed", bank.enquiry_failed_ppm);
  table.read_percent("enquiry_late", bank.enquiry_late_ppm);
  table.read("not_found_for_ms", bank.not_found_for_ms);
  table.read_tables("failures", "{ code = …, share = …, try_another = … }",
                    [&](config_table& failure) { read_failure(failure, bank); });
}

/// Results that nobody signs could be anybody's, and goods would be handed out for them.
void read_notify_key(config_table& table, const merchant_terms& terms, std::optional<told_merchant>& told) {
  if (table.has("notify_url"))
    table.require("notify_key", "what the merchant is told is signed with");
  std::string key = read_secret(table, "notify_key");
  if (table.has("notify_key") && !table.has("notify_url"))
    return table.mistake("notify_key", "of no use without notify_url");
  if (!key.empty() && key.size() < notify_key_bytes_min)
    table.mistake("notify_key", fmt::format("shorter than {} bytes: it could be guessed", notify_key_bytes_min));
  if (!terms.notify_url.empty())
    told = told_merchant{terms.notify_url, {std::move(key), {}, {}}};
}

} // namespace

merchant_terms read_merchant(config_table& table, std::optional<told_merchant>* told) {
  merchant_terms terms;
  // Without these a merchant would be served, and for nothing.
  table.require("id", "the merchant's id");
  table.require("fee", "what is charged per payment (\"0%\": nothing)");

  std::string id;
  table.read("id", id);
  if (!id.empty())
    terms.merchant =
        parse_id<merchant_id>(table, table.line_of_key("id"), "id", id, merchant_form).value_or(merchant_id());
  table.read("name", terms.display_name);
  table.read_percent("fee", terms.fee_rate_ppm);
  table.read("fee_minimum_minor", terms.fee_minimum_minor);
  table.read("suspended", terms.suspended);
  table.read("notify_url", terms.notify_url);
  table.read("requests_per_second", terms.requests_per_s_max);
  table.read("requests_burst", terms.requests_burst_max);
  table.read("requests_under_way", terms.requests_under_way_max);
  if (told != nullptr)
    read_notify_key(table, terms, *told);
  note_faults(terms, table);
  return terms;
}

channel_terms read_channel(config_table& table, std::optional<outside_channel>* outside) {
  channel_terms terms;
  table.require("id", "the channel's id");
  if (!table.has("pay_outs") && !table.has("card_methods"))
    table.require("methods", "which payment methods it serves; or pay_outs, by which it pays out");
  table.require("currencies", "which currencies it serves");
  const bool is_in_house = table.has("in_house");
  if (!is_in_house)
    table.require("cost", "what the channel charges (\"0%\": nothing); the router ranks by it");
  const bool is_outside = outside != nullptr && table.has("http");
  if (!is_outside && !is_in_house)
    table.require("bank", outside == nullptr ? "the virtual bank behind the channel"
                                             : "the virtual bank behind the channel; or http, for one outside");

  std::string id;
  table.read("id", id);
  if (!id.empty())
    terms.channel = parse_id<channel_id>(table, table.line_of_key("id"), "id", id, channel_form).value_or(channel_id());
  table.read("name", terms.display_name);
  table.read_texts("methods", [&](const std::string& text, uint32_t line) {
    if (auto method = parse_id<method_id>(table, line, "methods", text, method_form))
      terms.methods.push_back(std::move(*method));
  });
  table.read_texts("currencies", [&](const std::string& text, uint32_t line) {
    if (const auto parsed = parse_currency(text))
      terms.currencies.push_back(*parsed);
    else
      table.mistake_at(line, "currencies", fmt::format("'{}' isn't an ISO 4217 code known here", text));
  });
  table.read_texts("pay_outs", [&](const std::string& text, uint32_t line) {
    if (auto method = parse_id<method_id>(table, line, "pay_outs", text, method_form))
      terms.pay_out_methods.push_back(std::move(*method));
  });
  table.read_texts("card_methods", [&](const std::string& text, uint32_t line) {
    if (auto method = parse_id<method_id>(table, line, "card_methods", text, method_form))
      terms.card_methods.push_back(std::move(*method));
  });
  table.read("amount_minor_min", terms.amount_minor_min);
  table.read("amount_minor_max", terms.amount_minor_max);
  table.read_percent("cost", terms.cost_rate_ppm);
  table.read("cost_fixed_minor", terms.cost_fixed_minor);
  table.read("priority", terms.priority);
  table.read("weight", terms.weight);
  table.read_percent("gray", terms.gray_ppm);
  table.read_texts("merchants", [&](const std::string& text, uint32_t line) {
    if (auto merchant = parse_id<merchant_id>(table, line, "merchants", text, merchant_form))
      terms.merchants_allowed.push_back(std::move(*merchant));
  });
  table.read("concurrency", terms.concurrency_max);
  table.read("requests_per_second", terms.rate_per_s_max);
  table.read("queue", terms.queue_max);
  table.read("queue_wait_ms", terms.queue_wait_ms_max);
  table.read("submit_within_ms", terms.submit_within_ms);
  table.read("reply_within_ms", terms.reply_within_ms);
  table.read("enquire_after_ms", terms.enquire_after_ms);
  table.read("enquire_interval_ms", terms.enquire_interval_ms_max);
  table.read("enquiries", terms.enquiries_max);
  table.read("not_found_after_ms", terms.not_found_after_ms);
  table.read("reverse_after_ms", terms.reverse_after_ms);
  table.read_percent("check", terms.check_ppm);
  table.read("check_after_ms", terms.check_after_ms);
  std::string in_house;
  table.read("in_house", in_house);
  if (in_house == name(house_tool::wallet))
    terms.in_house = house_tool::wallet;
  else if (is_in_house)
    table.mistake("in_house", "must be \"wallet\"");
  table.read_table("bank", [&](config_table& bank) { read_bank(bank, terms.bank); });
  if (is_in_house && table.has("bank"))
    table.mistake("bank", "a channel in the house has none");
  if (is_outside)
    table.read_table("http", [&](config_table& http) {
      terms.http = read_http(http, outside->emplace());
      if (const auto fault = fault_in_currencies(terms, (*outside)->speaks); !fault.empty())
        table.mistake("currencies", fault);
      settle_reversals(table, terms, **outside);
    });
  note_faults(terms, table);
  return terms;
}

} // namespace oncepay::cli
