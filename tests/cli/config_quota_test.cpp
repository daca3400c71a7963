// requests_per_second, requests_burst, requests_under_way: a merchant's quota.
#include "cli/config/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

tl::expected<configuration, config_mistakes> with(const std::string& quota) {
  return parse_configuration("environment = \"test\"\n[[merchant]]\nid = \"shop\"\nfee = \"0%\"\n" + quota, "f.toml");
}

} // namespace

TEST_CASE("a merchant's quota is read; without one it has none") {
  const auto config = with("requests_per_second = 100\nrequests_burst = 250\nrequests_under_way = 40\n");
  REQUIRE(config);
  CHECK(config->merchants[0].requests_per_s_max == 100);
  CHECK(config->merchants[0].requests_burst_max == 250);
  CHECK(config->merchants[0].requests_under_way_max == 40);
  CHECK(with("")->merchants[0].requests_per_s_max == 0);
}

TEST_CASE("a quota that bounds nothing, or is beyond all bounds, is a mistake with its line") {
  const auto mistakes = with("requests_burst = 250\nrequests_under_way = 99999\n");
  REQUIRE(!mistakes);
  const auto text = fmt::format("{}", fmt::join(mistakes.error(), "\n"));
  CAPTURE(text);
  CHECK(text.find("f.toml:5: merchant.requests_burst: bounds nothing") != std::string::npos);
  CHECK(text.find("f.toml:6: merchant.requests_under_way: above") != std::string::npos);
}
