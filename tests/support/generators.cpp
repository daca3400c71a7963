#include "tests/support/generators.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace oncepay::generate {

namespace {

constexpr std::string_view lower_and_digits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view in_names = "abcdefghijklmnopqrstuvwxyz0123456789_-";

template <class Id>
rc::Gen<Id> id(std::string_view alphabet, size_t bytes_max) {
  return rc::gen::map(word(alphabet, bytes_max), [](const std::string& text) { return Id::parse(text).value(); });
}

template <class T>
rc::Gen<T> within(T min, T max) {
  return rc::gen::inRange<T>(min, max + 1);
}

template <class Enum>
rc::Gen<Enum> one_of(std::vector<Enum> values) {
  return rc::gen::elementOf(std::move(values));
}

/// Up to `max` different values, in any order.
template <class T>
std::vector<T> pick_some(const rc::Gen<T>& values, size_t min, size_t max) {
  auto list = *rc::gen::unique<std::vector<T>>(*within<size_t>(min, max), values);
  return list;
}

rc::Gen<uint32_t> ppm() {
  return within<uint32_t>(0, limits::rate_ppm_max);
}

bank_behaviour bank() {
  bank_behaviour b;
  b.seed = *rc::gen::arbitrary<uint64_t>();
  std::vector<uint32_t> latencies =
      *rc::gen::container<std::vector<uint32_t>>(4, within<uint32_t>(0, limits::bank_latency_us_max));
  std::sort(latencies.begin(), latencies.end());
  b.latency_min_us = latencies[0];
  b.latency_p50_us = latencies[1];
  b.latency_p99_us = latencies[2];
  b.latency_max_us = latencies[3];
  // A sixth of the whole each, so that the sum stays within it.
  auto share = within<uint32_t>(0, limits::rate_ppm_max / 6);
  for (const std::string& code : pick_some(word("ABCDEFGHIJKLMNOP_", limits::channel_code_bytes_max), 0, 3))
    b.failures.push_back(
        {code, *share,
         *one_of<reply_class>({reply_class::failed_try_another, reply_class::failed_final, reply_class::unknown})});
  b.timeout_unmoved_ppm = *share;
  b.timeout_moved_ppm = *share;
  b.late_ppm = *share;
  b.capacity = *rc::gen::arbitrary<uint32_t>();
  b.enquiry_failed_ppm = *share;
  b.enquiry_late_ppm = *share;
  b.not_found_for_ms = *within<uint32_t>(0, limits::enquire_after_ms_max);
  return b;
}

http_access http() {
  http_access h;
  h.url = *rc::gen::element<std::string>("https://api.example.com", "https://bank.example:8443/v2",
                                         "http://127.0.0.1:1", "http://[::1]:65535/a/b");
  h.dialect = *rc::gen::element<std::string>("wechat-v2", "dialects/own.toml");
  std::set<std::string> names;
  for (size_t n = *within<size_t>(0, 4); n > 0; --n)
    if (auto name = *word(lower_and_digits, limits::setting_name_bytes_max); names.insert(name).second)
      h.settings.push_back({std::move(name), *named_text(limits::setting_value_bytes_max)});
  return h;
}

account_ref any_account() {
  auto kind = static_cast<account_kind>(*within<int>(1, 10));
  bool owned = kind != account_kind::platform_fees && kind != account_kind::transit &&
               kind != account_kind::suspense_long && kind != account_kind::suspense_short;
  return {kind, owned ? *word(in_names, limits::merchant_id_bytes_max) : std::string()};
}

sealed_payer any_sealed_payer() {
  return {*rc::gen::arbitrary<uint32_t>(), *rc::gen::map(rc::gen::arbitrary<std::vector<uint8_t>>(), [](auto octets) {
            std::vector<std::byte> bytes;
            for (uint8_t o : octets)
              bytes.push_back(static_cast<std::byte>(o));
            return bytes;
          })};
}

} // namespace

rc::Gen<std::string> word(std::string_view alphabet, size_t bytes_max) {
  return rc::gen::mapcat(within<size_t>(1, bytes_max), [alphabet](size_t length) {
    return rc::gen::container<std::string>(length, rc::gen::elementOf(std::string(alphabet)));
  });
}

rc::Gen<std::string> named_text(size_t bytes_max) {
  return rc::gen::exec([bytes_max] {
    static const std::vector<std::string> letters{"a", "Z", "0", " ", ".", "\"", "\\", "é", "支", "付", "€", "😀"};
    std::string text;
    for (size_t n = *within<size_t>(1, bytes_max / 4); n > 0; --n)
      text += *rc::gen::elementOf(letters);
    return text;
  });
}

rc::Gen<std::string> plain_text(size_t bytes_max) {
  return rc::gen::oneOf(rc::gen::just(std::string()), named_text(bytes_max));
}

rc::Gen<merchant_id> merchant() {
  return id<merchant_id>(in_names, limits::merchant_id_bytes_max);
}

rc::Gen<wallet_id> wallet() {
  return id<wallet_id>(in_names, limits::wallet_id_bytes_max);
}

rc::Gen<channel_id> channel() {
  return id<channel_id>(in_names, limits::channel_id_bytes_max);
}

rc::Gen<order_no> order_number() {
  return id<order_no>("abcXYZ0123456789/:.#\"'\\~!", limits::order_no_bytes_max);
}

rc::Gen<method_id> method() {
  return id<method_id>("abcdefghijklmnopqrstuvwxyz0123456789_.-", limits::method_bytes_max);
}

rc::Gen<attempt_id> attempt() {
  return rc::gen::exec([] {
    return make_attempt_id(*word(lower_and_digits, 8), *merchant(), *order_number(), *within<uint32_t>(1, 8));
  });
}

rc::Gen<ruling_id> ruling() {
  return rc::gen::map(attempt(), [](const attempt_id& id) { return ruling_id::trusted(id.str()); });
}

rc::Gen<currency> known_currency() {
  return rc::gen::map(rc::gen::element<std::string>("CNY", "USD", "EUR", "JPY", "KWD", "CLF", "VND", "GBP"),
                      [](const std::string& alpha) { return parse_currency(alpha).value(); });
}

rc::Gen<instant> time() {
  return rc::gen::map(rc::gen::inRange<int64_t>(0, int64_t{4'000'000'000} * ns_per_s),
                      [](int64_t ns) { return instant{ns}; });
}

rc::Gen<money> amount() {
  return rc::gen::exec([] {
    int64_t max = *rc::gen::element<int64_t>(10, 100'000, limits::amount_minor_max);
    return money{*within<int64_t>(1, max), *known_currency()};
  });
}

rc::Gen<money> balance_amount() {
  return rc::gen::exec([] { return money{*rc::gen::arbitrary<int64_t>(), *known_currency()}; });
}

rc::Gen<hash128> hash() {
  return rc::gen::map(rc::gen::arbitrary<uint64_t>(), [](uint64_t n) {
    return hash_parts_128({"generated", std::to_string(n)});
  });
}

rc::Gen<merchant_terms> merchant_terms_without_fault() {
  return rc::gen::exec([] {
    return merchant_terms{*merchant(),
                          *plain_text(limits::display_name_bytes_max),
                          *ppm(),
                          *within<int64_t>(0, limits::amount_minor_max),
                          *rc::gen::arbitrary<bool>(),
                          *rc::gen::element<std::string>("", "https://shop.example/told", "http://127.0.0.1:8080"),
                          *within<uint32_t>(1, limits::quota_requests_max),
                          *within<uint32_t>(0, limits::quota_requests_max),
                          *within<uint32_t>(0, limits::tickets_total)};
  });
}

rc::Gen<channel_terms> channel_terms_without_fault() {
  return rc::gen::exec([] {
    channel_terms t;
    t.channel = *channel();
    t.display_name = *plain_text(limits::display_name_bytes_max);
    t.methods = pick_some(method(), 1, 4);
    t.currencies = pick_some(known_currency(), 1, 4);
    t.amount_minor_min = *within<int64_t>(1, limits::amount_minor_max);
    t.amount_minor_max =
        *rc::gen::oneOf(rc::gen::just<int64_t>(0), within<int64_t>(t.amount_minor_min, limits::amount_minor_max));
    t.cost_rate_ppm = *ppm();
    t.cost_fixed_minor = *within<int64_t>(0, limits::amount_minor_max);
    t.priority = *rc::gen::arbitrary<uint32_t>();
    t.weight = *rc::gen::arbitrary<uint32_t>();
    t.gray_ppm = *ppm();
    t.merchants_allowed = pick_some(merchant(), 0, 3);
    t.concurrency_max = *within<uint32_t>(1, limits::concurrency_max);
    t.rate_per_s_max = *rc::gen::arbitrary<uint32_t>();
    t.queue_max = *within<uint32_t>(0, limits::limiter_queue_max);
    t.queue_wait_ms_max = *within<uint32_t>(0, limits::reply_limit_ms);
    t.submit_within_ms = *within<uint32_t>(1, limits::reply_window_ms_max);
    t.reply_within_ms = *within<uint32_t>(1, limits::reply_window_ms_max);
    t.enquire_after_ms = *within<uint32_t>(1, limits::enquire_after_ms_max);
    t.enquire_interval_ms_max = *within<uint32_t>(1, limits::enquire_after_ms_max);
    t.enquiries_max = *within<uint32_t>(1, limits::enquiries_max);
    t.not_found_after_ms = *within<uint32_t>(1, limits::enquire_after_ms_max);
    t.reverse_after_ms = *within<uint32_t>(0, limits::reverse_after_ms_max);
    t.check_ppm = *ppm();
    t.check_after_ms = *within<uint32_t>(1, limits::check_after_ms_max);
    if (*within<int>(0, 7) == 0) {
      t.in_house = house_tool::wallet;
      t.cost_rate_ppm = 0;
      t.cost_fixed_minor = 0;
    } else if (*within<int>(0, 3) == 0) {
      t.http = http();
    } else {
      t.bank = bank();
      t.pay_out_methods = pick_some(method(), 0, 3);
      t.card_methods = pick_some(method(), 0, 3);
    }
    return t;
  });
}

rc::Gen<route_answer> route() {
  return rc::gen::exec([] {
    route_answer r;
    size_t count = *within<size_t>(0, 4);
    for (size_t i = 0; i < count; ++i)
      r.candidates.push_back({*channel(), static_cast<verdict>(*within<int>(1, 13)), *rc::gen::arbitrary<bool>(),
                              *rc::gen::arbitrary<uint32_t>(), *rc::gen::arbitrary<int64_t>()});
    // Mostly what the candidates say; sometimes nobody, or somebody who isn't among them.
    auto chosen = std::find_if(r.candidates.begin(), r.candidates.end(),
                               [](const candidate& c) { return c.verdict == verdict::chosen; });
    if (chosen != r.candidates.end() && *within<int>(0, 4) != 0)
      r.chosen = chosen->channel;
    else if (*rc::gen::arbitrary<bool>())
      r.chosen = *channel();
    r.refusal = *rc::gen::arbitrary<uint16_t>();
    r.submit_within_ms = *rc::gen::arbitrary<uint32_t>();
    r.reply_within_ms = *rc::gen::arbitrary<uint32_t>();
    r.enquire_after_ms = *rc::gen::arbitrary<uint32_t>();
    r.reverse_after_ms = *rc::gen::arbitrary<uint32_t>();
    r.cost_minor = *rc::gen::arbitrary<int64_t>();
    r.fee_minor = *rc::gen::arbitrary<int64_t>();
    r.terms_position = *rc::gen::arbitrary<uint64_t>();
    r.tells_merchant = *rc::gen::arbitrary<bool>();
    r.check_after_ms = *rc::gen::arbitrary<uint32_t>();
    return r;
  });
}

rc::Gen<std::vector<posting>> postings() {
  return rc::gen::exec([] {
    std::vector<posting> lines;
    for (size_t n = *within<size_t>(0, 6); n > 0; --n)
      lines.push_back({any_account(), *balance_amount()});
    return lines;
  });
}

rc::Gen<oncepay::input> any_input() {
  return rc::gen::exec([]() -> oncepay::input {
    switch (*within<int>(0, 25)) {
    case 22:
      return confirm_input{*amount(), *hash(), *rc::gen::arbitrary<bool>(), *route()};
    case 0: {
      pay_input in{*amount(), *method(),          *hash(), any_sealed_payer(),         *time(),
                   *route(),  any_sealed_payer(), *time(), *rc::gen::arbitrary<bool>()};
      if (*rc::gen::arbitrary<bool>()) {
        in.card_token = *hash();
        in.risk = {static_cast<risk_outcome>(*within<int>(1, 3)), *plain_text(limits::risk_rule_id_bytes_max),
                   *plain_text(limits::risk_version_bytes_max), *rc::gen::arbitrary<uint32_t>(),
                   *rc::gen::arbitrary<uint32_t>()};
        in.wallet = *wallet();
        in.to_wallet = *wallet();
      }
      if (*rc::gen::arbitrary<bool>())
        in.card = {static_cast<card_deed>(*within<int>(1, 3)), any_sealed_payer(), *hash()};
      if (*rc::gen::arbitrary<bool>())
        in.agreement = {*order_number(), *order_number(), *channel(), *plain_text(limits::agreement_bytes_max)};
      return in;
    }
    case 1: {
      attempt_input in{*rc::gen::arbitrary<uint32_t>(),
                       static_cast<evidence>(*within<int>(1, 12)),
                       static_cast<reply_class>(*within<int>(1, 6)),
                       *plain_text(limits::channel_code_bytes_max),
                       *plain_text(limits::channel_ref_bytes_max),
                       {}};
      if (*rc::gen::arbitrary<bool>())
        in.route = *route();
      if (*rc::gen::arbitrary<bool>())
        in.enquiry = enquiry_facts{*time(), *rc::gen::arbitrary<uint32_t>(), *rc::gen::arbitrary<uint32_t>(),
                                   *rc::gen::arbitrary<uint32_t>(), *rc::gen::arbitrary<bool>()};
      if (*rc::gen::arbitrary<bool>())
        in.notice = notice_facts{*channel(), *attempt(), *amount(), *time()};
      in.agreement = *plain_text(limits::agreement_bytes_max);
      in.card_mask = *plain_text(limits::card_mask_bytes_max);
      return in;
    }
    case 2:
      return merchant_input{*merchant_terms_without_fault(), *rc::gen::arbitrary<bool>()};
    case 3: {
      channel_input in{*channel_terms_without_fault(), *rc::gen::arbitrary<bool>()};
      in.terms.bank.book_file = *plain_text(64);
      return in;
    }
    case 4:
      return switch_input{*rc::gen::arbitrary<bool>(), *plain_text(64), *plain_text(64)};
    case 5:
      if (*rc::gen::arbitrary<bool>())
        return credit_input{*plain_text(64), *balance_amount(), {}, *channel(), *time()};
      return credit_input{*plain_text(64), *balance_amount(), *time()};
    case 6:
      if (*rc::gen::arbitrary<bool>())
        return claim_input{*plain_text(64), *balance_amount(), {}, *channel(), *time()};
      return claim_input{*plain_text(64), *balance_amount(), *rc::gen::oneOf(rc::gen::just(hash128{}), hash())};
    case 7:
      return release_input{*plain_text(64)};
    case 8:
      return refund_input{*order_number(), *order_number(), *balance_amount(), *plain_text(64),
                          *rc::gen::arbitrary<bool>()};
    case 9:
      return refund_answer_input{*rc::gen::arbitrary<uint32_t>(), static_cast<evidence>(*within<int>(1, 6)),
                                 static_cast<reply_class>(*within<int>(1, 4)),
                                 *plain_text(limits::channel_code_bytes_max),
                                 *plain_text(limits::channel_ref_bytes_max)};
    case 10:
      return close_input{*plain_text(64)};
    case 11:
      return timer_input{};
    case 12:
      return ruling_proposal_input{static_cast<ruling_subject>(*within<int>(1, 2)),
                                   *rc::gen::arbitrary<uint32_t>(),
                                   static_cast<ruling_outcome>(*within<int>(1, 3)),
                                   *plain_text(64),
                                   *plain_text(64),
                                   *plain_text(64)};
    case 13:
      return ruling_answer_input{*ruling(), *rc::gen::arbitrary<bool>(), *plain_text(64), *plain_text(64)};
    case 14:
      return telling_input{*rc::gen::arbitrary<uint32_t>(), *rc::gen::arbitrary<uint32_t>(),
                           static_cast<telling_fate>(*within<int>(1, 4)), *plain_text(limits::channel_code_bytes_max)};
    case 15:
      return check_input{*channel(), *plain_text(64), *plain_text(64)};
    case 16:
      return code_input{code_serial::trusted((*ruling()).str()), *merchant(), *code_label::parse("till-3")};
    case 17:
      return code_revocation_input{*plain_text(64), *plain_text(64)};
    case 18: {
      pay_out_input in{*order_number(), *amount(), *method(), *hash(), any_sealed_payer(), *plain_text(64), {}};
      if (*rc::gen::arbitrary<bool>())
        in.route = *route();
      if (*rc::gen::arbitrary<bool>())
        in.from_wallet = *wallet();
      return in;
    }
    case 19:
      return settle_input{*plain_text(64)};
    case 20: {
      account_answer_input in{static_cast<account_deed>(*within<int>(1, 4)), *rc::gen::arbitrary<uint16_t>(), {}};
      if (*rc::gen::arbitrary<bool>())
        in.route = *route();
      return in;
    }
    case 24: {
      batch_input in{*merchant(),
                     *order_number(),
                     *method(),
                     (*amount()).currency,
                     *rc::gen::arbitrary<int64_t>(),
                     *plain_text(64),
                     {}};
      for (size_t n = *within<size_t>(0, 3); n > 0; --n)
        in.lines.push_back({*order_number(), *rc::gen::arbitrary<int64_t>(), *hash(), any_sealed_payer()});
      return in;
    }
    case 25:
      return batch_handed_out_input{*rc::gen::container<std::vector<uint16_t>>(rc::gen::arbitrary<uint16_t>())};
    case 21:
      return pay_out_switch_input{*rc::gen::arbitrary<bool>(), *merchant(), *channel(), *plain_text(64),
                                  *plain_text(64)};
    default:
      return log_release_input{*plain_text(64), *plain_text(64)};
    }
  });
}

} // namespace oncepay::generate
