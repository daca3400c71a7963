// The commands of `oncepay log`, one source file each.
#pragma once

#include "cli/commands.hpp"

namespace oncepay::cli {

exit_code run_log_stat(const arguments&);
exit_code run_log_verify(const arguments&);
exit_code run_log_dump(const arguments&);
exit_code run_log_backup(const arguments&);
exit_code run_log_release(const arguments&);

} // namespace oncepay::cli
