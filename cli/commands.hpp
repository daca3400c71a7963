// The commands of `oncepay`, one source file each, and what they share in reporting a mistake: one line on stderr that
// says what is wrong and what to do.
#pragma once

#include "cli/exit_code.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

using arguments = std::vector<std::string>;

struct command_entry {
  std::string_view name;
  std::string_view summary;
  exit_code (*run)(const arguments&);
};

/// In the order `oncepay --help` lists them.
std::span<const command_entry> commands();

exit_code run_serve(const arguments&);
exit_code run_submit(const arguments&);
exit_code run_pay(const arguments&);
exit_code run_top_up(const arguments&);
exit_code run_transfer(const arguments&);
exit_code run_pay_out(const arguments&);
exit_code run_batch(const arguments&);
exit_code run_pay_outs(const arguments&);
exit_code run_refund(const arguments&);
exit_code run_bind(const arguments&);
exit_code run_unbind(const arguments&);
exit_code run_authenticate(const arguments&);
exit_code run_close(const arguments&);
exit_code run_confirm(const arguments&);
exit_code run_rule(const arguments&);
exit_code run_check(const arguments&);
exit_code run_code(const arguments&);
exit_code run_order(const arguments&);
exit_code run_orders(const arguments&);
exit_code run_cases(const arguments&);
exit_code run_balances(const arguments&);
exit_code run_channel(const arguments&);
exit_code run_switch(const arguments&);
exit_code run_audit(const arguments&);
exit_code run_log(const arguments&);
exit_code run_sim(const arguments&);
exit_code run_bench(const arguments&);
exit_code run_bank(const arguments&);

/// Prints "oncepay: <text>" on stderr and returns the code.
exit_code fail(exit_code, std::string_view text);

} // namespace oncepay::cli
