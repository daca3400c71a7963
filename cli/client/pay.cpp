// oncepay pay: one payment by hand.
#include "cli/client/client.hpp"

#include "schema/limits.hpp"
#include "schema/plain_text.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec pay_spec = {
    .name = "pay",
    .purpose = "Sends one payment and prints its fate. Sending the same merchant, order number and content again is "
               "safe: it is answered from the order, never paid twice. Other content under the same number is refused.",
    .positionals = {"MERCHANT", "ORDER_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option,
                {"method", "METHOD",
                 "What channels list: card, wechat-code, …; payer-code: that of the wallet whose code the payer shows. "
                 "Required."},
                {"expires-in", "SECONDS", "What isn't paid by then is closed; default: never."},
                {"wallet", "WALLET",
                 "Of this merchant's customer: pays, instead of a bank; --method then names the wallets' own."},
                {"payer", "PAYER", "Who pays, at most 64 bytes; sealed at rest and masked in every report."},
                {"card", "TOKEN", "Your token of the card, never its number; only hashed, for risk rules."},
                {"payer-code", "CODE",
                 "What the payer showed, for channels that want it; sealed at rest, and no part of the content."},
                {"bind", "TOKEN",
                 "The channel's one-time token of a card that the payment binds as well, never its number; sealed at "
                 "rest."},
                {"agreement", "ORDER_NO",
                 "The order that bound the card: the payment is withheld by its agreement, without the payer."},
                timeout_option,
                json_option},
    .examples = "oncepay pay m1 A-7 147.80 CNY --method card\n"
                "oncepay pay m1 A-8 990 JPY --method card --payer alice --connect 10.0.0.5:7400 --json\n"
                "oncepay pay m1 A-9 12.00 CNY --method wallet --wallet alice\n"
                "oncepay pay m1 A-10 20.00 CNY --method card --agreement B-7",
    .exit_codes = "0  paid, and not all of it refunded\n"
                  "1  not paid, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

/// What a payment does with a card: neither, or one of them.
struct card_payment {
  std::string bind_token;
  order_no agreement_order_no;
};

tl::expected<card_payment, exit_code> card_payment_of(const parsed_options& options, std::string_view payer) {
  card_payment agreed;
  auto bind_token = short_text_of(options, "bind", limits::card_token_bytes_max);
  if (!bind_token)
    return tl::unexpected(bind_token.error());
  agreed.bind_token = std::move(*bind_token);
  if (options.has("agreement")) {
    auto bound_by = order_no::parse(options.text("agreement"));
    if (!bound_by)
      return tl::unexpected(
          options.mistake("--agreement takes the number of the order that bound the card: 1 to 64 printable ASCII "
                          "characters without blanks"));
    agreed.agreement_order_no = std::move(*bound_by);
  }
  if (agreed.bind_token.empty() && agreed.agreement_order_no.empty())
    return agreed;
  if (!agreed.bind_token.empty() && !agreed.agreement_order_no.empty())
    return tl::unexpected(options.mistake("a payment binds a card or is withheld by one: give --bind or --agreement"));
  if (holds_card_number(agreed.bind_token) || holds_card_number(payer))
    return tl::unexpected(
        options.mistake("this looks like a card's number; none is taken here, give the channel's token to --bind"));
  return agreed;
}

} // namespace

exit_code run_pay(const arguments& args) {
  return pay_and_print(pay_spec, args, {.from_wallet_option = "wallet"});
}

namespace {

tl::expected<method_id, exit_code> method_of(const parsed_options& options, const paying_command& what) {
  // What a transfer goes by nobody need know.
  if (what.is_transfer && !options.has("method"))
    return method_id::trusted("wallet");
  return method_of(options);
}

} // namespace

exit_code pay_and_print(const command_spec& how, const arguments& args, const paying_command& what) {
  const auto options = parsed_options::parse(how, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto amount = positive_money_of(*options, 2);
  if (!amount)
    return amount.error();
  for (const std::string_view option : {what.from_wallet_option, what.to_wallet_option})
    if (const auto given = what.is_transfer ? options->required(option) : std::string(); !given)
      return given.error();
  const auto from = wallet_of(*options, what.from_wallet_option);
  if (!from)
    return from.error();
  const auto to = wallet_of(*options, what.to_wallet_option);
  if (!to)
    return to.error();
  if (!from->empty() && *from == *to)
    return options->mistake("--from and --to name the same wallet");
  const auto method = method_of(*options, what);
  if (!method)
    return method.error();
  const auto payer = short_text_of(*options, "payer", limits::payer_bytes_max);
  if (!payer)
    return payer.error();
  const auto payer_code = short_text_of(*options, "payer-code", limits::payer_code_bytes_max);
  if (!payer_code)
    return payer_code.error();
  if (!from->empty() && !payer_code->empty())
    return options->mistake("--payer-code is of a payment that a wallet elsewhere makes: not beside --wallet");
  const auto card = short_text_of(*options, "card", limits::card_bytes_max);
  if (!card)
    return card.error();
  if (is_card_number(*card))
    return options->mistake("--card: this looks like a card's number; send your token of it");
  const auto agreed = what.top_up ? tl::expected<card_payment, exit_code>() : card_payment_of(*options, *payer);
  if (!agreed)
    return agreed.error();
  const instant now = wall_now();
  const auto expires_at = expiry_of(*options, now);
  if (!expires_at)
    return expires_at.error();
  const command question{.request_id = 1,
                         .body = pay_command{.merchant = key->merchant,
                                             .order_no = key->order_no,
                                             .amount = *amount,
                                             .method = *method,
                                             .payer = *payer,
                                             .placed_at = now,
                                             .payer_code = *payer_code,
                                             .expires_at = *expires_at,
                                             .top_up = what.top_up,
                                             .card = *card,
                                             .wallet = *from,
                                             .to_wallet = *to,
                                             .bind_token = agreed->bind_token,
                                             .agreement_order_no = agreed->agreement_order_no}};
  return ask_and_print(*options, question, order_text, exit_code_of_order);
}

} // namespace oncepay::cli
