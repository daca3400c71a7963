// What the accounts of wallets decided, as the banks' ledger knows it. A wallet is inside the house, so its own durable
// decisions are what really happened to the money; whoever compares what orders say with what was moved need not know
// whether a bank or a wallet moved it.
#include "sim/bank/lying_bank.hpp"

#include <string>
#include <utility>

namespace oncepay::sim {

namespace {

/// Behind the first slash of "pay/4v8k…".
attempt_id operation_in(const std::string& key) {
  return attempt_id::trusted(std::string_view(key).substr(key.find('/') + 1));
}

bank_deed moved() {
  bank_deed deed;
  deed.money_moves = true;
  deed.answers.push_back({0, reply_class::succeeded, "OK"});
  return deed;
}

} // namespace

void banks::learn(const recorded_decision& made) {
  const decision& d = made.decision;
  for (const event& e : d.events) {
    if (auto* paid = std::get_if<claim_input>(&d.input);
        paid != nullptr && !paid->channel.empty() && std::holds_alternative<account_claimed>(e)) {
      submit_effect what;
      what.channel = paid->channel;
      what.attempt = operation_in(paid->key);
      what.amount = paid->amount;
      ledger_.receive(d.at, what, moved());
    }
    if (auto* back = std::get_if<credit_input>(&d.input);
        back != nullptr && !back->channel.empty() && std::holds_alternative<account_credited>(e)) {
      channel_request_effect what;
      what.channel = back->channel;
      what.id = operation_in(back->key);
      what.amount = back->amount;
      ledger_.refund(d.at, what, moved());
    }
  }
}

} // namespace oncepay::sim
