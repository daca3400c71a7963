#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"
#include "tests/support/generators.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

merchant_terms sound_merchant() {
  return {merchant_id::parse("m1").value(), "Shop", 10'000, 1, false};
}

channel_terms sound_channel() {
  channel_terms t;
  t.channel = channel_id::parse("alpha").value();
  t.methods = {method_id::parse("card").value()};
  t.currencies = {parse_currency("CNY").value()};
  return t;
}

/// Spoils sound terms; the fault must name `field`.
template <class Terms>
void check_named(Terms terms, const std::string& field, const std::function<void(Terms&)>& spoil) {
  REQUIRE(fault_in(terms).empty());
  spoil(terms);
  std::string fault = fault_in(terms);
  CHECK_MESSAGE(fault.starts_with(field + ": "), "fault: '" << fault << "', expected one of " << field);
}

} // namespace

TEST_CASE("a merchant's fault is named by its field") {
  using terms = merchant_terms;
  auto check = [](const std::string& field, const std::function<void(terms&)>& spoil) {
    check_named<terms>(sound_merchant(), field, spoil);
  };
  check("merchant", [](terms& t) { t.merchant = {}; });
  check("merchant", [](terms& t) { t.merchant = merchant_id::trusted("Shop"); });
  check("display_name", [](terms& t) { t.display_name = std::string(limits::display_name_bytes_max + 1, 'x'); });
  check("display_name", [](terms& t) { t.display_name = "a\nb"; });
  check("fee_rate_ppm", [](terms& t) { t.fee_rate_ppm = limits::rate_ppm_max + 1; });
  check("fee_minimum_minor", [](terms& t) { t.fee_minimum_minor = -1; });
  check("fee_minimum_minor", [](terms& t) { t.fee_minimum_minor = limits::amount_minor_max + 1; });
}

TEST_CASE("a channel's fault is named by its field") {
  using terms = channel_terms;
  auto check = [](const std::string& field, const std::function<void(terms&)>& spoil) {
    check_named<terms>(sound_channel(), field, spoil);
  };
  auto card = method_id::parse("card").value();
  auto cny = parse_currency("CNY").value();
  check("channel", [](terms& t) { t.channel = channel_id::trusted("a/b"); });
  check("display_name", [](terms& t) { t.display_name = "\xff"; });
  check("methods", [](terms& t) { t.methods.clear(); });
  check("methods", [&](terms& t) { t.methods = {card, card}; });
  check("methods", [](terms& t) { t.methods = {method_id::trusted("Card")}; });
  check("methods", [](terms& t) {
    for (size_t i = 0; i < limits::channel_list_max; ++i)
      t.methods.push_back(method_id::trusted("m" + std::to_string(i)));
  });
  check("card_methods", [&](terms& t) { t.card_methods = {card, card}; });
  check("currencies", [](terms& t) { t.currencies.clear(); });
  check("currencies", [&](terms& t) { t.currencies = {cny, cny}; });
  check("currencies", [](terms& t) { t.currencies = {currency{999}}; });
  check("amount_minor_min", [](terms& t) { t.amount_minor_min = 0; });
  check("amount_minor_min", [](terms& t) { t.amount_minor_min = 5, t.amount_minor_max = 4; });
  check("amount_minor_min", [](terms& t) { t.amount_minor_min = limits::amount_minor_max + 1; });
  check("amount_minor_max", [](terms& t) { t.amount_minor_max = -1; });
  check("amount_minor_max", [](terms& t) { t.amount_minor_max = limits::amount_minor_max + 1; });
  check("cost_rate_ppm", [](terms& t) { t.cost_rate_ppm = limits::rate_ppm_max + 1; });
  check("cost_fixed_minor", [](terms& t) { t.cost_fixed_minor = -1; });
  check("gray_ppm", [](terms& t) { t.gray_ppm = limits::rate_ppm_max + 1; });
  check("merchants_allowed", [](terms& t) { t.merchants_allowed = {merchant_id::trusted("")}; });
  check("concurrency_max", [](terms& t) { t.concurrency_max = 0; });
  check("concurrency_max", [](terms& t) { t.concurrency_max = limits::concurrency_max + 1; });
  check("queue_max", [](terms& t) { t.queue_max = limits::limiter_queue_max + 1; });
  check("queue_wait_ms_max", [](terms& t) { t.queue_wait_ms_max = limits::reply_limit_ms + 1; });
  check("submit_within_ms", [](terms& t) { t.submit_within_ms = 0; });
  check("reply_within_ms", [](terms& t) { t.reply_within_ms = 0; });
  check("reply_within_ms", [](terms& t) { t.reply_within_ms = limits::reply_window_ms_max + 1; });
  check("enquire_after_ms", [](terms& t) { t.enquire_after_ms = 0; });
  check("enquire_after_ms", [](terms& t) { t.enquire_after_ms = limits::enquire_after_ms_max + 1; });
}

TEST_CASE("a virtual bank's shares, latencies and codes are checked") {
  using terms = channel_terms;
  auto check = [](const std::string& field, const std::function<void(terms&)>& spoil) {
    check_named<terms>(sound_channel(), field, spoil);
  };
  check("bank.latency_us", [](terms& t) { t.bank.latency_min_us = 1; });
  check("bank.latency_us", [](terms& t) { t.bank.latency_p99_us = 9, t.bank.latency_max_us = 8; });
  check("bank.latency_max_us", [](terms& t) { t.bank.latency_max_us = limits::bank_latency_us_max + 1; });
  check("bank", [](terms& t) { t.bank.timeout_moved_ppm = 600'000, t.bank.late_ppm = 400'001; });
  // Four of them wrap 32 bits to zero: the sum must not.
  check("bank", [](terms& t) {
    for (const char* code : {"A", "B", "C", "D"})
      t.bank.failures.push_back({code, uint32_t{1} << 30, reply_class::failed_final});
  });
  check("bank.failures.code", [](terms& t) { t.bank.failures = {{"", 1, reply_class::unknown}}; });
  check("bank.failures.code", [](terms& t) { t.bank.failures = {{"A B", 1, reply_class::unknown}}; });
  check("bank.failures.code", [](terms& t) {
    t.bank.failures = {{"A", 1, reply_class::unknown}, {"A", 1, reply_class::failed_final}};
  });
  check("bank.failures.outcome", [](terms& t) { t.bank.failures = {{"A", 1, reply_class::succeeded}}; });
  check("bank.failures.outcome", [](terms& t) { t.bank.failures = {{"A", 1, static_cast<reply_class>(9)}}; });
  check("bank.book_file", [](terms& t) { t.bank.book_file = std::string(limits::path_bytes_max + 1, 'x'); });
  auto t = sound_channel();
  t.bank.timeout_moved_ppm = 600'000;
  t.bank.late_ppm = 400'000;
  CHECK(fault_in(t).empty());
}

TEST_CASE("terms at every documented bound have no fault") {
  CHECK(rc::check("merchants", [] { RC_ASSERT(fault_in(*generate::merchant_terms_without_fault()) == ""); }));
  CHECK(rc::check("channels", [] { RC_ASSERT(fault_in(*generate::channel_terms_without_fault()) == ""); }));
}

TEST_CASE("a fault in how a channel outside is spoken to is named by its field") {
  using terms = channel_terms;
  auto outside = sound_channel();
  outside.http = {"https://bank.example", "wechat-v2", {{"app_id", "wx1"}}};
  auto check = [&](const std::string& field, const std::function<void(terms&)>& spoil) {
    check_named<terms>(outside, field, spoil);
  };
  check("http.url", [](terms& t) { t.http.url = "bank.example"; });
  check("http.url", [](terms& t) { t.http.url.clear(); });
  check("http.url", [](terms& t) { t.http.url = "http://bank.example"; });
  check("http.dialect", [](terms& t) { t.http.dialect.clear(); });
  check("card_methods", [](terms& t) { t.card_methods = t.methods; }); // no dialect speaks of cards
  check("http.dialect", [](terms& t) { t.http.dialect = std::string(limits::path_bytes_max + 1, 'd'); });
  check("http.settings", [](terms& t) { t.http.settings = {{"a", "1"}, {"a", "2"}}; });
  check("http.settings", [](terms& t) { t.http.settings = {{"A", "1"}}; });
  check("http.settings", [](terms& t) { t.http.settings = {{"a", ""}}; });
  check("http.settings", [](terms& t) { t.http.settings = {{"a", "\x1b"}}; });
  check("http.settings", [](terms& t) { t.http.settings = {{"a", std::string(257, 'x')}}; });
  check("http.settings", [](terms& t) {
    for (int i = 0; i < 33; ++i)
      t.http.settings.push_back({"n" + std::to_string(i), "1"});
  });
  check("http", [](terms& t) { t.bank.seed = 7; });
}
