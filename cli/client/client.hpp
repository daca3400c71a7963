// What the commands that speak to a server share: the option that names it, one question and its answer, and how an
// answer reads to people.
#pragma once

#include "cli/client/connection.hpp"
#include "cli/options.hpp"

#include <functional>

namespace oncepay::cli {

/// `oncepay serve` listens there unless told otherwise.
inline constexpr std::string_view default_endpoint = "127.0.0.1:7400";

inline constexpr option_spec connect_option = {"connect", "HOST:PORT", "The server; default 127.0.0.1:7400."};
inline constexpr option_spec json_option = {"json", "", "The answer as one line of JSON."};
inline constexpr option_spec timeout_option = {
    "timeout", "SECONDS",
    "Give up without an answer after so long; default 45. The server itself answers within 40 s."};

struct client_options {
  endpoint server;
  int64_t connect_timeout_ms = 5'000;
  int64_t reply_timeout_ms = default_reply_timeout_ms;
};

/// From `--connect` and `--timeout`; a mistake was reported.
tl::expected<client_options, exit_code> client_options_of(const parsed_options&);

struct client_error {
  bool sent = false; ///< The command may have reached the server.
  std::string text;
};

/// Connects, sends the command, waits for the reply to it (others are ignored), and disconnects.
tl::expected<reply, client_error> exchange(const client_options&, const command&);

/// How a command about an order ends: 0 only where it is paid, and not all of it refunded. Failed, in doubt, processing
/// and refused are `negative`: a script that delivers on 0 must never deliver on a guess.
exit_code exit_code_of_order(const reply&);

/// Asks, prints the answer on stdout (as JSON where `--json` was given, else as `text_of` says) and returns what
/// `code_of` makes of it; without an answer `connection`, saying what is known about the command's fate.
exit_code ask_and_print(const parsed_options&, const command&, const std::function<std::string(const reply&)>& text_of,
                        exit_code (*code_of)(const reply&));

/// Prints on stdout; a full disk or a closed pipe is `data`, not silence.
exit_code print_out(std::string_view text, exit_code if_printed);

/// The machine's wall clock, for what a person enters by hand.
instant wall_now();

/// The merchant and order number that positional arguments name; a mistake was reported.
struct order_key {
  merchant_id merchant;
  oncepay::order_no order_no;
};
tl::expected<order_key, exit_code> order_key_of(const parsed_options&, size_t merchant_at);

/// The amount above zero that positional arguments name, its currency behind it; a mistake was reported.
tl::expected<money, exit_code> positive_money_of(const parsed_options&, size_t amount_at);

/// The method of `--method`; a mistake was reported.
tl::expected<method_id, exit_code> method_of(const parsed_options&);

/// The wallet that an option names; none without it. A mistake was reported.
tl::expected<wallet_id, exit_code> wallet_of(const parsed_options&, std::string_view option);

/// What one command that pays has, and another hasn't.
struct paying_command {
  bool top_up = false;
  std::string_view from_wallet_option = {}; ///< Empty: it has none.
  std::string_view to_wallet_option = {};
  bool is_transfer = false; ///< Both wallets must be named, and the method is the wallets' own.
};

/// When what is asked for at `now` expires, from `--expires-in`; never: 0. A mistake was reported.
tl::expected<instant, exit_code> expiry_of(const parsed_options&, instant now);

/// Sends what arguments say of a payment, a top-up or a transfer, and prints its fate.
exit_code pay_and_print(const command_spec&, const arguments&, const paying_command&);

/// The text of an option that has a bound, empty where it isn't given; a mistake was reported.
tl::expected<std::string, exit_code> short_text_of(const parsed_options&, std::string_view option, size_t bytes_max);
/// The same of one that must be given.
tl::expected<std::string, exit_code> required_text_of(const parsed_options&, std::string_view option, size_t bytes_max);

/// Who does something and why, from `--operator` and `--reason`: both required, and both recorded; a mistake was
/// reported.
struct named_person {
  std::string name;
  std::string reason;
};
tl::expected<named_person, exit_code> named_person_of(const parsed_options&);

/// How a command that is done or refused reads to people, and how it ends.
std::string done_text(const reply&);
exit_code done_code(const reply&);

/// The text of `--reason`, empty without it; a mistake was reported.
tl::expected<std::string, exit_code> reason_of(const parsed_options&);

/// An order's answer for people: its fate, its attempts, and for one in doubt the last evidence, when the channel is
/// asked next, and what to do.
std::string order_text(const reply&);

/// The ruling that waits for another person, and how he approves it; empty where none waits.
std::string ruling_text(const order_view&);

/// A refusal in one line: what happened, what to do, and the code's number and name.
std::string refusal_text(const reply&);

} // namespace oncepay::cli
