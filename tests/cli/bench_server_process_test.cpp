#include "cli/bench/server_process.hpp"

#include "tests/cli/scripted_server.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

TEST_CASE("bench: processor time is read past a program's name, whatever stands in it") {
  const auto used = usage_from_stat("4711 (a) b (c ) S 1 2 3 4 5 6 7 8 9 10 250 75 0 0 20 0 9 0\n", 100);
  REQUIRE(used.has_value());
  CHECK(used->user_ns == 2'500'000'000);
  CHECK(used->system_ns == 750'000'000);
  CHECK(used->page_faults == 7);
  CHECK_FALSE(usage_from_stat("4711 (short) S 1 2 3", 100).has_value());
  CHECK_FALSE(usage_from_stat("", 100).has_value());
}

TEST_CASE("bench: of the sockets on a port the listening one is taken") {
  constexpr std::string_view table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1CE8 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 "
      "-1\n"
      "   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 "
      "0\n"
      "   2: 0100007F:1CE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 "
      "0\n";
  CHECK(listening_inode(table, 7400) == 333u);
  CHECK(listening_inode(table, 80) == 222u);
  CHECK_FALSE(listening_inode(table, 7401).has_value());
  CHECK_FALSE(listening_inode("", 80).has_value());
}

TEST_CASE("bench: memory is what a process has for itself, not the files that it maps") {
  CHECK(anonymous_bytes_from_status("Name:\tx\nVmRSS:\t  900 kB\nRssAnon:\t     128 kB\nRssFile:\t 772 kB\n") ==
        128u * 1024);
  CHECK_FALSE(anonymous_bytes_from_status("Name:\tx\nVmRSS:\t  900 kB\n").has_value());
}

TEST_CASE("bench: a server on this machine is found by its port") {
  scripted_server server([](const command&, size_t) { return scripted_action{}; });
  CHECK(process_listening_on(server.address()) == getpid());
  CHECK_FALSE(process_listening_on({"example.net", server.address().port}).has_value());
  REQUIRE(usage_of(getpid()).has_value());
  CHECK(anonymous_bytes_of(getpid()).value_or(0) > 0);
  CHECK_FALSE(usage_of(0).has_value());
}
