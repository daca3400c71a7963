#include "actors/domain/routing.hpp"

#include "schema/hash.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

namespace oncepay {

namespace {

template <class T>
bool contains(std::span<const T> list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

uint64_t draw(std::string_view purpose, std::string_view seed, uint64_t n) {
  auto h = hash_parts_128({purpose, seed, std::to_string(n)});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return value;
}

// The share of orders a gray channel serves is drawn per order, not per attempt: an order is in or out for good.
bool in_gray_share(const route_question& q, const channel_terms& terms) {
  if (terms.gray_ppm >= limits::rate_ppm_max)
    return true;
  auto h = hash_parts_128({"gray", terms.channel.str(), q.merchant.str(), q.order_no.str()});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return value % limits::rate_ppm_max < terms.gray_ppm;
}

// Drawn per attempt, so that a failed try is asked about as often as the one that paid: "declined, and charged all the
// same" is what nobody else finds.
bool is_drawn_for_check(const route_question& q, const channel_terms& terms) {
  return terms.check_ppm != 0 && draw("check", q.attempt.str(), 0) % limits::rate_ppm_max < terms.check_ppm;
}

/// What withheld payments and bound cards need is a list of its own: most channels can't do it. Signing and paying in
/// one needs both.
bool serves_method(const route_question& q, const channel_terms& t) {
  if (q.pays_out)
    return contains<method_id>(t.pay_out_methods, q.method);
  const bool takes_it = q.no_money || !q.agreed_with.empty() || contains<method_id>(t.methods, q.method);
  return takes_it && (!q.by_card || contains<method_id>(t.card_methods, q.method));
}

int64_t cost_of(const route_question& q, const channel_terms& t) {
  return q.no_money ? 0 : cost_minor(t, q.amount);
}

// Checks in order of precedence; what an operator did stands before what the payment lacks.
verdict assess(const route_question& q, const channel_snapshot& c, std::span<const channel_id> busy) {
  const channel_terms& t = c.terms;
  const int64_t amount_max = t.amount_minor_max == 0 ? limits::amount_minor_max : t.amount_minor_max;
  if (!c.on)
    return verdict::switched_off;
  if (q.pays_out && c.pay_outs_stopped)
    return verdict::pay_outs_stopped;
  if (!q.agreed_with.empty() && t.channel != q.agreed_with)
    return verdict::agreed_elsewhere;
  if (!serves_method(q, t))
    return verdict::method;
  // A method of one name that banks serve too doesn't send a wallet's payment to a bank, nor a card's to the wallets.
  if (q.from_wallet != (t.in_house == house_tool::wallet))
    return verdict::method;
  if (contains<currency>(t.currencies, q.amount.currency) == false)
    return verdict::currency;
  if (q.amount.minor < t.amount_minor_min && !q.no_money)
    return verdict::amount_too_small;
  if (q.amount.minor > amount_max)
    return verdict::amount_too_large;
  // Terms whose cost can't be posted would leave an order paid and never closed.
  if (cost_of(q, t) > limits::amount_minor_max)
    return verdict::amount_too_large;
  if (contains<channel_id>(q.tried, t.channel))
    return verdict::already_tried;
  if (!t.merchants_allowed.empty()) {
    if (!contains<merchant_id>(t.merchants_allowed, q.merchant) && !mutated(mutation::leave_white_list))
      return verdict::not_white_listed;
  } else if (!in_gray_share(q, t)) {
    return verdict::outside_gray;
  }
  if (contains(busy, t.channel))
    return verdict::busy;
  return verdict::ranked_lower;
}

struct ranked {
  const channel_snapshot* channel;
  verdict result;
  int64_t cost_minor;
};

bool ranks_alike(const ranked& a, const ranked& b) {
  return a.channel->unstable == b.channel->unstable && a.channel->terms.priority == b.channel->terms.priority &&
         a.cost_minor == b.cost_minor;
}

// Within [first, last) all rank alike: repeatedly draw one by weight. Sequential draws instead of one weighted sort key
// keep the arithmetic in integers.
void draw_by_weight(std::span<ranked> group, std::string_view seed) {
  for (size_t i = 0; i + 1 < group.size(); ++i) {
    uint64_t total = 0;
    for (size_t j = i; j < group.size(); ++j)
      total += group[j].channel->terms.weight;
    if (total == 0)
      return;
    uint64_t ticket = draw("weight", seed, i) % total;
    size_t j = i;
    while (ticket >= group[j].channel->terms.weight)
      ticket -= group[j++].channel->terms.weight;
    std::swap(group[i], group[j]);
  }
}

std::vector<ranked> rank(const route_question& q, std::span<const channel_snapshot* const> channels,
                         std::span<const channel_id> busy) {
  std::vector<ranked> all;
  all.reserve(channels.size());
  for (const channel_snapshot* c : channels)
    all.push_back({c, assess(q, *c, busy), cost_of(q, c->terms)});
  std::sort(all.begin(), all.end(), [](const ranked& a, const ranked& b) {
    auto key = [](const ranked& r) {
      return std::tuple(r.result != verdict::ranked_lower, r.channel->unstable, r.channel->terms.priority, r.cost_minor,
                        std::string_view(r.channel->terms.channel.str()));
    };
    return key(a) < key(b);
  });
  auto eligible_end =
      std::find_if(all.begin(), all.end(), [](const ranked& r) { return r.result != verdict::ranked_lower; });
  for (auto first = all.begin(); first != eligible_end;) {
    auto last = std::find_if(first, eligible_end, [&](const ranked& r) { return !ranks_alike(*first, r); });
    draw_by_weight({first, last}, q.attempt.str());
    first = last;
  }
  return all;
}

} // namespace

int64_t fee_minor(const merchant_terms& terms, money amount) {
  int64_t share = share_of(amount.minor, terms.fee_rate_ppm).value_or(0);
  return std::min(std::max(share, terms.fee_minimum_minor), amount.minor);
}

int64_t cost_minor(const channel_terms& terms, money amount) {
  int64_t share = share_of(amount.minor, terms.cost_rate_ppm).value_or(0);
  return checked_add(share, terms.cost_fixed_minor).value_or(share);
}

route_answer choose_channel(const route_question& q, const merchant_terms* merchant,
                            std::span<const channel_snapshot* const> channels, std::span<const channel_id> busy,
                            uint64_t terms_position, bool switched_off) {
  route_answer answer;
  answer.terms_position = terms_position;
  auto refused = [&](errc code) {
    answer.refusal = static_cast<uint16_t>(code);
    return answer;
  };
  if (merchant == nullptr)
    return refused(errc::unknown_merchant);
  // A merchant suspended in the middle of an order still gets that order finished.
  if (merchant->suspended && q.attempt_number <= 1)
    return refused(errc::merchant_suspended);
  // First of what operators say: what is stopped waits, what is switched off has failed.
  if (q.pays_out && q.stopped)
    return refused(errc::pay_outs_stopped);
  if (switched_off)
    return refused(errc::switched_off);

  auto all = rank(q, channels, busy);
  if (all.size() > limits::channels_max)
    all.resize(limits::channels_max);
  bool chosen = false;
  for (ranked& r : all) {
    if (!chosen && r.result == verdict::ranked_lower) {
      r.result = verdict::chosen;
      chosen = true;
      const channel_terms& t = r.channel->terms;
      answer.chosen = t.channel;
      answer.submit_within_ms = t.submit_within_ms;
      answer.reply_within_ms = t.reply_within_ms;
      answer.enquire_after_ms = t.enquire_after_ms;
      answer.reverse_after_ms = q.by_payer_code ? t.reverse_after_ms : 0;
      answer.check_after_ms = is_drawn_for_check(q, t) ? t.check_after_ms : 0;
      answer.cost_minor = r.cost_minor;
      answer.fee_minor = fee_minor(*merchant, q.amount);
      answer.tells_merchant = q.attempt_number <= 1 && !merchant->notify_url.empty();
    }
    answer.candidates.push_back(
        {r.channel->terms.channel, r.result, r.channel->unstable, r.channel->terms.priority, r.cost_minor});
  }
  if (chosen)
    return answer;
  auto holds = [&](verdict v) {
    return std::any_of(all.begin(), all.end(), [v](const ranked& r) { return r.result == v; });
  };
  // Before "busy": what is only stopped waits, and may be served later.
  if (holds(verdict::pay_outs_stopped))
    return refused(errc::pay_outs_stopped);
  return refused(holds(verdict::busy) ? errc::channel_busy : errc::no_channel);
}

} // namespace oncepay
