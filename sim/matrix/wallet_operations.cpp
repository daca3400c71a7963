#include "sim/matrix/wallet_operations.hpp"

#include "sim/matrix/account_operations.hpp"
#include "sim/matrix/payment_operations.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr reason in_house = "a wallet is inside the house, behind no bank: it decides at once, and lies about nothing";
constexpr reason nothing_lost = "nothing is lost inside the process; what is lost with it is the kill";

/// So long a commit outlasts the wallet's window.
constexpr uint32_t outlasts_us = 3'000'000;

/// What begins at that time is durable only when its wallet mustn't be asked any more.
void make_late(plan& p, int64_t from_us, uint32_t for_ms) {
  p.disturbances.push_back({from_us, slow_commits{2'500'000, for_ms}});
}

plan staged_wallet_top_up() {
  plan p = staged_top_up();
  p.orders.front().pay.to_wallet = wallet_of_cells();
  return p;
}

plan staged_transfer() {
  plan p = staged_wallet();
  p.orders.back().pay.top_up = true;
  p.orders.back().pay.to_wallet = wallet_id::trusted("bob");
  return p;
}

plan staged_withdrawal() {
  plan p = staged_pay_out();
  p.orders.front().pay.to_wallet = p.orders.back().pay.wallet = wallet_of_cells();
  return p;
}

/// A wallet is asked for the money of the last order of this world.
made asked_to_pay(const cell& c, plan world) {
  if (is_merchants(c.fault))
    return tl::unexpected(of_merchants);
  script s{std::move(world), moment::claim};
  if (c.fault == fault::silent || c.fault == fault::mute)
    return tl::unexpected(nothing_lost);
  const bool before = c.timing == timing::before;
  const bool after = c.timing == timing::after;
  if (c.fault == fault::none) {
    if (!after)
      return tl::unexpected(no_fault);
  } else if (c.fault == fault::refuses) {
    if (!before)
      return tl::unexpected(unmoved);
    s.world.orders.front().pay.amount.minor = cell_amount_minor / 2;
  } else if (c.fault == fault::twice) {
    if (!after)
      return tl::unexpected(reason("what is sent twice is paid once"));
    s.world.orders.back().twice_at_once = true;
  } else if (c.fault == fault::late && before) {
    make_late(s.world, order_at_us - 500'000, 700); // the question
  } else if (c.fault == fault::late && after) {
    s.slows_us = outlasts_us; // the answer
  } else {
    return tl::unexpected(in_house);
  }
  return s;
}

} // namespace

made top_up_of_wallet(const cell& c) {
  made s = moved_as(c, staged_wallet_top_up(), operation::pay);
  if (s && c.restart != restart::none)
    return tl::unexpected(reason("'top-up' has the kills at its bank, which doesn't know whose account it is for; "
                                 "'wallet-credit' has those at the wallet"));
  return s;
}

made credit_of_wallet(const cell& c) {
  if (c.timing == timing::before && c.fault == fault::none)
    return tl::unexpected(credits_nothing);
  return with_account(c, staged_wallet_top_up(), moment::ending);
}

made pay_from_wallet(const cell& c) {
  return asked_to_pay(c, staged_wallet());
}

made refund_to_wallet(const cell& c) {
  if (is_merchants(c.fault))
    return tl::unexpected(of_merchants);
  script s{staged_wallet(), moment::giving_back};
  planned_refund back = refund_of(cell_amount_minor);
  const bool after = c.timing == timing::after;
  if (c.fault == fault::refuses)
    return tl::unexpected(reason("a wallet takes back whatever it has paid"));
  if (c.fault == fault::silent || c.fault == fault::mute)
    return tl::unexpected(nothing_lost);
  if (c.fault != fault::none && c.fault != fault::late && c.fault != fault::twice)
    return tl::unexpected(in_house);
  if (c.fault == fault::late && c.timing == timing::during)
    return tl::unexpected(in_house);
  if (c.fault != fault::late && !after)
    return tl::unexpected(c.fault == fault::none ? no_fault : reason("what is sent twice is given back once"));
  back.twice_at_once = c.fault == fault::twice;
  // Its number is claimed first, and as slowly.
  if (c.fault == fault::late && after)
    s.slows_us = outlasts_us;
  else if (c.fault == fault::late)
    make_late(s.world, order_at_us + int64_t{back.after_ms} * 1'000 - 500'000, 4'000);
  s.world.orders.back().refunds = {std::move(back)};
  return s;
}

made transfer(const cell& c) {
  return asked_to_pay(c, staged_transfer());
}

made credit_of_transfer(const cell& c) {
  if (c.timing != timing::after && c.fault == fault::none)
    return tl::unexpected(no_fault);
  return with_account(c, staged_transfer(), moment::ending);
}

made withdraw(const cell& c) {
  made s = moved_as(c, staged_withdrawal(), operation::pay_out);
  if (s && c.restart != restart::none)
    return tl::unexpected(reason("'pay-out' has the kills at its bank, which doesn't know whose account it is from; "
                                 "'withdraw-claim' and 'withdraw-settle' have those at the wallet"));
  return s;
}

made claim_from_wallet(const cell& c) {
  return claimed(c, staged_withdrawal());
}

made settle_with_wallet(const cell& c) {
  return with_account(c, staged_withdrawal(), moment::ending);
}

} // namespace oncepay::sim::matrix
