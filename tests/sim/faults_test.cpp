// sim/faults.md says what is injected: as long as it is true.
#include "sim/check/checker.hpp"
#include "sim/plan/profile.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace oncepay;
using namespace oncepay::sim;

namespace {

/// The rows whose first cell is a name in code type: the name, and the words of the last cell.
std::map<std::string, std::set<std::string>> rows_of_faults() {
  std::ifstream file(ONCEPAY_SOURCE_DIR "/sim/faults.md");
  REQUIRE(file.good());
  std::map<std::string, std::set<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    const size_t name_end = line.find("` |");
    if (!line.starts_with("| `") || name_end == std::string::npos)
      continue;
    const std::string last = line.substr(line.rfind('|', line.size() - 2) + 1);
    std::set<std::string>& words = rows[line.substr(3, name_end - 3)];
    std::istringstream cell(last.substr(0, last.size() - 1));
    for (std::string word; cell >> word;)
      words.insert(word.substr(0, word.find(',')));
  }
  return rows;
}

} // namespace

TEST_CASE("faults.md names for each kind of disturbance the profiles that inject it") {
  std::map<std::string, std::set<std::string>> injected;
  for (const profile_entry& p : profiles())
    for (const disturbance& d : make_plan(p.what, {.seed = 1, .orders = 1'000}).disturbances)
      injected[std::string(name_of(d))].insert(std::string(p.name));
  const auto rows = rows_of_faults();
  REQUIRE(injected.size() == std::variant_size_v<decltype(disturbance::what)>);
  for (const auto& [kind, by] : injected) {
    CAPTURE(kind);
    REQUIRE(rows.contains(kind));
    CHECK(rows.at(kind) == by);
  }
}

TEST_CASE("faults.md lists every checker") {
  const auto rows = rows_of_faults();
  for (const auto& checker : make_checkers({}, "simulated")) {
    CAPTURE(checker->name());
    CHECK(rows.contains(std::string(checker->name())));
  }
}
