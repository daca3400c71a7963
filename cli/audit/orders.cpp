// oncepay orders: what is still open, straight from the log.
#include "cli/audit/mismatches.hpp"
#include "cli/audit/open_orders.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/open.hpp"

#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

constexpr int64_t orders_shown = 1'000;
constexpr int64_t orders_shown_max = 1'000'000;

const command_spec orders_spec = {
    .name = "orders",
    .purpose = "Lists the orders that aren't settled, next due first, with their last evidence, how often the channel "
               "was asked, when it is asked next, and which ruling waits for approval; or what channels said against "
               "something final. Reads the log: needs no server and disturbs none.",
    .positionals = {},
    .options = {data_option,
                {"state", "in-doubt|manual|to-approve|untold|mismatched|open",
                 "in-doubt: being asked about; manual: enquiries are used up, or a surplus isn't taken back: a person "
                 "must see to it; to-approve: a "
                 "ruling was proposed and waits for another person; untold: its merchant hasn't acknowledged a result "
                 "yet; mismatched: a channel contradicted what is final, which changed nothing; compare with its "
                 "statement (this "
                 "reads the whole log); open: all, and what is under way. Default open."},
                {"limit", "COUNT", "Show so many at most, and count the rest; default 1000."},
                json_option},
    .examples = "oncepay orders --data data --state in-doubt\n"
                "oncepay orders --data data --state manual --json",
    .exit_codes = "0  shown, also where there are none\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read: missing, of another version, damaged"};

} // namespace

exit_code run_orders(const arguments& args) {
  const auto options = parsed_options::parse(orders_spec, args);
  if (!options)
    return options.error();
  const auto state =
      options->one_of("state", "open", {"in-doubt", "manual", "to-approve", "untold", "mismatched", "open"});
  if (!state)
    return state.error();
  const auto limit = options->number("limit", orders_shown, 1, orders_shown_max);
  if (!limit)
    return limit.error();
  const open_kind wanted = *state == "manual"       ? open_kind::manual
                           : *state == "in-doubt"   ? open_kind::in_doubt
                           : *state == "to-approve" ? open_kind::to_approve
                           : *state == "untold"     ? open_kind::untold
                                                    : open_kind::any;
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  if (*state == "mismatched") {
    const auto said = read_mismatches(**log, (*log)->environment(), static_cast<uint64_t>(*limit));
    if (!said)
      return fail_with(said.error());
    return print_out(options->has("json") ? json_line(mismatches_json(*said)) : mismatches_text(*said), exit_code::ok);
  }
  const auto found = read_open_orders(**log, (*log)->environment(), wanted, wall_now(), static_cast<uint64_t>(*limit));
  if (!found)
    return fail_with(found.error());
  return print_out(options->has("json") ? json_line(open_orders_json(*found)) : open_orders_text(*found),
                   exit_code::ok);
}

} // namespace oncepay::cli
