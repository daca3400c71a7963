// Whatever began at a channel in the time of an incident is found, and nothing else.
#include "cli/audit/orders_at_channel.hpp"

#include "store/memory_event_log.hpp"
#include "tests/cli/audit_orders.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const channel_id alpha = channel_id::trusted("alpha");
const channel_id beta = channel_id::trusted("beta");
const channel_id gamma = channel_id::trusted("gamma");

/// Decides what it is told, by today's rules, into a log.
struct recorder {
  memory_event_log& log;
  stream_name stream;
  order::state state = order::initial(stream, audit_environment);
  uint32_t version = 0;

  recorder(memory_event_log& to, std::string_view number)
      : log(to), stream(stream_name::of_order(merchant_id::trusted("m1"), *order_no::parse(number))) {}

  void tell(int64_t after_ms, const input& in) {
    decision d;
    d.at = plus_ms(audit_start, after_ms);
    d.stream = stream;
    d.version = ++version;
    d.input = in;
    const auto events = order::decide(state, d.at, in);
    REQUIRE(events.has_value());
    d.events = *events;
    for (const auto& e : d.events)
      order::evolve(state, d.at, in, e);
    append_all(log, {std::move(d)});
  }
};

route_answer route_to(const channel_id& channel) {
  route_answer route;
  route.candidates = {{channel, verdict::chosen, false, 10, 30}};
  route.chosen = channel;
  route.submit_within_ms = 5'000;
  route.reply_within_ms = 10'000;
  route.enquire_after_ms = 120'000;
  return route;
}

std::vector<std::string> found_at(const event_log& log, const channel_id& channel, int64_t from_ms, int64_t to_ms,
                                  size_t max = 10) {
  const auto found = find_orders_at(log, channel, plus_ms(audit_start, from_ms), plus_ms(audit_start, to_ms), max);
  REQUIRE(found.has_value());
  std::vector<std::string> names;
  for (const stream_name& order : found->orders)
    names.emplace_back(order.part(1));
  return names;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("an order is found at each channel that it tried, within the time that its attempt there began") {
  memory_event_log log;
  append_all(log, declined_then_paid("m1", "A-7")); // alpha at 0 ms, beta at 17 ms
  CHECK(found_at(log, alpha, 0, 1) == names{"A-7"});
  CHECK(found_at(log, beta, 17, 18) == names{"A-7"});
  CHECK(found_at(log, beta, 0, 17).empty());
  CHECK(found_at(log, gamma, 0, 1'000).empty());
}

TEST_CASE("Loss prevented: after an incident the pay-outs of the channel aren't asked about") {
  memory_event_log log;
  recorder out(log, "P-1");
  pay_out_input wanted;
  wanted.order_no = *order_no::parse("P-1");
  wanted.amount = {10'000, *parse_currency("CNY")};
  wanted.method = *method_id::parse("bank-transfer");
  wanted.payee_token = hash_parts_128({"bob"});
  wanted.payee = {1, std::vector<std::byte>(21, std::byte{'p'})};
  wanted.route = route_to(alpha); // looks only: whether there is a channel at all
  out.tell(0, wanted);
  out.tell(500, account_answer_input{account_deed::claim, 0, route_to(beta)});
  CHECK(found_at(log, beta, 0, 1'000) == names{"P-1"});
  CHECK(found_at(log, alpha, 0, 1'000).empty());
}

TEST_CASE("Loss prevented: after an incident the refunds of the channel aren't asked about") {
  memory_event_log log;
  append_all(log, declined_then_paid("m1", "A-7"));
  recorder paid(log, "A-8");
  pay_input pay;
  pay.amount = {10'000, *parse_currency("CNY")};
  pay.method = *method_id::parse("card");
  pay.payer = {1, std::vector<std::byte>(21, std::byte{'p'})};
  pay.route = route_to(alpha);
  paid.tell(100, pay);
  paid.tell(200, attempt_input{1, evidence::channel_reply, reply_class::succeeded, "OK", "ref", {}});
  const order_no number = *order_no::parse("A-8");
  paid.tell(5'000, refund_input{number, *order_no::parse("R-1"), {4'000, *parse_currency("CNY")}, ""});
  CHECK(found_at(log, alpha, 4'000, 6'000) == names{"A-8"});
  CHECK(found_at(log, beta, 4'000, 6'000).empty());
  CHECK(found_at(log, alpha, 0, 6'000) == names{"A-7", "A-8"}); // each once
}

TEST_CASE("more orders than were asked for are said to be more") {
  memory_event_log log;
  append_all(log, declined_then_paid("m1", "A-7"));
  append_all(log, declined_then_paid("m1", "A-8"));
  const auto found = find_orders_at(log, alpha, audit_start, plus_ms(audit_start, 1'000), 1);
  REQUIRE(found.has_value());
  CHECK(found->more);
  CHECK(found->orders.size() == 1);
  CHECK_FALSE(find_orders_at(log, alpha, audit_start, plus_ms(audit_start, 1'000), 2)->more);
}
