#include "actors/command_inputs.hpp"

#include "actors/channel_link.hpp"
#include "actors/domain/payer_code.hpp"
#include "actors/domain/risk.hpp"
#include "store/payer_vault.hpp"

#include <utility>

namespace oncepay {

pay_input input_of(pay_command& c, const stream_name& order, const payer_vault& vault) {
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
  in.payer_token = vault.token(c.payer);
  if (!c.payer.empty())
    in.payer = vault.seal(order, 1, "payer", c.payer);
  if (!c.payer_code.empty())
    in.payer_code = vault.seal(order, 1, payer_code_field, c.payer_code);
  if (!c.card.empty())
    in.card_token = vault.token(risk::card_text(c.card));
  return in;
}

pay_out_input input_of(pay_out_command& c, const stream_name& order, const payer_vault& vault) {
  pay_out_input in;
  in.order_no = std::move(c.order_no);
  in.amount = c.amount;
  in.method = std::move(c.method);
  in.payee_token = vault.token(c.payee);
  in.payee = vault.seal(order, 1, "payee", c.payee);
  in.reason = std::move(c.reason);
  in.from_wallet = std::move(c.from_wallet);
  return in;
}

batch_input input_of(pay_out_batch_command& c, const payer_vault& vault) {
  batch_input in;
  in.merchant = c.merchant;
  in.batch_no = std::move(c.batch_no);
  in.method = std::move(c.method);
  in.currency = c.currency;
  in.total_minor = c.total_minor;
  in.reason = std::move(c.reason);
  for (pay_out_line& line : c.lines) {
    auto order = stream_name::of_order(c.merchant, line.order_no);
    in.lines.push_back({std::move(line.order_no), line.amount_minor, vault.token(line.payee),
                        vault.seal(order, 1, "payee", line.payee)});
  }
  return in;
}

} // namespace oncepay
