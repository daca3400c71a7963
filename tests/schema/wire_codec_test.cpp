#include "schema/wire_codec.hpp"
#include "tests/support/generators.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

pay_command sound_pay() {
  return {merchant_id::parse("m1").value(),
          order_no::parse("A-7").value(),
          {14'780, parse_currency("CNY").value()},
          method_id::parse("card").value(),
          "13800000000",
          {1'763'646'043'123'456'789}};
}

/// The refusal of a command that differs from a sound one in what `spoil` does.
template <class Body, class Spoil>
frame_error refusal(Body body, Spoil spoil) {
  spoil(body);
  auto result = decode_command(encode_frame(command{77, 0, std::move(body)}));
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

} // namespace

TEST_CASE("a command that was sent is the command that arrives") {
  CHECK(rc::check("decode after encode", [] {
    command c = *generate::any_command();
    auto frame = encode_frame(c);
    RC_ASSERT(body_length(frame).value() == frame.size() - frame_prefix_bytes);
    auto back = decode_command(frame);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == c);
    RC_ASSERT(encode_frame(*back) == frame);
  }));
}

TEST_CASE("a reply that was sent is the reply that arrives") {
  CHECK(rc::check("decode after encode", [] {
    reply r = *generate::any_reply();
    auto frame = encode_frame(r);
    auto back = decode_reply(frame);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == r);
    RC_ASSERT(encode_frame(*back) == frame);
  }));
}

TEST_CASE("several replies in one write are several frames") {
  std::vector<std::byte> out;
  reply first{1, errc::busy, "later", 0, false, {}};
  reply second{2, errc::ok, "", 9, true, order_view{}};
  append_frame(out, first);
  size_t boundary = out.size();
  append_frame(out, second);
  bytes_view all = out;
  CHECK(body_length(all).value() == boundary - frame_prefix_bytes);
  CHECK(decode_reply(all.first(boundary)).value() == first);
  CHECK(decode_reply(all.subspan(boundary)).value() == second);
}

TEST_CASE("a field that breaks its form is named, and the connection stays") {
  auto check = [](std::string_view field, errc code, auto spoil) {
    frame_error e = refusal(sound_pay(), spoil);
    CHECK(e.code == code);
    CHECK(e.request_id == 77);
    CHECK_MESSAGE(e.text.starts_with(std::string(field) + ": "), e.text);
    CHECK_FALSE(e.must_close());
  };
  using pay = pay_command;
  check("merchant", errc::invalid_field, [](pay& p) { p.merchant = merchant_id::trusted("M1"); });
  check("merchant", errc::invalid_field, [](pay& p) { p.merchant = merchant_id::trusted(std::string(33, 'm')); });
  check("merchant", errc::invalid_field, [](pay& p) { p.merchant = {}; });
  check("order_no", errc::invalid_field, [](pay& p) { p.order_no = order_no::trusted("A 7"); });
  check("order_no", errc::invalid_field, [](pay& p) { p.order_no = order_no::trusted(std::string(65, 'o')); });
  check("order_no", errc::invalid_field, [](pay& p) { p.order_no = order_no::trusted(std::string_view("A\0", 2)); });
  check("amount_minor", errc::invalid_amount, [](pay& p) { p.amount.minor = 0; });
  check("amount_minor", errc::invalid_amount, [](pay& p) { p.amount.minor = -1; });
  check("amount_minor", errc::invalid_amount, [](pay& p) { p.amount.minor = limits::amount_minor_max + 1; });
  check("amount_minor", errc::invalid_amount, [](pay& p) { p.amount.minor = INT64_MIN; });
  check("currency", errc::unknown_currency, [](pay& p) { p.amount.currency = {999}; });
  check("method", errc::invalid_field, [](pay& p) { p.method = method_id::trusted("Card"); });
  check("payer", errc::invalid_field, [](pay& p) { p.payer = std::string(65, 'p'); });
  check("payer", errc::invalid_field, [](pay& p) { p.payer = "\x1b[2J"; });
  check("payer_code", errc::invalid_field, [](pay& p) { p.payer_code = std::string(65, '1'); });
  check("payer_code", errc::invalid_field, [](pay& p) { p.payer_code = "\x1b[2J"; });
  check("placed_at_ns", errc::invalid_field, [](pay& p) { p.placed_at.ns = -1; });
  auto at_bound = sound_pay();
  at_bound.amount.minor = limits::amount_minor_max;
  at_bound.payer = std::string(64, 'p');
  CHECK(decode_command(encode_frame(command{1, 0, at_bound})).has_value());
}

TEST_CASE("of several faults the first field's is told") {
  CHECK(refusal(sound_pay(), [](pay_command& p) {
          p.amount.minor = 0;
          p.method = {};
        }).code == errc::invalid_amount);
}

TEST_CASE("who switches a channel says who and why") {
  switch_channel_command sound{channel_id::parse("alpha").value(), false, "ann", "maintenance"};
  CHECK(decode_command(encode_frame(command{1, 0, sound})).has_value());
  using sw = switch_channel_command;
  CHECK(refusal(sound, [](sw& c) { c.operator_name = ""; }).text.starts_with("operator_name: "));
  CHECK(refusal(sound, [](sw& c) { c.operator_name = std::string(65, 'x'); }).text.starts_with("operator_name: "));
  CHECK(refusal(sound, [](sw& c) { c.reason = ""; }).text.starts_with("reason: "));
  CHECK(refusal(sound, [](sw& c) { c.reason = "a\nb"; }).text.starts_with("reason: "));
  CHECK(refusal(sound, [](sw& c) { c.channel = {}; }).text.starts_with("channel: "));
}

TEST_CASE("who rules says who, upon what, and why") {
  propose_ruling_command sound{merchant_id::parse("m1").value(),
                               order_no::parse("A-7").value(),
                               ruling_subject::refund,
                               1,
                               ruling_outcome::failed,
                               "statement, line 17",
                               "not in it",
                               "ann"};
  CHECK(decode_command(encode_frame(command{1, 0, sound})).has_value());
  using propose = propose_ruling_command;
  CHECK(refusal(sound, [](propose& c) { c.operator_name = ""; }).text.starts_with("operator_name: "));
  CHECK(refusal(sound, [](propose& c) { c.evidence = ""; }).text.starts_with("evidence: "));
  CHECK(refusal(sound, [](propose& c) { c.evidence = std::string(257, 'x'); }).text.starts_with("evidence: "));
  CHECK(refusal(sound, [](propose& c) { c.reason = "\x1b[2J"; }).text.starts_with("reason: "));
  CHECK(refusal(sound, [](propose& c) { c.number = 0; }).text.starts_with("number: "));
  CHECK(refusal(sound, [](propose& c) { c.subject = ruling_subject{3}; }).text.starts_with("subject: "));
  CHECK(refusal(sound, [](propose& c) { c.outcome = ruling_outcome{}; }).text.starts_with("outcome: "));

  answer_ruling_command answer{merchant_id::parse("m1").value(),
                               order_no::parse("A-7").value(),
                               ruling_id::trusted(base32(hash_parts_128({"ruling"}))),
                               true,
                               "berta",
                               ""};
  CHECK(decode_command(encode_frame(command{1, 0, answer})).has_value());
  using answering = answer_ruling_command;
  CHECK(refusal(answer, [](answering& c) { c.ruling = {}; }).text.starts_with("ruling: "));
  CHECK(refusal(answer, [](answering& c) { c.operator_name = ""; }).text.starts_with("operator_name: "));
  CHECK(refusal(answer, [](answering& c) { c.approve = false; }).text.starts_with("reason: "));
}

TEST_CASE("terms in commands are held to the configuration's rules") {
  merchant_terms terms{merchant_id::parse("m1").value(), "", 1'000'001, 0, false};
  auto e = refusal(open_merchant_command{terms}, [](auto&) {});
  CHECK(e.code == errc::invalid_field);
  CHECK(e.text == "terms.fee_rate_ppm: above 1000000");

  channel_terms channel;
  channel.channel = channel_id::parse("alpha").value();
  channel.methods = {method_id::parse("card").value()};
  channel.currencies = {parse_currency("CNY").value()};
  CHECK(decode_command(encode_frame(command{1, 0, open_channel_command{channel}})).has_value());
  using open = open_channel_command;
  CHECK(refusal(open{channel}, [](open& c) { c.terms.currencies = {{999}}; }).code == errc::unknown_currency);
  CHECK(refusal(open{channel}, [](open& c) { c.terms.reply_within_ms = 0; }).code == errc::invalid_field);
}

TEST_CASE("no client chooses which of the server's files is written to") {
  channel_terms channel;
  channel.channel = channel_id::parse("alpha").value();
  channel.methods = {method_id::parse("card").value()};
  channel.currencies = {parse_currency("CNY").value()};
  channel.bank.book_file = "/etc/passwd";
  auto e = refusal(open_channel_command{channel}, [](auto&) {});
  CHECK(e.code == errc::invalid_field);
  CHECK(e.text.starts_with("terms.bank.book_file: "));
}

TEST_CASE("a reply that no client could read leaves as an error with its request id") {
  reply r{5, errc::ok, "", 9, false, balance_list{}};
  auto& balances = std::get<balance_list>(r.body).balances;
  balances.resize(limits::reply_bytes_max / 64, {std::string(limits::account_path_bytes_max, 'p'), {1, {156}}});
  auto back = decode_reply(encode_frame(r));
  REQUIRE(back.has_value());
  CHECK(back->request_id == 5);
  CHECK(back->code == errc::internal);
  CHECK(back->position == 9);
}

TEST_CASE("the largest list of balances arrives") {
  reply r{5, errc::ok, "", 9, false, balance_list{}};
  std::get<balance_list>(r.body).balances.resize(
      limits::balances_per_reply_max, {std::string(limits::account_path_bytes_max, 'p'), {INT64_MIN, {156}}});
  auto frame = encode_frame(r);
  CHECK(frame.size() <= limits::reply_bytes_max);
  CHECK(decode_reply(frame).value() == r);
}

TEST_CASE("a code of a newer server reaches the caller as it is, and says: ask") {
  auto back = decode_reply(encode_frame(reply{1, static_cast<errc>(777), "", 0, false, {}}));
  REQUIRE(back.has_value());
  CHECK(static_cast<int>(back->code) == 777);
  CHECK(advice_for(back->code) == advice::ask);
}
