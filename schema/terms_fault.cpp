// What is wrong with terms. One function for the configuration file and for commands, so that neither lets in what the
// other refuses.
#include "schema/http_url.hpp"
#include "schema/input.hpp"
#include "schema/limits.hpp"
#include "schema/plain_text.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace oncepay {

namespace {

constexpr auto name_form = FMT_STRING("must be 1 to {} of a-z, 0-9, _ and -");

/// Keeps the first fault; what is checked after it costs nothing.
class inspection {
public:
  template <class... Args>
  void expect(bool holds, std::string_view field, fmt::format_string<Args...> what, Args&&... args) {
    if (holds || !fault_.empty())
      return;
    fault_ = fmt::format("{}: ", field);
    fmt::format_to(std::back_inserter(fault_), what, std::forward<Args>(args)...);
  }

  void expect_within(int64_t value, int64_t min, int64_t max, std::string_view field) {
    expect(value >= min, field, "below {}", min);
    expect(value <= max, field, "above {}", max);
  }

  void expect_text(const std::string& text, size_t bytes_max, std::string_view field) {
    expect(text.size() <= bytes_max, field, "longer than {} bytes", bytes_max);
    expect(is_plain_text(text), field, "not UTF-8, or holds control characters");
  }

  /// A list of bounded length without repetitions, each item of the form that `allows` checks.
  template <class Id, class Allows>
  void expect_list(const std::vector<Id>& list, std::string_view field, Allows allows) {
    expect(list.size() <= limits::channel_list_max, field, "more than {} entries", limits::channel_list_max);
    if (!fault_.empty())
      return;
    std::set<Id> seen;
    for (const Id& id : list) {
      expect(allows(id), field, "an entry breaks its documented form");
      expect(seen.insert(id).second, field, "an entry is given twice");
    }
  }

  std::string take() && { return std::move(fault_); }

private:
  std::string fault_;
};

template <class Rules>
bool follows_rules(const text_id<Rules>& id) {
  return Rules::allows(id.str());
}

bool is_reply_code(std::string_view code) {
  return !code.empty() && code.size() <= limits::channel_code_bytes_max &&
         std::all_of(code.begin(), code.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_failure_or_unknown(reply_class c) {
  return c == reply_class::failed_try_another || c == reply_class::failed_final || c == reply_class::unknown;
}

void inspect_bank(inspection& i, const bank_behaviour& bank) {
  i.expect(bank.latency_min_us <= bank.latency_p50_us && bank.latency_p50_us <= bank.latency_p99_us &&
               bank.latency_p99_us <= bank.latency_max_us,
           "bank.latency_us", "min, p50, p99 and max must not fall");
  i.expect_within(bank.latency_max_us, 0, limits::bank_latency_us_max, "bank.latency_max_us");
  i.expect(bank.failures.size() <= limits::channel_list_max, "bank.failures", "more than {} entries",
           limits::channel_list_max);
  // In 64 bits: four thousand million times a few hundred entries can't wrap, whatever a frame holds.
  uint64_t shares = uint64_t{bank.timeout_unmoved_ppm} + bank.timeout_moved_ppm + bank.late_ppm;
  std::set<std::string_view> codes;
  for (const bank_failure& f : bank.failures) {
    i.expect(is_reply_code(f.code), "bank.failures.code", "must be 1 to {} printable characters without blanks",
             limits::channel_code_bytes_max);
    i.expect(codes.insert(f.code).second, "bank.failures.code", "a code is given twice");
    i.expect(is_failure_or_unknown(f.outcome), "bank.failures.outcome",
             "must be failed_try_another, failed_final or unknown");
    shares += f.share_ppm;
  }
  i.expect(shares <= limits::rate_ppm_max, "bank",
           "the shares of failures, time-outs and late answers sum to {} ppm, above {}", shares, limits::rate_ppm_max);
  i.expect(uint64_t{bank.enquiry_failed_ppm} + bank.enquiry_late_ppm <= limits::rate_ppm_max, "bank.enquiry_failed_ppm",
           "with enquiry_late_ppm above {}", limits::rate_ppm_max);
  i.expect_within(bank.not_found_for_ms, 0, limits::enquire_after_ms_max, "bank.not_found_for_ms");
  i.expect_text(bank.book_file, limits::path_bytes_max, "bank.book_file");
}

bool is_setting_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::setting_name_bytes_max &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

void inspect_http(inspection& i, const channel_terms& t) {
  const http_access& http = t.http;
  if (http == http_access{})
    return;
  const auto url = http_url::parse(http.url);
  i.expect(url.has_value(), "http.url", "{}", url ? std::string() : url.error());
  i.expect_text(http.dialect, limits::path_bytes_max, "http.dialect");
  i.expect(!http.dialect.empty(), "http.dialect", "names none, so nobody knows how to speak to it");
  i.expect(http.settings.size() <= limits::settings_max, "http.settings", "more than {} entries", limits::settings_max);
  std::set<std::string_view> names;
  for (const channel_setting& s : http.settings) {
    i.expect(is_setting_name(s.name), "http.settings", "a name must be 1 to {} of a-z, 0-9 and _",
             limits::setting_name_bytes_max);
    i.expect(names.insert(s.name).second, "http.settings", "a name is given twice");
    i.expect(!s.value.empty(), "http.settings", "'{}' is empty", s.name);
    i.expect_text(s.value, limits::setting_value_bytes_max, "http.settings");
  }
  i.expect(t.pay_out_methods.empty(), "pay_out_methods", "no dialect speaks of pay-outs yet");
  i.expect(t.card_methods.empty(), "card_methods", "no dialect speaks of cards and agreements yet");
  i.expect(t.bank == bank_behaviour{}, "http", "a channel has a virtual bank or is spoken to over HTTP, not both");
}

} // namespace

std::string fault_in(const merchant_terms& t) {
  inspection i;
  i.expect(follows_rules(t.merchant), "merchant", name_form, limits::merchant_id_bytes_max);
  i.expect_text(t.display_name, limits::display_name_bytes_max, "display_name");
  i.expect_within(t.fee_rate_ppm, 0, limits::rate_ppm_max, "fee_rate_ppm");
  i.expect_within(t.fee_minimum_minor, 0, limits::amount_minor_max, "fee_minimum_minor");
  if (!t.notify_url.empty()) {
    const auto url = http_url::parse(t.notify_url);
    i.expect(url.has_value(), "notify_url", "{}", url ? std::string() : url.error());
  }
  i.expect_within(t.requests_per_s_max, 0, limits::quota_requests_max, "requests_per_s_max");
  i.expect_within(t.requests_burst_max, 0, limits::quota_requests_max, "requests_burst_max");
  i.expect(t.requests_burst_max == 0 || t.requests_per_s_max != 0, "requests_burst_max",
           "bounds nothing without requests_per_s_max");
  i.expect_within(t.requests_under_way_max, 0, limits::tickets_total, "requests_under_way_max");
  return std::move(i).take();
}

namespace {

/// What is paid inside the house has no bank that could behave or charge, and what it would pay out goes to a bank.
void inspect_house(inspection& i, const channel_terms& t) {
  if (t.in_house == house_tool::none)
    return;
  i.expect(t.cost_rate_ppm == 0, "cost_rate_ppm", "nobody charges for a channel in the house: must be zero");
  i.expect(t.cost_fixed_minor == 0, "cost_fixed_minor", "nobody charges for a channel in the house: must be zero");
  i.expect(t.pay_out_methods.empty(), "pay_out_methods", "a channel in the house pays nothing out");
  i.expect(t.card_methods.empty(), "card_methods", "a channel in the house binds no cards");
  i.expect(t.bank == bank_behaviour{}, "bank", "a channel in the house has none");
  i.expect(t.http == http_access{}, "http", "a channel in the house is spoken to by nobody outside");
}

} // namespace

std::string fault_in(const channel_terms& t) {
  inspection i;
  i.expect(follows_rules(t.channel), "channel", name_form, limits::channel_id_bytes_max);
  i.expect_text(t.display_name, limits::display_name_bytes_max, "display_name");
  i.expect(!t.methods.empty() || !t.pay_out_methods.empty() || !t.card_methods.empty(), "methods",
           "names none, so the channel would serve nobody");
  i.expect_list(t.methods, "methods", follows_rules<method_rules>);
  i.expect_list(t.pay_out_methods, "pay_out_methods", follows_rules<method_rules>);
  i.expect_list(t.card_methods, "card_methods", follows_rules<method_rules>);
  i.expect(!t.currencies.empty(), "currencies", "names none, so the channel would serve nobody");
  i.expect_list(t.currencies, "currencies", [](currency c) { return is_known(c); });
  i.expect_within(t.amount_minor_min, 1, limits::amount_minor_max, "amount_minor_min");
  i.expect_within(t.amount_minor_max, 0, limits::amount_minor_max, "amount_minor_max");
  i.expect(t.amount_minor_max == 0 || t.amount_minor_min <= t.amount_minor_max, "amount_minor_min",
           "above amount_minor_max");
  i.expect_within(t.cost_rate_ppm, 0, limits::rate_ppm_max, "cost_rate_ppm");
  i.expect_within(t.cost_fixed_minor, 0, limits::amount_minor_max, "cost_fixed_minor");
  i.expect_within(t.gray_ppm, 0, limits::rate_ppm_max, "gray_ppm");
  i.expect_list(t.merchants_allowed, "merchants_allowed", follows_rules<merchant_id_rules>);
  i.expect_within(t.concurrency_max, 1, limits::concurrency_max, "concurrency_max");
  i.expect_within(t.queue_max, 0, limits::limiter_queue_max, "queue_max");
  i.expect_within(t.queue_wait_ms_max, 0, limits::reply_limit_ms, "queue_wait_ms_max");
  i.expect_within(t.submit_within_ms, 1, limits::reply_window_ms_max, "submit_within_ms");
  i.expect_within(t.reply_within_ms, 1, limits::reply_window_ms_max, "reply_within_ms");
  i.expect_within(t.enquire_after_ms, 1, limits::enquire_after_ms_max, "enquire_after_ms");
  i.expect_within(t.enquire_interval_ms_max, 1, limits::enquire_after_ms_max, "enquire_interval_ms_max");
  i.expect_within(t.enquiries_max, 1, limits::enquiries_max, "enquiries_max");
  i.expect_within(t.not_found_after_ms, 1, limits::enquire_after_ms_max, "not_found_after_ms");
  i.expect_within(t.reverse_after_ms, 0, limits::reverse_after_ms_max, "reverse_after_ms");
  i.expect_within(t.check_ppm, 0, limits::rate_ppm_max, "check_ppm");
  i.expect_within(t.check_after_ms, 1, limits::check_after_ms_max, "check_after_ms");
  inspect_bank(i, t.bank);
  inspect_http(i, t);
  inspect_house(i, t);
  return std::move(i).take();
}

} // namespace oncepay
