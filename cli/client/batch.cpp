// oncepay batch: many pay-outs under one number, and how each of them stands.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/json.hpp"
#include "cli/submit/source.hpp"
#include "cli/table.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec batch_spec = {
    .name = "batch",
    .purpose =
        "Pays out many at once, under a number of the batch's own. `pay-out` sends the file's lines (CSV with a "
        "header), waits until every line is decided, and prints what became of each; each is an order with all the "
        "rules of a pay-out, and one that is refused doesn't hold up the others. Sending the same batch again is "
        "safe: it is known by its number, and no line is paid out twice. `show` says how a batch stands. A batch has "
        "up to 200 lines; more go as several batches.",
    .positionals = {"pay-out|show", "MERCHANT", "BATCH_NO", "[FILE]"},
    .options = {connect_option,
                {"method", "METHOD", "What channels list as pay_outs: bank-transfer, …; required to pay out."},
                {"currency", "CURRENCY", "Of every line; required to pay out."},
                {"order-column", "NAME", "The column with each line's own order number; default order_no."},
                {"amount-column", "NAME", "What each payee gets; default amount."},
                {"payee-column", "NAME", "Who gets it; default payee; sealed at rest and masked in every report."},
                {"total", "AMOUNT",
                 "What the lines must add up to, as whoever made the file says; a file that differs isn't sent."},
                {"reason", "TEXT", "Why; recorded with every line, at most 256 bytes."},
                {"no-wait", "",
                 "Don't wait for banks: say how the lines stand once each has its order, or was refused."},
                {"timeout", "SECONDS", "Wait so long for the lines; default 45. They go on without you."},
                json_option},
    .examples = "oncepay batch pay-out m1 salaries-2026-11 salaries.csv --method bank-transfer --currency CNY "
                "--total 182340.00\n"
                "oncepay batch show m1 salaries-2026-11",
    .exit_codes = "0  every line is paid out\n"
                  "1  not every line, or not yet: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "4  the file can't be read, a line of it is wrong or there twice, or the lines don't add up to "
                  "--total: nothing was sent\n"
                  "5  no answer: can't connect, or the connection broke; running it again is harmless"};

bool is_decided(const batch_line_view& line) {
  return line.code != errc::processing;
}

bool is_decided(const batch_view& batch) {
  return batch.handed_out &&
         std::all_of(batch.lines.begin(), batch.lines.end(), [](const auto& line) { return is_decided(line); });
}

bool is_refused(const batch_line_view& line) {
  return line.state == order_state::none && is_decided(line);
}

std::string fate_of(const batch_line_view& line) {
  if (line.state == order_state::none)
    return is_refused(line) ? fmt::format("refused: {}", name(line.code)) : "not handed on yet";
  return line.code == errc::ok ? "paid out" : std::string(name(line.code));
}

std::string batch_text(const reply& r) {
  const auto* batch = std::get_if<batch_view>(&r.body);
  if (batch == nullptr)
    return refusal_text(r) + '\n';
  text_table table({{"order"}, {"amount", align::right}, {"fate"}});
  uint64_t paid = 0, refused = 0;
  for (const batch_line_view& line : batch->lines) {
    table.add({printable(line.order_no.str()), printable(to_string(money{line.amount_minor, batch->currency})),
               fate_of(line)});
    paid += line.code == errc::ok ? 1 : 0;
    refused += is_refused(line) ? 1 : 0;
  }
  auto out = table.render() + fmt::format("{} of {} paid out{}\n", grouped(paid), counted(batch->lines.size(), "line"),
                                          r.duplicate ? " (the batch was known already, nothing was done again)" : "");
  const auto failed = std::find_if(batch->lines.begin(), batch->lines.end(),
                                   [](const batch_line_view& line) { return line.state == order_state::failed; });
  if (failed != batch->lines.end())
    out += fmt::format("why a line failed its order's steps tell: oncepay order {} {} --trajectory\n",
                       printable(batch->merchant.str()), printable(failed->order_no.str()));
  if (refused > 0)
    out += fmt::format("{} refused and free: what this batch refused it doesn't try again, send it in another one\n",
                       refused == 1 ? "1 line was" : grouped(refused) + " lines were");
  return out;
}

exit_code all_paid(const reply& r) {
  const auto* batch = std::get_if<batch_view>(&r.body);
  const bool all = batch != nullptr && std::all_of(batch->lines.begin(), batch->lines.end(),
                                                   [](const auto& line) { return line.code == errc::ok; });
  return all ? exit_code::ok : exit_code::negative;
}

/// Finds two lines that the server would refuse the whole batch for; by the file's line numbers, which it doesn't
/// know.
class repeats {
public:
  /// What is wrong with this line; empty: nothing. The payee is personal, and isn't named.
  std::string fault_in(const pay_row& row) {
    const auto [number, is_new] = numbers_.try_emplace(row.pay.order_no.str(), row.line);
    if (!is_new)
      return fmt::format("order number {} stands in line {} already", printable(row.pay.order_no.str()),
                         number->second);
    const auto [like, is_single] = alike_.try_emplace({row.pay.payer, row.pay.amount.minor}, row.line);
    return is_single ? std::string()
                     : fmt::format("payee and amount are those of line {}, so that nobody could tell the two from one; "
                                   "send one of them in a later batch",
                                   like->second);
  }

private:
  std::map<std::string, uint64_t> numbers_;
  std::map<std::pair<std::string, int64_t>, uint64_t> alike_;
};

/// The file's lines; nothing is sent where one of them is wrong.
tl::expected<std::vector<pay_out_line>, exit_code> lines_of(const std::string& file, row_columns columns) {
  bool wrong = false;
  const auto refuse = [&](uint64_t line, const std::string& problem) {
    wrong = true;
    fail(exit_code::data, fmt::format("{}, line {}: {}", printable(file), line, problem));
  };
  const auto opened = csv_payment_source::open(file, std::move(columns), refuse);
  if (!opened)
    return tl::unexpected(fail(exit_code::data, opened.error()));
  csv_payment_source& source = **opened;
  std::vector<pay_out_line> lines;
  repeats seen;
  pay_row row;
  for (auto status = source.next(row); status != payment_source::status::end; status = source.next(row)) {
    if (status != payment_source::status::row)
      continue;
    if (lines.size() == limits::batch_lines_max)
      return tl::unexpected(fail(exit_code::data, fmt::format("{} has more than {} lines: make several batches of it, "
                                                              "each with a number of its own",
                                                              printable(file), limits::batch_lines_max)));
    if (const auto fault = seen.fault_in(row); !fault.empty())
      refuse(row.line, fault);
    lines.push_back({row.pay.order_no, row.pay.amount.minor, row.pay.payer});
  }
  if (!source.broken().empty())
    return tl::unexpected(fail(exit_code::data, source.broken()));
  if (wrong)
    return tl::unexpected(exit_code::data);
  if (lines.empty())
    return tl::unexpected(fail(exit_code::data, fmt::format("{} has no lines", printable(file))));
  return lines;
}

tl::expected<pay_out_batch_command, exit_code> batch_of(const parsed_options& options, const order_key& key) {
  const std::string file = options.positional(3);
  if (file.empty())
    return tl::unexpected(options.mistake("name the file with the lines"));
  auto method = method_of(options);
  if (!method)
    return tl::unexpected(method.error());
  const auto currency_text = options.required("currency");
  if (!currency_text)
    return tl::unexpected(currency_text.error());
  const auto unit = parse_currency(*currency_text);
  if (!unit)
    return tl::unexpected(
        options.mistake(fmt::format("\"{}\" is no ISO 4217 currency this build knows", printable(*currency_text))));
  auto reason = reason_of(options);
  if (!reason)
    return tl::unexpected(reason.error());
  row_columns columns;
  columns.order = options.text("order-column", "order_no");
  columns.amount = options.text("amount-column", "amount");
  columns.payee = options.text("payee-column", "payee");
  columns.merchant_always = key.merchant;
  columns.currency_always = *unit;
  columns.method_always = *method;
  auto lines = lines_of(file, std::move(columns));
  if (!lines)
    return tl::unexpected(lines.error());
  pay_out_batch_command batch{key.merchant, key.order_no, std::move(*method), *unit, 0, std::move(*reason), {}};
  for (const pay_out_line& line : *lines) {
    const auto sum = checked_add(batch.total_minor, line.amount_minor);
    if (!sum)
      return tl::unexpected(fail(exit_code::data, "the lines add up to more than an amount can be"));
    batch.total_minor = *sum;
  }
  batch.lines = std::move(*lines);
  if (options.has("total")) {
    const auto total = parse_money(options.text("total"), *unit);
    if (!total)
      return tl::unexpected(options.mistake(
          fmt::format("--total: \"{}\" is no amount in {}", printable(options.text("total")), alpha_code(*unit))));
    // Told here with the file's name; the server compares what it was sent once more.
    if (total->minor != batch.total_minor)
      return tl::unexpected(
          fail(exit_code::data,
               fmt::format("{}: the lines add up to {}, and --total says {}; nothing was sent, look "
                           "at what made the file",
                           printable(file), to_string(money{batch.total_minor, *unit}), to_string(*total))));
  }
  return batch;
}

/// Asks until every line is decided, or the time is over.
tl::expected<reply, client_error> wait_for(const client_options& client, const query_batch_command& query, reply last) {
  using clock = std::chrono::steady_clock;
  constexpr auto pause_max = std::chrono::milliseconds(2'000);
  const auto until = clock::now() + std::chrono::milliseconds(client.reply_timeout_ms);
  auto pause = std::chrono::milliseconds(50);
  while (std::holds_alternative<batch_view>(last.body) && !is_decided(std::get<batch_view>(last.body)) &&
         clock::now() + pause < until) {
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, pause_max);
    auto answer = exchange(client, {.request_id = 1, .body = query});
    if (!answer)
      return answer;
    // Told to come again, we do.
    if (std::holds_alternative<batch_view>(answer->body))
      last = std::move(*answer);
    else if (advice_for(answer->code) != advice::retry)
      return answer;
  }
  return last;
}

exit_code pay_out(const parsed_options& options, const order_key& key) {
  const auto client = client_options_of(options);
  if (!client)
    return client.error();
  auto batch = batch_of(options, key);
  if (!batch)
    return batch.error();
  const query_batch_command query{key.merchant, key.order_no};
  auto answer = exchange(*client, {.request_id = 1, .body = std::move(*batch)});
  if (answer && std::holds_alternative<batch_view>(answer->body) && !options.has("no-wait"))
    answer = wait_for(*client, query, std::move(*answer));
  if (!answer)
    return fail(exit_code::connection,
                answer.error().text +
                    "; running it again is harmless: it is the same batch, and no line is paid twice");
  return print_out(options.has("json") ? json_line(to_json(*answer)) : batch_text(*answer), all_paid(*answer));
}

} // namespace

exit_code run_batch(const arguments& args) {
  const auto options = parsed_options::parse(batch_spec, args);
  if (!options)
    return options.error();
  const std::string step = options->positional(0);
  if (step != "pay-out" && step != "show")
    return options->mistake(fmt::format("\"{}\" is neither pay-out nor show", printable(step)));
  const auto key = order_key_of(*options, 1);
  if (!key)
    return key.error();
  if (step == "pay-out")
    return pay_out(*options, *key);
  if (!options->positional(3).empty())
    return options->mistake("`show` takes no file");
  return ask_and_print(*options, {.request_id = 1, .body = query_batch_command{key->merchant, key->order_no}},
                       batch_text, all_paid);
}

} // namespace oncepay::cli
