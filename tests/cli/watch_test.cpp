// What whoever watches a server is told: metrics under the names that the README promises, readiness with its reasons.
#include "cli/server/beside.hpp"
#include "cli/server/head_history.hpp"
#include "cli/server/metrics.hpp"
#include "cli/server/pulse.hpp"
#include "cli/server/readiness.hpp"
#include "cli/server/status_server.hpp"
#include "schema/time.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace oncepay;
using namespace oncepay::cli;
using boost::asio::ip::tcp;

namespace {

struct watched {
  oncepay::meters meters;
  admission admitted{32, 16};
  flood_gate messages;
  histogram<commit_bounds_us> pool_waited_us;

  std::string scrape(std::vector<follower_lag> followers = {}) const {
    return metrics_text({.meters = meters,
                         .admitted = admitted,
                         .messages = messages,
                         .pool_waited_us = pool_waited_us,
                         .log_position = 7,
                         .log_bytes = 4'096,
                         .followers = std::move(followers),
                         .ready = true,
                         .version = "oncepay \"1\"",
                         .started_at_s = 1,
                         .process = {}});
  }
};

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// "name type" of every family, in the order in which a scrape has them.
std::vector<std::string> families_in(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const std::string mark = "# TYPE "; line.starts_with(mark))
      found.push_back(line.substr(mark.size()));
  return found;
}

/// The same from the first two columns of the README's table.
std::vector<std::string> families_in_readme() {
  std::ifstream file(std::string(ONCEPAY_SOURCE_DIR) + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  const size_t from = readme.find("\n### Metrics\n");
  REQUIRE(from != std::string::npos);
  std::vector<std::string> found;
  std::istringstream lines(readme.substr(from, readme.find("\n## ", from) - from));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `oncepay_") && !line.starts_with("| `process_"))
      continue;
    const size_t name_end = line.find_first_of("`{", 3);
    const size_t type = line.find("| ", name_end) + 2;
    found.push_back(line.substr(3, name_end - 3) + " " + line.substr(type, line.find(' ', type) - type));
  }
  return found;
}

readiness_facts serving() {
  return {true, false, false, 0, {{"index", 500, ns_per_s}, {"balances", 0, 0}}};
}

std::string only_reason(const readiness_facts& f) {
  const auto reasons = reasons_against(f);
  REQUIRE(reasons.size() == 1);
  return std::string(reasons[0].name);
}

} // namespace

TEST_CASE("A server whose clients' threads have hung for a minute isn't alive, and says that it should be ended") {
  CHECK(hang_text(0).empty());
  CHECK(hang_text(pool_silent_ms_max - 1).empty());
  CHECK(hang_text(75'400) ==
        "the threads that serve clients haven't answered for 75 s: end this process, and start it again");
}

TEST_CASE("The threads that serve clients are silent from when they were asked, not from when they answered last") {
  using std::chrono::milliseconds;
  pulse asked(milliseconds(1'000));
  const pulse::time start{};
  CHECK(asked.silent_ms(start + milliseconds(500)) == 0);
  auto question = asked.ask(start + milliseconds(90'000));
  REQUIRE(question);
  CHECK(asked.silent_ms(start + milliseconds(90'010)) == 10);
  CHECK(!asked.ask(start + milliseconds(91'000))); // one at a time
  CHECK(asked.silent_ms(start + milliseconds(91'000)) == 1'000);
  question(start + milliseconds(92'000));
  CHECK(asked.silent_ms(start + milliseconds(200'000)) == 0);
  CHECK(asked.waited_us().sum() == 3'000'000); // what wasn't asked after a second would have waited for one more
  REQUIRE(asked.ask(start + milliseconds(300'000)));
  CHECK(asked.waited_us().sum() == 3'000'000); // the open one isn't through
  CHECK(asked.silent_ms(start + milliseconds(300'007)) == 7);
}

TEST_CASE("The README's table of metrics is what a scrape gives, in its order") {
  CHECK(families_in(watched().scrape()) == families_in_readme());
}

TEST_CASE("A scrape tells meters in their units and by their labels") {
  watched w;
  w.meters.sessions.answers[0][static_cast<size_t>(errc::in_doubt)].add(3);
  w.meters.sessions.answers[meters::no_operation][static_cast<size_t>(errc::malformed_frame)].add();
  w.meters.sessions.answer_us[0].add(2'500);
  w.meters.sessions.answer_us[0].add(90'000'000);
  w.meters.journal.decisions.add(20);
  w.pool_waited_us.add(700);
  w.meters.channel(*channel_id::parse("alpha"))->outcomes[static_cast<size_t>(reply_class::unknown)].add(2);
  w.messages.let_through(severity::alarm, topic::order, "contradiction");
  const std::string text = w.scrape({{"balances", 12, 1'500'000'000}});
  for (const char* line : {R"(oncepay_answers_total{operation="pay",code="in_doubt"} 3)",
                           R"(oncepay_answers_total{operation="none",code="malformed_frame"} 1)",
                           R"(oncepay_answer_seconds_bucket{operation="pay",le="0.001"} 0)",
                           R"(oncepay_answer_seconds_bucket{operation="pay",le="0.0025"} 1)",
                           R"(oncepay_answer_seconds_bucket{operation="pay",le="40"} 1)",
                           R"(oncepay_answer_seconds_bucket{operation="pay",le="+Inf"} 2)",
                           R"(oncepay_answer_seconds_count{operation="pay"} 2)",
                           R"(oncepay_answer_seconds_sum{operation="pay"} 90.0025)",
                           R"(oncepay_worker_wait_seconds_bucket{le="0.0005"} 0)",
                           R"(oncepay_worker_wait_seconds_bucket{le="0.001"} 1)",
                           R"(oncepay_commit_decisions_sum 20)",
                           R"(oncepay_channel_outcomes_total{channel="alpha",outcome="unknown"} 2)",
                           R"(oncepay_messages_total{severity="alarm",topic="order"} 1)",
                           R"(oncepay_lag_decisions{follower="balances"} 12)",
                           R"(oncepay_lag_seconds{follower="balances"} 1.5)",
                           R"(oncepay_tickets_max 32)",
                           R"(oncepay_tickets_in_hand 0)",
                           R"(oncepay_tickets_in_hand_max 16)",
                           R"(oncepay_log_position 7)",
                           R"(oncepay_build_info{version="oncepay \"1\""} 1)"})
    CHECK_MESSAGE(has_line(text, line), line);
}

TEST_CASE("Every operation, code, topic and reason has a name to be counted under") {
  watched w;
  for (auto& operation : w.meters.sessions.answers)
    for (uint16_t code = 0; code < meters::codes; ++code)
      if (is_known_code(code))
        operation[code].add();
  const std::string text = w.scrape();
  CHECK(text.find("=\"\"") == std::string::npos);
  CHECK(text.find("unknown_code") == std::string::npos);
}

TEST_CASE("Whoever asks is answered while a long work goes on beside, and what it throws isn't lost") {
  boost::asio::io_context io;
  status_server status(io, [](const status_request& asked) { return status_page{.body = "told of " + asked.path}; });
  const auto port = status.listen("127.0.0.1:0");
  REQUIRE(port);
  std::string answer;
  run_beside(io, [&] {
    // Would never end where nobody served meanwhile.
    boost::asio::io_context own;
    tcp::socket socket(own);
    socket.connect({boost::asio::ip::address_v4::loopback(), *port});
    boost::asio::write(socket, boost::asio::buffer(std::string("GET /readyz HTTP/1.0\r\n\r\n")));
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
  });
  CHECK(answer.ends_with("told of /readyz"));
  CHECK_THROWS_WITH(run_beside(io, [] { throw std::runtime_error("no memory"); }), "no memory");
}

TEST_CASE("Who was served beside a long work is served after it, with or without somebody waiting already") {
  boost::asio::io_context io;
  bool served = false;
  SUBCASE("nobody waits") {}
  SUBCASE("somebody does") {
    boost::asio::post(io, [] {});
  }
  run_beside(io, [] {});
  boost::asio::post(io, [&] { served = true; });
  io.poll();
  CHECK(served);
}

TEST_CASE("A server is ready while it serves, lags of a moment included") {
  CHECK(reasons_against(serving()).empty());
  CHECK(readiness_text({}) == "ready\n");
  CHECK(readiness_json({}) == "{\"ready\":true,\"reasons\":[]}\n");
}

TEST_CASE("A server that shouldn't be sent payments says why") {
  auto f = serving();
  f.listening = false;
  CHECK(only_reason(f) == "opening");
  f.stopping = true;
  CHECK(only_reason(f) == "stopping");
  f = serving();
  f.restored = true;
  CHECK(only_reason(f) == "restored");
  f = serving();
  f.committing_ns = limits::commit_stall_ms_max * ns_per_ms - 1;
  CHECK(reasons_against(f).empty());
  f.committing_ns += 1;
  CHECK(only_reason(f) == "commit");
  f = serving();
  f.followers[1] = {"balances", 9, limits::follower_lag_ms_max * ns_per_ms};
  CHECK(only_reason(f) == "lag");
  f.restored = true;
  CHECK(readiness_text(reasons_against(f)) ==
        "restored: the log came from a backup: queries only, until `oncepay log release`\n"
        "lag: balances lies 9 decisions and 10 s behind the log\n");
}

TEST_CASE("A lag is as old as the oldest decision that is lacking, whatever was idle before") {
  head_history heads;
  heads.note(0, 0);
  heads.note(1 * ns_per_s, 100);
  CHECK(heads.behind_ns(500 * ns_per_s, 100) == 0); // idle since
  heads.note(500 * ns_per_s, 150);
  heads.note(501 * ns_per_s, 250);
  CHECK(heads.behind_ns(502 * ns_per_s, 100) == 2 * ns_per_s);
  CHECK(heads.behind_ns(502 * ns_per_s, 150) == 1 * ns_per_s);
  CHECK(heads.behind_ns(502 * ns_per_s, 250) == 0);
}

TEST_CASE("A lag longer than what is remembered is told as at least that long") {
  head_history heads;
  constexpr int64_t seconds = 3 * int64_t{limits::head_history_max};
  for (int64_t s = 1; s <= seconds; ++s)
    heads.note(s * ns_per_s, static_cast<uint64_t>(s));
  CHECK(heads.behind_ns(seconds * ns_per_s, 0) == (int64_t{limits::head_history_max} - 1) * ns_per_s);
}
