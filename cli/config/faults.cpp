#include "cli/config/faults.hpp"

#include "schema/wire_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
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

/// The row for a field; for one that has none, as an element of a list, that of what it stands in.
template <class Terms>
const field_key<Terms>* row_of(std::span<const field_key<Terms>> fields, std::string_view name) {
  while (!name.empty()) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.field == name; });
    if (found != fields.end())
      return &*found;
    const auto cut = name.find_last_of(".[");
    name = name.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  return nullptr;
}

/// `fault_in` names one fault at a time. All are wanted: each is noted, mended, and the terms are judged again.
template <class Terms>
void note_all(Terms terms, std::span<const field_key<Terms>> fields, config_table& table) {
  std::set<std::string_view> mended;
  for (auto fault = fault_in(terms); !fault.empty(); fault = fault_in(terms)) {
    const auto colon = fault.find(": ");
    const auto name = fault.substr(0, colon);
    const auto* row = colon == std::string::npos ? nullptr : row_of(fields, name);
    if (row == nullptr) {
      // A rule about something these rows don't spell out: better said at the block's head than not at all.
      table.mistake_here(fault);
      return;
    }
    // Told already, and its mending mends nothing: a rule over several fields.
    if (!mended.insert(row->field).second)
      return;
    const auto text = fault.substr(colon + 2);
    table.mistake_unless_known(row->key, row->key == name ? text : fmt::format("{} ({})", text, name));
    row->mend(terms);
  }
}

template <auto Member>
void merchant_default(merchant_terms& terms) {
  terms.*Member = merchant_terms().*Member;
}

template <auto Member>
void channel_default(channel_terms& terms) {
  terms.*Member = channel_terms().*Member;
}

template <auto Member>
void bank_default(channel_terms& terms) {
  terms.bank.*Member = bank_behaviour().*Member;
}

// What must be given has no default that is right.
void mend_merchant_id(merchant_terms& terms) {
  terms.merchant = merchant_id::trusted("m");
}

void mend_url(channel_terms& terms) {
  terms.http.url = "https://example.com";
}

void mend_dialect(channel_terms& terms) {
  terms.http.dialect = "wechat-v2";
}

void mend_settings(channel_terms& terms) {
  terms.http.settings.clear();
}

void mend_channel_id(channel_terms& terms) {
  terms.channel = channel_id::trusted("c");
}

void mend_methods(channel_terms& terms) {
  terms.methods = {method_id::trusted("card")};
}

void mend_currencies(channel_terms& terms) {
  terms.currencies = {currency{156}};
}

/// The four depend on each other: mending one alone would make another one wrong.
void mend_latency(channel_terms& terms) {
  terms.bank.latency_min_us = terms.bank.latency_p50_us = 0;
  terms.bank.latency_p99_us = terms.bank.latency_max_us = 0;
}

void mend_enquiry_shares(channel_terms& terms) {
  terms.bank.enquiry_failed_ppm = terms.bank.enquiry_late_ppm = 0;
}

using merchant_field = field_key<merchant_terms>;
constexpr std::array merchant_fields{
    merchant_field{"merchant", "id", mend_merchant_id},
    merchant_field{"display_name", "name", merchant_default<&merchant_terms::display_name>},
    merchant_field{"fee_rate_ppm", "fee", merchant_default<&merchant_terms::fee_rate_ppm>},
    merchant_field{"fee_minimum_minor", "fee_minimum_minor", merchant_default<&merchant_terms::fee_minimum_minor>},
    merchant_field{"notify_url", "notify_url", merchant_default<&merchant_terms::notify_url>},
    merchant_field{"requests_per_s_max", "requests_per_second", merchant_default<&merchant_terms::requests_per_s_max>},
    merchant_field{"requests_burst_max", "requests_burst", merchant_default<&merchant_terms::requests_burst_max>},
    merchant_field{"requests_under_way_max", "requests_under_way",
                   merchant_default<&merchant_terms::requests_under_way_max>},
};

using channel_field = field_key<channel_terms>;
constexpr std::array channel_fields{
    channel_field{"channel", "id", mend_channel_id},
    channel_field{"display_name", "name", channel_default<&channel_terms::display_name>},
    channel_field{"methods", "methods", mend_methods},
    channel_field{"pay_out_methods", "pay_outs", channel_default<&channel_terms::pay_out_methods>},
    channel_field{"card_methods", "card_methods", channel_default<&channel_terms::card_methods>},
    channel_field{"currencies", "currencies", mend_currencies},
    channel_field{"amount_minor_min", "amount_minor_min", channel_default<&channel_terms::amount_minor_min>},
    channel_field{"amount_minor_max", "amount_minor_max", channel_default<&channel_terms::amount_minor_max>},
    channel_field{"cost_rate_ppm", "cost", channel_default<&channel_terms::cost_rate_ppm>},
    channel_field{"cost_fixed_minor", "cost_fixed_minor", channel_default<&channel_terms::cost_fixed_minor>},
    channel_field{"priority", "priority", channel_default<&channel_terms::priority>},
    channel_field{"weight", "weight", channel_default<&channel_terms::weight>},
    channel_field{"gray_ppm", "gray", channel_default<&channel_terms::gray_ppm>},
    channel_field{"merchants_allowed", "merchants", channel_default<&channel_terms::merchants_allowed>},
    channel_field{"concurrency_max", "concurrency", channel_default<&channel_terms::concurrency_max>},
    channel_field{"rate_per_s_max", "requests_per_second", channel_default<&channel_terms::rate_per_s_max>},
    channel_field{"queue_max", "queue", channel_default<&channel_terms::queue_max>},
    channel_field{"queue_wait_ms_max", "queue_wait_ms", channel_default<&channel_terms::queue_wait_ms_max>},
    channel_field{"submit_within_ms", "submit_within_ms", channel_default<&channel_terms::submit_within_ms>},
    channel_field{"reply_within_ms", "reply_within_ms", channel_default<&channel_terms::reply_within_ms>},
    channel_field{"enquire_after_ms", "enquire_after_ms", channel_default<&channel_terms::enquire_after_ms>},
    channel_field{"enquire_interval_ms_max", "enquire_interval_ms",
                  channel_default<&channel_terms::enquire_interval_ms_max>},
    channel_field{"enquiries_max", "enquiries", channel_default<&channel_terms::enquiries_max>},
    channel_field{"not_found_after_ms", "not_found_after_ms", channel_default<&channel_terms::not_found_after_ms>},
    channel_field{"reverse_after_ms", "reverse_after_ms", channel_default<&channel_terms::reverse_after_ms>},
    channel_field{"check_ppm", "check", channel_default<&channel_terms::check_ppm>},
    channel_field{"check_after_ms", "check_after_ms", channel_default<&channel_terms::check_after_ms>},
    channel_field{"in_house", "in_house", channel_default<&channel_terms::in_house>},
    channel_field{"http", "http", channel_default<&channel_terms::bank>},
    channel_field{"http.url", "http.url", mend_url},
    channel_field{"http.dialect", "http.dialect", mend_dialect},
    channel_field{"http.settings", "http.settings", mend_settings},
    channel_field{"bank", "bank", channel_default<&channel_terms::bank>},
    channel_field{"bank.seed", "bank.seed", bank_default<&bank_behaviour::seed>},
    channel_field{"bank.latency_us", "bank.latency_us", mend_latency},
    channel_field{"bank.latency_min_us", "bank.latency_us.min", mend_latency},
    channel_field{"bank.latency_p50_us", "bank.latency_us.p50", mend_latency},
    channel_field{"bank.latency_p99_us", "bank.latency_us.p99", mend_latency},
    channel_field{"bank.latency_max_us", "bank.latency_us.max", mend_latency},
    channel_field{"bank.failures", "bank.failures", bank_default<&bank_behaviour::failures>},
    channel_field{"bank.timeout_unmoved_ppm", "bank.timeout", bank_default<&bank_behaviour::timeout_unmoved_ppm>},
    channel_field{"bank.timeout_moved_ppm", "bank.timeout_money_moved",
                  bank_default<&bank_behaviour::timeout_moved_ppm>},
    channel_field{"bank.late_ppm", "bank.late", bank_default<&bank_behaviour::late_ppm>},
    channel_field{"bank.enquiry_failed_ppm", "bank.enquiry_failed", mend_enquiry_shares},
    channel_field{"bank.not_found_for_ms", "bank.not_found_for_ms", bank_default<&bank_behaviour::not_found_for_ms>},
    channel_field{"bank.capacity", "bank.capacity", bank_default<&bank_behaviour::capacity>},
    channel_field{"bank.book_file", "bank.book", bank_default<&bank_behaviour::book_file>},
};

} // namespace

void note_faults(const merchant_terms& terms, config_table& table) {
  note_all<merchant_terms>(terms, merchant_fields, table);
}

void note_faults(const channel_terms& terms, config_table& table) {
  note_all<channel_terms>(terms, channel_fields, table);
}

} // namespace oncepay::cli
