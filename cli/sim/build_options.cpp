#include "cli/sim/build_options.hpp"

#include "schema/mutation.hpp"

namespace oncepay::cli {

#ifdef ONCEPAY_MUTATIONS

std::vector<option_spec> build_options() {
  return {{"mutation", "RULE", "Breaks one rule, to see that a checker notices; ? lists them."}};
}

tl::expected<std::vector<std::string>, exit_code> take_build_options(const parsed_options& options) {
  if (!options.has("mutation"))
    return {};
  std::vector<std::string_view> names;
  for (const auto& entry : mutations())
    names.push_back(entry.name);
  auto rule = options.one_of("mutation", {}, names);
  if (!rule)
    return tl::unexpected(rule.error());
  break_rule(parse_mutation(*rule));
  return std::vector<std::string>{"--mutation", std::move(*rule)};
}

#else

std::vector<option_spec> build_options() {
  return {};
}

tl::expected<std::vector<std::string>, exit_code> take_build_options(const parsed_options&) {
  return {};
}

#endif

} // namespace oncepay::cli
