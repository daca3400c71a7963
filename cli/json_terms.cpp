// What merchants and channels are configured with, as JSON.
#include "cli/json.hpp"

#include "actors/domain/trajectory.hpp"

#include <nlohmann/json.hpp>

namespace oncepay::cli {

using json = nlohmann::ordered_json;

namespace {

std::string text(std::string_view raw) {
  return printable(raw);
}

template <class Ids>
json texts(const Ids& ids) {
  auto out = json::array();
  for (const auto& id : ids)
    out.push_back(text(id.str()));
  return out;
}

json bank(const bank_behaviour& b) {
  auto failures = json::array();
  for (const auto& f : b.failures)
    failures.push_back({{"code", text(f.code)}, {"share_ppm", f.share_ppm}, {"outcome", name(f.outcome)}});
  return {{"seed", b.seed},
          {"latency_min_us", b.latency_min_us},
          {"latency_p50_us", b.latency_p50_us},
          {"latency_p99_us", b.latency_p99_us},
          {"latency_max_us", b.latency_max_us},
          {"failures", std::move(failures)},
          {"timeout_unmoved_ppm", b.timeout_unmoved_ppm},
          {"timeout_moved_ppm", b.timeout_moved_ppm},
          {"late_ppm", b.late_ppm},
          {"capacity", b.capacity},
          {"enquiry_failed_ppm", b.enquiry_failed_ppm},
          {"enquiry_late_ppm", b.enquiry_late_ppm},
          {"not_found_for_ms", b.not_found_for_ms},
          {"book_file", text(b.book_file)}};
}

json http(const http_access& h) {
  if (h.url.empty())
    return nullptr;
  auto settings = json::object();
  for (const auto& s : h.settings)
    settings[s.name] = text(s.value);
  return {{"url", text(h.url)}, {"dialect", text(h.dialect)}, {"settings", std::move(settings)}};
}

} // namespace

nlohmann::ordered_json to_json(const merchant_terms& t) {
  return {{"merchant", text(t.merchant.str())},
          {"display_name", text(t.display_name)},
          {"fee_rate_ppm", t.fee_rate_ppm},
          {"fee_minimum_minor", t.fee_minimum_minor},
          {"suspended", t.suspended},
          {"notify_url", text(t.notify_url)},
          {"requests_per_s_max", t.requests_per_s_max},
          {"requests_burst_max", t.requests_burst_max},
          {"requests_under_way_max", t.requests_under_way_max}};
}

nlohmann::ordered_json to_json(const channel_terms& t) {
  auto currencies = json::array();
  for (const auto& c : t.currencies)
    currencies.push_back({{"numeric", c.numeric}, {"alpha", alpha_code(c)}});
  return {{"channel", text(t.channel.str())},
          {"display_name", text(t.display_name)},
          {"methods", texts(t.methods)},
          {"pay_out_methods", texts(t.pay_out_methods)},
          {"card_methods", texts(t.card_methods)},
          {"currencies", std::move(currencies)},
          {"amount_minor_min", t.amount_minor_min},
          {"amount_minor_max", t.amount_minor_max},
          {"cost_rate_ppm", t.cost_rate_ppm},
          {"cost_fixed_minor", t.cost_fixed_minor},
          {"priority", t.priority},
          {"weight", t.weight},
          {"gray_ppm", t.gray_ppm},
          {"merchants_allowed", texts(t.merchants_allowed)},
          {"concurrency_max", t.concurrency_max},
          {"rate_per_s_max", t.rate_per_s_max},
          {"queue_max", t.queue_max},
          {"queue_wait_ms_max", t.queue_wait_ms_max},
          {"submit_within_ms", t.submit_within_ms},
          {"reply_within_ms", t.reply_within_ms},
          {"enquire_after_ms", t.enquire_after_ms},
          {"enquire_interval_ms_max", t.enquire_interval_ms_max},
          {"enquiries_max", t.enquiries_max},
          {"not_found_after_ms", t.not_found_after_ms},
          {"reverse_after_ms", t.reverse_after_ms},
          {"check_ppm", t.check_ppm},
          {"check_after_ms", t.check_after_ms},
          {"in_house", name(t.in_house)},
          {"bank", bank(t.bank)},
          {"http", http(t.http)}};
}

} // namespace oncepay::cli
