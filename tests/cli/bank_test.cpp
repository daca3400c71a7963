// The virtual bank over HTTP: what it does with money, and that both its dialects are those of the dialect files - each
// side is written by itself, and here they meet.
#include "actors/domain/dialect/exchange.hpp"
#include "cli/bank/bank_config.hpp"
#include "cli/bank/teller.hpp"
#include "cli/bank/voices.hpp"
#include "cli/dialect/dialect_file.hpp"
#include "tests/cli/rsa_pems.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace oncepay;
using namespace oncepay::cli;
using q = channel_question;

namespace {

const std::string shared_key = "0123456789abcdef0123456789abcdef";
constexpr instant noon{1'795'000'000 * ns_per_s}; // 2026-11-18 19:06:40 in Beijing

const test::rsa_pems& bank_pair() {
  static const auto pair = test::new_rsa_pair();
  return pair;
}
const test::rsa_pems& customer_pair() {
  static const auto pair = test::new_rsa_pair();
  return pair;
}

signing_keys bank_keys() {
  return {shared_key, *rsa_key::private_key(bank_pair().private_key), *rsa_key::public_key(customer_pair().public_key)};
}

bank_config config_in(const temporary_folder& folder) {
  bank_config c;
  c.book = folder.path("bank.book");
  c.accounts = {{"wechat-v2", "1900", bank_keys()}, {"alipay", "2021", bank_keys()}};
  return c;
}

teller opened(const bank_config& c) {
  auto t = teller::open(c);
  REQUIRE_MESSAGE(t, t.error());
  return std::move(*t);
}

bank_word ask(teller& t, const bank_request& r, instant at = noon) {
  const auto word = t.ask(at, r);
  REQUIRE(word);
  return *word;
}

bank_request payment(const std::string& id = "p1", int64_t minor = 14'780) {
  return {q::pay, "1900", id, id, minor};
}
bank_request about(q what, const std::string& id = "p1") {
  return {what, "1900", id, id, 0};
}
bank_request refund(const std::string& id, int64_t minor) {
  return {q::refund, "1900", id, "p1", minor};
}

size_t lines_in(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// --- whoever pays through the bank, by the dialect files ---

channel_voice voice_of(const std::string& name) {
  auto d = load_dialect(name);
  REQUIRE(d);
  return {
      *d,
      name == "alipay" ? channel_settings{{"app_id", "2021"}, {"subject", "Tea"}}
                       : channel_settings{{"app_id", "wx1"}, {"mch_id", "1900"}, {"ip", "::1"}, {"subject", "Tea"}},
      {shared_key, *rsa_key::private_key(customer_pair().private_key), *rsa_key::public_key(bank_pair().public_key)},
      true};
}

asked_of_channel question(q what, const std::string& id = "p1", int64_t minor = 14'780) {
  const bool is_refund = what == q::refund || what == q::enquire_refund;
  return {what, id, is_refund ? "p1" : id, {minor, {156}}, {14'780, {156}}, "134567890123456789", noon};
}

tl::expected<understood, std::string> heard(const bank_config& c, const channel_voice& voice, const http_request& r) {
  return voice.speaks.name == "alipay" ? read_alipay(c, r.body) : read_wechat(c, r.path, r.body);
}

proven says(teller& t, const bank_config& c, const channel_voice& voice, const asked_of_channel& asked,
            instant at = noon) {
  const auto request = make_request(voice, asked);
  REQUIRE_MESSAGE(request, request.error());
  const auto u = heard(c, voice, *request);
  REQUIRE_MESSAGE(u, u.error());
  const auto word = ask(t, u->request, at);
  return read_reply(voice, asked, 200,
                    voice.speaks.name == "alipay" ? answer_in_alipay(*u, word) : answer_in_wechat(*u, word));
}

} // namespace

TEST_CASE("a payment that is sent again under its number moves no money again, whatever its amount") {
  const temporary_folder folder;
  auto t = opened(config_in(folder));
  CHECK(ask(t, payment()).result == bank_result::done);
  CHECK(ask(t, payment()).result == bank_result::repeated);
  CHECK(ask(t, payment("p1", 1)).told.amount_minor == 14'780);
  CHECK(t.trades() == 1);
  CHECK(lines_in(t.statement("1900", "2026-11-18")) == 2); // the head, and one payment
  CHECK(t.statement("1900", "2026-11-18").find("147.80") != std::string::npos);
  CHECK(lines_in(t.statement("1900", "2026-11-19")) == 1);
  CHECK(lines_in(t.statement("2021", "2026-11-18")) == 1);
}

TEST_CASE("refunds never exceed the payment, and each number gives back once") {
  const temporary_folder folder;
  auto t = opened(config_in(folder));
  ask(t, payment("p1", 100));
  CHECK(ask(t, refund("r1", 60)).result == bank_result::done);
  CHECK(ask(t, refund("r1", 60)).result == bank_result::repeated);
  CHECK(ask(t, refund("r1", 40)).result == bank_result::refused);
  CHECK(ask(t, refund("r2", 60)).result == bank_result::refused);
  CHECK(ask(t, refund("r3", 40)).result == bank_result::done);
  CHECK(ask(t, about(q::reverse)).result == bank_result::refused);
  CHECK(ask(t, {q::enquire_refund, "1900", "r1", "", 0}).refund_minor == 60); // WeChat asks by the refund's number
}

TEST_CASE("the book outlives the bank, with what was confirmed, refunded and reversed") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.scripts = {{500, bank_fault::decline}};
  {
    auto t = opened(c);
    ask(t, payment("p1", 100));
    ask(t, refund("r1", 60));
    ask(t, payment("p2", 500));
    ask(t, payment("p3", 200));
    ask(t, about(q::reverse, "p3"));
    CHECK_FALSE(teller::open(c)); // two banks on one book
  }
  std::ofstream(c.book, std::ios::app) << "T 17950000 1900 p4 1"; // what a kill cut off
  {
    auto t = opened(c);
    CHECK(t.trades() == 3);
    CHECK(ask(t, payment("p1", 100)).result == bank_result::repeated);
    CHECK(ask(t, refund("r2", 60)).result == bank_result::refused);
    CHECK(ask(t, about(q::enquire, "p2")).told.state == trade_state::declined);
    CHECK(ask(t, about(q::enquire, "p3")).told.state == trade_state::reversed);
    CHECK(ask(t, payment("p4", 100)).result == bank_result::done);
  }
  CHECK(opened(c).trades() == 4);
  std::ofstream(c.book, std::ios::app) << "T what is this\n";
  const auto damaged = teller::open(c);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().find(fmt::format("line {}", lines_in(text_of(c.book)))) != std::string::npos);
}

TEST_CASE("a payment isn't found for as long as was asked for") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.not_found_ms = 5'000;
  auto t = opened(c);
  ask(t, payment());
  CHECK(ask(t, about(q::enquire), plus_ms(noon, 4'999)).result == bank_result::not_found);
  CHECK(ask(t, about(q::enquire), plus_ms(noon, 5'000)).told.state == trade_state::paid);
  CHECK(ask(t, about(q::enquire, "never-paid"), plus_ms(noon, 5'000)).result == bank_result::not_found);
}

TEST_CASE("a payer who types a password has paid once it is typed, unless it was reversed before") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.scripts = {{300, bank_fault::payer_confirms}};
  c.payer_confirms_ms = 2'000;
  auto t = opened(c);
  for (const char* id : {"p1", "p2"})
    CHECK(ask(t, payment(id, 300)).told.state == trade_state::confirming);
  CHECK(ask(t, about(q::enquire), plus_ms(noon, 1'999)).told.state == trade_state::confirming);
  ask(t, about(q::reverse, "p2"), plus_ms(noon, 1'000));
  CHECK(ask(t, about(q::enquire), plus_ms(noon, 2'000)).told.state == trade_state::paid);
  CHECK(ask(t, about(q::enquire, "p2"), plus_ms(noon, 3'000)).told.state == trade_state::reversed);
}

TEST_CASE("faults come in the shares that were asked for, and what is dropped before it was done isn't done") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.payment_faults_ppm = {{bank_fault::drop_before, 200'000}, {bank_fault::drop_after, 100'000}};
  auto t = opened(c);
  int before = 0;
  int after = 0;
  constexpr int payments = 500;
  for (int i = 0; i < payments; ++i) {
    const auto fault = ask(t, payment("p" + std::to_string(i))).fault;
    before += fault == bank_fault::drop_before;
    after += fault == bank_fault::drop_after;
  }
  CHECK(before == doctest::Approx(payments * 0.2).epsilon(0.3));
  CHECK(after == doctest::Approx(payments * 0.1).epsilon(0.4));
  CHECK(t.trades() == static_cast<size_t>(payments - before));
}

TEST_CASE("both dialects' files and both of the bank's voices mean the same, operation by operation") {
  for (const std::string name : {"wechat-v2", "alipay"}) {
    CAPTURE(name);
    const bool is_alipay = name == "alipay";
    const temporary_folder folder;
    auto c = config_in(folder);
    c.scripts = {{500, bank_fault::decline},
                 {300, bank_fault::payer_confirms},
                 {700, bank_fault::system_error},
                 {800, bank_fault::refuse}};
    auto t = opened(c);
    const auto voice = voice_of(name);
    const auto proves = [&](const asked_of_channel& asked, instant at = noon) {
      const auto p = says(t, c, voice, asked, at);
      CHECK(p.genuine);
      CHECK(p.alarm.empty());
      return p.what;
    };
    const auto paid = says(t, c, voice, question(q::pay));
    CHECK(paid.what == reply_class::succeeded);
    CHECK(paid.channel_ref == (is_alipay ? "ali-p1" : "wx-p1"));
    // Already paid under our own number: by us, whose answer was lost.
    CHECK(proves(question(q::pay)) == reply_class::unknown);
    CHECK(proves(question(q::pay, "p1", 1)) == reply_class::unknown);
    CHECK(proves(question(q::enquire)) == reply_class::succeeded);
    CHECK(proves(question(q::enquire, "nobody-knows")) == reply_class::not_found);
    CHECK(proves(question(q::pay, "d1", 500)) == reply_class::failed_final);
    CHECK(proves(question(q::enquire, "d1", 500)) == reply_class::failed_final);
    CHECK(proves(question(q::pay, "s1", 700)) == reply_class::unknown);
    CHECK(proves(question(q::pay, "n1", 800)) == reply_class::failed_try_another);
    CHECK(proves(question(q::enquire, "n1", 800)) == reply_class::not_found);
    CHECK(proves(question(q::pay, "c1", 300)) == reply_class::payer_confirming);
    CHECK(proves(question(q::enquire, "c1", 300)) == reply_class::payer_confirming);
    CHECK(proves(question(q::enquire, "c1", 300), plus_ms(noon, 1'000)) == reply_class::succeeded);
    CHECK(proves(question(q::refund, "r1", 100)) == (is_alipay ? reply_class::succeeded : reply_class::unknown));
    CHECK(proves(question(q::enquire_refund, "r1", 100)) == reply_class::succeeded);
    CHECK(proves(question(q::enquire_refund, "r2", 100)) == reply_class::not_found);
    CHECK(proves(question(q::refund, "r2", 14'781)) == reply_class::failed_final);
    CHECK(proves(question(q::reverse, "c1", 300)) == reply_class::succeeded);
    CHECK(proves(question(q::reverse, "c1", 300)) == reply_class::succeeded);
    CHECK(proves(question(q::enquire, "c1", 300)) == reply_class::failed_final);
    CHECK(proves(question(q::close)) == reply_class::failed_final);
    CHECK(proves(question(q::close, "nobody-knows")) == reply_class::not_found);
  }
}

TEST_CASE("a reversal that is put off has changed nothing, and proves nothing in either dialect") {
  for (const std::string name : {"wechat-v2", "alipay"}) {
    CAPTURE(name);
    const temporary_folder folder;
    auto c = config_in(folder);
    c.payment_faults_ppm = {{bank_fault::recall, 1'000'000}};
    auto t = opened(c);
    REQUIRE(says(t, c, voice_of(name), question(q::pay)).what == reply_class::succeeded);
    const auto put_off = says(t, c, voice_of(name), question(q::reverse));
    CHECK(put_off.genuine);
    CHECK(put_off.what == reply_class::unknown);
    CHECK(says(t, c, voice_of(name), question(q::enquire)).what == reply_class::succeeded);
  }
}

TEST_CASE("a signature that is falsified is another one, whatever it was") {
  for (const std::string genuine : {"AAAAAAAAAA", "ABBBBBBABB", "BAAAAAAA", "E5e5e5e5E", "0F", "A"})
    CHECK(falsified(genuine) != genuine);
}

TEST_CASE("what the bank is told to falsify isn't believed") {
  for (const std::string name : {"wechat-v2", "alipay"}) {
    CAPTURE(name);
    const temporary_folder folder;
    auto c = config_in(folder);
    c.scripts = {{100, bank_fault::wrong_signature}, {200, bank_fault::other_amount}};
    auto t = opened(c);
    for (const auto& [id, minor] : {std::pair{"p1", 100}, {"p2", 200}}) {
      const auto p = says(t, c, voice_of(name), question(q::pay, id, minor));
      CHECK(p.what == reply_class::unknown);
      CHECK_FALSE(p.genuine);
      CHECK_FALSE(p.alarm.empty());
    }
    CHECK(t.trades() == 2);
  }
}

TEST_CASE("Loss prevented: a genuine reply that was changed anywhere on its way proves something else") {
  for (const std::string name : {"wechat-v2", "alipay"}) {
    const temporary_folder folder;
    const auto c = config_in(folder);
    auto t = opened(c);
    const auto voice = voice_of(name);
    const auto asked = question(q::pay);
    const auto u = heard(c, voice, *make_request(voice, asked));
    REQUIRE(u);
    const auto word = ask(t, u->request);
    const std::string body = name == "alipay" ? answer_in_alipay(*u, word) : answer_in_wechat(*u, word);
    const auto genuine = read_reply(voice, asked, 200, body);
    REQUIRE(genuine.what == reply_class::succeeded);
    size_t believed = 0;
    const auto check = [&](const std::string& changed) {
      const auto p = read_reply(voice, asked, 200, changed);
      believed += p.genuine;
      if (p.genuine && p != genuine)
        FAIL_CHECK(changed);
    };
    for (size_t at = 0; at < body.size(); ++at) {
      auto changed = body;
      for (const char other : {'0', ' ', '"', '<', '\0'}) {
        changed[at] = other;
        if (changed != body)
          check(changed);
      }
      check(body.substr(0, at));
      check(std::string(body).erase(at, 1));
      check(std::string(body).insert(at, 1, body[at]));
    }
    CHECK(believed < body.size()); // a blank between two members changes nothing, for one
  }
}

TEST_CASE("a request that somebody else signed, or that was changed, is refused and moves nothing") {
  const temporary_folder folder;
  const auto c = config_in(folder);
  for (const std::string name : {"wechat-v2", "alipay"}) {
    CAPTURE(name);
    auto voice = voice_of(name);
    const auto sound = make_request(voice, question(q::pay));
    voice.keys.shared = "another key, another key, another";
    voice.keys.ours = *rsa_key::private_key(bank_pair().private_key);
    const auto by_another = make_request(voice, question(q::pay));
    REQUIRE((sound && by_another));
    auto changed = *sound;
    const auto at = changed.body.find(name == "alipay" ? "147.80" : "14780");
    REQUIRE(at != std::string::npos);
    changed.body[at] = '9';
    CHECK(heard(c, voice, *sound));
    for (const auto& wrong : {*by_another, changed}) {
      const auto u = heard(c, voice, wrong);
      REQUIRE_FALSE(u);
      // As the gateways do: unsigned, so that nobody takes it for an answer.
      CHECK(u.error().find(name == "alipay" ? "isv.invalid-signature" : "SIGNERROR") != std::string::npos);
      const auto p = read_reply(voice, question(q::pay), 200, u.error());
      CHECK(p.what == reply_class::unknown);
      CHECK_FALSE(p.genuine);
    }
  }
}

TEST_CASE("hostile requests are refused, never understood") {
  const temporary_folder folder;
  const auto c = config_in(folder);
  for (const char* body : {"", "<xml>", "<xml><a>1</a><a>2</a></xml>",
                           "<!DOCTYPE x [<!ENTITY e SYSTEM \"/etc/passwd\">]>"
                           "<xml><mch_id>&e;</mch_id></xml>"})
    CHECK_FALSE(read_wechat(c, "/pay/micropay", body));
  CHECK_FALSE(read_wechat(c, "/pay/../etc", "<xml><mch_id>1900</mch_id></xml>"));
  for (const char* body : {"", "=", "method=alipay.trade.pay", "method=alipay.trade.pay&app_id=2021&sign=%00",
                           "method=rm&app_id=2021", "app_id=2021&app_id=2022"})
    CHECK_FALSE(read_alipay(c, body));
}

TEST_CASE("every mistake in a bank's configuration is told with its line, and no key with any") {
  const temporary_folder folder;
  std::ofstream(folder.path("short")) << "\n";
  std::ofstream(folder.path("no.pem")) << "secret-that-is-no-pem";
  const auto mistakes = parse_bank_config(fmt::format(R"(listen = "127.0.0.1:0"
[[account]]
dialect = "wechat-v2"
account = "1900"
key = {{ file = "{0}" }}
[[account]]
dialect = "alipay"
account = "1900"
private_key = {{ file = "{1}" }}
public_key = {{ env = "ONCEPAY_TEST_NO_SUCH_VARIABLE" }}
[[account]]
dialect = "telegraph"
account = "a b"
[faults]
slow = 3
[faults.payments]
drop_after = "60%"
garbage = "50%"
[[faults.script]]
amount_minor = 1
do = "explode"
)",
                                                      folder.path("short"), folder.path("no.pem")),
                                          "b.toml");
  REQUIRE_FALSE(mistakes);
  const auto told = fmt::format("{}", fmt::join(mistakes.error(), "\n"));
  CAPTURE(told);
  for (const char* part :
       {"b.toml:1: book: missing", "b.toml:5: account.key: there is nothing in it",
        "b.toml:8: account.account: '1900' is there", "b.toml:9: account.private_key",
        "b.toml:10: account.public_key.env: the environment has no ONCEPAY_TEST_NO_SUCH", "b.toml:12: account.dialect",
        "b.toml:15: faults.slow: unknown key", "b.toml:16: faults.payments: the shares",
        "b.toml:21: faults.script.do: there is no fault 'explode'"})
    CHECK_MESSAGE(told.find(part) != std::string::npos, part);
  CHECK(told.find("secret") == std::string::npos);
}
