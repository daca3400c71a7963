// The matrix itself: that it leaves nothing out silently, and that its cells come out as the rules promise. That it can
// fail is shown where rules are broken: tests/mutations/check.py.
#include "sim/matrix/matrix.hpp"
#include "sim/matrix/operations.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

using namespace oncepay;
using namespace oncepay::sim;

namespace {

matrix::cell cell_named(const std::string& name) {
  const auto all = matrix::cells();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const matrix::cell& c) { return matrix::name(c) == name; });
  REQUIRE(found != all.end());
  return *found;
}

} // namespace

TEST_CASE("Every fault meets every operation at every time and with every kill, or a reason says why it can't") {
  const auto all = matrix::cells();
  CHECK(all.size() == matrix::operations().size() * matrix::faults().size() * 3 * 4);
  std::set<std::string> names;
  std::set<std::string> operations_run;
  std::set<std::string> faults_run;
  for (const matrix::cell& c : all) {
    CAPTURE(matrix::name(c));
    CHECK(names.insert(matrix::name(c)).second);
    const auto played = c.operation->script_of(c);
    if (!played) {
      CHECK_FALSE(played.error().empty());
      continue;
    }
    operations_run.emplace(c.operation->name);
    faults_run.emplace(matrix::name(c.fault));
  }
  CHECK(operations_run.size() == matrix::operations().size());
  CHECK(faults_run.size() == matrix::faults().size());
}

TEST_CASE("Each row of a fault stands where its enumerator says") {
  for (size_t i = 0; i < matrix::faults().size(); ++i)
    CHECK(matrix::faults()[i].what == static_cast<matrix::fault>(i));
}

TEST_CASE("Cells come out as the rules promise") {
  const struct {
    const char* cell;
    const char* outcome;
  } promised[] = {
      {"pay/none/after/none", "paid"},
      {"pay/declines/before/none", "paid"}, // by the other bank
      {"pay/refuses/before/none", "failed"},
      {"pay/silent/before/none", "failed"},
      {"pay/silent/after/asked", "paid"},
      {"pay/mute/after/none", "manual!"},
      {"pay/late/after/committed", "paid"},
      {"pay/contradicts/after/none", "paid!"},
      {"pay/denies/after/none", "denied!"},
      {"code/payer-types/before/none", "reversed"},
      {"code/payer-types/during/none", "paid"},
      {"enquiry/not-found/after/none", "paid"},
      {"close/none/before/none", "closed"},
      {"close/none/after/none", "paid"},
      {"close/denies/after/none", "returned!"},
      {"reversal/none/after/none", "reversed"},
      {"reversal/refuses/after/none", "manual!"},
      {"refund/silent/after/asked", "refunded"},
      {"refund/refuses/before/none", "kept"},
      {"refund-part/none/after/none", "partly"},
      {"refund/denies/after/committed", "denied!"}, // by asking once more
      {"notice/none/after/none", "paid"},
      {"notice/contradicts/after/none", "paid!"},
      {"top-up/silent/after/asked", "topped up"},
      {"top-up/refuses/before/none", "failed"},
      {"pay-out/none/after/none", "paid out"},
      {"pay-out/declines/before/none", "paid out"}, // by the other bank
      {"pay-out/silent/before/none", "not out"},
      {"pay-out/silent/after/asked", "paid out"},
      {"pay-out/mute/after/none", "manual!"},
      {"pay-out/denies/after/none", "denied!"},
      {"out-enquiry/not-found/before/none", "manual!"},
      {"out-enquiry/not-found/after/none", "manual!"},
      {"out-stopped/none/before/none", "paid out"},
      {"out-stopped/none/during/asked", "paid out"},
      {"claim/none/after/committed", "paid out"},
      {"claim/refuses/before/none", "refused"},
      {"settle/none/before/committed", "not out"},
      {"settle/none/after/answered", "paid out"},
      {"credit/none/after/committed", "topped up"},
      {"check/not-found/after/none", "paid!"},
      {"out-check/not-found/after/none", "paid out!"},
      {"refund-check/denies/during/none", "denied!"},
      {"wallet-top-up/silent/after/none", "topped up"},
      {"wallet-credit/none/after/committed", "topped up"},
      {"wallet/none/after/none", "paid"},
      {"wallet/none/after/asked", "failed"}, // the wallet was never asked, and won't be
      {"wallet/none/after/committed", "paid"},
      {"wallet/refuses/before/none", "failed"},
      {"wallet/late/before/none", "failed"},
      {"wallet/late/after/none", "paid"},
      {"wallet-refund/none/after/committed", "refunded"},
      {"wallet-refund/late/before/none", "kept"},
      {"transfer/none/after/committed", "topped up"},
      {"transfer-credit/none/after/answered", "topped up"},
      {"withdraw/mute/after/none", "manual!"},
      {"withdraw/refuses/before/none", "not out"},
      {"withdraw-claim/refuses/before/none", "refused"},
      {"withdraw-settle/none/after/committed", "paid out"},
      {"bind/none/after/none", "bound"},
      {"bind/declines/before/none", "bound"}, // by the other channel
      {"bind/unnamed/after/none", "bound"},   // it is asked for the name
      {"bind/mute/after/none", "manual!"},
      {"bind-enquiry/fails/after/none", "bound"},
      {"authenticate/none/after/none", "authenticated"},
      {"authenticate/refuses/before/none", "failed"},
      {"sign/silent/after/none", "paid"},
      {"withhold/none/after/none", "paid"},
      {"withhold/declines/before/none", "failed"}, // nowhere else
      {"withhold-enquiry/not-found/after/none", "paid"},
      {"grant/none/after/asked", "paid"},
      {"grant/refuses/before/none", "refused"},
      {"grant/refuses/during/none", "refused"},
      {"unbind/none/after/none", "unbound"},
      {"unbind/refuses/before/none", "stands"},
      {"unbind/mute/after/none", "manual!"},
      {"unbind-enquiry/fails/after/none", "unbound"},
      {"batch/none/after/asked", "paid out"},
      {"batch/refuses/before/none", "not out"},
      {"batch-end/none/after/answered", "paid out"},
      {"tell/answer-lost/after/none", "told"},
      {"tell/hangs-always/after/none", "given up!"},
  };
  for (const auto& [name, outcome] : promised) {
    CAPTURE(name);
    const matrix::cell_result result = matrix::run_cell(cell_named(name));
    CHECK(result.cannot.empty());
    CHECK(result.outcome == outcome);
    for (const run_violation& v : result.run.violations)
      FAIL_CHECK(v.what.checker << ": " << v.what.sentence);
  }
}

namespace {

/// What the judge says of a cell whose world was tampered with.
std::string blamed(const std::string& name, const std::function<void(matrix::script&)>& tamper) {
  const matrix::cell c = cell_named(name);
  auto played = c.operation->script_of(c);
  REQUIRE(played);
  tamper(*played);
  const auto result = matrix::play(c, std::move(*played));
  std::string all;
  for (const run_violation& v : result.run.violations)
    if (v.what.checker == "matrix")
      all.append(v.what.sentence).append("\n");
  return all;
}

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("The judge sees a bank that claims what it never took, whatever the order and the ledger say") {
  const auto said =
      blamed("pay/none/after/none", [](matrix::script& s) { s.world.deeds.front().deed.money_moves = false; });
  CHECK(says(said, "the ledger says that the banks owe 100.00 CNY; they keep 0.00 CNY"));
  CHECK(says(said, "the order is paid, which leaves 100.00 CNY at the banks; they keep 0.00 CNY"));
}

TEST_CASE("The judge sees a pay-out that its bank claims and never made") {
  const auto said =
      blamed("pay-out/none/after/none", [](matrix::script& s) { s.world.deeds.front().deed.money_moves = false; });
  CHECK(says(said, "the ledger says that the banks owe -100.00 CNY; they keep 0.00 CNY"));
  CHECK(says(said, "the order is paid, which leaves -100.00 CNY at the banks; they keep 0.00 CNY"));
}

TEST_CASE("The judge sees a denied refund that nobody is told of because nothing was drawn to be asked about again") {
  CHECK(says(blamed("refund/denies/after/committed",
                    [](matrix::script& s) {
                      for (channel_terms& t : s.world.channels)
                        t.check_ppm = 0;
                    }),
             "denied what it had moved"));
}

TEST_CASE("The judge sees a denial that nobody is told of, and a merchant that never learns of its result") {
  CHECK(says(blamed("pay/denies/after/none", [](matrix::script& s) { s.world.deeds.front().notices.clear(); }),
             "denied what it had moved"));
  CHECK(says(blamed("tell/hangs/after/none", [](matrix::script& s) { s.world.services = {service_fate::hangs}; }),
             "the merchant was never told paid"));
}

TEST_CASE("The judge sees a card that is bound, or unbound, by the log alone") {
  CHECK(says(blamed("bind/none/after/none", [](matrix::script& s) { s.world.deeds.front().deed.money_moves = false; }),
             "its bank did nothing"));
  CHECK(
      says(blamed("unbind/none/after/none", [](matrix::script& s) { s.world.deeds.front().deed.money_moves = false; }),
           "the card is unbound, and its bank's agreement stands"));
}

TEST_CASE("The judge sees what is withheld by a card that should be unbound, and what nobody accepts") {
  CHECK(says(blamed("grant/none/after/none", [](matrix::script& s) { s.opens_nothing = true; }),
             "the order was accepted, and mustn't have been"));
  CHECK(says(blamed("grant/refuses/before/none", [](matrix::script& s) { s.opens_nothing = false; }),
             "the order was never accepted"));
}

TEST_CASE(
    "The judge sees a batch whose merchant never learns that its lines were handed out, and one that never came") {
  CHECK(says(blamed("batch/none/after/asked",
                    [](matrix::script& s) {
                      s.world.batches.front().tries_max = 1;
                      s.world.batches.front().steps.clear();
                    }),
             "the merchant was never told that its batch is handed out"));
  CHECK(says(blamed("pay-out/none/after/none",
                    [](matrix::script& s) {
                      s.world.batches.push_back({.at_us = 1'000'000, .client = 0, .batch = {}});
                      s.world.batches.front().batch.merchant = merchant_id::trusted("m1");
                      s.world.batches.front().batch.batch_no = order_no::trusted("B-1");
                    }),
             "the batch was opened 0 times"));
}

TEST_CASE("A cell whose operation never comes, or whose kill never strikes, is no cell that holds") {
  const auto said = blamed("pay/none/after/asked", [](matrix::script& s) { s.strikes = matrix::moment::reversal; });
  CHECK(says(said, "the operation never reached the other side"));
  CHECK(says(said, "the process died 0 times"));
}

TEST_CASE("A cell is the same history each time it is run") {
  const matrix::cell c = cell_named("pay/late/during/answered");
  const auto once = matrix::run_cell(c);
  CHECK(once.run.log_hash == matrix::run_cell(c).run.log_hash);
  CHECK(once.run.log_hash != matrix::run_cell(cell_named("pay/late/during/committed")).run.log_hash);
}
