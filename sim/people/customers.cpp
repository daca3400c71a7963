#include "sim/people/customers.hpp"

#include "actors/confirmation_proof.hpp"
#include "schema/error.hpp"

#include <algorithm>

namespace oncepay::sim {

customers::customers(world& w, const plan& the_plan, std::vector<std::unique_ptr<line>>& lines)
    : world_(w), plan_(the_plan), lines_(lines), progress_(the_plan.orders.size()) {}

void customers::begin(int64_t until_us) {
  began_ns_ = world_.clock().steady_ns();
  const auto& orders = plan_.orders;
  const auto end = until_us == 0 ? orders.end()
                                 : std::upper_bound(orders.begin(), orders.end(), until_us,
                                                    [](int64_t us, const planned_order& o) { return us < o.at_us; });
  end_ = static_cast<size_t>(end - orders.begin());
  send_what_is_due();
}

void customers::send_what_is_due() {
  const int64_t now_us = (world_.clock().steady_ns() - began_ns_) / ns_per_us;
  while (next_ != end_ && plan_.orders[next_].at_us <= now_us) {
    const planned_order& order = plan_.orders[next_];
    pay(next_);
    if (order.twice_at_once)
      pay(next_);
    expect_more(next_);
    ++next_;
  }
  if (next_ != end_)
    world_.at(began_ns_ + plan_.orders[next_].at_us * ns_per_us, [this] { send_what_is_due(); });
}

void customers::send(size_t order, decltype(command::body) body, line::answered then) {
  const bool pays = std::holds_alternative<pay_command>(body) || std::holds_alternative<pay_out_command>(body) ||
                    std::holds_alternative<bind_command>(body) || std::holds_alternative<authenticate_command>(body);
  ++busy_;
  lines_[plan_.orders[order].client]->send(
      {0, 0, std::move(body)},
      [this, then = std::move(then)](const reply& r) {
        --busy_;
        then(r);
      },
      [this, order, pays] {
        --busy_;
        if (pays)
          lost(order);
      });
}

/// What is sent of an order whose content this is.
decltype(command::body) customers::body_of(size_t order, pay_command content) const {
  // Each order's card has a token of its own.
  std::string token = "token-of-" + content.order_no.str();
  switch (plan_.orders[order].deed) {
  case card_deed::bind:
    return bind_command{content.merchant, content.order_no,  content.amount.currency,
                        content.method,   std::move(token),  content.payer,
                        content.card,     content.placed_at, content.expires_at};
  case card_deed::authenticate:
    return authenticate_command{content.merchant, content.order_no,  content.amount.currency,
                                content.method,   std::move(token),  content.payer,
                                content.card,     content.placed_at, content.expires_at};
  case card_deed::sign_and_pay:
    content.bind_token = std::move(token);
    return content;
  case card_deed::none:
    break;
  }
  if (!plan_.orders[order].pays_out)
    return content;
  return pay_out_command{content.merchant, content.order_no, content.amount, content.method,
                         content.payer,    "simulated",      content.wallet};
}

void customers::pay(size_t order) {
  progress& p = progress_[order];
  ++p.tries;
  pay_command command = plan_.orders[order].pay;
  command.placed_at = world_.clock().now();
  if (const uint32_t ms = plan_.orders[order].expires_after_ms; ms != 0) {
    if (!p.expires_at)
      p.expires_at = plus_ms(world_.clock().now(), ms);
    command.expires_at = p.expires_at;
  }
  ++p.under_way;
  send(order, body_of(order, std::move(command)), [this, order](const reply& r) {
    --progress_[order].under_way;
    told(order, r);
  });
  if (p.tries < plan_.orders[order].tries_max)
    try_again_later(order);
}

/// The one timer of a customer: an answer that came meanwhile makes it look and leave.
void customers::try_again_later(size_t order) {
  ++busy_;
  const int64_t in_ns = int64_t{plan_.orders[order].retry_after_ms} * ns_per_ms;
  world_.at(world_.clock().steady_ns() + in_ns, [this, order] {
    --busy_;
    if (!progress_[order].settled && progress_[order].tries < plan_.orders[order].tries_max)
      pay(order);
  });
}

void customers::told(size_t order, const reply& r) {
  progress& p = progress_[order];
  if (p.settled)
    return;
  p.last = r.code;
  if (r.code == errc::processing || advice_for(r.code) == advice::retry)
    return; // its timer tries again, unless the customer has lost patience
  p.settled = true;
  afterwards(order);
}

void customers::later(uint32_t in_ms, std::function<void()> what) {
  ++busy_;
  world_.at(world_.clock().steady_ns() + int64_t{in_ms} * ns_per_ms, [this, what = std::move(what)] {
    --busy_;
    what();
  });
}

/// What its merchant wants of an order besides being paid.
void customers::expect_more(size_t order) {
  const planned_order& o = plan_.orders[order];
  constexpr uint32_t confirmed_again_max = 4;
  for (const planned_confirmation& c : o.confirmations)
    later(c.after_ms, [this, order, genuine = c.genuine] { confirm(order, genuine, confirmed_again_max); });
  if (o.close_after_ms != 0)
    later(o.close_after_ms, [this, order] { close(order); });
  for (size_t i = 0; i < o.refunds.size(); ++i)
    later(o.refunds[i].after_ms, [this, order, i] {
      const planned_refund& r = plan_.orders[order].refunds[i];
      refund(order, i, r.tries_max - 1);
      if (r.twice_at_once)
        refund(order, i, 0);
    });
}

void customers::refund(size_t order, size_t which, uint32_t tries_left) {
  const planned_order& o = plan_.orders[order];
  const planned_refund& r = o.refunds[which];
  auto answered = std::make_shared<bool>(false);
  decltype(command::body) body;
  if (r.unbinds)
    body = unbind_command{o.pay.merchant, o.pay.order_no, r.refund_no, "simulated"};
  else
    body = refund_command{
        o.pay.merchant, o.pay.order_no, r.refund_no, {r.amount_minor, o.pay.amount.currency}, "simulated"};
  send(order, std::move(body), [answered](const reply& told) {
    *answered = advice_for(told.code) != advice::retry && advice_for(told.code) != advice::ask;
  });
  if (tries_left > 0)
    later(o.retry_after_ms, [this, order, which, tries_left, answered] {
      if (!*answered)
        refund(order, which, tries_left - 1);
    });
}

/// Whoever had the payer confirm it says so, and again where no answer came.
void customers::confirm(size_t order, bool genuine, uint32_t tries_left) {
  const planned_order& o = plan_.orders[order];
  money amount = o.pay.amount;
  confirm_command c{o.pay.merchant, o.pay.order_no, amount, {}};
  if (!genuine)
    ++amount.minor; // a proof, but of something else
  c.proof = proof_of_confirmation(key_of_confirmers(), c.merchant, c.order_no, amount);
  auto answered = std::make_shared<bool>(false);
  send(order, std::move(c), [answered](const reply& told) {
    *answered = told.code != errc::processing && advice_for(told.code) != advice::retry;
  });
  if (tries_left > 0)
    later(o.retry_after_ms, [this, order, genuine, tries_left, answered] {
      if (!*answered)
        confirm(order, genuine, tries_left - 1);
    });
}

void customers::close(size_t order) {
  const planned_order& o = plan_.orders[order];
  send(order, close_command{o.pay.merchant, o.pay.order_no, "simulated"}, [](const reply&) {});
}

void customers::lost(size_t order) {
  // Customers whose line broke are told nothing; those who try again have a timer.
  if (progress_[order].under_way > 0)
    --progress_[order].under_way;
}

void customers::afterwards(size_t order) {
  const planned_order& o = plan_.orders[order];
  if (o.other_amount_minor != 0) {
    pay_command other = o.pay;
    other.amount.minor = o.other_amount_minor;
    other.placed_at = world_.clock().now();
    send(order, body_of(order, std::move(other)), [](const reply&) {});
  }
  if (o.asks_afterwards)
    send(order, query_order_command{o.pay.merchant, o.pay.order_no, false}, [](const reply&) {});
}

} // namespace oncepay::sim
