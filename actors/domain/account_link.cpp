#include "actors/domain/account_link.hpp"

#include "actors/domain/order_parts.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/transfer_key.hpp"
#include "actors/domain/wallet.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

namespace oncepay::order {

namespace {

/// What an event makes the order ask of its account; none: nothing.
std::optional<account_deed> asked_upon(const state& s, const input& in, const event& e) {
  const bool out = s.kind == order_kind::pay_out;
  if (out && std::holds_alternative<order_opened>(e))
    return account_deed::claim;
  if (std::holds_alternative<order_paid>(e))
    return out ? account_deed::settle : account_deed::credit;
  auto* answer = std::get_if<account_answer_input>(&in);
  const bool refused = answer != nullptr && answer->refusal != 0;
  if (out && std::holds_alternative<order_failed>(e) && !refused && !mutated(mutation::keep_claim))
    return account_deed::release;
  return std::nullopt;
}

stream_name account_of(const state& s) {
  const bool topped_up = s.kind == order_kind::top_up && !mutated(mutation::top_up_wallet_of_merchant);
  const wallet_id wallet = s.kind == order_kind::pay_out ? s.from_wallet : topped_up ? s.to_wallet : wallet_id{};
  return stream_name::of_account(path(account_of(s.merchant, wallet)));
}

/// The event that the account's answer leads to; what else is decided with it, that the merchant is to be told, may
/// stand behind the next question already.
bool ends_question(const input& in, const event& e) {
  return std::holds_alternative<account_answer_input>(in) &&
         (std::holds_alternative<account_answered>(e) || std::holds_alternative<attempt_intended>(e) ||
          std::holds_alternative<order_failed>(e) || std::holds_alternative<pay_out_held>(e));
}

} // namespace

bool grants_claim(const state& s, const account_answer_input& in) {
  return s.asked == account_deed::claim && in.deed == account_deed::claim && in.refusal == 0;
}

verdict_on_input decide_account_answer(const state& s, instant at, const account_answer_input& in) {
  if (s.asked != in.deed)
    return std::vector<event>{}; // asked twice, and answered twice
  if (in.deed == account_deed::claim) {
    if (in.refusal != 0)
      return std::vector<event>{order_failed{in.refusal}};
    if (in.route && !in.route->chosen.empty())
      return std::vector<event>{intend(s, next_number(s), at, *in.route)};
    if (in.route && is_stopped(*in.route))
      return std::vector<event>{hold(s, at)};
    return std::vector<event>{order_failed{in.route ? in.route->refusal : static_cast<uint16_t>(errc::internal)}};
  }
  if (in.refusal != 0)
    return refuse(errc::internal, "its account doesn't " + std::string(name(in.deed)) + " what belongs to this order");
  return std::vector<event>{account_answered{}};
}

void evolve_account_link(state& s, instant at, const input& in, const event& e) {
  if (ends_question(in, e))
    s.asked.reset();
  if (auto deed = asked_upon(s, in, e)) {
    s.asked = deed;
    s.asked_at = at;
    s.ask_again_at = plus_ms(at, limits::account_again_ms);
  }
  if (auto* held = std::get_if<pay_out_held>(&e)) {
    s.asked = account_deed::claim;
    s.ask_again_at = held->next_at;
    s.held = held->count;
  }
}

std::optional<ask_account_effect> account_request(const state& s) {
  if (!s.asked)
    return std::nullopt;
  std::string key = transfer_key(s.merchant, s.order_no);
  auto ask = [&](input what) {
    return ask_account_effect{account_of(s), std::move(what)};
  };
  switch (*s.asked) {
  case account_deed::claim:
    return ask(claim_input{std::move(key),
                           {s.amount.minor + s.claimed_fee_minor, s.amount.currency},
                           likeness_of(s.payee_token, s.amount)});
  case account_deed::release:
    return ask(release_input{std::move(key)});
  case account_deed::settle:
    return ask(settle_input{std::move(key)});
  case account_deed::credit:
    return ask(credit_input{std::move(key), s.amount, s.asked_at});
  }
  return std::nullopt;
}

void add_account_effects(const state& after, const std::vector<event>& events, std::vector<effect>& result) {
  for (const event& e : events) {
    if (mutated(mutation::release_in_doubt) && after.kind == order_kind::pay_out &&
        std::holds_alternative<attempt_in_doubt>(e))
      result.push_back(
          ask_account_effect{account_of(after), release_input{transfer_key(after.merchant, after.order_no)}});
    if (std::holds_alternative<order_opened>(e) || std::holds_alternative<order_paid>(e) ||
        std::holds_alternative<order_failed>(e)) {
      if (auto ask = account_request(after))
        result.push_back(std::move(*ask));
      return;
    }
  }
}

instant account_due(const state& s) {
  return s.asked ? s.ask_again_at : instant{};
}

} // namespace oncepay::order
