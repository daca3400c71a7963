// What the virtual bank tells of its own accord: owed from the payment on, across its own end, and in words that the
// dialect files understand - each side is written by itself, and here they meet.
#include "actors/domain/dialect/notice.hpp"
#include "cli/bank/notifier.hpp"
#include "cli/bank/teller.hpp"
#include "cli/bank/voices.hpp"
#include "cli/dialect/dialect_file.hpp"
#include "tests/cli/rsa_pems.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;
using q = channel_question;

namespace {

constexpr instant noon{1'795'000'000 * ns_per_s};
const std::string url = "http://127.0.0.1:7402/notice/c";
const std::string id = "7zzzzzzzzzzzzzzzzzzzzzzzzz";

bank_config config_in(const temporary_folder& folder) {
  bank_config c;
  c.book = folder.path("bank.book");
  c.accounts = {{"wechat-v2", "1900", {}}};
  return c;
}

teller opened(const bank_config& c) {
  auto t = teller::open(c);
  REQUIRE_MESSAGE(t, t.error());
  return std::move(*t);
}

bank_request payment(const std::string& number, int64_t minor, std::string where = url) {
  return {q::pay, "1900", number, number, minor, std::move(where), "shop.QS0x"};
}

} // namespace

TEST_CASE("the bank tells of payments that asked for it, once they are decided, and what a killed one owed") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.payer_confirms_ms = 1'000;
  c.scripts = {{500, bank_fault::payer_confirms}, {600, bank_fault::refuse}, {700, bank_fault::drop_before}};
  {
    auto t = opened(c);
    for (const int64_t minor : {100, 500, 600, 700})
      REQUIRE(t.ask(noon, payment("p" + std::to_string(minor), minor)));
    REQUIRE(t.ask(noon, payment("silent", 100, "")));
    REQUIRE(t.ask(noon, payment("p100", 100))); // again
    const auto owed = t.new_notices();
    REQUIRE(owed.size() == 2); // nothing was done for the others
    CHECK(owed[0].id == "p100");
    CHECK(owed[0].due == noon);
    CHECK(owed[1].due == plus_ms(noon, 1'000));
    CHECK(t.trade_now(noon, owed[1])->state == trade_state::confirming);
    CHECK(t.trade_now(plus_ms(noon, 1'000), owed[1])->state == trade_state::paid);
    CHECK(t.new_notices().empty());
    REQUIRE(t.notice_done(noon, owed[0], true));
  }
  auto t = opened(c);
  const auto owed = t.new_notices();
  REQUIRE(owed.size() == 1);
  CHECK(owed[0].id == "p500");
  CHECK(owed[0].url == url);
  CHECK(owed[0].give_back == "shop.QS0x");
}

TEST_CASE("the bank tells this very machine only, and gives back what it can write down") {
  CHECK(can_tell_of(payment("p", 1)));
  for (const auto* elsewhere : {"http://10.0.0.1/notice", "https://127.0.0.1/notice", "http://127.example.com/", "x"})
    CHECK_FALSE(can_tell_of(payment("p", 1, elsewhere)));
  auto r = payment("p", 1);
  r.give_back = "two\nlines";
  CHECK_FALSE(can_tell_of(r));
}

TEST_CASE("both dialects understand what the bank tells, and it understands their answers") {
  const auto bank_pair = test::new_rsa_pair();
  const auto keys = signing_keys{"0123456789abcdef", *rsa_key::private_key(bank_pair.private_key),
                                 *rsa_key::public_key(bank_pair.public_key)};
  const bank_account wx{"wechat-v2", "1900", keys};
  const bank_account ali{"alipay", "2021", keys};
  const channel_voice wechat{*load_dialect("wechat-v2"), {{"mch_id", "1900"}}, keys};
  const channel_voice alipay{*load_dialect("alipay"), {{"app_id", "2021"}}, keys};
  bank_notice n{id, 14'780, true, "shop.QS0x", noon, false};
  for (const auto& [voice, body] :
       {std::pair{wechat, notice_in_wechat(wx, n)}, std::pair{alipay, notice_in_alipay(ali, n)}}) {
    const auto told = read_notice(voice, body);
    REQUIRE_MESSAGE(told, told.error().text);
    CHECK(told->what == reply_class::succeeded);
    CHECK(told->amount.minor == 14'780);
    CHECK(told->order == "shop.QS0x");
  }
  n.is_paid = false;
  CHECK(read_notice(alipay, notice_in_alipay(ali, n))->what == reply_class::failed_final);
  CHECK(read_notice(wechat, notice_in_wechat(wx, n))->what == reply_class::unknown);
  n.wrong_signature = true;
  CHECK(read_notice(alipay, notice_in_alipay(ali, n)).error().why == no_notice::reason::forged);
  CHECK(read_notice(wechat, notice_in_wechat(wx, n)).error().why == no_notice::reason::forged);
  CHECK(acknowledges_in_wechat(wechat.speaks.notice->taken));
  CHECK_FALSE(acknowledges_in_wechat(wechat.speaks.notice->again_later));
  CHECK(acknowledges_in_alipay(alipay.speaks.notice->taken));
  CHECK_FALSE(acknowledges_in_alipay(alipay.speaks.notice->again_later));
}

TEST_CASE("what goes wrong with notices is drawn by their payment, or scripted by its amount") {
  const temporary_folder folder;
  auto c = config_in(folder);
  c.notice_faults_ppm = {{notice_fault::duplicate, 500'000}, {notice_fault::stray, 500'000}};
  c.notice_scripts = {{100, notice_fault::contradict}};
  const auto t = opened(c);
  size_t duplicates = 0;
  for (int i = 0; i < 100; ++i) {
    const owed_notice owed{"1900", "p" + std::to_string(i), url, {}, noon};
    trade about;
    about.amount_minor = 200;
    const auto fault = t.fault_of(owed, about);
    CHECK((fault == notice_fault::duplicate || fault == notice_fault::stray));
    CHECK(fault == t.fault_of(owed, about));
    duplicates += fault == notice_fault::duplicate ? 1 : 0;
    about.amount_minor = 100;
    CHECK(t.fault_of(owed, about) == notice_fault::contradict);
  }
  CHECK(duplicates > 20);
  CHECK(duplicates < 80);
}
