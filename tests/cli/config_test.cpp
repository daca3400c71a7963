#include "cli/config/config.hpp"

#include "schema/wire_codec.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const std::string environment = "environment = \"test\"\n";

const std::string merchant = R"(
[[merchant]]
id = "m1"
fee = "0.60%"
)";

const std::string channel = R"(
[[channel]]
id = "alpha"
methods = ["card"]
currencies = ["CNY"]
cost = "0.20%"
[channel.bank]
)";

configuration parsed(const std::string& text) {
  const auto config = parse_configuration(text, "f.toml");
  if (!config)
    for (const auto& mistake : config.error())
      MESSAGE(mistake);
  REQUIRE(config);
  return *config;
}

config_mistakes mistakes_in(const std::string& text) {
  const auto config = parse_configuration(text, "f.toml");
  REQUIRE_MESSAGE(!config, "accepted:\n", text);
  return config.error();
}

std::string joined(const config_mistakes& mistakes) {
  return fmt::format("{}", fmt::join(mistakes, "\n"));
}

/// One wrong line, after what makes a complete file of it.
void refuses(const std::string& text, const std::string& mistake) {
  CAPTURE(text);
  CHECK(joined(mistakes_in(text)) == mistake);
}

} // namespace

TEST_CASE("every key of a good file arrives in the terms") {
  const auto config = parsed(R"(environment = "demo-1"
[server]
listen = "127.0.0.1:7400"
[store]
map_gib = 2
[[merchant]]
id = "m1"
name = "One"
fee = "0.60%"
fee_minimum_minor = 1
[[merchant]]
id = "m2"
fee = "0%"
suspended = true
[[channel]]
id = "alpha"
name = "Alpha"
methods = ["card", "wechat-code"]
currencies = ["CNY", "JPY"]
amount_minor_min = 100
amount_minor_max = 5000000
cost = "0.2%"
cost_fixed_minor = 3
priority = 7
weight = 9
gray = "12.5%"
merchants = ["m1"]
concurrency = 11
requests_per_second = 12
queue = 13
queue_wait_ms = 14
submit_within_ms = 15
reply_within_ms = 16
enquire_after_ms = 17
[channel.bank]
seed = 18
latency_us = { min = 1, p50 = 2, p99 = 3, max = 4 }
capacity = 19
book = "alpha.book"
timeout = "1%"
timeout_money_moved = "0.5%"
late = "0.1%"
failures = [
  { code = "DECLINED", share = "20%", try_another = true },
  { code = "STOLEN", share = "0.0001%", try_another = false },
  { code = "E-42", share = "3%", unmapped = true },
]
)");
  CHECK(config.environment == "demo-1");
  CHECK(config.listen == "127.0.0.1:7400");
  CHECK(config.map_bytes == uint64_t{2} << 30);

  const std::vector<merchant_terms> merchants{
      {merchant_id::trusted("m1"), "One", 6'000, 1, false},
      {merchant_id::trusted("m2"), "", 0, 0, true},
  };
  CHECK(config.merchants == merchants);

  REQUIRE(config.channels.size() == 1);
  const auto& alpha = config.channels[0];
  CHECK(alpha.channel.str() == "alpha");
  CHECK(alpha.display_name == "Alpha");
  CHECK(alpha.methods == std::vector{method_id::trusted("card"), method_id::trusted("wechat-code")});
  CHECK(alpha.currencies == std::vector{currency{156}, currency{392}});
  CHECK(alpha.amount_minor_min == 100);
  CHECK(alpha.amount_minor_max == 5'000'000);
  CHECK(alpha.cost_rate_ppm == 2'000);
  CHECK(alpha.cost_fixed_minor == 3);
  CHECK(alpha.priority == 7);
  CHECK(alpha.weight == 9);
  CHECK(alpha.gray_ppm == 125'000);
  CHECK(alpha.merchants_allowed == std::vector{merchant_id::trusted("m1")});
  CHECK(alpha.concurrency_max == 11);
  CHECK(alpha.rate_per_s_max == 12);
  CHECK(alpha.queue_max == 13);
  CHECK(alpha.queue_wait_ms_max == 14);
  CHECK(alpha.submit_within_ms == 15);
  CHECK(alpha.reply_within_ms == 16);
  CHECK(alpha.enquire_after_ms == 17);

  bank_behaviour bank;
  bank.seed = 18;
  bank.latency_min_us = 1;
  bank.latency_p50_us = 2;
  bank.latency_p99_us = 3;
  bank.latency_max_us = 4;
  bank.capacity = 19;
  bank.book_file = "alpha.book";
  bank.timeout_unmoved_ppm = 10'000;
  bank.timeout_moved_ppm = 5'000;
  bank.late_ppm = 1'000;
  bank.failures = {{"DECLINED", 200'000, reply_class::failed_try_another},
                   {"STOLEN", 1, reply_class::failed_final},
                   {"E-42", 30'000, reply_class::unknown}};
  CHECK(alpha.bank == bank);
}

TEST_CASE("what a file leaves out has the defaults of the terms") {
  const auto config = parsed(environment + merchant + channel);
  CHECK(config.listen.empty());
  CHECK(config.map_bytes == limits::map_bytes_default);
  REQUIRE(config.channels.size() == 1);
  CHECK(config.channels[0].concurrency_max == channel_terms().concurrency_max);
  CHECK(config.channels[0].gray_ppm == 1'000'000);
}

TEST_CASE("merchants and channels may all be opened by commands instead") {
  const auto config = parsed(environment);
  CHECK(config.merchants.empty());
  CHECK(config.channels.empty());
}

TEST_CASE("the demo's configuration is a good one") {
  const auto config = load_configuration(ONCEPAY_SOURCE_DIR "/tests/demo/oncepay.toml");
  if (!config)
    for (const auto& mistake : config.error())
      MESSAGE(mistake);
  REQUIRE(config);
  CHECK(config->merchants.size() == 3);
  CHECK(config->channels.size() == 3);
}

TEST_CASE("all mistakes are listed at once, each with its own line, in the order of lines") {
  CHECK(mistakes_in(R"(environment = "Demo"
[server]
lisen = "127.0.0.1:7400"
[[merchant]]
id = "m1"
fee = 0.6
[[merchant]]
id = "m1"
fee = "0.6%"
suspended = "no"
[[channel]]
id = "alpha"
methods = [
  "card",
  "Card!",
]
currencies = ["CNY", "XXQ"]
cost = "0.20%"
priority = -1
[channel.bank]
capacity = "many"
failures = [{ code = "DECLINED", share = "20%" }]
)") == config_mistakes{
           "f.toml:1: environment: 'Demo' isn't of the form [a-z0-9-]{1,32}",
           "f.toml:3: server.lisen: unknown key; did you mean 'listen'?",
           "f.toml:6: merchant.fee: must be a percentage in quotes such as \"0.60%\", not a number with decimals",
           "f.toml:8: merchant.id: merchant 'm1' stands already in line 5",
           "f.toml:10: merchant.suspended: must be true or false, not a text",
           "f.toml:15: channel.methods: 'Card!' isn't of the form [a-z0-9_.-]{1,24}",
           "f.toml:17: channel.currencies: 'XXQ' isn't an ISO 4217 code known here",
           "f.toml:19: channel.priority: must lie between 0 and 4294967295",
           "f.toml:21: channel.bank.capacity: must be a whole number, not a text",
           "f.toml:22: channel.bank.failures: say either try_another = true or false (the money did not move) or "
           "unmapped = true (the code proves nothing)",
       });
}

TEST_CASE("without an environment test and production would look alike to a bank") {
  refuses("", "f.toml:1: environment: missing: it is part of every attempt id, and keeps test and production apart");
  refuses("environment = \"\"\n", "f.toml:1: environment: '' isn't of the form [a-z0-9-]{1,32}");
  refuses("environment = \"" + std::string(33, 'a') + "\"\n",
          "f.toml:1: environment: '" + std::string(33, 'a') + "' isn't of the form [a-z0-9-]{1,32}");
  refuses("environment = 7\n", "f.toml:1: environment: must be a text in quotes, not a whole number");
}

TEST_CASE("a key nobody reads is a mistake, wherever it stands: a bound that is misspelt is a bound that isn't set") {
  refuses(environment + "serve = 1\n", "f.toml:2: serve: unknown key; did you mean 'server'?");
  refuses(environment + merchant + "colour = 1\n", "f.toml:6: merchant.colour: unknown key");
  refuses(environment + "[store]\nmap_gb = 1\n", "f.toml:3: store.map_gb: unknown key; did you mean 'map_gib'?");
  refuses(environment + channel + "latency = 1\n",
          "f.toml:9: channel.bank.latency: unknown key; did you mean 'latency_us'?");
  refuses(environment + channel + "late.share = 1\n",
          "f.toml:9: channel.bank.late: must be a percentage in quotes such as \"0.60%\", not a table");
}

TEST_CASE("a merchant without a fee would be served for nothing") {
  refuses(environment + "[[merchant]]\nid = \"m1\"\n",
          "f.toml:2: merchant.fee: missing: what is charged per payment (\"0%\": nothing)");
}

TEST_CASE("a channel without a cost would be the cheapest, and get all traffic") {
  refuses(environment + R"(
[[channel]]
id = "alpha"
methods = ["card"]
currencies = ["CNY"]
[channel.bank]
)",
          "f.toml:3: channel.cost: missing: what the channel charges (\"0%\": nothing); the router ranks by it");
}

TEST_CASE("an entry that leaves out what it must say is told all of it") {
  CHECK(mistakes_in(environment + "[[channel]]\n") ==
        config_mistakes{
            "f.toml:2: channel.id: missing: the channel's id",
            "f.toml:2: channel.methods: missing: which payment methods it serves; or pay_outs, by which it pays out",
            "f.toml:2: channel.currencies: missing: which currencies it serves",
            "f.toml:2: channel.cost: missing: what the channel charges (\"0%\": nothing); the router ranks by it",
            "f.toml:2: channel.bank: missing: the virtual bank behind the channel; or http, for one outside",
        });
}

TEST_CASE("an id given twice is refused, for its second terms would silently replace the first") {
  refuses(environment + merchant + merchant, "f.toml:8: merchant.id: merchant 'm1' stands already in line 4");
  refuses(environment + channel + channel, "f.toml:11: channel.id: channel 'alpha' stands already in line 4");
}

TEST_CASE("two banks can't write one book") {
  auto other = channel;
  other.replace(other.find("alpha"), 5, "betas");
  refuses(environment + channel + "book = \"b\"\n" + other + "book = \"b\"\n",
          "f.toml:17: channel.bank.book: book 'b' stands already in line 9");
}

TEST_CASE("ids that commands would refuse are refused here too") {
  refuses(environment + "[[merchant]]\nid = \"M 1\"\nfee = \"1%\"\n",
          "f.toml:3: merchant.id: 'M 1' isn't of the form [a-z0-9_-]{1,32}");
  auto wrong = channel;
  wrong.replace(wrong.find("alpha"), 5, "an-id-of-17-bytes");
  refuses(environment + wrong, "f.toml:4: channel.id: 'an-id-of-17-bytes' isn't of the form [a-z0-9_-]{1,16}");
  auto allowed = channel;
  allowed.replace(allowed.find("[channel.bank]"), 0, "merchants = [\"m1\", \"m/2\"]\n");
  refuses(environment + allowed, "f.toml:8: channel.merchants: 'm/2' isn't of the form [a-z0-9_-]{1,32}");
}

TEST_CASE("terms that commands would refuse are refused here too, at the key that stands for the field") {
  const auto faults = mistakes_in(environment + "[[merchant]]\nid = \"m1\"\nfee = \"100.0001%\"\n"
                                                "fee_minimum_minor = -1\n");
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].starts_with("f.toml:4: merchant.fee: "));
  CHECK(faults[0].ends_with(" (fee_rate_ppm)"));
  CHECK(faults[1].starts_with("f.toml:5: merchant.fee_minimum_minor: "));
}

TEST_CASE("a channel's faults are all found, each at its own key") {
  auto wrong = channel;
  wrong.replace(wrong.find("[channel.bank]"), 0,
                "amount_minor_min = 0\nconcurrency = 0\nreply_within_ms = 4000000000\n");
  const auto faults = mistakes_in(environment + wrong);
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].starts_with("f.toml:8: channel.amount_minor_min: "));
  CHECK(faults[1].starts_with("f.toml:9: channel.concurrency: "));
  CHECK(faults[2].starts_with("f.toml:10: channel.reply_within_ms: "));
}

TEST_CASE("a bank's faults are found too: shares beyond all requests, latencies that fall, a code twice") {
  refuses(
      environment + channel + "timeout = \"60%\"\nlate = \"50%\"\n",
      "f.toml:8: channel.bank: the shares of failures, time-outs and late answers sum to 1100000 ppm, above 1000000");
  const auto faults = mistakes_in(environment + channel + R"(latency_us = { min = 5, p50 = 4, p99 = 6, max = 7 }
failures = [
  { code = "A", share = "1%", try_another = true },
  { code = "A", share = "2%", try_another = true },
]
)");
  CHECK(joined(faults) == "f.toml:9: channel.bank.latency_us: min, p50, p99 and max must not fall\n"
                          "f.toml:10: channel.bank.failures: a code is given twice (bank.failures.code)");
}

TEST_CASE("a failure says what it proves, once") {
  const std::string before = environment + channel + "failures = [{ code = \"A\", share = \"1%\"";
  const std::string told = "f.toml:9: channel.bank.failures: say either try_another = true or false (the money did not "
                           "move) or unmapped = true (the code proves nothing)";
  refuses(before + " }]\n", told);
  refuses(before + ", try_another = true, unmapped = true }]\n", told);
  refuses(before + ", unmapped = false }]\n",
          "f.toml:9: channel.bank.failures.unmapped: only true says anything; for a "
          "mapped code write try_another");
}

TEST_CASE("an entry that isn't a block of its own is told how to write it") {
  refuses(environment + "[merchant]\nid = \"m1\"\n", "f.toml:2: merchant: write [[merchant]], once for each");
  refuses(environment + "channel = [\"alpha\"]\n", "f.toml:2: channel: write [[channel]], once for each");
}

TEST_CASE("addresses and sizes out of their form are refused") {
  for (const auto* listen : {"", "7400", "localhost", "localhost:", ":7400", "localhost:65536", "localhost:-1",
                             "localhost:7400x", "::1:7400", "local host:7400", "localhost:000001"})
    refuses(environment + "[server]\nlisten = \"" + listen + "\"\n",
            "f.toml:3: server.listen: '" + std::string(listen) + "' isn't of the form HOST:PORT");
  for (const auto* listen : {"localhost:0", "0.0.0.0:65535", "[::1]:7400"})
    CHECK(parsed(environment + "[server]\nlisten = \"" + listen + "\"\n").listen == listen);
  refuses(environment + "[store]\nmap_gib = 0\n", "f.toml:3: store.map_gib: must lie between 1 and 16384");
  refuses(environment + "[store]\nmap_gib = 16385\n", "f.toml:3: store.map_gib: must lie between 1 and 16384");
}

TEST_CASE("one channel more than the installation holds is refused") {
  std::string text = environment;
  for (size_t i = 0; i <= limits::channels_max; ++i) {
    auto one = channel;
    text += one.replace(one.find("alpha"), 5, "c" + std::to_string(i));
  }
  const auto mistakes = mistakes_in(text);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].ends_with(": channel: more than 64 channels"));
}

TEST_CASE("what isn't TOML is one mistake with its line") {
  for (const auto* text : {"environment = \"a\"\n[[merchant]\n", "environment = \"a\"\nx = \"\xff\"\n",
                           "environment = \"a\"\nenvironment = \"b\"\n"}) {
    const auto mistakes = mistakes_in(text);
    REQUIRE(mistakes.size() == 1);
    CHECK_MESSAGE(mistakes[0].starts_with("f.toml:2: "), mistakes[0]);
  }
}

TEST_CASE("a damaged file is refused with lines, or still a whole configuration; it never breaks the reader") {
  const std::string good = environment + merchant + channel + R"(latency_us = { min = 1, p50 = 2, p99 = 3, max = 4 }
failures = [{ code = "DECLINED", share = "20%", try_another = true }]
)";
  CHECK(rc::check([&] {
    auto text = good;
    const auto at = *rc::gen::inRange<size_t>(0, text.size());
    const auto removed = *rc::gen::inRange<size_t>(0, 20);
    const auto inserted = *rc::gen::container<std::string>(*rc::gen::inRange<size_t>(0, 4), rc::gen::arbitrary<char>());
    text.replace(at, removed, inserted);
    const auto config = parse_configuration(text, "f.toml");
    if (config) {
      RC_ASSERT(!config->environment.empty());
      for (const auto& terms : config->merchants)
        RC_ASSERT(fault_in(terms).empty());
      for (const auto& terms : config->channels)
        RC_ASSERT(fault_in(terms).empty());
      return;
    }
    RC_ASSERT(!config.error().empty());
    for (const auto& mistake : config.error())
      RC_ASSERT(mistake.starts_with("f.toml:"));
  }));
}

TEST_CASE("a file that can't be read or is too large is a mistake, not an empty configuration") {
  const auto missing = load_configuration("/nonexistent/f.toml");
  REQUIRE(!missing);
  CHECK(missing.error() == config_mistakes{"/nonexistent/f.toml:1: can't be read: No such file or directory"});
  const auto directory = load_configuration("/");
  REQUIRE(!directory);
  CHECK(directory.error() == config_mistakes{"/:1: can't be read: it is a directory"});
  refuses(std::string(limits::configuration_bytes_max + 1, '\n'), "f.toml:1: larger than 16777216 bytes");
  const auto endless = load_configuration("/dev/zero");
  REQUIRE(!endless);
  CHECK(endless.error() == config_mistakes{"/dev/zero:1: larger than 16777216 bytes"});
}
