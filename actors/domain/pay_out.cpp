#include "actors/domain/pay_out.hpp"

#include "actors/domain/order_parts.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>

namespace oncepay::order {

namespace {

std::string text_of(const hash128& token) {
  return std::string(as_text(std::span(token)));
}

} // namespace

hash128 fingerprint_of(const pay_out_input& in) {
  return with_wallets(
      hash_parts_128({"pay-out/1", std::to_string(in.amount.minor), std::to_string(in.amount.currency.numeric),
                      in.method.str(), text_of(in.payee_token)}),
      in.from_wallet, {});
}

hash128 likeness_of(const hash128& payee_token, money amount) {
  return hash_parts_128(
      {"like/1", text_of(payee_token), std::to_string(amount.minor), std::to_string(amount.currency.numeric)});
}

verdict_on_input decide_pay_out(const state& s, const pay_out_input& in) {
  // Idempotency comes before every business rule, so that a retry gets its answer after the world has moved on.
  if (s.status != order_state::none && !mutated(mutation::forget_idempotency)) {
    if (fingerprint_of(in) != s.fingerprint && !mutated(mutation::ignore_fingerprint))
      return refuse(errc::order_conflict);
    return std::vector<event>{};
  }
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (!in.route || in.route->chosen.empty())
    return refuse(!in.route || in.route->refusal == 0 ? errc::internal : static_cast<errc>(in.route->refusal));
  if (in.amount.minor > limits::amount_minor_max - in.route->fee_minor)
    return refuse(errc::invalid_amount, "with our fee it is above " + std::to_string(limits::amount_minor_max));
  return std::vector<event>{order_opened{fingerprint_of(in)}};
}

bool is_stopped(const route_answer& route) {
  return route.chosen.empty() && route.refusal == static_cast<uint16_t>(errc::pay_outs_stopped);
}

bool was_stopped(const attempt_input& in) {
  return in.source == evidence::never_left && in.code == pay_outs_stopped_code;
}

pay_out_held hold(const state& s, instant at) {
  constexpr uint32_t doublings_max = 20;
  const int64_t wait_ms =
      std::min(limits::pay_out_held_ms << std::min(s.held, doublings_max), limits::pay_out_held_ms_max);
  return {s.held + 1, plus_ms(at, wait_ms)};
}

bool is_held(const state& s) {
  return s.kind == order_kind::pay_out && s.status == order_state::open && s.asked == account_deed::claim && s.held > 0;
}

reply_class believed_of_pay_out(reply_class believed) {
  return believed == reply_class::not_found && !mutated(mutation::believe_not_found_of_pay_out) ? reply_class::unknown
                                                                                                : believed;
}

} // namespace oncepay::order
