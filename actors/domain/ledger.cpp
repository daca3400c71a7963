#include "actors/domain/ledger.hpp"

#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>

namespace oncepay::ledger {

namespace {

void post(std::vector<posting>& lines, account_kind kind, std::string owner, int64_t minor, currency cur) {
  if (minor != 0)
    lines.push_back({{kind, std::move(owner)}, {minor, cur}});
}

} // namespace

tl::expected<std::vector<posting>, errc> payment_succeeded(const merchant_id& merchant, const channel_id& channel,
                                                           money amount, int64_t fee_minor, int64_t cost_minor) {
  if (amount.minor <= 0 || amount.minor > limits::amount_minor_max || fee_minor < 0 || fee_minor > amount.minor ||
      cost_minor < 0 || cost_minor > limits::amount_minor_max)
    return tl::unexpected(errc::invalid_amount);
  std::vector<posting> lines;
  lines.reserve(5);
  post(lines, account_kind::channel_receivable, channel.str(), amount.minor, amount.currency);
  post(lines, account_kind::merchant_pending, merchant.str(), -(amount.minor - fee_minor), amount.currency);
  post(lines, account_kind::platform_fees, {}, -fee_minor, amount.currency);
  post(lines, account_kind::channel_cost, channel.str(), cost_minor, amount.currency);
  if (!mutated(mutation::unbalanced_posting))
    post(lines, account_kind::channel_receivable, channel.str(), -cost_minor, amount.currency);
  return lines;
}

namespace {

/// The lines of a refund's request; negated, of its failure.
tl::expected<std::vector<posting>, errc> refund_held(const merchant_id& merchant, money amount, int64_t fee_minor,
                                                     int sign) {
  if (amount.minor <= 0 || amount.minor > limits::amount_minor_max || fee_minor < 0 ||
      fee_minor > limits::amount_minor_max)
    return tl::unexpected(errc::invalid_amount);
  std::vector<posting> lines;
  post(lines, account_kind::merchant_pending, merchant.str(), sign * (amount.minor - fee_minor), amount.currency);
  post(lines, account_kind::platform_fees, {}, sign * fee_minor, amount.currency);
  post(lines, account_kind::transit, {}, -sign * amount.minor, amount.currency);
  return lines;
}

const account_ref transit{account_kind::transit, {}};
const account_ref suspense_long{account_kind::suspense_long, {}};

account_ref receivable(const channel_id& channel) {
  return {account_kind::channel_receivable, channel.str()};
}

} // namespace

tl::expected<std::vector<posting>, errc> refund_requested(const merchant_id& merchant, money amount,
                                                          int64_t fee_returned_minor) {
  return refund_held(merchant, amount, fee_returned_minor, 1);
}

tl::expected<std::vector<posting>, errc> refund_succeeded(const channel_id& channel, money amount) {
  return transfer(transit, receivable(channel), amount);
}

tl::expected<std::vector<posting>, errc> refund_failed(const merchant_id& merchant, money amount,
                                                       int64_t fee_returned_minor) {
  return refund_held(merchant, amount, fee_returned_minor, -1);
}

tl::expected<std::vector<posting>, errc> surplus_booked(const channel_id& channel, money amount) {
  return transfer(receivable(channel), suspense_long, amount);
}

tl::expected<std::vector<posting>, errc> surplus_refunded(const channel_id& channel, money amount) {
  return transfer(suspense_long, receivable(channel), amount);
}

namespace {

/// What the channel charges us is its own, and leaves what it owes us.
void post_cost(std::vector<posting>& lines, const channel_id& channel, int64_t cost_minor, currency cur) {
  post(lines, account_kind::channel_cost, channel.str(), cost_minor, cur);
  post(lines, account_kind::channel_receivable, channel.str(), -cost_minor, cur);
}

bool may_be_posted(int64_t minor) {
  return minor >= 0 && minor <= limits::amount_minor_max;
}

} // namespace

tl::expected<std::vector<posting>, errc> top_up_paid(const channel_id& channel, money amount, int64_t cost_minor) {
  auto lines = transfer(receivable(channel), transit, amount);
  if (!lines || !may_be_posted(cost_minor))
    return tl::unexpected(errc::invalid_amount);
  post_cost(*lines, channel, cost_minor, amount.currency);
  return lines;
}

tl::expected<std::vector<posting>, errc> pay_out_succeeded(const channel_id& channel, money amount, int64_t fee_minor,
                                                           int64_t cost_minor) {
  if (amount.minor <= 0 || !may_be_posted(fee_minor) || !may_be_posted(cost_minor) ||
      amount.minor > limits::amount_minor_max - fee_minor)
    return tl::unexpected(errc::invalid_amount);
  std::vector<posting> lines;
  post(lines, account_kind::transit, {}, amount.minor + fee_minor, amount.currency);
  post(lines, account_kind::channel_receivable, channel.str(), -amount.minor, amount.currency);
  post(lines, account_kind::platform_fees, {}, -fee_minor, amount.currency);
  post_cost(lines, channel, cost_minor, amount.currency);
  return lines;
}

tl::expected<std::vector<posting>, errc> transfer(const account_ref& from, const account_ref& to, money amount) {
  if (amount.minor <= 0 || amount.minor > limits::amount_minor_max || from == to)
    return tl::unexpected(errc::invalid_amount);
  return std::vector<posting>{{from, amount}, {to, {-amount.minor, amount.currency}}};
}

bool balanced(const std::vector<posting>& lines) {
  std::vector<money> sums;
  for (const posting& line : lines) {
    auto it =
        std::find_if(sums.begin(), sums.end(), [&](const money& m) { return m.currency == line.amount.currency; });
    if (it == sums.end()) {
      sums.push_back(line.amount);
      continue;
    }
    auto sum = checked_add(it->minor, line.amount.minor);
    if (!sum)
      return false;
    it->minor = *sum;
  }
  return std::all_of(sums.begin(), sums.end(), [](const money& m) { return m.minor == 0; });
}

bool is_shared(account_kind kind) {
  switch (kind) {
  case account_kind::merchant_pending:
  case account_kind::merchant_available:
  case account_kind::wallet:
    return false;
  case account_kind::channel_receivable:
  case account_kind::channel_cost:
  case account_kind::platform_fees:
  case account_kind::transit:
  case account_kind::bank:
  case account_kind::suspense_long:
  case account_kind::suspense_short:
    return true;
  }
  return true;
}

} // namespace oncepay::ledger
