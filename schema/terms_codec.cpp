#include "schema/terms_codec.hpp"

#include "schema/input.hpp"

#include <algorithm>

namespace oncepay::flat {

namespace {

using strings = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

template <class Id>
flatbuffers::Offset<strings> write_ids(builder& b, const std::vector<Id>& ids) {
  if (ids.empty())
    return {};
  std::vector<flatbuffers::Offset<flatbuffers::String>> offsets;
  offsets.reserve(ids.size());
  for (const Id& id : ids)
    offsets.push_back(write_text(b, id.str()));
  return b.CreateVector(offsets);
}

template <class Id>
std::vector<Id> read_ids(const strings* texts, unfolding_budget& budget) {
  std::vector<Id> ids;
  if (texts == nullptr)
    return ids;
  ids.reserve(texts->size());
  for (const flatbuffers::String* s : *texts)
    ids.push_back(Id::trusted(budget.take(s)));
  return ids;
}

flatbuffers::Offset<flatbuffers::Vector<uint16_t>> write_currencies(builder& b, const std::vector<currency>& list) {
  if (list.empty())
    return {};
  std::vector<uint16_t> numerics;
  numerics.reserve(list.size());
  for (currency c : list)
    numerics.push_back(c.numeric);
  return b.CreateVector(numerics);
}

flatbuffers::Offset<fb::BankBehaviour> write(builder& b, const bank_behaviour& bank) {
  if (bank == bank_behaviour{})
    return {};
  std::vector<flatbuffers::Offset<fb::BankFailure>> failures;
  failures.reserve(bank.failures.size());
  for (const bank_failure& f : bank.failures) {
    auto code = write_text(b, f.code);
    failures.push_back(fb::CreateBankFailure(b, code, f.share_ppm, static_cast<fb::ReplyClass>(f.outcome)));
  }
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::BankFailure>>> failure_list;
  if (!failures.empty())
    failure_list = b.CreateVector(failures);
  auto book_file = write_text_if_any(b, bank.book_file);
  return fb::CreateBankBehaviour(b, bank.seed, bank.latency_min_us, bank.latency_p50_us, bank.latency_p99_us,
                                 bank.latency_max_us, failure_list, bank.timeout_unmoved_ppm, bank.timeout_moved_ppm,
                                 bank.late_ppm, bank.capacity, book_file, bank.enquiry_failed_ppm,
                                 bank.enquiry_late_ppm, bank.not_found_for_ms);
}

bank_behaviour read(const fb::BankBehaviour& t, unfolding_budget& budget) {
  bank_behaviour bank;
  bank.seed = t.seed();
  bank.latency_min_us = t.latency_min_us();
  bank.latency_p50_us = t.latency_p50_us();
  bank.latency_p99_us = t.latency_p99_us();
  bank.latency_max_us = t.latency_max_us();
  if (auto* failures = t.failures()) {
    bank.failures.reserve(failures->size());
    for (const fb::BankFailure* f : *failures)
      bank.failures.push_back(
          {std::string(budget.take(f->code())), f->share_ppm(), static_cast<reply_class>(f->outcome())});
  }
  bank.timeout_unmoved_ppm = t.timeout_unmoved_ppm();
  bank.timeout_moved_ppm = t.timeout_moved_ppm();
  bank.late_ppm = t.late_ppm();
  bank.capacity = t.capacity();
  bank.book_file = text(t.book_file());
  bank.enquiry_failed_ppm = t.enquiry_failed_ppm();
  bank.enquiry_late_ppm = t.enquiry_late_ppm();
  bank.not_found_for_ms = t.not_found_for_ms();
  return bank;
}

flatbuffers::Offset<fb::HttpAccess> write(builder& b, const http_access& http) {
  if (http == http_access{})
    return {};
  auto url = write_text(b, http.url);
  auto dialect = write_text_if_any(b, http.dialect);
  std::vector<flatbuffers::Offset<fb::ChannelSetting>> settings;
  settings.reserve(http.settings.size());
  for (const channel_setting& s : http.settings) {
    auto name = write_text(b, s.name);
    auto value = write_text_if_any(b, s.value);
    settings.push_back(fb::CreateChannelSetting(b, name, value));
  }
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::ChannelSetting>>> setting_list;
  if (!settings.empty())
    setting_list = b.CreateVector(settings);
  return fb::CreateHttpAccess(b, url, dialect, setting_list);
}

http_access read(const fb::HttpAccess& t, unfolding_budget& budget) {
  http_access http;
  http.url = budget.take(t.url());
  http.dialect = budget.take(t.dialect());
  if (auto* settings = t.settings()) {
    http.settings.reserve(settings->size());
    for (const fb::ChannelSetting* s : *settings)
      http.settings.push_back({std::string(budget.take(s->name())), std::string(budget.take(s->value()))});
  }
  return http;
}

} // namespace

// Children are written before the table that holds them, so every string is made ahead of its builder call. Each is a
// variable of its own: the order in which arguments are evaluated is the compiler's, and the bytes must be ours.

flatbuffers::Offset<fb::MerchantTerms> write(builder& b, const merchant_terms& terms) {
  auto merchant = write_text(b, terms.merchant.str());
  auto display_name = write_text_if_any(b, terms.display_name);
  auto notify_url = write_text_if_any(b, terms.notify_url);
  return fb::CreateMerchantTerms(b, merchant, display_name, terms.fee_rate_ppm, terms.fee_minimum_minor,
                                 terms.suspended, notify_url, terms.requests_per_s_max, terms.requests_burst_max,
                                 terms.requests_under_way_max);
}

flatbuffers::Offset<fb::ChannelTerms> write(builder& b, const channel_terms& terms) {
  auto channel = write_text(b, terms.channel.str());
  auto display_name = write_text_if_any(b, terms.display_name);
  auto methods = write_ids(b, terms.methods);
  auto currencies = write_currencies(b, terms.currencies);
  auto merchants_allowed = write_ids(b, terms.merchants_allowed);
  auto bank = write(b, terms.bank);
  auto http = write(b, terms.http);
  auto pay_out_methods = write_ids(b, terms.pay_out_methods);
  auto card_methods = write_ids(b, terms.card_methods);
  return fb::CreateChannelTerms(
      b, channel, display_name, methods, currencies, terms.amount_minor_min, terms.amount_minor_max,
      terms.cost_rate_ppm, terms.cost_fixed_minor, terms.priority, terms.weight, terms.gray_ppm, merchants_allowed,
      terms.concurrency_max, terms.rate_per_s_max, terms.queue_max, terms.queue_wait_ms_max, terms.submit_within_ms,
      terms.reply_within_ms, terms.enquire_after_ms, bank, terms.enquire_interval_ms_max, terms.enquiries_max,
      terms.not_found_after_ms, http, terms.reverse_after_ms, terms.check_ppm, terms.check_after_ms, pay_out_methods,
      static_cast<uint8_t>(terms.in_house), card_methods);
}

merchant_terms read(const fb::MerchantTerms& t) {
  merchant_terms terms;
  terms.merchant = merchant_id::trusted(text(t.merchant()));
  terms.display_name = text(t.display_name());
  terms.fee_rate_ppm = t.fee_rate_ppm();
  terms.fee_minimum_minor = t.fee_minimum_minor();
  terms.suspended = t.suspended();
  terms.notify_url = text(t.notify_url());
  terms.requests_per_s_max = t.requests_per_s_max();
  terms.requests_burst_max = t.requests_burst_max();
  terms.requests_under_way_max = t.requests_under_way_max();
  return terms;
}

channel_terms read(const fb::ChannelTerms& t, unfolding_budget& budget) {
  channel_terms terms;
  terms.channel = channel_id::trusted(text(t.channel()));
  terms.display_name = text(t.display_name());
  terms.methods = read_ids<method_id>(t.methods(), budget);
  if (auto* numerics = t.currencies()) {
    terms.currencies.reserve(numerics->size());
    for (uint16_t numeric : *numerics)
      terms.currencies.push_back({numeric});
  }
  terms.amount_minor_min = t.amount_minor_min();
  terms.amount_minor_max = t.amount_minor_max();
  terms.cost_rate_ppm = t.cost_rate_ppm();
  terms.cost_fixed_minor = t.cost_fixed_minor();
  terms.priority = t.priority();
  terms.weight = t.weight();
  terms.gray_ppm = t.gray_ppm();
  terms.merchants_allowed = read_ids<merchant_id>(t.merchants_allowed(), budget);
  terms.concurrency_max = t.concurrency_max();
  terms.rate_per_s_max = t.rate_per_s_max();
  terms.queue_max = t.queue_max();
  terms.queue_wait_ms_max = t.queue_wait_ms_max();
  terms.submit_within_ms = t.submit_within_ms();
  terms.reply_within_ms = t.reply_within_ms();
  terms.enquire_after_ms = t.enquire_after_ms();
  terms.enquire_interval_ms_max = t.enquire_interval_ms_max();
  terms.enquiries_max = t.enquiries_max();
  terms.not_found_after_ms = t.not_found_after_ms();
  terms.reverse_after_ms = t.reverse_after_ms();
  terms.check_ppm = t.check_ppm();
  terms.check_after_ms = t.check_after_ms();
  terms.pay_out_methods = read_ids<method_id>(t.pay_out_methods(), budget);
  terms.in_house = static_cast<house_tool>(t.in_house());
  terms.card_methods = read_ids<method_id>(t.card_methods(), budget);
  if (auto* bank = t.bank())
    terms.bank = read(*bank, budget);
  if (auto* http = t.http())
    terms.http = read(*http, budget);
  return terms;
}

bool enumerations_known(const channel_terms& terms) {
  return !name(terms.in_house).empty() && std::all_of(terms.bank.failures.begin(), terms.bank.failures.end(),
                                                      [](const bank_failure& f) { return !name(f.outcome).empty(); });
}

} // namespace oncepay::flat
