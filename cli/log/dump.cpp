// oncepay log dump.
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/commands.hpp"
#include "cli/log/open.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec dump_spec = {
    .name = "log dump",
    .purpose = "Prints decisions as JSON, one a line, in the order they were made. Payers are masked.",
    .positionals = {},
    .options = {data_option,
                {"from", "POSITION", "Begin there; default 1."},
                {"to", "POSITION", "End before that one; default the log's end when the command starts."},
                {"stream", "NAME",
                 "Only this stream: order/m1/A-7, batch/m1/salaries-11, merchant/m1, channel/beta, method/card, "
                 "account/merchant/m1/available, account/wallet/m1/alice, code/SERIAL, operations."}},
    .examples = "oncepay log dump --data data | jq 'select(.input.input == \"switch\")'\n"
                "oncepay log dump --data data --from 1000 --to 2000\n"
                "oncepay log dump --data data --stream channel/beta",
    .exit_codes = "0  printed\n"
                  "1  the log holds no such stream\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read: missing, of another version, damaged"};

std::optional<stream_name> parse_stream(std::string_view text) {
  const auto slash = text.find('/');
  const auto kind = text.substr(0, slash);
  const auto rest = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
  if (kind == "operations" && slash == std::string_view::npos)
    return stream_name::of_operations();
  if (kind == "method")
    if (const auto method = method_id::parse(rest))
      return stream_name::of_method(*method);
  if (kind == "merchant")
    if (const auto merchant = merchant_id::parse(rest))
      return stream_name::of_merchant(*merchant);
  if (kind == "channel")
    if (const auto channel = channel_id::parse(rest))
      return stream_name::of_channel(*channel);
  if (kind == "code")
    if (const auto serial = code_serial::parse(rest))
      return stream_name::of_code(*serial);
  if (kind == "account" && !rest.empty())
    return stream_name::of_account(rest);
  if (kind == "order" || kind == "batch") {
    // Order numbers may hold slashes, merchants none: the first one ends the merchant.
    const auto end = rest.find('/');
    const auto merchant = merchant_id::parse(rest.substr(0, end));
    const auto number = order_no::parse(end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1));
    if (merchant && number)
      return kind == "order" ? stream_name::of_order(*merchant, *number) : stream_name::of_batch(*merchant, *number);
  }
  return std::nullopt;
}

/// Gathers lines and prints them a thousand at a time: whole logs don't fit into memory, and nothing holds the log open
/// meanwhile.
class line_printer {
public:
  /// False where nothing more is to be read: the decision can't be, `problem` says why, or nobody takes the lines.
  bool add(uint64_t position, bytes_view stored) {
    const auto decoded = decode_decision(stored);
    if (!decoded) {
      problem = fmt::format("position {} can't be read: {}", position, decoded.error());
      return false;
    }
    lines_ += json_line(to_json(recorded_decision{position, *decoded}, {record_hash(position, stored), {}}));
    if (++gathered_ == limits::read_batch_decisions)
      flush();
    return printed_ == exit_code::ok;
  }

  exit_code print() {
    if (printed_ == exit_code::ok)
      flush();
    return problem.empty() ? printed_ : fail(exit_code::data, problem);
  }

  std::string problem;

private:
  void flush() {
    printed_ = print_out(lines_, exit_code::ok);
    lines_.clear();
    gathered_ = 0;
  }

  std::string lines_;
  size_t gathered_ = 0;
  exit_code printed_ = exit_code::ok;
};

exit_code dump_stream(const event_log& log, const stream_name& stream, uint64_t from, uint64_t to) {
  line_printer out;
  bool is_known = false;
  const auto read = log.read(stream, 1, [&](uint64_t position, bytes_view stored) {
    is_known = true;
    return position < from || (position < to && out.add(position, stored));
  });
  if (!read)
    return fail_with(read.error());
  // Silence would say that nothing of it lies in the range.
  return is_known ? out.print()
                  : fail(exit_code::negative,
                         fmt::format("the log holds no stream {}; names are written as `oncepay log dump --help` says",
                                     printable(stream.display())));
}

exit_code dump_all(const event_log& log, uint64_t from, uint64_t to) {
  line_printer out;
  for (uint64_t position = from; position < to;) {
    const auto begin = position;
    const auto read = log.read_all(begin, limits::read_batch_decisions, [&](uint64_t at, bytes_view stored) {
      position = at + 1;
      return at < to && out.add(at, stored);
    });
    if (!read)
      return fail_with(read.error());
    if (const auto code = out.print(); code != exit_code::ok)
      return code;
    if (position == begin)
      return fail(exit_code::data, fmt::format("position {} is missing from the log; see `oncepay log verify`", begin));
  }
  return exit_code::ok;
}

} // namespace

exit_code run_log_dump(const arguments& args) {
  const auto options = parsed_options::parse(dump_spec, args);
  if (!options)
    return options.error();
  constexpr auto position_max = std::numeric_limits<int64_t>::max();
  const auto from = options->number("from", 1, 1, position_max);
  if (!from)
    return from.error();
  const auto to = options->number("to", position_max, 1, position_max);
  if (!to)
    return to.error();
  std::optional<stream_name> stream;
  if (options->has("stream")) {
    stream = parse_stream(options->text("stream"));
    if (!stream)
      return options->mistake(fmt::format("--stream: \"{}\" names no stream", options->text("stream")));
  }
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  const auto end = std::min(static_cast<uint64_t>(*to), (*log)->head().position + 1);
  return stream ? dump_stream(**log, *stream, static_cast<uint64_t>(*from), end)
                : dump_all(**log, static_cast<uint64_t>(*from), end);
}

} // namespace oncepay::cli
