#include "actors/domain/channel.hpp"
#include "actors/domain/merchant.hpp"
#include "actors/domain/method.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

merchant_input merchant_terms_with(uint32_t fee_ppm, bool by_configuration) {
  merchant_terms t;
  t.merchant = *merchant_id::parse("m1");
  t.fee_rate_ppm = fee_ppm;
  return {t, by_configuration};
}

channel_input channel_terms_with(uint32_t priority, bool by_configuration) {
  channel_terms t;
  t.channel = *channel_id::parse("alpha");
  t.priority = priority;
  return {t, by_configuration};
}

template <class Decide, class Evolve, class State>
verdict_on_input tell(State& s, const input& in, Decide decide, Evolve evolve) {
  auto verdict = decide(s, in);
  if (verdict)
    for (const event& e : *verdict)
      evolve(s, in, e);
  return verdict;
}

} // namespace

TEST_CASE("A merchant is opened once; the same terms again change nothing, others only come by configuration") {
  auto s = merchant::initial(stream_name::of_merchant(*merchant_id::parse("m1")));
  auto tell_merchant = [&](const input& in) {
    return tell(s, in, merchant::decide, merchant::evolve);
  };
  auto opened = tell_merchant(merchant_terms_with(6'000, false));
  REQUIRE(opened);
  CHECK(opened->size() == 1);
  CHECK(merchant::effects(s, *opened).size() == 1);
  CHECK(tell_merchant(merchant_terms_with(6'000, false))->empty());
  CHECK(tell_merchant(merchant_terms_with(9'000, false)).error().code == errc::terms_conflict);
  REQUIRE(tell_merchant(merchant_terms_with(9'000, true)));
  CHECK(s.terms.fee_rate_ppm == 9'000);
}

TEST_CASE("A merchant's switch is its operators': terms leave it where it is, and only configuration sets quotas") {
  auto s = merchant::initial(stream_name::of_merchant(*merchant_id::parse("m1")));
  auto tell_merchant = [&](const input& in) {
    return tell(s, in, merchant::decide, merchant::evolve);
  };
  CHECK(tell_merchant(switch_input{false, "ann", "fraud"}).error().code == errc::unknown_merchant);
  auto bounded = merchant_terms_with(6'000, true);
  bounded.terms.requests_per_s_max = 10;
  REQUIRE(tell_merchant(bounded));
  CHECK(s.on);
  const auto off = tell_merchant(switch_input{false, "ann", "fraud"});
  REQUIRE(off);
  CHECK(*off == std::vector<event>{merchant_switched{false}});
  CHECK_FALSE(std::get<publish_merchant_effect>(merchant::effects(s, *off).at(0)).on);
  CHECK(tell_merchant(switch_input{false, "bob", "fraud"})->empty());
  REQUIRE(tell_merchant(merchant_terms_with(9'000, true)));
  CHECK_FALSE(s.on);
  REQUIRE(tell_merchant(bounded));
  CHECK(tell_merchant(merchant_terms_with(6'000, false))->empty());
  CHECK(s.terms.requests_per_s_max == 10);
  bounded.by_configuration = false;
  bounded.terms.requests_per_s_max = 20;
  CHECK(tell_merchant(bounded).error().code == errc::terms_conflict);
  CHECK(tell_merchant(switch_input{true, "ann", "cleared"})->size() == 1);
  CHECK(s.on);
}

TEST_CASE("A method is on until somebody switches it off") {
  const auto card = *method_id::parse("card");
  auto s = method::initial(stream_name::of_method(card));
  CHECK(s.on);
  CHECK(method::decide(s, switch_input{true, "ann", "why not"})->empty());
  const auto off = tell(s, switch_input{false, "ann", "down"}, method::decide, method::evolve);
  REQUIRE(off);
  CHECK_FALSE(s.on);
  CHECK(std::get<publish_method_effect>(method::effects(s, *off).at(0)) == publish_method_effect{card, false});
  CHECK(method::decide(s, merchant_terms_with(1, true)).error().code == errc::internal);
}

TEST_CASE("A channel opens switched on, and new terms leave the switch where its operator put it") {
  auto s = channel::initial(stream_name::of_channel(*channel_id::parse("alpha")));
  auto tell_channel = [&](const input& in) {
    return tell(s, in, channel::decide, channel::evolve);
  };
  CHECK(tell_channel(switch_input{false, "ann", "maintenance"}).error().code == errc::unknown_channel);
  REQUIRE(tell_channel(channel_terms_with(10, true)));
  CHECK(s.on);
  auto off = tell_channel(switch_input{false, "ann", "maintenance"});
  REQUIRE(off);
  CHECK_FALSE(s.on);
  const auto effects = channel::effects(s, *off);
  REQUIRE(effects.size() == 1);
  CHECK_FALSE(std::get<publish_channel_effect>(effects[0]).on);
  CHECK(tell_channel(switch_input{false, "ann", "again"})->empty());
  REQUIRE(tell_channel(channel_terms_with(20, true)));
  CHECK_FALSE(s.on);
  CHECK(s.terms.priority == 20);
  CHECK(tell_channel(channel_terms_with(30, false)).error().code == errc::terms_conflict);
}
