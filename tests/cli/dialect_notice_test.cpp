// What channels tell of their own accord, in the dialects that are part of the program: believed as far as the
// channel's key vouches for it. And how [notice] of a dialect's file is read.
#include "actors/domain/dialect/notice.hpp"
#include "actors/domain/dialect/order_address.hpp"
#include "cli/dialect/dialect_file.hpp"
#include "tests/cli/rsa_pems.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;
using reason = no_notice::reason;

namespace {

const std::string our_id = "7zzzzzzzzzzzzzzzzzzzzzzzzz";

const signing_keys& rsa_pair() {
  static const signing_keys keys = [] {
    const auto pair = test::new_rsa_pair();
    return signing_keys{{}, *rsa_key::private_key(pair.private_key), *rsa_key::public_key(pair.public_key)};
  }();
  return keys;
}

channel_voice wechat() {
  return {*load_dialect("wechat-v2"),
          {{"app_id", "wx1"}, {"mch_id", "1900"}, {"ip", "127.0.0.1"}, {"subject", "Tea"}},
          {"0123456789abcdef0123456789abcdef", {}, {}},
          true};
}
channel_voice alipay() {
  return {*load_dialect("alipay"), {{"app_id", "2021"}, {"subject", "Tea"}}, rsa_pair()};
}

field_map wechat_paid() {
  return {{"return_code", "SUCCESS"}, {"result_code", "SUCCESS"},      {"mch_id", "1900"},
          {"out_trade_no", our_id},   {"total_fee", "14780"},          {"fee_type", "CNY"},
          {"attach", "shop.QS0x"},    {"transaction_id", "4200000001"}};
}
field_map alipay_paid() {
  return {{"app_id", "2021"},
          {"trade_status", "TRADE_SUCCESS"},
          {"trade_no", "2026"},
          {"out_trade_no", our_id},
          {"total_amount", "147.80"},
          {"passback_params", "shop.QS0x"},
          {"notify_time", "2026-11-20 21:40:43"}};
}

/// A notice as the channel writes it.
std::string signed_notice(const channel_voice& voice, field_map fields) {
  const auto& d = *voice.speaks.notice;
  fields[d.signature.field] = *sign(d.signature, voice.keys, signed_text(fields, d.signature.field));
  if (d.body == body_format::form)
    fields["sign_type"] = "RSA2";
  return write_fields(d.body, fields);
}

tl::expected<told_by_channel, no_notice> told(const channel_voice& voice, const field_map& fields) {
  return read_notice(voice, signed_notice(voice, fields));
}

reason fault(const channel_voice& voice, const field_map& fields) {
  const auto read = told(voice, fields);
  REQUIRE_FALSE(read);
  return read.error().why;
}

field_map with(field_map fields, const std::string& name, const std::string& value) {
  fields[name] = value;
  return fields;
}
field_map without(field_map fields, const std::string& name) {
  fields.erase(name);
  return fields;
}

// --- files ---

/// The mistakes of WeChat's dialect with one part of its text replaced.
std::string mistakes_with(const std::string& part, const std::string& other) {
  std::string text(shipped_dialect_text("wechat-v2"));
  const auto at = text.rfind(part);
  REQUIRE(at != std::string::npos);
  text.replace(at, part.size(), other);
  const auto parsed = parse_dialect(text, "d.toml");
  if (parsed)
    return "none";
  std::string all;
  for (const auto& mistake : parsed.error())
    all += mistake + "\n";
  return all;
}

bool has(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a notice tells which payment was paid, how much, and where its order is") {
  for (const auto& [voice, fields] : {std::pair{wechat(), wechat_paid()}, std::pair{alipay(), alipay_paid()}}) {
    const auto read = told(voice, fields);
    REQUIRE(read);
    CHECK(read->id.str() == our_id);
    CHECK(read->what == reply_class::succeeded);
    CHECK(read->amount == money{14'780, {156}});
    CHECK(order_at(read->order));
    CHECK(!read->channel_ref.empty());
  }
}

TEST_CASE("Loss prevented: somebody who knows our address writes that he has paid") {
  for (const auto& [voice, fields] : {std::pair{wechat(), wechat_paid()}, std::pair{alipay(), alipay_paid()}}) {
    const auto& d = *voice.speaks.notice;
    const auto unsigned_body = read_notice(voice, write_fields(d.body, fields));
    REQUIRE_FALSE(unsigned_body);
    CHECK(unsigned_body.error().why == reason::unsigned_body);
    const auto forged = read_notice(voice, write_fields(d.body, with(fields, "sign", "0123456789ABCDEF")));
    REQUIRE_FALSE(forged);
    CHECK(forged.error().why == reason::forged);
    auto other = voice;
    other.keys = {"another key", {}, {}};
    const auto by_another = read_notice(other, signed_notice(voice, fields));
    REQUIRE_FALSE(by_another);
    CHECK(by_another.error().why == reason::forged);
    const auto garbage = read_notice(voice, "<html>\x01 502 }{&&==");
    CHECK_FALSE(garbage);
  }
}

TEST_CASE("Loss prevented: a signed notice is passed on with a field hidden in its neighbour") {
  const auto voice = wechat();
  auto fields = with(wechat_paid(), "result_code", "FAIL");
  fields["a"] = "1";
  auto& d = *voice.speaks.notice;
  const auto signature = *sign(d.signature, voice.keys, signed_text(fields, "sign"));
  // The same signed text: "...&out_trade_no=X&result_code=FAIL&..." told as one field.
  fields["out_trade_no"] += "&result_code=FAIL";
  fields.erase("result_code");
  fields["sign"] = signature;
  const auto read = read_notice(voice, write_fields(d.body, fields));
  REQUIRE_FALSE(read);
  CHECK(read.error().why == reason::forged);
}

TEST_CASE("Loss prevented: a signed notice is passed on with a field hidden in another one's name") {
  const auto voice = alipay();
  const auto& d = *voice.speaks.notice;
  auto fields = with(alipay_paid(), "trade_status", "TRADE_CLOSED");
  fields["gmt_refund"] = "2026-11-20 10:00:00";
  fields["notify_id"] = "7";
  fields["sign"] = *sign(d.signature, voice.keys, signed_text(fields, "sign"));
  // The same signed text: "...&gmt_refund=...&notify_id=7&..." told as one field that hasn't the name of either.
  auto hidden = fields;
  hidden.erase("gmt_refund");
  hidden.erase("notify_id");
  hidden["gmt_refund=2026-11-20 10:00:00&notify_id"] = "7";
  const auto read = read_notice(voice, write_fields(d.body, hidden));
  REQUIRE_FALSE(read);
  CHECK(read.error().why == reason::forged);
}

TEST_CASE("Loss prevented: a notice about somebody else's account, or of no amount, pays an order of ours") {
  const auto wx = wechat();
  CHECK(fault(wx, with(wechat_paid(), "mch_id", "1901")) == reason::not_ours);
  CHECK(fault(wx, without(wechat_paid(), "mch_id")) == reason::not_ours);
  CHECK(fault(wx, with(wechat_paid(), "return_code", "FAIL")) == reason::not_ours);
  CHECK(fault(wx, with(wechat_paid(), "out_trade_no", "4711")) == reason::not_ours);
  for (const auto* amount : {"", "0", "-1", "147.80", "1e3", "14780 ", "99999999999999999999"})
    CHECK(fault(wx, with(wechat_paid(), "total_fee", amount)) == reason::not_ours);
  const auto ali = alipay();
  CHECK(fault(ali, with(alipay_paid(), "app_id", "2022")) == reason::not_ours);
  for (const auto* amount : {"", "0.00", "-1", "147.801"})
    CHECK(fault(ali, with(alipay_paid(), "total_amount", amount)) == reason::not_ours);
}

TEST_CASE("Loss prevented: the notice of a refund is taken for a payment that failed") {
  const auto ali = alipay();
  const auto closed = with(alipay_paid(), "trade_status", "TRADE_CLOSED");
  CHECK(told(ali, closed)->what == reply_class::failed_final);
  CHECK(told(ali, with(closed, "gmt_refund", "2026-11-20 21:40:43.127"))->what == reply_class::unknown);
  CHECK(told(ali, with(alipay_paid(), "gmt_refund", "2026-11-20 21:40:43.127"))->what == reply_class::unknown);
}

TEST_CASE("what no row of the table has is unknown, and a failed try at WeChat ends nothing") {
  CHECK(told(alipay(), with(alipay_paid(), "trade_status", "NEWLY_INVENTED"))->what == reply_class::unknown);
  CHECK(told(alipay(), with(alipay_paid(), "trade_status", "WAIT_BUYER_PAY"))->what == reply_class::payer_confirming);
  const auto failed = with(with(wechat_paid(), "result_code", "FAIL"), "err_code", "NOTENOUGH");
  CHECK(told(wechat(), failed)->what == reply_class::unknown);
  CHECK(told(wechat(), with(wechat_paid(), "err_code", "NOTENOUGH"))->what == reply_class::unknown);
}

TEST_CASE("a payment tells its channel where to tell of it, and what to give back, where notices are taken only") {
  for (const auto& [voice, where, what] :
       {std::tuple{wechat(), "notify_url", "attach"}, std::tuple{alipay(), "notify_url", "passback_params"}}) {
    asked_of_channel asked{channel_question::pay,      our_id,     our_id, {14'780, {156}}, {14'780, {156}}, "1345",
                           {1'795'000'000 * ns_per_s}, "shop.QS0x"};
    CHECK(make_request(voice, asked)->body.find(where) == std::string::npos);
    CHECK(make_request(voice, asked)->body.find(what) == std::string::npos);
    auto listening = voice;
    listening.notices_url = "https://pay.example.com/notice/c";
    const auto body = make_request(listening, asked)->body;
    CHECK(body.find(where) != std::string::npos);
    CHECK(body.find("shop.QS0x") != std::string::npos);
  }
}

TEST_CASE("a mistake in how notices are read stops the start, with its line") {
  CHECK(mistakes_with("[notice]", "[notice]") == "none");
  CHECK(has(mistakes_with("how = \"hmac-sha256\"", "how = \"none\""), "whoever knows the address could write"));
  CHECK(has(mistakes_with("how = \"hmac-sha256\"", "how = \"rsa-sha256\""), "must need the same key"));
  CHECK(has(mistakes_with("id = \"out_trade_no\"\n", ""), "notice.id: missing"));
  CHECK(has(mistakes_with("order = \"attach\"\n", ""), "notice.order: missing"));
  CHECK(has(mistakes_with("amount = { field = \"total_fee\" }\n", ""), "notice.amount: missing"));
  CHECK(has(mistakes_with("unknown = [\"FAIL\", \"FAIL/*\"]", "not_found = [\"FAIL\"]"), "can't tell that it finds"));
  CHECK(has(mistakes_with("unknown = [\"FAIL\", \"FAIL/*\"]", "unknown = [\"A/B/C\"]"), "more parts than a code has"));
  CHECK(has(mistakes_with("echoes = { mch_id = \"{set.mch_id}\" }", "echoes = { mch_id = \"{id}\" }"),
            "only settings are known"));
  CHECK(has(mistakes_with("key_prefix = \"&key=\"\n", "key_prefix = \"&key=\"\nleaves_out = [\"total_fee\"]\n"),
            "the signature must cover it"));
  CHECK(has(mistakes_with("<![CDATA[FAIL]]></return_code><return_msg><![CDATA[LATER]]>",
                          "<![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]>"),
            "nothing would ever be told again"));
  CHECK(has(mistakes_with(", attach = \"{order}\"", ""), "wouldn't find the order"));
  CHECK(has(mistakes_with("[notice]\nbody = \"xml\"", "[notice]\nbody = \"yaml\""), "isn't one of"));
}

TEST_CASE("a dialect that tells channels where to tell, and can't read it, stops the start") {
  std::string text(shipped_dialect_text("wechat-v2"));
  text.resize(text.find("# What WeChat tells of its own accord"));
  const auto parsed = parse_dialect(text, "d.toml");
  REQUIRE_FALSE(parsed);
  CHECK(has(parsed.error().front(), "no [notice] says how that is read"));
}
