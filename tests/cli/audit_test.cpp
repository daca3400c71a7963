#include "cli/audit/read.hpp"

#include "store/memory_event_log.hpp"
#include "tests/cli/audit_orders.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const auto no_progress = [](uint64_t, uint64_t) {
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

audit_request request_for(std::string_view merchant, std::string_view number) {
  return {.order = stream_name::of_order(*merchant_id::parse(merchant), *order_no::parse(number)),
          .until = {},
          .with_chain = false};
}

/// A log in which two orders take turns, so that no order's positions are its versions.
struct log_of_two {
  log_of_two() {
    const auto a = declined_then_paid("m1", "A-7");
    const auto b = declined_then_paid("m2", "A-7");
    append_all(log, {a[0], b[0], a[1], b[1], a[2], b[2]});
  }

  audited_order audit(const audit_request& request) const {
    auto order = read_order(log, audit_environment, request, no_progress);
    REQUIRE(order.has_value());
    return std::move(*order);
  }

  memory_event_log log;
};

/// A log whose disk went bad: what it hands out for any stream is no decision.
class rotten_log final : public event_log {
public:
  store_result<void> read(const stream_name&, uint32_t, const decision_visitor& visit) const override {
    const std::vector<std::byte> rotten(64, std::byte{1});
    visit(7, rotten);
    return {};
  }
  store_result<void> read_all(uint64_t, size_t, const decision_visitor&) const override { return refused(); }
  store_result<log_head> append(std::span<const append_entry>) override { return refused(); }
  store_result<uint32_t> version_of(const stream_name&) const override { return refused(); }
  store_result<std::vector<stream_name>> streams_of(stream_kind) const override { return refused(); }
  store_result<std::vector<due_entry>> due(const due_entry&, instant, size_t) const override { return refused(); }
  log_head head() const override { return {.position = 7, .chain = {}, .at = audit_start}; }
  store_result<uint64_t> fold(size_t) override { return refused(); }
  uint64_t unfolded() const override { return 0; }

private:
  static tl::unexpected<store_error> refused() { return tl::unexpected(store_error{store_errc::io, "rotten"}); }
};

} // namespace

TEST_CASE("an audit shows every decision of the order, none of another, and that the rules agree") {
  const log_of_two two;
  const auto order = two.audit(request_for("m1", "A-7"));
  REQUIRE(order.decisions.size() == 3);
  CHECK(order.decisions[0].position == 1);
  CHECK(order.decisions[2].position == 5);
  CHECK(order.head_position == 6);
  const auto text = audit_text(order);
  CAPTURE(text);
  for (const auto* part :
       {"order m1/A-7: paid", "147.80 CNY by card", "all 3 decisions come out the same", "DECLINED", "already_tried",
        "amount_too_large", "ranked_lower", "attempt 2 on beta", "its own number is B-4711", "payer masked",
        "position 5, version 3", "merchant/m1/pending", "+42.0 ms"})
    CHECK_MESSAGE(contains(text, part), part);
}

TEST_CASE("an audit fits 120 columns") {
  const log_of_two two;
  const auto text = audit_text(two.audit(request_for("m1", "A-7")));
  for (size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    CAPTURE(text.substr(begin, end - begin));
    CHECK(end - begin <= 125); // Bytes: the one ellipsis of a heading takes three of them.
    begin = end + 1;
  }
}

TEST_CASE("a payer leaks: neither text nor JSON of an audit holds the token or the sealed bytes") {
  const log_of_two two;
  const auto order = two.audit(request_for("m1", "A-7"));
  const auto token = hex(hash_parts_128({"alice"}));
  for (const auto& text : {audit_text(order), audit_json(order).dump()}) {
    CHECK_FALSE(contains(text, token));
    CHECK_FALSE(contains(text, "pppp"));
    CHECK_FALSE(contains(text, hex(as_bytes("pppp"))));
  }
}

TEST_CASE("an audit's JSON holds inputs, events, candidates and postings of every decision, and sums to zero") {
  const log_of_two two;
  const auto o = nlohmann::json::parse(audit_json(two.audit(request_for("m1", "A-7"))).dump());
  CHECK(o["order"]["state"] == "paid");
  CHECK(o["decided_again"]["agrees"] == true);
  REQUIRE(o["decisions"].size() == 3);
  const auto& first = o["decisions"][0];
  CHECK(first["at"] == "2023-11-14T22:13:20.123000456Z");
  CHECK(first["stream"] == "order/m1/A-7");
  CHECK(first["input"]["input"] == "pay");
  CHECK(first["input"]["payer"]["named"] == true);
  CHECK(first["input"]["route"]["candidates"][2]["verdict"] == "amount_too_large");
  CHECK(first["record_hash"].get<std::string>().size() == 64);
  CHECK_FALSE(first.contains("chain"));
  const auto& last = o["decisions"][2];
  int64_t sum = 0;
  size_t lines = 0;
  for (const auto& e : last["events"])
    for (const auto& line : e.value("postings", nlohmann::json::array())) {
      sum += line["amount"]["minor"].get<int64_t>();
      ++lines;
    }
  CHECK(lines > 0);
  CHECK(sum == 0);
  CHECK(o["order"]["trajectory"].size() >= 10);
}

TEST_CASE("an audit as of a past moment leaves out what was decided later, to the millisecond shown") {
  const log_of_two two;
  auto request = request_for("m1", "A-7");
  // The decision was at .140000456; people copy .140 from what they were shown.
  request.until = *parse_instant("2023-11-14T22:13:20.140Z");
  const auto order = two.audit(request);
  CHECK(order.decisions.size() == 2);
  CHECK(order.again.state.status == order_state::open);
  CHECK(contains(audit_text(order), "as of   2023-11-14T22:13:20.140Z"));
  request.until = *parse_instant("2023-11-14T22:13:20.122Z");
  CHECK(two.audit(request).decisions.empty());
}

TEST_CASE("the chain shown is the chain of the log") {
  const log_of_two two;
  auto request = request_for("m2", "A-7");
  request.with_chain = true;
  const auto order = two.audit(request);
  REQUIRE(order.hashes.size() == 3);
  CHECK(order.hashes[2].chain == hex(two.log.head().chain));
  CHECK(order.hashes[0].chain != order.hashes[1].chain);
}

TEST_CASE("an order the log doesn't know has no decisions") {
  const log_of_two two;
  CHECK(two.audit(request_for("m1", "A-8")).decisions.empty());
}

TEST_CASE("a log that was edited: deciding again names the position and the difference") {
  auto decisions = declined_then_paid("m1", "A-7");
  for (auto& e : decisions[2].events)
    if (auto* paid = std::get_if<order_paid>(&e))
      paid->postings[0].amount.minor += 1;
  memory_event_log log;
  append_all(log, decisions);
  const auto order = read_order(log, audit_environment, request_for("m1", "A-7"), no_progress);
  REQUIRE(order.has_value());
  CHECK(order->again.agreed == 2);
  CHECK(order->again.differs_position == 3);
  CHECK(contains(audit_text(*order), "differs first at position 3: order_paid would hold other values"));
  CHECK(audit_json(*order)["decided_again"]["agrees"] == false);
}

TEST_CASE("a decision today's rules would refuse is shown as recorded, with the refusal") {
  auto decisions = declined_then_paid("m1", "A-7");
  std::get<attempt_input>(decisions[2].input).outcome = reply_class::failed_final;
  memory_event_log log;
  append_all(log, decisions);
  const auto order = read_order(log, audit_environment, request_for("m1", "A-7"), no_progress);
  REQUIRE(order.has_value());
  CHECK(order->again.differs_position == 3);
  CHECK(order->again.state.status == order_state::paid);
}

TEST_CASE("bytes that are no decision are damage, not an empty order") {
  const auto order = read_order(rotten_log(), audit_environment, request_for("m1", "A-7"), no_progress);
  REQUIRE_FALSE(order.has_value());
  CHECK(order.error().code == store_errc::damaged);
  CHECK(contains(order.error().text, "position 7 can't be read"));
}
