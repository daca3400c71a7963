// Whatever happens to an order, in whatever order: the rules hold. Inputs are drawn freely, so most are such that no
// sane channel would send them.
#include "tests/domain/order_world.hpp"

#include "actors/domain/attempt_rules.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <tuple>

using namespace oncepay;
using namespace oncepay::test;

namespace {

rc::Gen<attempt_input> any_answer() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<uint32_t>(0, 5),
                     rc::gen::element(evidence::channel_reply, evidence::late_reply, evidence::never_left,
                                      evidence::reply_timeout, evidence::port_error, evidence::restart),
                     rc::gen::element(reply_class::succeeded, reply_class::failed_try_another,
                                      reply_class::failed_final, reply_class::unknown)),
      [](const auto& t) { return answer(std::get<0>(t), std::get<1>(t), std::get<2>(t)); });
}

rc::Gen<input> any_input() {
  return rc::gen::weightedOneOf<input>(
      {{1, rc::gen::map(rc::gen::inRange<int64_t>(9'999, 10'001), [](int64_t amount) { return input{pay(amount)}; })},
       {5, rc::gen::map(any_answer(), [](attempt_input in) { return input{std::move(in)}; })}});
}

/// Runs a drawn history and calls `check` after every input.
template <class Check>
bool holds_for_any_history(const char* rule, Check check) {
  return rc::check(rule, [&] {
    order_world w;
    w.offered = {beta, *channel_id::parse("gamma"), *channel_id::parse("delta")};
    const auto history = *rc::gen::container<std::vector<input>>(any_input());
    for (const input& in : history) {
      const order::state before = w.state;
      const auto verdict = w.tell(in);
      check(w, before, in, verdict);
    }
  });
}

} // namespace

TEST_CASE("The sum of an order's postings is zero after any history, and they are made at most once") {
  CHECK(holds_for_any_history("balanced", [](const order_world& w, auto&&...) {
    RC_ASSERT(ledger::balanced(w.postings()));
    size_t paid_events = 0;
    for (const decision& d : w.decisions)
      for (const event& e : d.events)
        paid_events += std::holds_alternative<order_paid>(e) ? 1 : 0;
    RC_ASSERT(paid_events <= 1);
    RC_ASSERT((paid_events == 1) == (w.state.status == order_state::paid));
  }));
}

TEST_CASE("The white list is never left") {
  CHECK(holds_for_any_history(
      "white list", [](const order_world& w, const order::state& before, const input& in, const verdict_on_input&) {
        auto* about = std::get_if<attempt_input>(&in);
        for (size_t i = 0; i < before.attempts.size(); ++i) {
          const auto from = before.attempts[i].state;
          const auto to = w.state.attempts[i].state;
          if (from == to)
            continue;
          RC_ASSERT(about != nullptr);
          RC_ASSERT(about->attempt_number == i + 1);
          auto* rule = find_attempt_rule(from, about->source, about->outcome);
          RC_ASSERT(rule != nullptr);
          RC_ASSERT(rule->then == consequence::move);
          RC_ASSERT(rule->to == to);
        }
        const bool order_final = before.status == order_state::paid || before.status == order_state::failed;
        RC_ASSERT(!order_final || w.state.status == before.status);
      }));
}

TEST_CASE("At most one attempt is ever live, and none follows one that was in doubt") {
  CHECK(holds_for_any_history("one live attempt", [](const order_world& w, auto&&...) {
    size_t live = 0;
    std::set<attempt_id> ids;
    for (size_t i = 0; i < w.state.attempts.size(); ++i) {
      const auto& a = w.state.attempts[i];
      live += a.state == attempt_state::intended || a.state == attempt_state::in_doubt ? 1 : 0;
      ids.insert(a.id);
      const bool followed = i + 1 < w.state.attempts.size();
      RC_ASSERT(!(followed && a.ever_in_doubt));
      RC_ASSERT(!(followed && a.state != attempt_state::failed));
    }
    RC_ASSERT(live <= 1);
    RC_ASSERT(ids.size() == w.state.attempts.size());
    RC_ASSERT(w.submissions() == w.state.attempts.size());
  }));
}

TEST_CASE("Replaying the events gives the state that produced them") {
  CHECK(holds_for_any_history("replay", [](const order_world& w, auto&&...) {
    auto replayed = order::initial(order_stream, "test");
    for (const decision& d : w.decisions)
      for (const event& e : d.events)
        order::evolve(replayed, d.at, d.input, e);
    RC_ASSERT(replayed == w.state);
  }));
}

TEST_CASE("Re-deciding the recorded inputs gives the recorded events") {
  CHECK(holds_for_any_history("re-decide", [](const order_world& w, auto&&...) {
    auto state = order::initial(order_stream, "test");
    for (const decision& d : w.decisions) {
      const auto verdict = order::decide(state, d.at, d.input);
      RC_ASSERT(verdict.has_value());
      RC_ASSERT(*verdict == d.events);
      for (const event& e : d.events)
        order::evolve(state, d.at, d.input, e);
    }
  }));
}

TEST_CASE("Evolve is total: any event may meet any state") {
  CHECK(rc::check("total", [] {
    const auto number = *rc::gen::inRange<uint32_t>(0, 9);
    const std::vector<event> all = {order_opened{},
                                    attempt_intended{number, {}, noon, noon},
                                    attempt_succeeded{number},
                                    attempt_failed{number},
                                    attempt_in_doubt{number, noon},
                                    contradiction_recorded{number},
                                    order_paid{},
                                    order_failed{500},
                                    channel_switched{true},
                                    log_released{}};
    auto state = order::initial(order_stream, "test");
    const auto picks = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, all.size()));
    for (size_t pick : picks)
      order::evolve(state, noon, *any_input(), all[pick]);
    order::view(state);
    order::due(state);
    order::resume(state);
    RC_SUCCEED("nothing broke");
  }));
}

TEST_CASE("Every state and piece of evidence has one rule at the most, and moves only where the design allows it") {
  std::map<std::tuple<attempt_state, evidence, reply_class>, int> seen;
  for (const attempt_rule& r : attempt_rules()) {
    CAPTURE(name(r.from));
    CAPTURE(name(r.source));
    CHECK(++seen[{r.from, r.source, r.outcome}] == 1);
    const bool is_final =
        r.from == attempt_state::succeeded || r.from == attempt_state::failed || r.from == attempt_state::reversed;
    CHECK_FALSE((is_final && r.then == consequence::move));
    CHECK((r.then == consequence::move) == (r.to != r.from));
    // What proves nothing settles nothing (C1).
    if (r.outcome == reply_class::unknown)
      CHECK((r.to == attempt_state::in_doubt || r.to == r.from));
  }
}
