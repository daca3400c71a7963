#include "cli/sim/matrix.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/sim/build.hpp"
#include "cli/sim/result_json.hpp"
#include "cli/table.hpp"
#include "sim/matrix/operations.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

using sim::matrix::cell_result;
using json = nlohmann::ordered_json;

constexpr size_t broken_shown_max = 5;

std::string reproducing_cell(const cell_result& r, const sim_request& request) {
  auto text = fmt::format("oncepay sim --matrix --cells {} --seed {}", name(r.what), request.seeds.first);
  for (const auto& word : request.build_words)
    text += ' ' + shell_word(word);
  return text;
}

/// Numbers reasons in the order they are met.
class footnotes {
public:
  std::string mark(std::string_view reason) {
    const auto number = numbers_.try_emplace(reason, numbers_.size() + 1).first->second;
    if (number > texts_.size())
      texts_.push_back(reason);
    return fmt::format("-{}", number);
  }
  std::string text() const {
    text_table table({{"", align::right}, {""}});
    for (size_t i = 0; i < texts_.size(); ++i)
      table.add({fmt::format("-{}", i + 1), std::string(texts_[i])});
    return texts_.empty() ? "" : "\ncan't happen, for\n" + table.render();
  }

private:
  std::map<std::string_view, size_t> numbers_;
  std::vector<std::string_view> texts_;
};

/// One for each timing and restart; a table's columns refer to them.
const std::vector<std::string>& matrix_titles() {
  static const std::vector<std::string> titles = [] {
    std::vector<std::string> all{"fault"};
    for (const auto t : sim::matrix::timings)
      for (const auto r : sim::matrix::restarts)
        all.push_back(r == sim::matrix::restart::none ? std::string(name(t)) : fmt::format("/{}", name(r)));
    return all;
  }();
  return titles;
}

std::string shown(const cell_result& r, footnotes& notes) {
  if (!r.cannot.empty())
    return notes.mark(r.cannot);
  return r.run.ok() ? r.outcome : "BROKEN";
}

/// A fault of an operation, at all times and with all kills.
struct faults_row {
  std::vector<const cell_result*> cells;

  bool is_in(const cell_result& r) const {
    return cells.empty() ||
           (r.what.operation == cells.front()->what.operation && r.what.fault == cells.front()->what.fault);
  }
  /// Why none of it can happen; empty: some can, or there are several reasons.
  std::string_view cannot() const {
    const std::string_view why = cells.front()->cannot;
    return std::all_of(cells.begin(), cells.end(), [&](const auto* r) { return r->cannot == why; })
               ? why
               : std::string_view();
  }
  std::vector<std::string> shown_by(footnotes& notes) const {
    std::vector<std::string> columns{fmt::format("  {}", name(cells.front()->what.fault))};
    size_t next = 0;
    for (const auto t : sim::matrix::timings)
      for (const auto r : sim::matrix::restarts) {
        const bool is_it = next < cells.size() && cells[next]->what.timing == t && cells[next]->what.restart == r;
        columns.push_back(is_it ? shown(*cells[next++], notes) : "");
      }
    return columns;
  }
};

/// What can't happen to an operation at all, in a line: rows of nothing but reasons would hide the others.
class impossible_faults {
public:
  void add(std::string mark, std::string_view fault) {
    auto it = std::find_if(by_mark_.begin(), by_mark_.end(), [&](const auto& known) { return known.first == mark; });
    if (it == by_mark_.end())
      by_mark_.emplace_back(std::move(mark), std::string(fault));
    else
      it->second.append(", ").append(fault);
  }
  /// Empty: there is nothing to say.
  std::string take_line() {
    std::string line;
    for (const auto& [mark, faults] : std::exchange(by_mark_, {}))
      line.append(line.empty() ? "  never: " : "; ").append(faults).append(" ").append(mark);
    return line;
  }

private:
  std::vector<std::pair<std::string, std::string>> by_mark_; ///< In the order they are met.
};

std::string cells_table(const std::vector<cell_result>& results, footnotes& notes) {
  std::vector<column> columns;
  for (const std::string& title : matrix_titles())
    columns.push_back({title});
  text_table table(std::move(columns));
  impossible_faults never;
  const auto say_never = [&] {
    if (auto line = never.take_line(); !line.empty())
      table.add_heading(std::move(line));
  };
  const sim::matrix::operation_row* operation = nullptr;
  for (auto next = results.begin(); next != results.end();) {
    faults_row row;
    for (; next != results.end() && row.is_in(*next); ++next)
      row.cells.push_back(&*next);
    const auto& what = row.cells.front()->what;
    if (const auto* before = std::exchange(operation, what.operation); before != operation) {
      say_never();
      table.add_heading(fmt::format("{}{}: {}", before == nullptr ? "" : "\n", operation->name, operation->sentence));
    }
    if (const auto why = row.cannot(); why.empty())
      table.add(row.shown_by(notes));
    else
      never.add(notes.mark(why), name(what.fault));
  }
  say_never();
  return table.render();
}

std::string legend() {
  text_table table({{""}, {""}});
  table.add({"before", "nothing has moved when the fault hits, and nothing will by this"});
  table.add({"during", "the bank is at work, and moves the money afterwards"});
  table.add({"after", "the money has moved"});
  table.add({"/asked", "the process is killed when the request has reached the other side, before its answer"});
  table.add({"/answered", "killed when the answer has come, before what it decides is durable"});
  table.add({"/committed", "killed when that is durable, before anybody is told"});
  std::string out = "\ncolumns\n" + table.render();
  text_table words({{""}, {""}});
  for (const auto& row : sim::matrix::outcomes())
    words.add({std::string(row.word), std::string(row.sentence)});
  text_table wrong({{""}, {""}});
  for (const auto& row : sim::matrix::faults())
    wrong.add({std::string(row.name), std::string(row.sentence)});
  return out + "\nwords\n" + words.render() + "\nfaults\n" + wrong.render();
}

std::string broken_text(const std::vector<cell_result>& results, const sim_request& request) {
  std::string out;
  size_t broken = 0;
  for (const auto& r : results) {
    if (r.run.ok() || ++broken > broken_shown_max)
      continue;
    out += fmt::format("\nBROKEN {}\n", name(r.what));
    for (const auto& v : r.run.violations)
      out += fmt::format("  {}: {}\n", printable(v.what.checker), printable(v.what.sentence));
    const auto& trajectory = r.run.violations.front().trajectory;
    if (!trajectory.empty())
      out += fmt::format("    {}\n", digest_header());
    for (const auto& line : trajectory)
      out += fmt::format("    {}\n", printable(line));
    for (const auto& text : r.alarms)
      out += fmt::format("  alarm: {}\n", printable(text));
    out += fmt::format("  reproduce   {}\n", reproducing_cell(r, request));
  }
  if (broken > broken_shown_max)
    out += fmt::format("\n{} are broken besides\n", counted(broken - broken_shown_max, "cell"));
  return out;
}

size_t count_if(const std::vector<cell_result>& results, bool (*holds)(const cell_result&)) {
  return static_cast<size_t>(std::count_if(results.begin(), results.end(), holds));
}
bool cannot_happen(const cell_result& r) {
  return !r.cannot.empty();
}
bool is_broken(const cell_result& r) {
  return !r.run.ok();
}

} // namespace

std::string matrix_text(const std::vector<cell_result>& results, const sim_request& request) {
  footnotes notes;
  auto out = cells_table(results, notes);
  out += notes.text(); // Of what the table refers to, so after it.
  out += legend();
  const auto cannot = count_if(results, cannot_happen);
  const auto broken = count_if(results, is_broken);
  out += fmt::format("\n{}: {} run, {} can't happen; ", counted(results.size(), "cell"),
                     grouped(results.size() - cannot), grouped(cannot));
  out += broken == 0 ? "in each the bank, the order, the ledger and what the merchant was told agree, or a person was "
                       "alarmed; none moved money twice\n"
                     : fmt::format("{} broken\n", grouped(broken));
  return out + broken_text(results, request);
}

nlohmann::ordered_json matrix_json(const std::vector<cell_result>& results, const sim_request& request) {
  auto o = json::object();
  o["ok"] = count_if(results, is_broken) == 0;
  o["build"] = build_text();
  o["seed"] = request.seeds.first;
  auto cells = json::array();
  auto violations = json::array();
  for (const auto& r : results) {
    auto told = json::object();
    told["operation"] = r.what.operation->name;
    told["fault"] = name(r.what.fault);
    told["timing"] = name(r.what.timing);
    told["restart"] = name(r.what.restart);
    told["cannot"] = r.cannot.empty() ? json(nullptr) : json(r.cannot);
    told["outcome"] = r.cannot.empty() ? json(printable(r.outcome)) : json(nullptr);
    auto alarms = json::array();
    for (const auto& text : r.alarms)
      alarms.push_back(printable(text));
    told["alarms"] = std::move(alarms);
    told["log_hash"] = r.cannot.empty() ? json(r.run.log_hash) : json(nullptr);
    told["broken"] = !r.run.ok();
    cells.push_back(std::move(told));
    for (const auto& v : r.run.violations) {
      auto violation = json::object();
      violation["cell"] = name(r.what);
      violation.update(to_json(v));
      violation["reproduce"] = reproducing_cell(r, request);
      violations.push_back(std::move(violation));
    }
  }
  o["cells"] = std::move(cells);
  o["violations"] = std::move(violations);
  return o;
}

exit_code run_matrix(const sim_request& request) {
  std::vector<sim::matrix::cell> chosen;
  for (const auto& c : sim::matrix::cells())
    if (name(c).starts_with(request.cells))
      chosen.push_back(c);
  if (chosen.empty())
    return fail(exit_code::usage,
                fmt::format("sim: no cell's name begins with '{}'; they are OPERATION/FAULT/TIMING/RESTART, such as "
                            "pay/silent/after/none, and `oncepay sim --matrix` shows all",
                            printable(request.cells)));
  progress bar("matrix", stderr);
  std::vector<cell_result> results;
  for (const auto& c : chosen) {
    results.push_back(sim::matrix::run_cell(c, request.seeds.first));
    bar.update({.done = results.size(), .total = chosen.size(), .note = {}}, steady_now_ns());
  }
  bar.clear();
  const auto code = count_if(results, is_broken) == 0 ? exit_code::ok : exit_code::negative;
  return print_out(request.json ? json_line(matrix_json(results, request)) : matrix_text(results, request), code);
}

} // namespace oncepay::cli
