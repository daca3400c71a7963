#include "cli/server/open_keys.hpp"

#include "cli/options.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

/// Beyond any that a key changed every week reaches, and beyond those of an earlier loss.
uint32_t first_id_after(uint64_t decisions) {
  constexpr uint64_t beyond_changes = 1'000'000, most = UINT32_MAX / 2;
  return static_cast<uint32_t>(beyond_changes + std::min(decisions, most));
}

tl::unexpected<exit_code> refused(const std::string& why, const std::string& data) {
  return tl::unexpected(fail(
      exit_code::data, fmt::format("{}: without its own keys every order of the log in {} that is sent again would "
                                   "be a conflict. Copy keys/ from where it was written; only where they are "
                                   "lost for good: --new-keys",
                                   why, data)));
}

} // namespace

tl::expected<payer_vault, exit_code> open_keys(lmdb_event_log& log, const std::string& data, bool makes_new) {
  const bool exist = payer_vault::keys_exist(data);
  const uint64_t decisions = log.head().position;
  const bool first = !log.keys() && decisions == 0;
  if (!exist && !first && !makes_new)
    return refused(data + "/keys/payer.keys doesn't exist", data);
  auto vault = payer_vault::open_directory(data, !exist, first ? 1 : first_id_after(decisions));
  if (!vault)
    return tl::unexpected(fail(exit_code::data, vault.error().text));
  const bool are_its_own = exist && (!log.keys() || *log.keys() == vault->check());
  if (makes_new && are_its_own)
    return tl::unexpected(
        fail(exit_code::usage, fmt::format("--new-keys: {}/keys holds the log's keys; start it without", data)));
  if (exist && !are_its_own && !makes_new)
    return refused("the keys in " + data + "/keys aren't those that its log was written with", data);
  if (log.keys() != vault->check())
    if (auto written = log.set_keys(vault->check()); !written)
      return tl::unexpected(fail(exit_code::data, written.error().text));
  return std::move(*vault);
}

} // namespace oncepay::cli
