// notify_url and notify_key: where a merchant is told of results, and what that is signed with.
#include "cli/config/config.hpp"
#include "cli/server/outside_links.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

constexpr const char* key_name = "ONCEPAY_TEST_NOTIFY_KEY";
const std::string secret = "a very secret key of ours";
const std::string url = "notify_url = \"https://shop.example/told\"\n";
const std::string key = fmt::format("notify_key = {{ env = \"{}\" }}\n", key_name);

std::string file_with(const std::string& told) {
  return "environment = \"test\"\n[[merchant]]\nid = \"shop\"\nfee = \"0%\"\n" + told;
}

std::string mistakes_in(const std::string& told, const std::string& value = secret) {
  ::setenv(key_name, value.c_str(), 1);
  const auto config = parse_configuration(file_with(told), "f.toml");
  ::unsetenv(key_name);
  REQUIRE(!config);
  const auto mistakes = fmt::format("{}", fmt::join(config.error(), "\n"));
  CHECK(mistakes.find(value) == std::string::npos);
  return mistakes;
}

configuration told_configuration() {
  ::setenv(key_name, secret.c_str(), 1);
  auto config = parse_configuration(file_with(url + key), "f.toml");
  ::unsetenv(key_name);
  REQUIRE(config);
  return std::move(*config);
}

} // namespace

TEST_CASE("where a merchant is told is one of its terms, and its key nowhere but beside them") {
  const auto config = told_configuration();
  REQUIRE(config.merchants.size() == 1);
  CHECK(config.merchants[0].notify_url == "https://shop.example/told");
  CHECK(config.told.at(config.merchants[0].merchant).keys.shared == secret);
}

TEST_CASE("a merchant is told of nothing that isn't signed, and nowhere that others listen") {
  CHECK(mistakes_in(url) == "f.toml:2: merchant.notify_key: missing: what the merchant is told is signed with");
  CHECK(mistakes_in(key) == "f.toml:5: merchant.notify_key: of no use without notify_url");
  CHECK(mistakes_in(url + key, "fifteen letters") ==
        "f.toml:6: merchant.notify_key: shorter than 16 bytes: it could be guessed");
  CHECK(mistakes_in("notify_url = \"http://shop.example\"\n" + key) ==
        "f.toml:5: merchant.notify_url: http:// is only for this very machine; to others speak https://");
}

TEST_CASE("Loss prevented: a merchant that only a command or an old log knows is told with somebody's key") {
  outbound ways_out;
  const auto open = merchant_opener(told_configuration(), ways_out);
  const auto known = open(*merchant_id::parse("shop"));
  REQUIRE(known);
  CHECK(known->keys.shared == secret);
  CHECK(known->path.empty());
  CHECK(!open(*merchant_id::parse("other")));
}
