// oncepay balances: the ledger's accounts.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec balances_spec = {
    .name = "balances",
    .purpose = "Lists the ledger's balances. Debits are positive, credits negative: what a channel owes us is "
               "positive, what we owe a merchant or a customer's wallet negative. All accounts of a currency sum to "
               "zero, always; exit "
               "code 1 says that they don't.",
    .positionals = {"[PREFIX]"},
    .options = {connect_option, timeout_option, json_option},
    .examples = "oncepay balances\n"
                "oncepay balances merchant/m1/\n"
                "oncepay balances wallet/m1/alice",
    .exit_codes = "0  listed\n"
                  "1  refused, or the whole ledger doesn't sum to zero\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

std::string list_text(const reply& r, bool whole_ledger) {
  const auto* list = std::get_if<balance_list>(&r.body);
  if (list == nullptr)
    return refusal_text(r) + '\n';
  if (list->balances.empty())
    return fmt::format("no balances, as of log position {}\n", r.position);
  text_table table({{"account"}, {"balance", align::right}, {"currency"}});
  for (const auto& b : list->balances)
    table.add({printable(b.path), decimal(b.amount), std::string(alpha_code(b.amount.currency))});
  if (list->accounts > list->balances.size())
    table.add({fmt::format("… {} more; give a PREFIX", list->accounts - list->balances.size()), "", ""});
  for (const money& sum : list->sums)
    table.add({whole_ledger ? "sum of the whole ledger" : "sum", decimal(sum), std::string(alpha_code(sum.currency))});
  return table.render() + fmt::format("{}, as of log position {}\n", counted(list->accounts, "balance"), r.position);
}

std::string whole_text(const reply& r) {
  return list_text(r, true);
}
std::string part_text(const reply& r) {
  return list_text(r, false);
}

exit_code part_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

exit_code whole_code(const reply& r) {
  const auto* list = std::get_if<balance_list>(&r.body);
  if (list == nullptr || r.code != errc::ok)
    return exit_code::negative;
  for (const money& sum : list->sums)
    if (sum.minor != 0)
      return fail(exit_code::negative, fmt::format("the ledger doesn't sum to zero: {} is left over; stop and look "
                                                   "into it with `oncepay log verify`",
                                                   to_string(sum)));
  return exit_code::ok;
}

} // namespace

exit_code run_balances(const arguments& args) {
  const auto options = parsed_options::parse(balances_spec, args);
  if (!options)
    return options.error();
  const auto prefix = options->positional(0);
  const command question{.request_id = 1, .body = query_balances_command{.path_prefix = prefix}};
  return prefix.empty() ? ask_and_print(*options, question, whole_text, whole_code)
                        : ask_and_print(*options, question, part_text, part_code);
}

} // namespace oncepay::cli
