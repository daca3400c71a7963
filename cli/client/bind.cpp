// oncepay bind, oncepay authenticate: what an order does with a card beside taking money.
#include "cli/client/client.hpp"

#include "schema/limits.hpp"
#include "schema/plain_text.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr option_spec token_option = {
    "token", "TOKEN",
    "The channel's one-time token of the card, from its own page or SDK, never the card's number; sealed at rest. "
    "Required."};
constexpr option_spec method_option = {"method", "METHOD", "What channels list as card methods: card, …. Required."};
constexpr option_spec payer_option = {"payer", "PAYER",
                                      "Whose card it is, at most 64 bytes; sealed at rest and masked in every report."};
constexpr option_spec card_option = {"card", "TOKEN",
                                     "Your own token of the card, never its number; only hashed, for risk rules."};
constexpr option_spec expiry_option = {"expires-in", "SECONDS", "What isn't done by then is closed; default: never."};

const command_spec bind_spec = {
    .name = "bind",
    .purpose =
        "Binds a card: signs an agreement with a channel by which payments are withheld later, without the payer. "
        "No money moves. Sending the same order number and content again is safe: it is answered from the order. "
        "Whatever looks like a card's number is refused and kept nowhere.",
    .positionals = {"MERCHANT", "ORDER_NO", "CURRENCY"},
    .options = {connect_option, method_option, token_option, payer_option, card_option, expiry_option, timeout_option,
                json_option},
    .examples = "oncepay bind m1 B-7 CNY --method card --token tok_5f2a --payer alice\n"
                "oncepay pay m1 A-8 147.80 CNY --method card --agreement B-7",
    .exit_codes = "0  bound, and not unbound since\n"
                  "1  not bound, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

const command_spec authenticate_spec = {
    .name = "authenticate",
    .purpose = "Asks a channel whether a card is its payer's: yes or no. Nothing is signed and no money moves. Sending "
               "the same order number and content again is safe: it is answered from the order.",
    .positionals = {"MERCHANT", "ORDER_NO", "CURRENCY"},
    .options = {connect_option, method_option, token_option, payer_option, card_option, expiry_option, timeout_option,
                json_option},
    .examples = "oncepay authenticate m1 V-9 CNY --method card --token tok_5f2a --payer alice",
    .exit_codes = "0  it is\n"
                  "1  it isn't, or nothing is proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

/// The text of an option that must neither be too long nor hold a card's number; a mistake was reported.
tl::expected<std::string, exit_code> careful_text_of(const parsed_options& options, std::string_view option,
                                                     size_t bytes_max) {
  auto text = short_text_of(options, option, bytes_max);
  if (text && holds_card_number(*text))
    return tl::unexpected(options.mistake(
        fmt::format("--{}: this looks like a card's number; none is taken here, give the channel's token", option)));
  return text;
}

template <class Presented>
exit_code present_and_print(const command_spec& how, const arguments& args) {
  const auto options = parsed_options::parse(how, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto of = parse_currency(options->positional(2));
  if (!of)
    return options->mistake(fmt::format("\"{}\" is no currency known here", options->positional(2)));
  const auto method = method_of(*options);
  if (!method)
    return method.error();
  const auto token = careful_text_of(*options, "token", limits::card_token_bytes_max);
  if (!token)
    return token.error();
  if (token->empty())
    return options->mistake("--token is required: the channel's one-time token of the card");
  const auto payer = careful_text_of(*options, "payer", limits::payer_bytes_max);
  if (!payer)
    return payer.error();
  const auto card = careful_text_of(*options, "card", limits::card_bytes_max);
  if (!card)
    return card.error();
  const instant now = wall_now();
  const auto expires_at = expiry_of(*options, now);
  if (!expires_at)
    return expires_at.error();
  const command question{.request_id = 1,
                         .body = Presented{.merchant = key->merchant,
                                           .order_no = key->order_no,
                                           .currency = *of,
                                           .method = *method,
                                           .card_token = *token,
                                           .payer = *payer,
                                           .card = *card,
                                           .placed_at = now,
                                           .expires_at = *expires_at}};
  return ask_and_print(*options, question, order_text, exit_code_of_order);
}

} // namespace

exit_code run_bind(const arguments& args) {
  return present_and_print<bind_command>(bind_spec, args);
}

exit_code run_authenticate(const arguments& args) {
  return present_and_print<authenticate_command>(authenticate_spec, args);
}

} // namespace oncepay::cli
