// What views make of a log that can't be read everywhere.
#include "actors/views/balances_view.hpp"
#include "actors/views/trajectory_view.hpp"
#include "schema/log_codec.hpp"
#include "store/memory_event_log.hpp"
#include "tests/support/typical_payment.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

void append(event_log& log, const decision& d) {
  const append_entry entry{d.stream, d.version, d.at, d.due_before, d.due, encode(d)};
  REQUIRE(log.append(std::span(&entry, 1)));
}

/// A view of its own kind, folded from the log as far as it can be read.
template <class Rules>
struct folded_view {
  Rules rules;
  std::unique_ptr<view_store> store = make_memory_view_store();

  store_result<fold_progress> fold(const event_log& log) { return fold_view(log, *store, rules, 10); }
  std::map<std::string, std::string> entries() const {
    std::map<std::string, std::string> all;
    REQUIRE(store->scan({}, [&](std::string_view key, std::string_view value) {
      all.emplace(key, value);
      return true;
    }));
    return all;
  }
};

} // namespace

TEST_CASE_TEMPLATE("a view stops where what was decided can't be read, and says where", Rules, balances_view,
                   trajectory_view) {
  decision unreadable = typical::success();
  std::get<order_paid>(unreadable.events[1]).postings[2].account.kind = static_cast<account_kind>(77);
  memory_event_log log;
  append(log, typical::opening());
  append(log, unreadable);
  folded_view<Rules> view;
  for (int i = 0; i < 2; ++i) {
    const auto folded = view.fold(log);
    REQUIRE_FALSE(folded.has_value());
    CHECK(folded.error().code == store_errc::damaged);
    CHECK(folded.error().text == "decision 2: the stored decision posts to an account that this build doesn't know; "
                                 "run `oncepay log verify`");
    CHECK(view.store->checkpoint().value() == view_checkpoint{});
  }
}

TEST_CASE_TEMPLATE("a view holds what was decided, also upon an input that this build doesn't understand", Rules,
                   balances_view, trajectory_view) {
  decision strange = typical::success();
  std::get<attempt_input>(strange.input).source = static_cast<evidence>(99);
  memory_event_log sound, with_strange;
  append(sound, typical::opening());
  append(sound, typical::success());
  append(with_strange, typical::opening());
  append(with_strange, strange);
  folded_view<Rules> expected, view;
  REQUIRE(expected.fold(sound));
  const auto folded = view.fold(with_strange);
  REQUIRE(folded.has_value());
  CHECK(folded->position == 2);
  CHECK(folded->at_head);
  CHECK(!expected.entries().empty());
  CHECK(view.entries() == expected.entries());
}

TEST_CASE("what is posted to one path is one balance, whatever owners its postings name") {
  decision paid = typical::success();
  auto& lines = std::get<order_paid>(paid.events[1]).postings;
  const posting fees{{account_kind::platform_fees, {}}, {-7, {156}}};
  lines = {fees, {{account_kind::platform_fees, "somebody"}, fees.amount}};
  balances_view rules;
  rules.fold(recorded_decision{1, paid});
  const auto store = make_memory_view_store();
  const auto changes = rules.changes(*store, nullptr);
  REQUIRE(changes.has_value());
  REQUIRE(store->write(*changes, {1, {}}));
  const auto read = balances_view::read(*store, {}, 10);
  REQUIRE(read.has_value());
  REQUIRE(read->balances.size() == 1);
  CHECK(read->balances[0] == balance{"platform/fees", {-14, {156}}});
}
