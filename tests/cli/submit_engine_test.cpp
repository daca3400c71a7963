#include "cli/submit/engine.hpp"

#include "cli/submit/report.hpp"
#include "tests/cli/scripted_server.hpp"

#include <algorithm>
#include <map>

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

class rows_source : public payment_source {
public:
  explicit rows_source(size_t count, size_t merchants = 1) : count_(count), merchants_(merchants) {}

  status next(pay_row& row) override {
    // Every third time nothing is there yet, as with a slow pipe.
    if (++asked_ % 3 == 0)
      return status::not_yet;
    if (handed_out_ == count_)
      return status::end;
    ++handed_out_;
    row.line = handed_out_ + 1;
    row.pay = {.merchant = merchant_id::trusted("m-" + std::to_string(handed_out_ % merchants_)),
               .order_no = order_no::trusted("A-" + std::to_string(handed_out_)),
               .amount = {100, *parse_currency("CNY")},
               .method = method_id::trusted("card"),
               .payer = {},
               .placed_at = {}};
    return status::row;
  }

private:
  size_t count_;
  size_t merchants_;
  size_t asked_ = 0;
  size_t handed_out_ = 0;
};

struct recording_listener : submit_listener {
  std::map<std::string, std::vector<errc>> answers; ///< By order number.
  std::vector<std::string> given_up;
  std::vector<std::string> refused;
  submit_report report;

  void answered(const pay_row& row, const reply& r, int64_t latency_ns) override {
    answers[row.pay.order_no.str()].push_back(r.code);
    report.count(r, latency_ns);
    CHECK(latency_ns >= 0);
  }
  void merchant_refused(const pay_row& row, const reply&) override { refused.push_back(row.pay.order_no.str()); }
  void unanswered(const pay_row& row, const std::string&) override { given_up.push_back(row.pay.order_no.str()); }
  void merchant_opened(bool was_new) override { ++(was_new ? report.merchants_opened : report.merchants_existing); }
  void resent() override { ++report.resent; }
  void reconnected() override { ++report.reconnected; }
  void tick(int64_t) override {}

  /// Every one of `count` rows has exactly one answer.
  void check_all_once(size_t count) const {
    CHECK(answers.size() == count);
    for (const auto& [order, codes] : answers) {
      CAPTURE(order);
      CHECK(codes.size() == 1);
    }
    CHECK(given_up.empty());
  }
};

submit_plan plan_for(const scripted_server& server, size_t in_flight) {
  submit_plan plan;
  plan.server = server.address();
  plan.in_flight = in_flight;
  plan.pause_ms_first = 1;
  plan.pause_ms_max = 2;
  return plan;
}

scripted_action answer(reply r) {
  return {.replies = {std::move(r)}, .hang_up = false, .raw = {}};
}

bool is_opening(const command& c) {
  return std::holds_alternative<open_merchant_command>(c.body);
}

std::string order_of(const command& c) {
  return std::get<pay_command>(c.body).order_no.str();
}

} // namespace

TEST_CASE("submit: answers out of order find their rows") {
  constexpr size_t in_flight = 8;
  std::vector<command> held;
  scripted_server server([&](const command& c, size_t) -> scripted_action {
    held.push_back(c);
    if (held.size() < in_flight)
      return {};
    scripted_action all;
    for (auto it = held.rbegin(); it != held.rend(); ++it) {
      const bool even = order_of(*it).back() % 2 == 0;
      all.replies.push_back(order_reply(*it, even ? order_state::paid : order_state::failed, "alpha", "DECLINED"));
    }
    held.clear();
    return all;
  });
  rows_source source(10 * in_flight);
  recording_listener listener;
  submit_engine engine(plan_for(server, in_flight), source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(10 * in_flight);
  for (const auto& [order, codes] : listener.answers)
    CHECK(codes[0] == (order.back() % 2 == 0 ? errc::ok : errc::payment_failed));
  // The server held its answers back until that many were unanswered, and never saw one more.
  CHECK(held.empty());
}

TEST_CASE("submit: busy is asked again after a pause, each row until it has its fate") {
  std::map<std::string, int> seen;
  scripted_server server([&](const command& c, size_t) {
    return ++seen[order_of(c)] < 4
               ? answer(plain_reply(c, seen[order_of(c)] % 2 == 0 ? errc::channel_busy : errc::busy))
               : answer(order_reply(c, order_state::paid, "alpha"));
  });
  rows_source source(50);
  recording_listener listener;
  submit_engine engine(plan_for(server, 16), source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(50);
  CHECK(listener.report.accepted == 50);
  CHECK(listener.report.resent == 150);
}

TEST_CASE("submit: a server that stays busy is believed in the end, and the row counts as refused") {
  scripted_server server([](const command& c, size_t) { return answer(plain_reply(c, errc::busy)); });
  rows_source source(3);
  recording_listener listener;
  auto plan = plan_for(server, 2);
  plan.sends_max = 5;
  submit_engine engine(plan, source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(3);
  CHECK(listener.report.accepted == 0);
  CHECK_FALSE(listener.report.all_accepted());
  CHECK(server.received().size() == 15);
}

TEST_CASE("lost sale: what was unanswered when the connection broke is sent again, under the same number") {
  scripted_server server([](const command& c, size_t earlier) -> scripted_action {
    if (earlier % 20 == 19)
      return {.replies = {}, .hang_up = true, .raw = {}};
    return answer(order_reply(c, order_state::paid, "alpha"));
  });
  rows_source source(100);
  recording_listener listener;
  submit_engine engine(plan_for(server, 10), source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(100);
  CHECK(listener.report.reconnected >= 1);
  CHECK(server.connections() == listener.report.reconnected + 1);
  std::map<std::string, pay_command> content;
  for (const auto& c : server.received()) {
    const auto [known, is_new] = content.emplace(order_of(c), std::get<pay_command>(c.body));
    CHECK(known->second == std::get<pay_command>(c.body));
  }
}

TEST_CASE("submit: a server that always hangs up isn't tried for ever, and its rows count as unanswered") {
  scripted_server server(
      [](const command&, size_t) -> scripted_action { return {.replies = {}, .hang_up = true, .raw = {}}; });
  rows_source source(4);
  recording_listener listener;
  auto plan = plan_for(server, 4);
  plan.sends_max = 3;
  submit_engine engine(plan, source, listener);
  CHECK(engine.run().has_value());
  CHECK(listener.given_up.size() == 4);
  CHECK(listener.answers.empty());
}

TEST_CASE("submit: a silent connection is given up and its rows are sent over a new one") {
  scripted_server server([](const command& c, size_t earlier) -> scripted_action {
    return earlier == 0 ? scripted_action{} : answer(order_reply(c, order_state::paid, "alpha"));
  });
  rows_source source(10);
  recording_listener listener;
  auto plan = plan_for(server, 4);
  plan.reply_timeout_ms = 40;
  submit_engine engine(plan, source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(10);
  CHECK(server.connections() >= 2);
}

TEST_CASE("submit: no server at all is told at once") {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor taken(context, {boost::asio::ip::address_v4::loopback(), 0});
  submit_plan plan;
  plan.server = {"127.0.0.1", taken.local_endpoint().port()};
  taken.close();
  rows_source source(4);
  recording_listener listener;
  submit_engine engine(plan, source, listener);
  const auto ran = engine.run();
  REQUIRE_FALSE(ran.has_value());
  CHECK(ran.error().find("connection refused") != std::string::npos);
  CHECK(listener.given_up.empty());
}

TEST_CASE("submit: rows are spread over all connections") {
  scripted_server server([](const command& c, size_t) { return answer(order_reply(c, order_state::paid, "alpha")); });
  rows_source source(200);
  recording_listener listener;
  auto plan = plan_for(server, 16);
  plan.connections = 4;
  submit_engine engine(plan, source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(200);
  CHECK(server.connections() == 4);
}

TEST_CASE("submit: each merchant is opened once, before its first payment, and one that exists is left as it is") {
  std::map<std::string, int> opened;
  bool paid_before_open = false;
  scripted_server server([&](const command& c, size_t) {
    if (is_opening(c)) {
      const auto& terms = std::get<open_merchant_command>(c.body).terms;
      CHECK(terms.fee_rate_ppm == 6'000);
      ++opened[terms.merchant.str()];
      if (opened[terms.merchant.str()] == 1 && terms.merchant.str() == "m-2")
        return answer(plain_reply(c, errc::busy));
      return answer(plain_reply(c, terms.merchant.str() == "m-1" ? errc::terms_conflict : errc::ok));
    }
    paid_before_open |= !opened.contains(std::get<pay_command>(c.body).merchant.str());
    return answer(order_reply(c, order_state::paid, "alpha"));
  });
  rows_source source(60, 3);
  recording_listener listener;
  auto plan = plan_for(server, 16);
  plan.open_merchants = true;
  plan.merchant_fee_ppm = 6'000;
  submit_engine engine(plan, source, listener);
  REQUIRE(engine.run().has_value());
  listener.check_all_once(60);
  CHECK_FALSE(paid_before_open);
  CHECK(opened == std::map<std::string, int>{{"m-0", 1}, {"m-1", 1}, {"m-2", 2}});
  CHECK(listener.report.merchants_opened == 2);
  CHECK(listener.report.merchants_existing == 1);
}

TEST_CASE("submit: payments of a merchant that can't be opened are never sent") {
  scripted_server server([](const command& c, size_t) {
    CHECK(is_opening(c));
    return answer(plain_reply(c, errc::restored_mode));
  });
  rows_source source(12);
  recording_listener listener;
  auto plan = plan_for(server, 4);
  plan.open_merchants = true;
  submit_engine engine(plan, source, listener);
  REQUIRE(engine.run().has_value());
  CHECK(listener.refused.size() == 12);
  CHECK(listener.answers.empty());
}

TEST_CASE("submit: only answers that time alone can change are asked again") {
  CHECK(worth_resending(errc::busy));
  CHECK(worth_resending(errc::channel_busy));
  CHECK(worth_resending(errc::shutting_down));
  for (const auto code : {errc::ok, errc::order_conflict, errc::no_channel, errc::restored_mode, errc::payment_failed,
                          errc::in_doubt, errc::processing, errc::internal, errc::invalid_field}) {
    CAPTURE(name(code));
    CHECK_FALSE(worth_resending(code));
  }
}
