// oncepay log verify.
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/commands.hpp"
#include "cli/log/open.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec verify_spec = {
    .name = "log verify",
    .purpose = "Follows the hash chain over every stored byte, and checks that every decision reads, that no version "
               "is missing and that the index agrees. It finds accidental damage. A deliberate edit, or a tail that "
               "was cut off, shows only against a chain head that was kept elsewhere: compare the one printed.",
    .positionals = {},
    .options = {data_option, json_option},
    .examples = "oncepay log verify --data data",
    .exit_codes = "0  sound\n"
                  "1  damaged; the text names the first damaged position\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read: missing, of another version"};

nlohmann::ordered_json verify_json(const verification& v, const log_head& head) {
  auto o = nlohmann::ordered_json::object();
  o["sound"] = v.is_sound();
  o["decisions"] = v.decisions;
  o["chain"] = hex(head.chain);
  o["damaged_position"] = v.is_sound() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(v.damaged_position);
  o["damage"] = printable(v.damage);
  return o;
}

} // namespace

exit_code run_log_verify(const arguments& args) {
  const auto options = parsed_options::parse(verify_spec, args);
  if (!options)
    return options.error();
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  const auto head = (*log)->head();
  progress bar("verify", stderr);
  const auto found = (*log)->verify([&](uint64_t done, uint64_t total) {
    bar.update({.done = done, .total = total, .note = {}}, steady_now_ns());
    return true;
  });
  bar.clear();
  if (!found)
    return fail_with(found.error());
  const auto code = found->is_sound() ? exit_code::ok : exit_code::negative;
  if (options->has("json"))
    return print_out(json_line(verify_json(*found, head)), code);
  if (!found->is_sound())
    return fail(code, fmt::format("damaged at position {}, after {} found sound: {}", found->damaged_position,
                                  counted(found->decisions, "decision"), printable(found->damage)));
  return print_out(fmt::format("sound: {}, chain head {}\n", counted(found->decisions, "decision"), hex(head.chain)),
                   code);
}

} // namespace oncepay::cli
