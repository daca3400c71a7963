// One value of each kind that is stored or sent, with every field set, for comparison with the bytes in golden/.
#pragma once

#include "schema/command.hpp"
#include "schema/decision.hpp"
#include "schema/reply.hpp"

#include <string>
#include <vector>

namespace oncepay::golden {

template <class T>
struct named {
  std::string name; ///< The file is golden/<name>.hex.
  T value;
};

std::vector<named<command>> commands();
std::vector<named<reply>> replies();
std::vector<named<decision>> decisions();

/// The same of what risk rules are about; the others hold these too.
std::vector<named<command>> risk_commands();
std::vector<named<reply>> risk_replies();
std::vector<named<decision>> risk_decisions();

} // namespace oncepay::golden
