// The rule file: read whole, or not at all.
#include "cli/config/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const std::string key = "confirm_key = { env = \"ONCEPAY_TEST_CONFIRM_KEY\" }\n";

tl::expected<risk_file, std::vector<std::string>> read(const std::string& text) {
  ::setenv("ONCEPAY_TEST_CONFIRM_KEY", "a key that banks have", 1);
  auto file = parse_risk_file(text, "r.toml");
  ::unsetenv("ONCEPAY_TEST_CONFIRM_KEY");
  return file;
}

std::string mistakes_in(const std::string& text) {
  const auto file = read(text);
  REQUIRE(!file);
  return fmt::format("{}", fmt::join(file.error(), "\n"));
}

std::string rule(const std::string& rest) {
  return "version = \"v1\"\n[[rule]]\nid = \"one\"\n" + rest;
}

} // namespace

TEST_CASE("a rule file is read with all that it says") {
  const auto file = read("version = \"v1\"\nconfirm_within_ms = 60000\nwrong_confirmations = 3\n" + key + R"(
[[rule]]
id = "regulars"
then = "pass"
listed = { of = "payer", names = ["alice", "bob"] }
[[rule]]
id = "large"
then = "step_up"
merchants = ["shop"]
methods = ["card"]
above = { amount_minor = 500000, currency = "CNY" }
[[rule]]
id = "often"
then = "block"
velocity = { of = "card", within_s = 600, payments = 5, amount_minor = 2000000, currency = "CNY" }
[[rule]]
id = "unnamed"
then = "block"
unnamed = "card"
)");
  REQUIRE(file);
  const risk::rules& r = file->rules;
  CHECK(r.version.starts_with("v1."));
  CHECK(r.confirm_within_ms == 60'000);
  CHECK(r.wrong_max == 3);
  REQUIRE(r.all.size() == 4);
  CHECK(std::get<risk::listed>(r.all[0].when).names == std::vector<std::string>{"alice", "bob"});
  CHECK(r.all[1].then == risk_outcome::step_up);
  CHECK(r.all[1].merchants.size() == 1);
  CHECK(std::get<risk::above>(r.all[1].when).limit.minor == 500'000);
  const auto& often = std::get<risk::velocity>(r.all[2].when);
  CHECK(often.of == risk::subject::card);
  CHECK(often.payments_max == 5);
  CHECK(often.sum_max->minor == 2'000'000);
  CHECK(std::get<risk::unnamed>(r.all[3].when).of == risk::subject::card);
  CHECK(file->confirmed_with.shared == "a key that banks have");
}

TEST_CASE("two files under one version are told apart") {
  const auto one = read(rule("then = \"block\"\nalways = true\n"));
  const auto two = read(rule("then = \"pass\"\nalways = true\n"));
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->rules.version != two->rules.version);
}

TEST_CASE("Loss prevented: a rule that says nothing, or two things, or the wrong one, is let through") {
  const std::pair<std::string, std::string> wrong[] = {
      {"then = \"block\"\n", "r.toml:2: rule: say exactly one of above, velocity, listed, unnamed, always"},
      {"then = \"block\"\nalways = true\nunnamed = \"card\"\n", "say exactly one of"},
      {"then = \"blok\"\nalways = true\n", "r.toml:4: rule.then: 'blok' is none of"},
      {"then = \"block\"\nalways = true\nmethds = [\"card\"]\n", "methds"},
      {"then = \"block\"\nalways = true\nmethods = []\n", "names nobody"},
      {"then = \"block\"\nalways = true\nmethods = [\"payer-code\"]\n", "wechat-code and alipay-code"},
      {"then = \"block\"\nalways = false\n", "only true says anything"},
      {"then = \"block\"\nabove = { amount_minor = 5 }\n", "currency"},
      {"then = \"block\"\nabove = { amount_minor = -5, currency = \"CNY\" }\n", "must lie between"},
      {"then = \"block\"\nvelocity = { of = \"payer\", within_s = 60 }\n", "bounds nothing"},
      {"then = \"block\"\nvelocity = { of = \"payer\", within_s = 90000, payments = 1 }\n", "within_s"},
      {"then = \"block\"\nvelocity = { of = \"payor\", within_s = 60, payments = 1 }\n", "is none of"},
      {"then = \"block\"\nlisted = { of = \"card\", names = [\"4111 1111 1111 1111\"] }\n",
       "looks like a card's number"},
      {"then = \"block\"\nunnamed = \"merchant\"\n", "is none of 'payer', 'card'"},
      {"then = \"step_up\"\nalways = true\n", "confirm_key"},
  };
  for (const auto& [text, what] : wrong) {
    CAPTURE(text);
    const std::string mistakes = mistakes_in(rule(text));
    CAPTURE(mistakes);
    CHECK(mistakes.find(what) != std::string::npos);
  }
  CHECK(mistakes_in("version = \"v1\"\n").find("holds no rule") != std::string::npos);
  CHECK(mistakes_in("[[rule]]\nid = \"x\"\nthen = \"block\"\nalways = true\n").find("version") != std::string::npos);
}

TEST_CASE("Loss prevented: a server starts without the rules that it is told to have") {
  const auto config = parse_configuration("environment = \"test\"\nrisk_rules = \"no/such/file.toml\"\n", "f.toml");
  REQUIRE(!config);
  CHECK(fmt::format("{}", fmt::join(config.error(), "\n")).find("no/such/file.toml") != std::string::npos);
}
