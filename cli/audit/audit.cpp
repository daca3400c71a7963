// oncepay audit: one order's history, straight from the log.
#include "cli/audit/read.hpp"
#include "cli/client/client.hpp"
#include "cli/log/open.hpp"
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec audit_spec = {
    .name = "audit",
    .purpose = "Replays one order from the log, needs no server and disturbs none: every decision with its input, "
               "its route and why each other channel was passed over, its events and postings. Then this build "
               "decides the order again from the recorded inputs and says where it would differ. Payers are masked.",
    .positionals = {"MERCHANT", "ORDER_NO"},
    .options = {data_option,
                {"until", "TIME",
                 "As of that moment, to the millisecond, inclusive: 2026-11-20T13:40:43.123Z or seconds since 1970."},
                {"chain", "",
                 "Follow the hash chain from the log's beginning and show the head after each decision, to compare "
                 "with one kept elsewhere; takes seconds for millions of decisions."},
                {"format", "table|json", "For people, or everything as one line of JSON; default table."}},
    .examples = "oncepay audit --data data m1 A-7\n"
                "oncepay audit --data data m1 A-7 --until 2026-11-20T13:40:43.123Z\n"
                "oncepay audit --data data m1 A-7 --chain --format json",
    .exit_codes = "0  shown, and this build decides it the same way\n"
                  "1  the log doesn't know the order, or this build would decide it differently\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read: missing, of another version, damaged"};

} // namespace

exit_code run_audit(const arguments& args) {
  const auto options = parsed_options::parse(audit_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto format = options->one_of("format", "table", {"table", "json"});
  if (!format)
    return format.error();
  audit_request request{
      .order = stream_name::of_order(key->merchant, key->order_no), .until = {}, .with_chain = options->has("chain")};
  if (options->has("until")) {
    const auto until = parse_instant(options->text("until"));
    if (!until)
      return options->mistake(fmt::format("--until: {}", until.error()));
    request.until = *until;
  }
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  progress bar("chain", stderr);
  const auto order = read_order(**log, (*log)->environment(), request, [&](uint64_t done, uint64_t total) {
    bar.update({.done = done, .total = total, .note = {}}, steady_now_ns());
  });
  bar.clear();
  if (!order)
    return fail_with(order.error());
  if (order->decisions.empty())
    return fail(exit_code::negative, fmt::format("the log knows no order {} of merchant {}{}", key->order_no.str(),
                                                 key->merchant.str(), request.until ? " until then" : ""));
  const auto code = order->again.differs_position == 0 ? exit_code::ok : exit_code::negative;
  return print_out(*format == "json" ? json_line(audit_json(*order)) : audit_text(*order), code);
}

} // namespace oncepay::cli
