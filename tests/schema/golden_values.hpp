// One value of each kind that is stored or sent, with every field set, for comparison with the bytes in golden/.
#pragma once

#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"

#include <string>
#include <vector>

namespace oncepay::golden {

/// What most of them are about.
inline constexpr instant at{1'763'646'043'223'456'789};
inline merchant_id merchant() {
  return merchant_id::parse("m-15349").value();
}
inline money cny(int64_t minor) {
  return {minor, parse_currency("CNY").value()};
}

template <class T>
struct named {
  std::string name; ///< The file is golden/<name>.hex.
  T value;
};

std::vector<named<command>> commands();
std::vector<named<reply>> replies();
std::vector<named<decision>> decisions();

/// Of checks of what is settled, and of collection codes.
void add_checks_and_codes(std::vector<named<command>>&);
void add_checks_and_codes(std::vector<named<reply>>&);
void add_checks_and_codes(std::vector<named<decision>>&);
/// The same of pay-outs and top-ups.
std::vector<named<command>> pay_out_commands();
std::vector<named<reply>> pay_out_replies();
std::vector<named<decision>> pay_out_decisions();
/// The same of wallets.
std::vector<named<command>> wallet_commands();
std::vector<named<reply>> wallet_replies();
std::vector<named<decision>> wallet_decisions();
/// The same of what risk rules are about; the others hold these too.
std::vector<named<command>> risk_commands();
std::vector<named<reply>> risk_replies();
std::vector<named<decision>> risk_decisions();
/// The same of cards and agreements.
std::vector<named<command>> card_commands();
std::vector<named<reply>> card_replies();
std::vector<named<decision>> card_decisions();

} // namespace oncepay::golden
