#include "tests/cli/plans.hpp"

#include "tests/support/generators.hpp"

#include <algorithm>
#include <set>

namespace oncepay::generate {

namespace {

int64_t up_to(int64_t max) {
  return *rc::gen::inRange<int64_t>(0, max + 1);
}

uint32_t number_up_to(uint32_t max) {
  return *rc::gen::inRange<uint32_t>(0, max);
}

bool coin() {
  return *rc::gen::arbitrary<bool>();
}

template <class T>
T one_of(std::vector<T> values) {
  return *rc::gen::elementOf(std::move(values));
}

/// Times of all sizes, to the microsecond.
int64_t time_us() {
  return up_to(one_of<int64_t>({0, 999, 100'000, 60'000'000, 86'400'000'000, 86'400'000'000 * 300}));
}

uint32_t share() {
  return number_up_to(limits::rate_ppm_max);
}

template <class T, class Key>
void keep_first_of_each(std::vector<T>& values, Key key) {
  std::set<std::decay_t<decltype(key(values.front()))>> seen;
  std::erase_if(values, [&](const T& v) { return !seen.insert(key(v)).second; });
}

sim::planned_order order_of(const sim::plan& p) {
  sim::planned_order o;
  o.at_us = time_us();
  o.client = number_up_to(p.clients);
  o.pay.merchant = one_of(p.merchants).merchant;
  o.pay.order_no = *order_number();
  o.pay.amount = *amount();
  o.pay.method = *method();
  o.pay.payer = *plain_text(limits::payer_bytes_max);
  o.pays_out = !o.pay.payer.empty() && coin();
  o.pay.top_up = !o.pays_out && coin();
  o.tries_max = 1 + number_up_to(5);
  o.retry_after_ms = number_up_to(UINT32_MAX);
  o.twice_at_once = coin();
  o.other_amount_minor = coin() ? 0 : (*amount()).minor;
  o.asks_afterwards = coin();
  o.expires_after_ms = coin() ? 0 : number_up_to(UINT32_MAX);
  o.close_after_ms = coin() ? 0 : number_up_to(UINT32_MAX);
  for (int64_t n = up_to(3); n > 0; --n)
    o.refunds.push_back({*order_number(), (*amount()).minor, number_up_to(UINT32_MAX), 1 + number_up_to(5), coin()});
  for (int64_t n = up_to(2); n > 0; --n)
    o.confirmations.push_back({number_up_to(UINT32_MAX), coin()});
  o.pay.card = coin() ? "" : "card-7";
  keep_first_of_each(o.refunds, [](const auto& r) { return r.refund_no; });
  return o;
}

sim::planned_batch batch_of(const sim::plan& p) {
  sim::planned_batch b;
  b.at_us = time_us();
  b.client = number_up_to(p.clients);
  b.batch.merchant = one_of(p.merchants).merchant;
  b.batch.batch_no = *order_number();
  b.batch.method = *method();
  b.batch.currency = (*amount()).currency;
  for (int64_t n = up_to(4); n >= 0; --n)
    b.batch.lines.push_back({*order_number(), 1 + up_to(1'000'000), "payee " + std::to_string(up_to(3))});
  b.batch.total_minor = coin() ? sim::sum_of(b.batch.lines) : up_to(1'000'000);
  b.tries_max = 1 + number_up_to(5);
  b.retry_after_ms = number_up_to(UINT32_MAX);
  for (int64_t n = up_to(3); n > 0; --n)
    b.steps.push_back(
        {number_up_to(UINT32_MAX),
         one_of<sim::batch_wish>({sim::batch_wish::again, sim::batch_wish::other_content, sim::batch_wish::line_alone,
                                  sim::batch_wish::line_alone_otherwise, sim::batch_wish::query}),
         number_up_to(p.clients), number_up_to(static_cast<uint32_t>(b.batch.lines.size()))});
  return b;
}

sim::bank_deed deed() {
  sim::bank_deed d;
  d.money_moves = coin();
  d.looked_at = coin();
  for (int64_t n = up_to(3); n > 0; --n)
    d.answers.push_back({time_us(),
                         one_of<reply_class>({reply_class::succeeded, reply_class::failed_try_another,
                                              reply_class::failed_final, reply_class::unknown}),
                         *word("ABC \"\\", limits::channel_code_bytes_max)});
  std::stable_sort(d.answers.begin(), d.answers.end(),
                   [](const auto& a, const auto& b) { return a.after_us < b.after_us; });
  return d;
}

std::vector<sim::planned_notice> notices() {
  std::vector<sim::planned_notice> told;
  for (int64_t n = up_to(3); n > 0; --n)
    told.push_back({time_us(),
                    one_of<reply_class>({reply_class::succeeded, reply_class::failed_try_another,
                                         reply_class::failed_final, reply_class::unknown}),
                    *word("ABC \"\\", limits::channel_code_bytes_max), coin() ? 0 : up_to(1'000'000),
                    1 + number_up_to(100), coin()});
  return told;
}

sim::disturbance disturbance_in(const sim::plan& p) {
  sim::disturbance d;
  // Some at the same time: then the order they are written in holds.
  d.at_us = coin() ? 1'000 : time_us();
  const auto channel = one_of(p.channels).channel;
  switch (up_to(8)) {
  case 8:
    d.what = coin() ? sim::switch_business{switch_subject::method, "card", coin()}
                    : sim::switch_business{switch_subject::merchant, one_of(p.merchants).merchant.str(), coin()};
    break;
  case 0:
    d.what = sim::crash{number_up_to(1'000), number_up_to(UINT32_MAX)};
    break;
  case 1:
    d.what = sim::failed_commit{one_of<store_errc>({store_errc::io, store_errc::full}),
                                one_of<batch_fate>({batch_fate::lost, batch_fate::written})};
    break;
  case 2:
    d.what = sim::full_disk{number_up_to(UINT32_MAX)};
    break;
  case 3:
    d.what = sim::slow_commits{number_up_to(UINT32_MAX), number_up_to(UINT32_MAX)};
    break;
  case 4:
    d.what = sim::switch_channel{channel, coin()};
    break;
  case 5:
    d.what = sim::clock_jump{up_to(1'000'000) - 500'000};
    break;
  case 6:
    d.what = sim::cut_connection{number_up_to(p.clients), coin()};
    break;
  default:
    d.what = sim::channel_outage{
        channel,
        one_of<sim::outage_kind>({sim::outage_kind::declining, sim::outage_kind::silent, sim::outage_kind::hanging}),
        number_up_to(UINT32_MAX)};
  }
  return d;
}

sim::expectation expectation_of(const sim::plan& p, const sim::planned_order& o) {
  sim::expectation e;
  e.merchant = o.pay.merchant;
  e.order_no = o.pay.order_no;
  e.moved_times = number_up_to(3);
  if (coin())
    e.state = one_of<order_state>({order_state::none, order_state::open, order_state::paid, order_state::closing,
                                   order_state::closed, order_state::failed, order_state::confirming});
  if (coin())
    e.in_doubt = coin();
  if (coin())
    e.attempts = number_up_to(8);
  if (coin())
    e.channel = one_of(p.channels).channel;
  if (coin())
    e.contradictions = number_up_to(8);
  if (coin())
    e.refunded_minor = up_to(1'000'000);
  if (coin())
    e.given_back_minor = up_to(1'000'000);
  return e;
}

sim::plan any_plan() {
  sim::plan p;
  p.seed = coin() ? UINT64_MAX : *rc::gen::arbitrary<uint64_t>();
  p.name = *named_text(limits::display_name_bytes_max);
  p.clients = 1 + number_up_to(8);
  p.tickets_total = 1 + number_up_to(100);
  p.settle_ms = 1 + up_to(1'000'000);
  p.commit.min_us = number_up_to(1'000);
  p.commit.max_us = p.commit.min_us + number_up_to(1'000'000);
  p.link = {0, number_up_to(2'000'000)};
  p.lies = {share(), share(), share(), coin() ? 0 : share(), share()};
  p.people = {share(), share(), share()};
  p.lies.notices_ppm = share();
  p.lies.notice_copies_ppm = share();
  p.lies.telling_refused_ppm = share();
  p.lies.telling_hangs_ppm = share();
  p.lies.telling_lost_ppm = share();
  p.lies.notice_contradict_ppm = share();
  p.lies.notice_other_amount_ppm = share();
  p.lies.notice_stray_ppm = share();
  p.merchants = *rc::gen::container<std::vector<merchant_terms>>(1 + up_to(2), merchant_terms_without_fault());
  keep_first_of_each(p.merchants, [](const auto& m) { return m.merchant; });
  p.channels = *rc::gen::container<std::vector<channel_terms>>(1 + up_to(2), channel_terms_without_fault());
  keep_first_of_each(p.channels, [](const auto& c) { return c.channel; });
  for (channel_terms& c : p.channels)
    c.http = {}; // the simulator's banks are all its own

  for (int64_t n = up_to(4); n > 0; --n)
    p.orders.push_back(order_of(p));
  std::stable_sort(p.orders.begin(), p.orders.end(), [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  for (int64_t n = up_to(2); n > 0; --n)
    p.batches.push_back(batch_of(p));
  std::stable_sort(p.batches.begin(), p.batches.end(), [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  for (int64_t n = up_to(5); n > 0; --n)
    p.disturbances.push_back(disturbance_in(p));
  std::stable_sort(p.disturbances.begin(), p.disturbances.end(),
                   [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  auto different = p.orders;
  keep_first_of_each(different, [](const auto& o) { return std::pair(o.pay.merchant, o.pay.order_no); });
  for (const auto& o : different) {
    for (uint32_t attempt = 1; attempt <= p.channels.size(); ++attempt)
      if (coin())
        p.deeds.push_back({o.pay.merchant, o.pay.order_no, attempt, deed(), {}, notices()});
    if (coin())
      p.expectations.push_back(expectation_of(p, o));
  }
  return p;
}

} // namespace

rc::Gen<sim::plan> scenario_plan() {
  return rc::gen::exec(any_plan);
}

} // namespace oncepay::generate
