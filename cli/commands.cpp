#include "cli/commands.hpp"

#include <array>

namespace oncepay::cli {

std::span<const command_entry> commands() {
  static constexpr std::array entries{
      command_entry{"serve", "run the server", run_serve},
      command_entry{"pay", "send one payment and print its outcome", run_pay},
      command_entry{"top-up", "pay money onto a merchant's available balance", run_top_up},
      command_entry{"transfer", "move money from one customer's wallet to another's, once", run_transfer},
      command_entry{"pay-out", "pay out of a merchant's available balance, once", run_pay_out},
      command_entry{"batch", "pay out many at once, under one number, and see how each line stands", run_batch},
      command_entry{"pay-outs", "stop pay-outs of a running server, or let them go on", run_pay_outs},
      command_entry{"refund", "give a paid order's money back, all or part of it", run_refund},
      command_entry{"bind", "bind a card, so that payments can be withheld by its agreement", run_bind},
      command_entry{"unbind", "end the agreement that an order signed, once", run_unbind},
      command_entry{"authenticate", "ask a channel whether a card is its payer's", run_authenticate},
      command_entry{"close", "close an order, so that nothing is paid for it any more", run_close},
      command_entry{"confirm", "say that a payer confirmed a payment, with the proof of it", run_confirm},
      command_entry{"submit", "send many payments, pipelined, and print what became of them", run_submit},
      command_entry{"order", "ask a server for an order's state and trajectory", run_order},
      command_entry{"orders", "list what isn't settled, or was contradicted, from the log", run_orders},
      command_entry{"cases", "list what channels told of payments that nobody asked them for", run_cases},
      command_entry{"rule", "say what became of something in doubt; a second person approves", run_rule},
      command_entry{"check", "ask channels once more about what is settled, after an incident", run_check},
      command_entry{"code", "issue, look up or revoke a merchant's collection code, and draw it", run_code},
      command_entry{"balances", "ask a server for ledger balances", run_balances},
      command_entry{"channel", "switch a channel of a running server on or off", run_channel},
      command_entry{"switch", "switch a merchant, a method or a channel off or on again", run_switch},
      command_entry{"audit", "replay an order's decisions from the log and re-decide them", run_audit},
      command_entry{"log", "inspect, verify, dump, back up or release a log", run_log},
      command_entry{"sim", "run the whole system in a simulated world and watch every rule", run_sim},
      command_entry{"bench", "load a server and measure it", run_bench},
      command_entry{"bank", "run a virtual bank that speaks WeChat Pay's and Alipay's interfaces", run_bank},
  };
  return entries;
}

} // namespace oncepay::cli
