#include "cli/sim/result_json.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/json.hpp"

#include <nlohmann/json.hpp>

namespace oncepay::cli {

using json = nlohmann::ordered_json;

namespace {

sim::run_violation violation_of(const json& o) {
  sim::run_violation v;
  v.what.checker = o.at("checker").get<std::string>();
  v.what.sentence = o.at("sentence").get<std::string>();
  std::string name;
  for (const auto& byte : o.at("stream_name"))
    name += static_cast<char>(byte.get<uint8_t>());
  v.what.stream = stream_name::from_bytes(name);
  v.step = o.at("step").get<uint64_t>();
  v.at = {o.at("at_ns").get<int64_t>()};
  v.position = o.at("position").get<uint64_t>();
  v.trajectory = o.at("trajectory").get<std::vector<std::string>>();
  return v;
}

} // namespace

json to_json(const sim::run_violation& v) {
  auto o = json::object();
  o["checker"] = printable(v.what.checker);
  o["sentence"] = printable(v.what.sentence);
  o["stream"] = v.what.stream ? json(printable(v.what.stream->display())) : json(nullptr);
  o["step"] = v.step;
  o["at"] = to_json(v.at);
  o["position"] = v.position;
  auto lines = json::array();
  for (const auto& line : v.trajectory)
    lines.push_back(printable(line));
  o["trajectory"] = std::move(lines);
  return o;
}

std::string seed_run_line(const seed_run& run) {
  const auto& r = run.result;
  auto o = json::object();
  o["seed"] = r.seed;
  o["log_hash"] = r.log_hash;
  o["decisions"] = r.decisions;
  o["steps"] = r.steps;
  o["simulated_us"] = r.simulated_us;
  o["orders"] = r.orders;
  o["fates"] = r.fates;
  o["faults"] = r.faults;
  o["real_ns"] = run.real_ns;
  o["cpu_ns"] = run.cpu_ns;
  auto violations = json::array();
  for (const auto& v : r.violations) {
    auto told = to_json(v);
    told["at_ns"] = v.at.ns;
    auto name = json::array();
    if (v.what.stream)
      for (const char c : v.what.stream->bytes())
        name.push_back(static_cast<uint8_t>(c));
    told["stream_name"] = std::move(name);
    violations.push_back(std::move(told));
  }
  o["violations"] = std::move(violations);
  return json_line(o);
}

std::optional<seed_run> parse_seed_run(std::string_view line) {
  try {
    const auto o = json::parse(line);
    seed_run run;
    auto& r = run.result;
    r.seed = o.at("seed").get<uint64_t>();
    r.log_hash = o.at("log_hash").get<std::string>();
    r.decisions = o.at("decisions").get<uint64_t>();
    r.steps = o.at("steps").get<uint64_t>();
    r.simulated_us = o.at("simulated_us").get<int64_t>();
    r.orders = o.at("orders").get<uint64_t>();
    r.fates = o.at("fates").get<std::map<std::string, uint64_t>>();
    r.faults = o.at("faults").get<std::map<std::string, uint64_t>>();
    run.real_ns = o.at("real_ns").get<int64_t>();
    run.cpu_ns = o.at("cpu_ns").get<int64_t>();
    for (const auto& v : o.at("violations"))
      r.violations.push_back(violation_of(v));
    return run;
  } catch (const json::exception&) {
    return {};
  }
}

} // namespace oncepay::cli
