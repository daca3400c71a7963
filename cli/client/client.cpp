#include "cli/client/client.hpp"

#include "cli/json.hpp"
#include "schema/limits.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

tl::expected<client_options, exit_code> client_options_of(const parsed_options& options) {
  client_options result;
  auto server = parse_endpoint(options.text("connect", default_endpoint));
  if (!server)
    return tl::unexpected(options.mistake(fmt::format("--connect: {}", server.error())));
  result.server = *server;
  constexpr int64_t timeout_s_max = 3'600;
  const auto timeout_s = options.number("timeout", result.reply_timeout_ms / 1'000, 1, timeout_s_max);
  if (!timeout_s)
    return tl::unexpected(timeout_s.error());
  result.reply_timeout_ms = *timeout_s * 1'000;
  return result;
}

tl::expected<reply, client_error> exchange(const client_options& options, const command& question) {
  boost::asio::io_context context;
  std::optional<reply> answer;
  std::optional<std::string> failure;
  std::shared_ptr<client_connection> connection;
  bool sent = false;
  connection = client_connection::make(context, {
                                                    .opened =
                                                        [&] {
                                                          sent = true;
                                                          connection->send(question);
                                                        },
                                                    .replied =
                                                        [&](reply&& r) {
                                                          // Id 0 is what a server answers whose reader couldn't
                                                          // make out the id: it is about our only command.
                                                          if (r.request_id != question.request_id && r.request_id != 0)
                                                            return;
                                                          answer = std::move(r);
                                                          context.stop();
                                                        },
                                                    .closed =
                                                        [&](std::string reason) {
                                                          failure = std::move(reason);
                                                          context.stop();
                                                        },
                                                });
  connection->open(options.server, options.connect_timeout_ms);
  context.run_for(std::chrono::milliseconds(options.connect_timeout_ms + options.reply_timeout_ms));
  connection->close();
  context.restart();
  context.poll(); // Lets the cancelled operations drop their references.
  if (answer)
    return std::move(*answer);
  if (!failure)
    failure = fmt::format("no answer from {} within {} s", to_string(options.server), options.reply_timeout_ms / 1'000);
  return tl::unexpected(client_error{sent, std::move(*failure)});
}

exit_code exit_code_of_order(const reply& r) {
  const auto* order = std::get_if<order_view>(&r.body);
  // What takes no money is good for as long as it wasn't undone.
  const bool stays = order != nullptr &&
                     (moves_no_money(order->kind) ? !order->card.unbound : order->refunded_minor < order->amount.minor);
  const bool delivers = stays && order->state == order_state::paid && !order->in_doubt;
  return delivers ? exit_code::ok : exit_code::negative;
}

exit_code ask_and_print(const parsed_options& options, const command& question,
                        const std::function<std::string(const reply&)>& text_of, exit_code (*code_of)(const reply&)) {
  const auto client = client_options_of(options);
  if (!client)
    return client.error();
  const auto answer = exchange(*client, question);
  if (!answer) {
    const bool asks_only = std::holds_alternative<query_order_command>(question.body) ||
                           std::holds_alternative<query_balances_command>(question.body) ||
                           std::holds_alternative<query_batch_command>(question.body) ||
                           std::holds_alternative<query_code_command>(question.body);
    const auto* advice = !answer.error().sent || asks_only
                             ? ""
                             : "; whether it was done is unknown: run the same command again, nothing is done twice";
    return fail(exit_code::connection, answer.error().text + advice);
  }
  return print_out(options.has("json") ? json_line(to_json(*answer)) : text_of(*answer), code_of(*answer));
}

exit_code print_out(std::string_view text, exit_code if_printed) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(exit_code::data, fmt::format("can't write to standard output: {}", std::strerror(errno)));
  return if_printed;
}

instant wall_now() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

tl::expected<order_key, exit_code> order_key_of(const parsed_options& options, size_t merchant_at) {
  auto merchant = merchant_id::parse(options.positional(merchant_at));
  if (!merchant)
    return tl::unexpected(options.mistake(
        fmt::format("\"{}\" is no merchant id: 1 to 32 of a-z, 0-9, _ and -", options.positional(merchant_at))));
  auto number = order_no::parse(options.positional(merchant_at + 1));
  if (!number)
    return tl::unexpected(
        options.mistake(fmt::format("\"{}\" is no order number: 1 to 64 printable ASCII characters, no blanks",
                                    options.positional(merchant_at + 1))));
  return order_key{std::move(*merchant), std::move(*number)};
}

tl::expected<money, exit_code> positive_money_of(const parsed_options& options, size_t amount_at) {
  const auto currency = parse_currency(options.positional(amount_at + 1));
  if (!currency)
    return tl::unexpected(options.mistake(
        fmt::format("\"{}\" is no ISO 4217 currency this build knows", options.positional(amount_at + 1))));
  const auto amount = parse_money(options.positional(amount_at), *currency);
  if (!amount || amount->minor <= 0 || amount->minor > limits::amount_minor_max)
    return tl::unexpected(
        options.mistake(fmt::format("\"{}\" is no amount in {}: digits and a point, above 0, at most {} decimals",
                                    options.positional(amount_at), alpha_code(*currency), minor_digits(*currency))));
  return *amount;
}

tl::expected<method_id, exit_code> method_of(const parsed_options& options) {
  const auto text = options.required("method");
  if (!text)
    return tl::unexpected(text.error());
  auto method = method_id::parse(*text);
  if (!method)
    return tl::unexpected(
        options.mistake(fmt::format("--method: \"{}\" is none: 1 to 24 of a-z, 0-9, _, . and -", *text)));
  return std::move(*method);
}

tl::expected<wallet_id, exit_code> wallet_of(const parsed_options& options, std::string_view option) {
  if (option.empty() || !options.has(option))
    return wallet_id{};
  const auto text = options.text(option);
  auto wallet = wallet_id::parse(text);
  if (!wallet)
    return tl::unexpected(
        options.mistake(fmt::format("--{}: \"{}\" is no wallet: 1 to 32 of a-z, 0-9, _ and -", option, text)));
  return std::move(*wallet);
}

tl::expected<instant, exit_code> expiry_of(const parsed_options& options, instant now) {
  const auto in_s = options.number("expires-in", 0, 1, int64_t{365} * 86'400);
  if (!in_s)
    return tl::unexpected(in_s.error());
  return *in_s == 0 ? instant{} : plus_ms(now, *in_s * 1'000);
}

tl::expected<std::string, exit_code> reason_of(const parsed_options& options) {
  return short_text_of(options, "reason", limits::reason_bytes_max);
}

tl::expected<std::string, exit_code> short_text_of(const parsed_options& options, std::string_view option,
                                                   size_t bytes_max) {
  auto text = options.text(option);
  if (text.size() > bytes_max)
    return tl::unexpected(options.mistake(fmt::format("--{} takes at most {} bytes", option, bytes_max)));
  return text;
}

tl::expected<std::string, exit_code> required_text_of(const parsed_options& options, std::string_view option,
                                                      size_t bytes_max) {
  if (const auto given = options.required(option); !given)
    return given;
  return short_text_of(options, option, bytes_max);
}

tl::expected<named_person, exit_code> named_person_of(const parsed_options& options) {
  auto name = required_text_of(options, "operator", limits::operator_name_bytes_max);
  if (!name)
    return tl::unexpected(name.error());
  auto reason = required_text_of(options, "reason", limits::reason_bytes_max);
  if (!reason)
    return tl::unexpected(reason.error());
  return named_person{std::move(*name), std::move(*reason)};
}

std::string done_text(const reply& r) {
  return r.code == errc::ok ? fmt::format("done, at log position {}\n", r.position) : refusal_text(r) + '\n';
}

exit_code done_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

} // namespace oncepay::cli
