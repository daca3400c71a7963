#include "sim/matrix/account_operations.hpp"

#include "sim/matrix/payment_operations.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr reason between = "between an order and its account there is no bank: what can go wrong is a kill";

} // namespace

made with_account(const cell& c, plan world, moment strikes) {
  if (is_merchants(c.fault))
    return tl::unexpected(of_merchants);
  if (c.fault != fault::none)
    return tl::unexpected(between);
  script s{std::move(world), strikes};
  s.world.deeds.push_back(deed_of_payment(plainly(c.timing)));
  return s;
}

made top_up(const cell& c) {
  return moved_as(c, staged_top_up(), operation::pay);
}

made pay_out(const cell& c) {
  return moved_as(c, staged_pay_out(), operation::pay_out);
}

/// Not found once proves no more than not found each time.
made enquire_of_pay_out(const cell& c) {
  return enquired(c, staged_pay_out(), operation::pay_out, always);
}

/// Whoever stops pay-outs lets them go on after a minute; before, while its merchant still sends it again.
made pay_out_stopped(const cell& c) {
  if (is_merchants(c.fault))
    return tl::unexpected(of_merchants);
  if (c.fault != fault::none && c.fault != fault::silent)
    return tl::unexpected(reason("an operator's stop meets no other bank than 'pay-out' does"));
  script s{staged_pay_out()};
  bank_deed deed{true, {}};
  constexpr int64_t answers_after_us = 1'500'000;
  if (c.fault == fault::none)
    deed.answers = {{answers_after_us, reply_class::succeeded, "OK"}};
  s.world.deeds.push_back(deed_of_payment(deed));
  auto& disturbances = s.world.disturbances;
  int64_t goes_on_us = order_at_us + 60'000'000;
  switch (c.timing) {
  case timing::before:
    s.strikes = moment::refusal;
    goes_on_us = order_at_us + 17'000'000;
    disturbances.push_back({order_at_us - 300'000, switch_pay_outs{}});
    break;
  case timing::during:
    // Its order, its claim and the stop are made durable one after another, each so slowly that the next one comes.
    s.strikes = moment::hold;
    disturbances.push_back({order_at_us - 100'000, slow_commits{200'000, 3'000}});
    disturbances.push_back({order_at_us + 250'000, switch_pay_outs{}});
    break;
  case timing::after:
    disturbances.push_back({order_at_us + 500'000, switch_pay_outs{}});
    break;
  }
  disturbances.push_back({goes_on_us, switch_pay_outs{true}});
  return s;
}

made claim(const cell& c) {
  return claimed(c, staged_pay_out());
}

made claimed(const cell& c, plan world) {
  constexpr reason at_once = "a claim is granted or refused at once";
  if (c.fault != fault::twice && c.fault != fault::refuses)
    return c.timing != timing::after && c.fault == fault::none ? made(tl::unexpected(no_fault))
                                                               : with_account(c, std::move(world), moment::claim);
  script s{std::move(world), moment::claim};
  if (c.timing == timing::during)
    return tl::unexpected(at_once);
  const bool refuses = c.fault == fault::refuses;
  if (refuses != (c.timing == timing::before))
    return tl::unexpected(refuses ? unmoved : reason("what is sent twice is claimed once, and goes out"));
  s.world.deeds.push_back(deed_of_payment(plainly(timing::after)));
  if (!refuses) {
    s.world.orders.back().twice_at_once = true;
    return s;
  }
  // Another pay-out, looked at as this one is while there is enough for either, claims first.
  planned_order rival = s.world.orders.back();
  rival.pay.order_no = order_no::trusted("A-0");
  rival.pay.payer = "carol";
  s.world.orders.insert(s.world.orders.end() - 1, rival);
  return s;
}

made settle(const cell& c) {
  return with_account(c, staged_pay_out(), moment::ending);
}

made credit(const cell& c) {
  if (c.timing == timing::before && c.fault == fault::none)
    return tl::unexpected(credits_nothing);
  return with_account(c, staged_top_up(), moment::ending);
}

} // namespace oncepay::sim::matrix
