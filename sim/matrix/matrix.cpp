#include "sim/matrix/matrix.hpp"

#include "sim/matrix/judge.hpp"

#include <utility>

namespace oncepay::sim::matrix {

std::vector<cell> cells() {
  std::vector<cell> all;
  for (const operation_row& operation : operations())
    for (const fault_row& row : faults())
      for (const timing t : timings)
        for (const restart r : restarts)
          all.push_back({&operation, row.what, t, r});
  return all;
}

cell_result run_cell(const cell& what, uint64_t seed) {
  auto played = what.operation->script_of(what);
  return played ? play(what, std::move(*played), seed) : cell_result{what, played.error(), {}, {}, {}};
}

cell_result play(const cell& what, script played, uint64_t seed) {
  cell_result result{what, {}, {}, {}, {}};
  played.world.seed = seed;
  played.world.name = name(what);
  cell_story story;
  run_options options;
  options.stop_at_first = false;
  options.watch_too = [&](interference may) {
    return make_judge(what, played, std::move(may), story);
  };
  options.said = [&](severity how, std::string_view text) {
    if (how == severity::alarm)
      story.alarms.emplace_back(text);
  };
  result.run = run(played.world, options);
  result.outcome = story.outcome.empty() ? "no end" : story.outcome;
  result.alarms = std::move(story.alarms);
  return result;
}

const std::vector<outcome_row>& outcomes() {
  static const std::vector<outcome_row> rows{
      {"paid", "one bank or wallet took the money, once"},
      {"failed", "no bank took anything, or keeps anything"},
      {"closed", "the same, by its merchant's wish"},
      {"reversed", "called back: its bank closed it, or gave the money back"},
      {"returned", "the money came after the order had ended, and went back by itself"},
      {"refunded", "all of it is back"},
      {"partly", "the part asked for is back"},
      {"kept", "its bank, or wallet, didn't move it back: the refund failed"},
      {"told", "the merchant has acknowledged what it was told, in the end"},
      {"given up", "the merchant never acknowledged it, and people know"},
      {"in doubt", "nothing is proven"},
      {"manual", "nothing is proven, and a person has to find out; of a pay-out its money stays claimed"},
      {"topped up", "one bank or wallet took the money, once, and whoever it was for has it, once"},
      {"paid out", "one bank paid it, once, and what was claimed is settled"},
      {"not out", "no bank paid anything, and what was claimed is its merchant's again"},
      {"refused", "whose it is hasn't enough, or the card is unbound: nothing was claimed, nothing asked of a bank"},
      {"bound", "one channel signed an agreement, once, and we know which"},
      {"authenticated", "its channel says that the card is its payer's"},
      {"unbound", "the agreement is ended, here and at its channel"},
      {"stands", "its channel doesn't end it: the unbinding failed, and the agreement stands"},
      {"denied", "its bank said \"failed\" about money that it moved, and the truth later: a person compares"},
      {"!", "operators were alarmed"},
  };
  return rows;
}

} // namespace oncepay::sim::matrix
