// The dialects that are part of the program, and how a dialect's file is read: what replies prove, each as the loss it
// would be to believe more.
#include "cli/dialect/dialect_file.hpp"

#include "actors/domain/dialect/exchange.hpp"
#include "tests/cli/rsa_pems.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const std::string our_id = "7zzzzzzzzzzzzzzzzzzzzzzzza";

dialect shipped(const std::string& name) {
  auto d = load_dialect(name);
  if (!d)
    for (const auto& mistake : d.error())
      MESSAGE(mistake);
  REQUIRE(d);
  return *d;
}

asked_of_channel question(channel_question q) {
  const money amount{14780, {156}};
  return {q, our_id, our_id, amount, amount, "134567890123456789", {1'795'000'000 * ns_per_s}};
}

channel_voice wechat() {
  return {shipped("wechat-v2"),
          {{"app_id", "wx1"}, {"mch_id", "1900"}, {"ip", "127.0.0.1"}, {"subject", "Tea"}},
          {"0123456789abcdef0123456789abcdef", {}, {}},
          true};
}

/// Both halves of one pair: the tests speak for both sides.
const signing_keys& rsa_pair() {
  static const signing_keys keys = [] {
    const auto pair = test::new_rsa_pair();
    return signing_keys{{}, *rsa_key::private_key(pair.private_key), *rsa_key::public_key(pair.public_key)};
  }();
  return keys;
}

channel_voice alipay() {
  return {shipped("alipay"), {{"app_id", "2021"}, {"subject", "Tea"}}, rsa_pair()};
}

/// A reply as WeChat writes it, signed.
std::string wechat_reply(const channel_voice& voice, field_map fields) {
  fields.emplace("return_code", "SUCCESS");
  fields.emplace("mch_id", "1900");
  fields["sign"] = *sign(voice.speaks.reply_signature, voice.keys, signed_text(fields, "sign"));
  return write_fields(body_format::xml, fields);
}

proven wechat_says(channel_question q, const field_map& fields) {
  const auto voice = wechat();
  return read_reply(voice, question(q), 200, wechat_reply(voice, fields));
}

field_map paid() {
  return {{"result_code", "SUCCESS"}, {"out_trade_no", our_id}, {"total_fee", "14780"}, {"transaction_id", "4200001"}};
}

proven alipay_says(channel_question q, const std::string& member) {
  const auto voice = alipay();
  const auto& name = voice.speaks.operations.at(q).reply_member;
  const auto body =
      fmt::format(R"({{"{}":{},"sign":"{}"}})", name, member, *sign(voice.speaks.reply_signature, voice.keys, member));
  return read_reply(voice, question(q), 200, body);
}

std::string alipay_paid(std::string_view amount = "147.80", std::string_view id = our_id) {
  return fmt::format(R"({{"code":"10000","msg":"Success","trade_no":"2026","out_trade_no":"{}","total_amount":"{}"}})",
                     id, amount);
}

field_map without(field_map fields, const std::string& name) {
  fields.erase(name);
  return fields;
}

field_map with(field_map fields, const std::string& name, const std::string& value) {
  fields[name] = value;
  return fields;
}

} // namespace

TEST_CASE("Loss prevented: a refund leaves without our certificate, is cut at the door, and stays in doubt for ever") {
  channel_voice voice = wechat();
  CHECK(make_request(voice, question(channel_question::refund)));
  voice.shows_certificate = false;
  CHECK_FALSE(make_request(voice, question(channel_question::refund)));
  CHECK(make_request(voice, question(channel_question::pay)));
  CHECK(make_request(voice, question(channel_question::enquire_refund)));
}

TEST_CASE("a payment goes out as WeChat wants it, signed") {
  const auto voice = wechat();
  const auto request = make_request(voice, question(channel_question::pay));
  REQUIRE(request);
  CHECK(request->path == "/pay/micropay");
  auto fields = *read_fields(body_format::xml, request->body);
  CHECK(fields["out_trade_no"] == our_id);
  CHECK(fields["total_fee"] == "14780");
  CHECK(fields["auth_code"] == "134567890123456789");
  CHECK(fields["appid"] == "wx1");
  CHECK(verify(voice.speaks.request_signature, voice.keys, signed_text(fields, "sign"), fields["sign"]));
}

TEST_CASE("a payment goes out as Alipay wants it, with its business content as JSON in a form") {
  const auto voice = alipay();
  const auto request = make_request(voice, question(channel_question::pay));
  REQUIRE(request);
  CHECK(request->path == "/gateway.do");
  auto fields = *read_fields(body_format::form, request->body);
  CHECK(fields["method"] == "alipay.trade.pay");
  CHECK(fields["timestamp"] == "2026-11-18 19:06:40");
  CHECK(verify(voice.speaks.request_signature, voice.keys, signed_text(fields, "sign"), fields["sign"]));
  auto content = *read_fields(body_format::json, fields["biz_content"]);
  CHECK(content["out_trade_no"] == our_id);
  CHECK(content["total_amount"] == "147.80");
}

TEST_CASE("every operation of both dialects can be asked") {
  for (const auto& voice : {wechat(), alipay()})
    for (const auto q : channel_questions)
      CHECK_MESSAGE(make_request(voice, question(q)), voice.speaks.name, " ", name(q));
}

TEST_CASE("a request that lacks something is not sent, and says what it lacks") {
  auto asked = question(channel_question::pay);
  asked.payer_code.clear();
  CHECK(make_request(wechat(), asked).error() == "auth_code: nothing fills {payer_code}");
  auto voice = wechat();
  voice.keys = {};
  CHECK(make_request(voice, question(channel_question::pay)).error() == "the shared key is missing");
}

TEST_CASE("a success about our order and amount is one") {
  CHECK(wechat_says(channel_question::pay, paid()) == proven{reply_class::succeeded, "SUCCESS", "4200001", "", true});
  CHECK(wechat_says(channel_question::enquire, with(paid(), "trade_state", "SUCCESS")).what == reply_class::succeeded);
  CHECK(alipay_says(channel_question::pay, alipay_paid()) == proven{reply_class::succeeded, "10000", "2026", "", true});
  CHECK(alipay_says(channel_question::pay, alipay_paid("147.8")).what == reply_class::succeeded);
}

TEST_CASE("a success about another order or amount is not taken for ours, and a person is told") {
  for (const auto& said :
       {with(paid(), "out_trade_no", "somebody-elses"), with(paid(), "total_fee", "1"), without(paid(), "total_fee"),
        without(paid(), "out_trade_no"), with(paid(), "mch_id", "another-merchant")}) {
    const auto found = wechat_says(channel_question::pay, said);
    CHECK(found.what == reply_class::unknown);
    CHECK_FALSE(found.alarm.empty());
  }
  for (const auto& said :
       {alipay_paid("1.47"), alipay_paid("14780"), alipay_paid("147.80", "other"), alipay_paid("1e2")})
    CHECK(alipay_says(channel_question::pay, said).what == reply_class::unknown);
}

TEST_CASE(
    "Loss prevented: an answer that was \"done\" for years and is \"not done\" now fails a refund that was made") {
  const auto body = fmt::format(
      R"({{"code":"10000","msg":"Success","out_trade_no":"{}","out_request_no":"{}","refund_amount":"147.80"}})",
      our_id, our_id);
  CHECK(alipay_says(channel_question::enquire_refund, body).what == reply_class::unknown);
  CHECK(alipay_says(channel_question::enquire_refund, R"({"code":"10000","msg":"Success"})").what ==
        reply_class::not_found);
}

TEST_CASE("Loss prevented: a code that says that our number is in use already counts as failed") {
  for (const char* code : {"ORDERPAID", "OUT_TRADE_NO_USED", "ORDERCLOSED", "ORDERREVERSED", "BUYER_MISMATCH"})
    CHECK(wechat_says(channel_question::pay, {{"result_code", "FAIL"}, {"err_code", code}}).what ==
          reply_class::unknown);
}

TEST_CASE("a failure told of another order doesn't fail ours") {
  const auto found = wechat_says(
      channel_question::pay, {{"result_code", "FAIL"}, {"err_code", "NOTENOUGH"}, {"out_trade_no", "somebody-elses"}});
  CHECK(found.what == reply_class::unknown);
  CHECK_FALSE(found.alarm.empty());
}

TEST_CASE("a reply with a wrong signature proves nothing, whatever it says") {
  const auto voice = wechat();
  for (auto body :
       {wechat_reply(voice, paid()), wechat_reply(voice, {{"result_code", "FAIL"}, {"err_code", "NOTENOUGH"}})}) {
    body.insert(body.find("</sign>"), "0");
    const auto found = read_reply(voice, question(channel_question::pay), 200, body);
    CHECK(found.what == reply_class::unknown);
    CHECK(found.code == "BAD_SIGNATURE");
    CHECK_FALSE(found.alarm.empty());
  }
  auto ours = alipay();
  const auto body = fmt::format(R"({{"alipay_trade_pay_response":{},"sign":"{}"}})", alipay_paid("1.00"),
                                *sign(ours.speaks.reply_signature, ours.keys, alipay_paid()));
  CHECK(read_reply(ours, question(channel_question::pay), 200, body).what == reply_class::unknown);
}

TEST_CASE("Loss prevented: a signed reply is cut into other fields, its error is hidden in a neighbour, and it counts "
          "as paid") {
  const auto voice = wechat();
  auto fields = with(with(with(paid(), "err_code", "NOTENOUGH"), "appid", "wx1"), "return_code", "SUCCESS");
  fields["mch_id"] = "1900";
  const auto signature = *sign(voice.speaks.reply_signature, voice.keys, signed_text(fields, "sign"));
  const auto hidden = with(with(without(fields, "err_code"), "appid", "wx1&err_code=NOTENOUGH"), "sign", signature);
  REQUIRE(verify(voice.speaks.reply_signature, voice.keys, signed_text(hidden, "sign"), signature));
  const auto found = read_reply(voice, question(channel_question::pay), 200, write_fields(body_format::xml, hidden));
  CHECK(found.what == reply_class::unknown);
  CHECK(found.code == "BAD_SIGNATURE");
  // What merely looks like it is left alone.
  CHECK(wechat_says(channel_question::pay, with(paid(), "bank", "A&B=C & sons")).what == reply_class::succeeded);
}

TEST_CASE("an unsigned reply, an error page and garbage prove nothing") {
  const auto voice = wechat();
  const auto says = [&](int status, std::string_view body) {
    return read_reply(voice, question(channel_question::pay), status, body).what;
  };
  CHECK(says(200, "<xml><return_code>FAIL</return_code><return_msg>SIGNERROR</return_msg></xml>") ==
        reply_class::unknown);
  CHECK(says(502, wechat_reply(voice, paid())) == reply_class::unknown);
  CHECK(says(200, "<html>Bad Gateway</html>") == reply_class::unknown);
  CHECK(says(200, "") == reply_class::unknown);
}

TEST_CASE("a code that nobody mapped proves nothing, nor does a success that also names an error") {
  CHECK(wechat_says(channel_question::pay, {{"result_code", "FAIL"}, {"err_code", "NEWLY_INVENTED"}}) ==
        proven{reply_class::unknown, "NEWLY_INVENTED", "", "", true});
  CHECK(wechat_says(channel_question::pay, with(paid(), "err_code", "NOTENOUGH")).what == reply_class::unknown);
  CHECK(alipay_says(channel_question::pay, R"({"code":"40004","sub_code":"ACQ.NEWLY_INVENTED"})").what ==
        reply_class::unknown);
}

TEST_CASE("'already paid' under our own number never sends the order to another channel") {
  for (const char* code : {"ORDERPAID", "OUT_TRADE_NO_USED", "ORDERCLOSED", "ORDERREVERSED", "INVALID_REQUEST"})
    CHECK(wechat_says(channel_question::pay, {{"result_code", "FAIL"}, {"err_code", code}}).what ==
          reply_class::unknown);
  for (const char* code : {"TRADE_HAS_SUCCESS", "CONTEXT_INCONSISTENT", "TRADE_BUYER_NOT_MATCH"})
    CHECK(alipay_says(channel_question::pay, fmt::format(R"({{"code":"40004","sub_code":"ACQ.{}"}})", code)).what ==
          reply_class::unknown);
}

TEST_CASE("each answer means what its operation says it means") {
  using q = channel_question;
  CHECK(wechat_says(q::pay, {{"result_code", "FAIL"}, {"err_code", "USERPAYING"}}).what ==
        reply_class::payer_confirming);
  CHECK(wechat_says(q::pay, {{"result_code", "FAIL"}, {"err_code", "NOTENOUGH"}}).what == reply_class::failed_final);
  CHECK(wechat_says(q::pay, {{"result_code", "FAIL"}, {"err_code", "NOAUTH"}}).what == reply_class::failed_try_another);
  CHECK(wechat_says(q::enquire, {{"result_code", "FAIL"}, {"err_code", "ORDERNOTEXIST"}}).what ==
        reply_class::not_found);
  CHECK(wechat_says(q::enquire, {{"result_code", "SUCCESS"}, {"out_trade_no", our_id}, {"trade_state", "REVOKED"}})
            .what == reply_class::failed_final);
  CHECK(wechat_says(q::reverse, {{"result_code", "SUCCESS"}, {"recall", "N"}}).what == reply_class::succeeded);
  CHECK(wechat_says(q::reverse, {{"result_code", "SUCCESS"}, {"recall", "Y"}}).what == reply_class::unknown);
  // Accepted isn't done.
  CHECK(wechat_says(q::refund, with(with(paid(), "out_refund_no", our_id), "refund_fee", "14780")).what ==
        reply_class::unknown);
  CHECK(alipay_says(q::pay, R"({"code":"10003"})").what == reply_class::payer_confirming);
  CHECK(alipay_says(q::pay, R"({"code":"40002","sub_code":"isv.whatever"})").what == reply_class::failed_try_another);
  // The same refusal of an enquiry says nothing about the payment.
  CHECK(alipay_says(q::enquire, R"({"code":"40002","sub_code":"isv.whatever"})").what == reply_class::unknown);
  CHECK(alipay_says(q::enquire, R"({"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"})").what == reply_class::not_found);
  CHECK(alipay_says(q::pay, R"({"code":"20000","sub_code":"aop.unknow-error"})").what == reply_class::unknown);
}

TEST_CASE("a channel's texts are cut and made harmless before anybody records them") {
  const auto found =
      wechat_says(channel_question::pay, {{"result_code", "FAIL"}, {"err_code", "\x1b[2J" + std::string(500, 'x')}});
  CHECK(found.code.size() == 32);
  CHECK(found.code.front() == '?');
}

TEST_CASE("every mistake in a dialect's file is told with its line") {
  const auto mistakes = parse_dialect(R"(name = "Bad Name"
request = "yaml"
reply = "json"
[request_signature]
how = "md5"
field = "sign"
[reply_signature]
how = "hmac-sha256"
[pay]
path = "pay"
code = ["code"]
fields = { a = "{nothing}", b = "{id", biz = { c = "{set.x}" } }
reply_echoes = { no = "{id}" }
reply_amount = { field = "fee" }
[pay.codes]
succeeded = ["OK", "A/*"]
failed_final = ["OK", "A/B"]
[enquiry]
)",
                                      "d.toml");
  REQUIRE_FALSE(mistakes);
  CHECK(fmt::format("{}", fmt::join(mistakes.error(), "\n")) ==
        R"(d.toml:1: enquire: missing: without it an attempt in doubt would stay so
d.toml:1: name: 'Bad Name' isn't of the form [a-z0-9-]{1,32}
d.toml:1: currency: missing: no field of [pay] has {currency}, so what are the amounts in?
d.toml:2: request: 'yaml' isn't one of xml, json, form
d.toml:4: request_signature.key_prefix: missing: without the key behind the text anybody could sign
d.toml:7: reply_signature.field: missing: the field that carries the signature
d.toml:10: pay.path: must begin with a slash and have no blanks
d.toml:12: pay.fields.a: there is no placeholder {nothing}
d.toml:12: pay.fields.b: a brace stands alone
d.toml:15: pay.codes: 'A/B' has 2 parts, but a code has 1
d.toml:16: pay.codes.succeeded: 'A/*': every success is written out
d.toml:17: pay.codes.failed_final: 'OK' has a row already: a code means one thing
d.toml:18: enquiry: unknown key; did you mean 'enquire'?)");
}

TEST_CASE("a success that couldn't be proven ours is refused with the file") {
  const auto mistakes = parse_dialect(R"(name = "x"
request = "form"
reply = "json"
request_signature = { how = "none" }
reply_signature = { how = "none" }
pay = { path = "/p", code = ["c"], codes = { succeeded = ["OK"] } }
enquire = { path = "/p", code = ["c"], codes = { succeeded = ["OK"] } }
)",
                                      "d.toml");
  REQUIRE_FALSE(mistakes);
  CHECK(mistakes.error().size() == 5);
}

// --- the codes as they were collected from the channels' documentation -----------------------------------------

namespace {

/// Rows of a table of codes by column name; empty where the folder isn't there.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& file) {
  const char* named = std::getenv("ONCEPAY_DATA");
  std::ifstream in(std::string(named != nullptr ? named : ONCEPAY_SOURCE_DIR "/../shared/data") + "/codes/" + file);
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == '\t')
        cells.emplace_back();
      else
        cells.back() += c;
    return cells;
  };
  std::string line;
  std::vector<std::map<std::string, std::string>> rows;
  if (!std::getline(in, line))
    return rows;
  const auto head = split(line);
  while (std::getline(in, line)) {
    const auto cells = split(line);
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < cells.size() && i < head.size(); ++i)
      row[head[i]] = cells[i];
  }
  return rows;
}

bool is_failure(reply_class m) {
  return m == reply_class::failed_final || m == reply_class::failed_try_another;
}

} // namespace

TEST_CASE("every documented code of a payment has a row, and none that leaves the outcome open is called failed") {
  const auto rows = rows_of("wechat_v2_micropay_err_codes.tsv");
  if (rows.empty()) {
    MESSAGE("skipped: there is no folder of collected codes");
    return;
  }
  const auto d = shipped("wechat-v2");
  const auto& codes = d.operations.at(channel_question::pay).codes;
  for (auto row : rows) {
    CAPTURE(row["err_code"]);
    CHECK(codes.rows().contains("FAIL/" + row["err_code"]));
    if (row["payment_state"] == "支付结果未知")
      CHECK_FALSE(is_failure(codes.of("FAIL/" + row["err_code"])));
  }
  const std::map<std::string, channel_question> apis{{"OrderClose", channel_question::close},
                                                     {"Refund", channel_question::refund},
                                                     {"RefundQuery", channel_question::enquire_refund}};
  for (auto row : rows_of("wechat_v2_err_codes_wxjava.tsv"))
    if (const auto api = apis.find(row["api"]); api != apis.end()) {
      CAPTURE(row["api"] + " " + row["err_code"]);
      CHECK(d.operations.at(api->second).codes.rows().contains("FAIL/" + row["err_code"]));
    }
  for (auto row : rows_of("wechat_trade_states.tsv"))
    CHECK(d.operations.at(channel_question::enquire).codes.rows().contains("SUCCESS//" + row["trade_state"]));
  const auto from_alipay = shipped("alipay");
  const auto& alipay_codes = from_alipay.operations.at(channel_question::pay).codes;
  for (auto row : rows_of("alipay_sub_codes.tsv"))
    CHECK_MESSAGE(alipay_codes.rows().contains("40004/" + row["sub_code"]), row["sub_code"]);
  for (auto row : rows_of("alipay_gateway_codes.tsv")) {
    CAPTURE(row["code"]);
    CHECK(alipay_codes.rows().contains(row["code"]));
    const auto what = alipay_codes.of(row["code"]);
    CHECK((row["outcome"] == "failed") == is_failure(what));
    CHECK((row["outcome"] == "success") == (what == reply_class::succeeded));
  }
}
