// What is asked of channels beside payments: from the entity to the bank and back, past the limiter.
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"

#include <map>
#include <memory>

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// Takes the money and says nothing; counts what it is asked, and answers that as it is told.
struct questions {
  std::map<std::string, uint32_t> asked;
  std::optional<enquiry_answer> answer = enquiry_answer{1'000, false, reply_class::succeeded, "OK"};
};

class silent_bank final : public bank {
public:
  explicit silent_bank(std::shared_ptr<questions> q) : q_(std::move(q)) {}
  bank_deed receive(instant, const submit_effect&, uint32_t) override { return {true, {}}; }
  std::optional<enquiry_answer> enquire(instant, const channel_request_effect& what) override {
    ++q_->asked[what.id.str()];
    return q_->answer;
  }
  std::optional<enquiry_answer> reverse(instant, const channel_request_effect&) override { return std::nullopt; }
  bank_deed refund(instant, const channel_request_effect&) override { return {}; }
  std::optional<enquiry_answer> close(instant, const channel_request_effect&) override { return std::nullopt; }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms&) override {}

private:
  std::shared_ptr<questions> q_;
};

sim::world_options silent_town(const std::shared_ptr<questions>& q, channel_terms t = channel("alpha")) {
  t.enquire_after_ms = 10'000;
  auto options = town({std::move(t)});
  options.open_bank = [q](const channel_terms&) -> tl::expected<bank_ptr, std::string> {
    return std::make_unique<silent_bank>(q);
  };
  return options;
}

uint32_t asked_in_all(const questions& q) {
  uint32_t sum = 0;
  for (const auto& [id, n] : q.asked)
    sum += n;
  return sum;
}

} // namespace

TEST_CASE("Loss prevented: a channel that was switched off is never asked what became of its payments") {
  auto q = std::make_shared<questions>();
  sim::world w(silent_town(q));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::in_doubt);
  REQUIRE(w.ask(c, switch_channel_command{*channel_id::parse("alpha"), false, "ann", "test"}).code == errc::ok);
  w.run_for(15'000);
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
  CHECK(asked_in_all(*q) == 1);
}

TEST_CASE("Loss prevented: an enquiry that was due when the process died is never made") {
  auto q = std::make_shared<questions>();
  sim::world w(silent_town(q));
  REQUIRE(w.ask(w.connect(), pay("A-1")).code == errc::in_doubt);
  w.kill();
  w.clock().advance_ns(60'000 * ns_per_ms);
  w.begin();
  w.run_for(5'000);
  CHECK(w.ask(w.connect(), query("A-1")).code == errc::ok);
  CHECK(asked_in_all(*q) == 1);
}

TEST_CASE("A bank that never answers is asked again after its window, and a person is told in the end") {
  auto q = std::make_shared<questions>();
  q->answer.reset();
  auto t = channel("alpha");
  t.enquiries_max = 3;
  t.enquire_interval_ms_max = 15'000;
  sim::world w(silent_town(q, t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::in_doubt);
  w.run_for(60'000);
  const reply r = w.ask(c, query("A-1"));
  CHECK(r.code == errc::in_doubt);
  CHECK(order_in(r).attempts[0].state == attempt_state::manual);
  CHECK(order_in(r).attempts[0].enquiries == 3);
  CHECK(asked_in_all(*q) == 3);
  CHECK_FALSE(w.alarms().empty());
  // Next day the channel knows.
  q->answer = enquiry_answer{1'000, false, reply_class::succeeded, "OK"};
  w.run_for(limits::manual_again_ms + 5'000);
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
  CHECK(asked_in_all(*q) == 4);
}

TEST_CASE("Loss prevented: where thousands are due at once, each waits longer for its turn than a channel remembers") {
  auto q = std::make_shared<questions>();
  auto t = channel("alpha");
  t.concurrency_max = limits::concurrency_max;
  auto options = silent_town(q, t);
  options.tickets_total = limits::tickets_total;
  sim::world w(options);
  constexpr size_t orders = 3 * limits::wakes_per_tick_max;
  for (size_t i = 0; i < orders; i += 512) {
    auto& c = w.connect();
    for (size_t n = i; n < i + 512; ++n)
      c.send({n + 1, 0, pay("A-" + std::to_string(n))});
  }
  REQUIRE(w.run_until([&] { return asked_in_all(*q) > 0; }));
  const instant began = w.clock().now();
  REQUIRE(w.run_until([&] { return q->asked.size() == orders; }));
  CHECK(w.clock().now().ns - began.ns < limits::wake_look_ms * ns_per_ms);
}
