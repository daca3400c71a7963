// [channel.http]: a channel outside, its dialect, its settings and its keys, checked against each other before anything
// starts.
#include "cli/config/config.hpp"
#include "cli/server/outside_links.hpp"
#include "tests/cli/rsa_pems.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

constexpr const char* key_name = "ONCEPAY_TEST_CHANNEL_KEY";
const std::string secret = "the-very-secret-key";

std::string file_with(const std::string& http, const std::string& currencies = "\"CNY\"") {
  return fmt::format(R"(environment = "test"
[[channel]]
id = "wx"
methods = ["wechat-code"]
currencies = [{}]
cost = "0.20%"
[channel.http]
{})",
                     currencies, http);
}

const std::string url = "url = \"https://api.example.com\"\n";
const std::string wechat = "dialect = \"wechat-v2\"\n";
const std::string settings = "settings = { app_id = \"wx1\", mch_id = \"1900\", ip = \"::1\", subject = \"Tea\" }\n";
const std::string key = fmt::format("key = {{ env = \"{}\" }}\n", key_name);

/// The least that a dialect says, and what else its payments carry.
std::string own_dialect(const std::string& field_of_pay) {
  return fmt::format(R"(name = "own"
request = "form"
reply = "json"
request_signature = {{ how = "md5", field = "sign", key_prefix = "&key=" }}
reply_signature = {{ how = "md5", field = "sign", key_prefix = "&key=" }}
[pay]
path = "/p"
code = ["c"]
fields = {{ no = "{{id}}", fee = "{{amount_minor}}", {} }}
reply_echoes = {{ no = "{{id}}" }}
reply_amount = {{ field = "fee" }}
codes = {{ succeeded = ["OK"] }}
[enquire]
path = "/q"
code = ["c"]
fields = {{ no = "{{payment_id}}" }}
reply_echoes = {{ no = "{{payment_id}}" }}
reply_amount = {{ field = "fee" }}
codes = {{ succeeded = ["OK"] }}
)",
                     field_of_pay);
}

/// One line each; the key may be in none of them.
std::string mistakes_in(const std::string& text) {
  const auto config = parse_configuration(text, "f.toml");
  REQUIRE_MESSAGE(!config, "accepted:\n", text);
  const auto told = fmt::format("{}", fmt::join(config.error(), "\n"));
  CHECK(told.find(secret) == std::string::npos);
  return told;
}

struct with_key {
  with_key() { ::setenv(key_name, secret.c_str(), 1); }
  ~with_key() { ::unsetenv(key_name); }
};

} // namespace

TEST_CASE("a channel is told where its notices are taken, where they are taken") {
  const with_key env;
  const auto told_where = [](const std::string& server) {
    const auto config = parse_configuration(file_with(url + wechat + settings + key) + server, "f.toml");
    REQUIRE(config);
    outbound ways_out;
    const auto access = link_opener(*config, ways_out)(config->channels.at(0));
    REQUIRE(access);
    return access->voice.notices_url;
  };
  CHECK(told_where("").empty());
  CHECK(told_where("[server]\nnotices = \"127.0.0.1:7402\"\nnotices_url = \"https://pay.example.com\"\n") ==
        "https://pay.example.com/notice/wx");
  CHECK(told_where("[server]\nnotices = \"127.0.0.1:0\"\nnotices_url = \"http://127.0.0.1:7402/in\"\n") ==
        "http://127.0.0.1:7402/in/notice/wx");
}

TEST_CASE("where notices are taken and how channels reach it are of no use without each other, or wrong") {
  const auto mistake = [](const std::string& server) {
    return mistakes_in("environment = \"test\"\n[server]\n" + server);
  };
  const std::string here = "notices = \"127.0.0.1:7402\"\n";
  CHECK(mistake(here).find("f.toml:3: server.notices: is of no use without notices_url") != std::string::npos);
  CHECK(mistake("notices_url = \"https://a.b\"\n").find("server.notices_url: is of no use without notices") !=
        std::string::npos);
  CHECK(mistake(here + "notices_url = \"http://a.b\"\n").find("only for this very machine") != std::string::npos);
  CHECK(mistake(here + "notices_url = \"a.b\"\n").find("isn't of the form https://") != std::string::npos);
  CHECK(mistake(here + "notices_url = \"https://a.b/" + std::string(230, 'p') + "\"\n").find("longer than") !=
        std::string::npos);
  CHECK(mistake("notices = \"7402\"\nnotices_url = \"https://a.b\"\n").find("isn't of the form HOST:PORT") !=
        std::string::npos);
}

TEST_CASE("a channel outside arrives in the terms, and its key nowhere but beside them") {
  const with_key env;
  const auto config = parse_configuration(file_with(url + wechat + settings + key), "f.toml");
  REQUIRE(config);
  const auto& terms = config->channels.at(0);
  CHECK(terms.http == http_access{"https://api.example.com",
                                  "wechat-v2",
                                  {{"app_id", "wx1"}, {"ip", "::1"}, {"mch_id", "1900"}, {"subject", "Tea"}}});
  CHECK(terms.bank == bank_behaviour{});
  const auto& outside = config->outside.at(terms.channel);
  CHECK(outside.speaks.name == "wechat-v2");
  CHECK(outside.keys.shared == secret);
}

TEST_CASE("each mistake in a channel outside is told with its line") {
  const with_key env;
  CHECK(mistakes_in(file_with("")) == "f.toml:7: channel.http.url: missing: where it is, https://HOST\n"
                                      "f.toml:7: channel.http.dialect: missing: how it is spoken to: the name of one, "
                                      "or a file of one's own");
  CHECK(mistakes_in(file_with("url = \"http://api.example.com\"\n" + wechat + settings + key)) ==
        "f.toml:8: channel.http.url: http:// is only for this very machine; to others speak https://");
  CHECK(mistakes_in(file_with(url + "dialect = \"telegraph\"\n")) ==
        "f.toml:9: channel.http.dialect: there is no dialect 'telegraph'; there are alipay and wechat-v2, or name a "
        "file that ends in .toml");
  CHECK(mistakes_in(file_with(url + wechat + key))
            .find("f.toml:7: channel.http.settings: app_id is missing; wechat-v2 "
                  "asks for app_id, ip, mch_id, subject") == 0);
  CHECK(mistakes_in(file_with(url + wechat +
                              "settings = { app_id = \"wx1\", mch_id = \"1\", ip = \"::1\", subject = "
                              "\"Tea\", sub_mch = \"7\" }\n" +
                              key)) ==
        "f.toml:10: channel.http.settings: sub_mch is none that wechat-v2 asks for; it asks for app_id, ip, mch_id, "
        "subject");
  CHECK(mistakes_in(file_with(url + wechat + settings + key + "certificate = \"c.pem\"\n")) ==
        "f.toml:12: channel.http.certificate: a certificate and its key (certificate_key) are of no use without each "
        "other");
  CHECK(mistakes_in(file_with(url + wechat + settings + key +
                              "certificate = \"/no/such\"\ncertificate_key = { env = \"" + key_name + "\" }\n")) ==
        "f.toml:12: channel.http.certificate: '/no/such' can't be read");
  CHECK(mistakes_in(file_with(url + wechat + settings)) ==
        "f.toml:7: channel.http.key: missing: the key that both sides sign with");
  CHECK(mistakes_in(file_with(url + wechat + settings + "key = { env = \"ONCEPAY_TEST_NO_SUCH\" }\n")) ==
        "f.toml:11: channel.http.key.env: the environment has no ONCEPAY_TEST_NO_SUCH");
  CHECK(mistakes_in(file_with(url + wechat + settings + "key = \"" + secret + "\"\n")).find("must be a table") !=
        std::string::npos);
  CHECK(mistakes_in(file_with(url + wechat + settings + key + "ca = \"/nowhere\"\n")) ==
        "f.toml:12: channel.http.ca: '/nowhere' can't be read");
  CHECK(mistakes_in(file_with(url + wechat + settings + key + "retries = 3\n")) ==
        "f.toml:12: channel.http.retries: unknown key");
  CHECK(mistakes_in(file_with(url + wechat + settings + key + "[channel.bank]\nseed = 7\n"))
            .find("a channel has a virtual bank or is spoken to over HTTP, not both") != std::string::npos);
}

TEST_CASE(
    "Loss prevented: a channel whose requests name no currency charges a hundred dollars as a hundred of its own") {
  const with_key env;
  CHECK(mistakes_in(file_with(url + wechat + settings + key, "\"CNY\", \"USD\"")) ==
        "f.toml:5: channel.currencies: USD would be charged as CNY: dialect wechat-v2 tells no currency");
}

TEST_CASE("keys of a pair are read from files, and the wrong half is told apart") {
  const temporary_folder folder;
  const auto pair = test::new_rsa_pair();
  std::ofstream(folder.path("private")) << pair.private_key;
  std::ofstream(folder.path("public")) << pair.public_key;
  const auto alipay = url + "dialect = \"alipay\"\nsettings = { app_id = \"2021\", subject = \"Tea\" }\n";
  const auto keys = [&](const std::string& ours, const std::string& theirs) {
    return fmt::format("private_key = {{ file = \"{}\" }}\npublic_key = {{ file = \"{}\" }}\n", folder.path(ours),
                       folder.path(theirs));
  };
  const auto config = parse_configuration(file_with(alipay + keys("private", "public")), "f.toml");
  REQUIRE(config);
  CHECK(config->outside.at(*channel_id::parse("wx")).keys.ours);
  const auto told = mistakes_in(file_with(alipay + keys("public", "private")));
  CHECK(told.find("f.toml:11: channel.http.private_key: ") != std::string::npos);
  CHECK(told.find("f.toml:12: channel.http.public_key: ") != std::string::npos);
  CHECK(told.find("BEGIN RSA") == std::string::npos);
}

TEST_CASE("a dialect of one's own is named by its file, and its mistakes are told with the configuration's") {
  const with_key env;
  const temporary_folder folder;
  const auto own = folder.path("own.toml");
  const auto text = file_with(url + "dialect = \"" + own + "\"\n" + key);
  CHECK(mistakes_in(text).find("f.toml:9: channel.http.dialect: ") == 0);
  std::ofstream(own) << R"(name = "own"
request = "form"
reply = "json"
request_signature = { how = "md5", field = "sign", key_prefix = "&key=" }
reply_signature = { how = "md5", field = "sign", key_prefix = "&key=" }
[common]
reply_echoes = { no = "{id}" }
reply_amount = 3
)";
  const auto told = mistakes_in(text);
  CHECK(told.find(own + ":8: common.reply_amount: unknown key") != std::string::npos);
  std::ofstream(own) << own_dialect("cur = \"{currency}\"");
  const auto config =
      parse_configuration(file_with(url + "dialect = \"" + own + "\"\n" + key, "\"CNY\", \"USD\""), "f");
  REQUIRE(config);
  CHECK(config->outside.at(*channel_id::parse("wx")).speaks.name == "own");
}

TEST_CASE("Loss prevented: a payment by code that can't be called back is given up instead of being asked about") {
  const with_key env;
  const temporary_folder folder;
  const auto own = folder.path("own.toml");
  std::ofstream(own) << own_dialect("cur = \"{currency}\"");
  std::string needs;
  std::string http;
  SUBCASE("by a dialect without reversals, also where its payments carry no code: a till may send one all the same") {
    http = url + "dialect = \"" + own + "\"\n" + key;
    needs = "dialect own has no [reverse]; write one";
  }
  SUBCASE("for want of the certificate that its reversals need") {
    http = url + wechat + settings + key;
    needs = "dialect wechat-v2 reverses only for who shows a certificate; give [channel.http] one";
  }
  const auto with = [&](const std::string& reverse_after) {
    auto text = file_with(http);
    return text.insert(text.find("[channel.http]"), reverse_after);
  };
  for (const std::string said : {"", "reverse_after_ms = 0\n"}) {
    const auto config = parse_configuration(with(said), "f.toml");
    REQUIRE(config);
    CHECK(config->channels.at(0).reverse_after_ms == 0);
  }
  CHECK(mistakes_in(with("reverse_after_ms = 500\n")) ==
        "f.toml:7: channel.reverse_after_ms: payments by code can't be called back: " + needs +
            ", or leave this out to have them asked about");
}

TEST_CASE("payments by code are called back where the channel can be asked to") {
  const with_key env;
  const std::string on_this_machine = "url = \"http://127.0.0.1:1\"\n";
  const auto config = parse_configuration(file_with(on_this_machine + wechat + settings + key), "f.toml");
  REQUIRE(config);
  CHECK(config->channels.at(0).reverse_after_ms == channel_terms{}.reverse_after_ms);
  outside_channel outside = config->outside.at(*channel_id::parse("wx"));
  const auto elsewhere = http_url::parse("https://api.example.com");
  CHECK_FALSE(shows_certificate(outside, *elsewhere));
  outside.identity.certificate = "a certificate";
  CHECK(shows_certificate(outside, *elsewhere));
}

TEST_CASE("Loss prevented: a channel that only a command or an old log knows is spoken to with somebody's keys") {
  const with_key env;
  const auto config = parse_configuration(file_with(url + wechat + settings + key), "f.toml");
  REQUIRE(config);
  outbound ways_out;
  const auto open = link_opener(*config, ways_out);
  auto terms = config->channels.at(0);
  CHECK(open(terms));
  auto other_dialect = terms;
  other_dialect.http.dialect = "alipay";
  auto unnamed = terms;
  unnamed.channel = *channel_id::parse("wy");
  for (const auto& t : {other_dialect, unnamed}) {
    const auto refused = open(t);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().find(secret) == std::string::npos);
  }
}
