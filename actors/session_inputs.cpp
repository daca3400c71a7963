#include "actors/session_inputs.hpp"

#include "actors/domain/card_token.hpp"
#include "actors/domain/payer_code.hpp"
#include "store/payer_vault.hpp"

#include <utility>

namespace oncepay {

namespace {

void seal_payer(const context& ctx, const stream_name& order, const std::string& payer, pay_input& in) {
  in.payer_token = ctx.vault->token(payer);
  if (!payer.empty())
    in.payer = ctx.vault->seal(order, 1, "payer", payer);
}

void hash_card(const context& ctx, const std::string& card, pay_input& in) {
  if (!card.empty())
    in.card_token = ctx.vault->token(risk::card_text(card));
}

presented_card seal_card(const context& ctx, const stream_name& order, card_deed deed, const std::string& token) {
  return {deed, ctx.vault->seal(order, 1, card_token_field, token), ctx.vault->token(card_token_text(token))};
}

/// Of both commands that present a card and take no money.
template <class Presented>
pay_input input_of_presented(const context& ctx, const stream_name& order, Presented& c, card_deed deed) {
  pay_input in;
  in.amount = {0, c.currency};
  in.method = std::move(c.method);
  in.placed_at = c.placed_at;
  in.expires_at = c.expires_at;
  seal_payer(ctx, order, c.payer, in);
  hash_card(ctx, c.card, in);
  in.card = seal_card(ctx, order, deed, c.card_token);
  return in;
}

} // namespace

pay_input input_of(const context& ctx, const stream_name& order, pay_command& c) {
  pay_input in;
  in.amount = c.amount;
  in.method = std::move(c.method);
  // The last that sees what the payer showed: which wallet's it is has to be said here.
  if (!c.payer_code.empty()) {
    if (auto method = method_of_payer_code(in.method, c.payer_code))
      in.method = std::move(*method);
    else
      in.payer_code_fault = static_cast<uint16_t>(method.error());
  }
  in.placed_at = c.placed_at;
  in.expires_at = c.expires_at;
  in.top_up = c.top_up;
  in.wallet = std::move(c.wallet);
  in.to_wallet = std::move(c.to_wallet);
  seal_payer(ctx, order, c.payer, in);
  if (!c.payer_code.empty())
    in.payer_code = ctx.vault->seal(order, 1, payer_code_field, c.payer_code);
  hash_card(ctx, c.card, in);
  if (!c.bind_token.empty())
    in.card = seal_card(ctx, order, card_deed::sign_and_pay, c.bind_token);
  if (!c.agreement_order_no.empty())
    in.agreement = {std::move(c.agreement_order_no), c.order_no, {}, {}};
  return in;
}

pay_input input_of(const context& ctx, const stream_name& order, bind_command& c) {
  return input_of_presented(ctx, order, c, card_deed::bind);
}

pay_input input_of(const context& ctx, const stream_name& order, authenticate_command& c) {
  return input_of_presented(ctx, order, c, card_deed::authenticate);
}

pay_out_input input_of(const context& ctx, const stream_name& order, pay_out_command& c) {
  pay_out_input in;
  in.order_no = c.order_no;
  in.amount = c.amount;
  in.method = std::move(c.method);
  in.payee_token = ctx.vault->token(c.payee);
  in.payee = ctx.vault->seal(order, 1, "payee", c.payee);
  in.reason = std::move(c.reason);
  in.from_wallet = std::move(c.from_wallet);
  return in;
}

batch_input input_of(const context& ctx, pay_out_batch_command& c) {
  batch_input in;
  in.merchant = c.merchant;
  in.batch_no = std::move(c.batch_no);
  in.method = std::move(c.method);
  in.currency = c.currency;
  in.total_minor = c.total_minor;
  in.reason = std::move(c.reason);
  for (pay_out_line& line : c.lines) {
    const auto order = stream_name::of_order(c.merchant, line.order_no);
    in.lines.push_back({std::move(line.order_no), line.amount_minor, ctx.vault->token(line.payee),
                        ctx.vault->seal(order, 1, "payee", line.payee)});
  }
  return in;
}

refund_input input_of(refund_command& c) {
  return {std::move(c.order_no), std::move(c.refund_no), c.amount, std::move(c.reason)};
}

refund_input input_of(unbind_command& c) {
  return {std::move(c.order_no), std::move(c.unbind_no), {}, std::move(c.reason), true};
}

} // namespace oncepay
