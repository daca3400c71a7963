#include "sim/plan/customers.hpp"

#include "schema/limits.hpp"
#include "sim/plan/arrivals.hpp"
#include "sim/plan/drawn.hpp"
#include "sim/plan/market.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

namespace oncepay::sim {

namespace {

/// The index drawn, where each has so many parts of the whole.
template <size_t n>
size_t draw_part(choice& c, const std::array<uint32_t, n>& parts_percent) {
  uint64_t ticket = c.below(100);
  size_t i = 0;
  while (i + 1 < n && ticket >= parts_percent[i])
    ticket -= parts_percent[i++];
  return i;
}

constexpr std::array<uint32_t, methods.size()> percent_of_methods{60, 30, 10};
constexpr std::array<uint32_t, currencies.size()> percent_of_currencies{70, 20, 7, 3};

/// Three to seven digits: as many small payments as large ones.
int64_t draw_amount(choice& c) {
  int64_t below = 1'000;
  for (uint64_t more = c.below(5); more > 0; --more)
    below *= 10;
  return 1 + static_cast<int64_t>(c.below(static_cast<uint64_t>(below)));
}

/// Orders that nobody can serve, or hardly anybody.
void make_odd(choice& c, const traffic_rates& traffic, pay_command& pay) {
  switch (c.below(6)) {
  case 0:
    pay.merchant = merchant_id::trusted("nobody");
    break;
  case 1:
    pay.merchant = merchant_named(traffic.merchants); // is suspended
    break;
  case 2:
    pay.method = method_id::trusted("cheque");
    break;
  case 3:
    pay.amount.currency = currency{840};
    break;
  case 4:
    pay.amount.minor = limits::amount_minor_max - static_cast<int64_t>(c.below(2));
    break;
  default:
    pay.amount.minor = 0;
  }
}

pay_command draw_payment(choice& c, const traffic_rates& traffic, uint32_t number) {
  pay_command pay;
  const bool hot = c.chance_ppm(traffic.hot_merchant_ppm);
  const auto merchant = static_cast<uint32_t>(c.between(1, traffic.merchants - 1));
  pay.merchant = merchant_named(hot ? 1 : merchant);
  pay.order_no = order_no::trusted(fmt::format("o{:06}", number));
  pay.amount = {draw_amount(c), currencies[draw_part(c, percent_of_currencies)]};
  pay.method = method_id::trusted(methods[draw_part(c, percent_of_methods)]);
  if (c.chance_ppm(800'000))
    pay.payer = fmt::format("payer-{}", c.below(1'000));
  if (c.chance_ppm(traffic.odd_ppm))
    make_odd(c, traffic, pay);
  return pay;
}

/// All of it, a part, two that race and are too much together, or several small ones.
void draw_refunds(choice& c, planned_order& o) {
  const int64_t amount = o.pay.amount.minor;
  const uint64_t kind = c.below(4);
  const uint64_t count = kind < 2 ? 1 : kind == 2 ? 2 : c.between(2, 4);
  auto after_ms = static_cast<uint32_t>(c.between(300, 8'000));
  for (uint64_t i = 0; i < count; ++i) {
    planned_refund r;
    r.refund_no = order_no::trusted(fmt::format("r{}-{}", o.pay.order_no.str(), i + 1));
    r.amount_minor = kind == 0   ? amount
                     : kind == 2 ? amount - amount / 3
                                 : 1 + static_cast<int64_t>(c.below(static_cast<uint64_t>(amount)));
    r.after_ms = after_ms;
    r.tries_max = static_cast<uint32_t>(c.between(1, 4));
    r.twice_at_once = c.below(5) == 0;
    if (kind == 3)
      after_ms += static_cast<uint32_t>(c.below(3'000));
    o.refunds.push_back(std::move(r));
  }
}

/// A merchant tops up what it will pay out; and pays out, to few payees and of few amounts.
void draw_kind(choice& c, const customer_rates& habits, planned_order& o) {
  const auto draw = static_cast<uint32_t>(c.below(1'000'000));
  if (draw < habits.top_ups_ppm) {
    o.pay.top_up = true;
    o.pay.amount.minor = o.pay.amount.minor % 900'000 + 100'000;
  } else if (draw - habits.top_ups_ppm < habits.pay_outs_ppm) {
    o.pays_out = true;
    o.pay.amount.minor = 1'000 * (1 + static_cast<int64_t>(c.below(8)));
    o.pay.payer = fmt::format("payee-{}", c.below(8));
    o.pay.payer_code.clear();
    o.expires_after_ms = 0;
    o.refunds.clear();
  }
}

/// Few wallets a merchant, so that they meet; many payments are more than they hold.
void draw_wallets(choice& c, planned_order& o) {
  const auto wallet = [](uint64_t number) {
    return wallet_id::trusted(fmt::format("w{}", number));
  };
  const uint64_t one = c.below(4), other = (one + 1 + c.below(3)) % 4;
  const uint64_t kind = c.below(10);
  o.pays_out = false;
  o.pay.top_up = kind < 3 || kind > 6;
  o.pay.amount = {1 + static_cast<int64_t>(c.below(kind < 3 ? 200'000 : 20'000)), currencies.front()};
  o.other_amount_minor = o.other_amount_minor == 0 ? 0 : o.pay.amount.minor + 1;
  o.refunds.clear();
  if (kind < 3) {
    o.pay.to_wallet = wallet(one);
    return;
  }
  o.pay.wallet = wallet(one);
  o.pay.payer_code.clear();
  if (kind == 9) {
    o.pays_out = true;
    o.pay.top_up = false;
    o.pay.payer = fmt::format("payee-{}", c.below(8));
    o.expires_after_ms = 0;
    return;
  }
  o.pay.method = method_id::trusted(wallet_method);
  if (kind > 6)
    o.pay.to_wallet = wallet(other);
  else if (c.below(4) == 0)
    draw_refunds(c, o);
}

} // namespace

/// Of most orders nobody asks for a confirmation; then these are told that there is nothing to confirm.
void draw_confirmations(choice c, planned_order& o) {
  auto after_ms = static_cast<uint32_t>(c.between(300, 5'000));
  const uint64_t kind = c.below(100);
  const uint64_t wrong = kind < 60 ? 0 : kind < 75 ? 1 : kind < 85 ? 4 : 0;
  if (kind >= 95)
    return; // never
  for (uint64_t i = 0; i < wrong; ++i) {
    o.confirmations.push_back({after_ms, false});
    after_ms += static_cast<uint32_t>(c.between(1, 2'000));
  }
  if (kind >= 85)
    after_ms += 12'000; // late, or too late
  o.confirmations.push_back({after_ms, true});
}

namespace {

/// What an order does with a card, by a stream of its own, so that whoever is withheld from knows it too.
card_deed deed_of(const profile_rates& rates, const plan_size& size, uint32_t number) {
  choice c = choice_for(size.seed, drawn::cards, number);
  if (!c.chance_ppm(rates.customers.cards_ppm) || c.below(2) != 0)
    return card_deed::none;
  const uint64_t kind = c.below(10);
  return kind < 6 ? card_deed::bind : kind < 8 ? card_deed::sign_and_pay : card_deed::authenticate;
}

/// Binds, and may be unbound soon, later, or twice at once.
void draw_binding(choice& c, planned_order& o) {
  o.pay.payer_code.clear();
  o.other_amount_minor = 0;
  if (o.deed == card_deed::sign_and_pay)
    o.pay.amount.minor = o.pay.amount.minor % 900'000 + 100;
  else
    o.refunds.clear();
  const uint64_t unbinds = c.below(3);
  for (uint64_t i = 0; i < unbinds; ++i) {
    planned_refund r;
    r.refund_no = order_no::trusted(fmt::format("u{}-{}", o.pay.order_no.str(), i + 1));
    r.after_ms = static_cast<uint32_t>(c.between(200, 12'000));
    r.tries_max = static_cast<uint32_t>(c.between(1, 4));
    r.twice_at_once = c.below(5) == 0;
    r.unbinds = true;
    o.refunds.push_back(std::move(r));
  }
}

/// Withheld by what one of the last orders bound; of some that binds nothing, or is still under way.
void draw_withheld(choice& c, const profile_rates& rates, const plan_size& size, uint32_t number, planned_order& o) {
  constexpr uint32_t back_max = 400;
  const uint32_t first = number > back_max ? number - back_max : 0;
  std::vector<uint32_t> binders;
  for (uint32_t n = first; n < number; ++n)
    if (const card_deed deed = deed_of(rates, size, n); deed == card_deed::bind || deed == card_deed::sign_and_pay)
      binders.push_back(n);
  if (binders.empty())
    return;
  const uint32_t binder = c.below(20) == 0 ? first : binders[c.below(binders.size())];
  choice before = choice_for(size.seed, drawn::customer, binder);
  static_cast<void>(before.below(rates.traffic.clients));
  const pay_command bound = draw_payment(before, rates.traffic, binder);
  o.pay.merchant = bound.merchant;
  o.pay.method = bound.method;
  o.pay.amount = {o.pay.amount.minor % 900'000 + 100, bound.amount.currency};
  o.pay.agreement_order_no = bound.order_no;
  o.pay.payer_code.clear();
  o.pay.top_up = false;
  if (o.other_amount_minor == o.pay.amount.minor)
    ++o.other_amount_minor;
  // What was drawn of another amount may be more than was paid; that is asked for as well.
}

} // namespace

planned_order order_of(const profile_rates& rates, const plan_size& size, uint32_t number) {
  choice c = choice_for(size.seed, drawn::customer, number);
  const customer_rates& habits = rates.customers;
  planned_order o;
  o.at_us = arrival_us(rates.traffic, size, number);
  o.client = static_cast<uint32_t>(c.below(rates.traffic.clients));
  o.pay = draw_payment(c, rates.traffic, number);
  if (c.chance_ppm(habits.retries_ppm))
    o.tries_max = static_cast<uint32_t>(c.between(2, habits.tries_max));
  o.retry_after_ms = draw_within(c, habits.retry_after_ms);
  o.twice_at_once = c.chance_ppm(habits.double_click_ppm);
  const auto more_minor = static_cast<int64_t>(c.between(1, 1'000));
  if (c.chance_ppm(habits.conflict_ppm))
    o.other_amount_minor = o.pay.amount.minor % 1'000'000 + more_minor;
  if (o.other_amount_minor == o.pay.amount.minor)
    ++o.other_amount_minor;
  o.asks_afterwards = c.chance_ppm(habits.asks_ppm);
  if (c.chance_ppm(habits.expires_ppm))
    o.expires_after_ms = static_cast<uint32_t>(c.between(100, 20'000));
  if (c.chance_ppm(habits.closes_ppm))
    o.close_after_ms = static_cast<uint32_t>(c.between(1, 6'000));
  if (c.chance_ppm(habits.refunds_ppm) && o.pay.amount.minor > 0 && o.pay.amount.minor < 1'000'000'000)
    draw_refunds(c, o);
  if (c.chance_ppm(habits.codes_ppm))
    o.pay.payer_code = fmt::format("{:018}", c.below(1'000'000'000));
  draw_kind(c, habits, o);
  choice by_card = choice_for(size.seed, drawn::cards, number);
  if (by_card.chance_ppm(habits.cards_ppm) && !o.pays_out && !o.pay.top_up) {
    o.deed = deed_of(rates, size, number);
    if (o.deed == card_deed::none)
      draw_withheld(by_card, rates, size, number, o);
    else
      draw_binding(by_card, o);
  } else if (choice more = choice_for(size.seed, drawn::wallets, number);
             more.chance_ppm(habits.wallets_ppm) && o.pay.amount.minor > 0) {
    // By a stream of its own, of what a channel could take at all.
    draw_wallets(more, o);
  }
  // Two thirds of all, by a stream of its own: what waits for a confirmation is among them, or waits in vain.
  if (choice more = choice_for(size.seed, drawn::confirmations, number); rates.traffic.risky && more.below(3) != 0)
    draw_confirmations(more, o);
  return o;
}

} // namespace oncepay::sim
