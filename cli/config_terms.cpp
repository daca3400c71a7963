#include "cli/config_terms.hpp"

#include "schema/wire_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace oncepay::cli {
namespace {

/// How the file calls a field of the terms, and a value for it that is surely right.
template <class Terms>
struct field_key {
  std::string_view field;
  std::string_view key;
  void (*mend)(Terms&);
};

/// `fault_in` names one fault at a time. All are wanted: each is noted, mended, and the terms are judged again.
template <class Terms>
void note_faults(Terms terms, std::span<const field_key<Terms>> fields, config_table& table) {
  std::vector<std::string_view> mended;
  for (auto fault = fault_in(terms); !fault.empty(); fault = fault_in(terms)) {
    const auto colon = fault.find(": ");
    const auto name = std::string_view(fault).substr(0, colon);
    const auto known = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.field == name; });
    if (known == fields.end() || std::find(mended.begin(), mended.end(), name) != mended.end()) {
      // A rule about something this table doesn't spell out: better said at the block's head than not at all.
      table.mistake_here(fault);
      return;
    }
    const auto text = fault.substr(colon + 2);
    table.mistake_unless_known(known->key, known->key == known->field ? text : fmt::format("{} ({})", text, name));
    known->mend(terms);
    mended.push_back(known->field);
  }
}

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

constexpr std::string_view merchant_form = "[a-z0-9_-]{1,32}";
constexpr std::string_view channel_form = "[a-z0-9_-]{1,16}";
constexpr std::string_view method_form = "[a-z0-9_.-]{1,24}";

constexpr std::array merchant_fields{
    field_key<merchant_terms>{"merchant", "id",
                              [](merchant_terms& t) {
                                t.merchant = merchant_id::trusted("m");
                              }},
    field_key<merchant_terms>{"display_name", "name",
                              [](merchant_terms& t) {
                                t.display_name.clear();
                              }},
    field_key<merchant_terms>{"fee_rate_ppm", "fee",
                              [](merchant_terms& t) {
                                t.fee_rate_ppm = 0;
                              }},
    field_key<merchant_terms>{"fee_minimum_minor", "fee_minimum_minor",
                              [](merchant_terms& t) {
                                t.fee_minimum_minor = 0;
                              }},
};

constexpr std::array channel_fields{
    field_key<channel_terms>{"channel", "id",
                             [](channel_terms& t) {
                               t.channel = channel_id::trusted("c");
                             }},
    field_key<channel_terms>{"display_name", "name",
                             [](channel_terms& t) {
                               t.display_name.clear();
                             }},
    field_key<channel_terms>{"methods", "methods",
                             [](channel_terms& t) {
                               t.methods = {method_id::trusted("card")};
                             }},
    field_key<channel_terms>{"currencies", "currencies",
                             [](channel_terms& t) {
                               t.currencies = {currency{156}};
                             }},
    field_key<channel_terms>{"amount_minor_min", "amount_minor_min",
                             [](channel_terms& t) {
                               t.amount_minor_min = 1;
                             }},
    field_key<channel_terms>{"amount_minor_max", "amount_minor_max",
                             [](channel_terms& t) {
                               t.amount_minor_max = 0;
                             }},
    field_key<channel_terms>{"cost_rate_ppm", "cost",
                             [](channel_terms& t) {
                               t.cost_rate_ppm = 0;
                             }},
    field_key<channel_terms>{"cost_fixed_minor", "cost_fixed_minor",
                             [](channel_terms& t) {
                               t.cost_fixed_minor = 0;
                             }},
    field_key<channel_terms>{"priority", "priority",
                             [](channel_terms& t) {
                               t.priority = channel_terms().priority;
                             }},
    field_key<channel_terms>{"weight", "weight",
                             [](channel_terms& t) {
                               t.weight = channel_terms().weight;
                             }},
    field_key<channel_terms>{"gray_ppm", "gray",
                             [](channel_terms& t) {
                               t.gray_ppm = channel_terms().gray_ppm;
                             }},
    field_key<channel_terms>{"merchants_allowed", "merchants",
                             [](channel_terms& t) {
                               t.merchants_allowed.clear();
                             }},
    field_key<channel_terms>{"concurrency_max", "concurrency",
                             [](channel_terms& t) {
                               t.concurrency_max = channel_terms().concurrency_max;
                             }},
    field_key<channel_terms>{"rate_per_s_max", "requests_per_second",
                             [](channel_terms& t) {
                               t.rate_per_s_max = 0;
                             }},
    field_key<channel_terms>{"queue_max", "queue",
                             [](channel_terms& t) {
                               t.queue_max = channel_terms().queue_max;
                             }},
    field_key<channel_terms>{"queue_wait_ms_max", "queue_wait_ms",
                             [](channel_terms& t) {
                               t.queue_wait_ms_max = channel_terms().queue_wait_ms_max;
                             }},
    field_key<channel_terms>{"submit_within_ms", "submit_within_ms",
                             [](channel_terms& t) {
                               t.submit_within_ms = channel_terms().submit_within_ms;
                             }},
    field_key<channel_terms>{"reply_within_ms", "reply_within_ms",
                             [](channel_terms& t) {
                               t.reply_within_ms = channel_terms().reply_within_ms;
                             }},
    field_key<channel_terms>{"enquire_after_ms", "enquire_after_ms",
                             [](channel_terms& t) {
                               t.enquire_after_ms = channel_terms().enquire_after_ms;
                             }},
    field_key<channel_terms>{"bank", "bank",
                             [](channel_terms& t) {
                               t.bank = bank_behaviour();
                             }},
};

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
  table.read_tables("failures", "{ code = …, share = …, try_another = … }",
                    [&](config_table& failure) { read_failure(failure, bank); });
}

} // namespace

merchant_terms read_merchant(config_table& table) {
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
  note_faults<merchant_terms>(terms, merchant_fields, table);
  return terms;
}

channel_terms read_channel(config_table& table) {
  channel_terms terms;
  table.require("id", "the channel's id");
  table.require("methods", "which payment methods it serves");
  table.require("currencies", "which currencies it serves");
  table.require("cost", "what the channel charges (\"0%\": nothing); the router ranks by it");
  table.require("bank", "the virtual bank behind the channel");

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
  table.read_table("bank", [&](config_table& bank) { read_bank(bank, terms.bank); });
  note_faults<channel_terms>(terms, channel_fields, table);
  return terms;
}

} // namespace oncepay::cli
