// What `oncepay` exits with; documented in the README and by `oncepay --help`.
#pragma once

namespace oncepay::cli {

enum class exit_code : int {
  ok = 0,
  negative = 1,      ///< It ran, and the answer is no: payment failed or in doubt, verification found damage.
  usage = 2,         ///< Wrong arguments.
  configuration = 3, ///< The configuration file has mistakes; nothing was started.
  data = 4,          ///< The data directory: missing, in use, not writable, of another version, marked, damaged.
  connection = 5,    ///< The server can't be reached, or the connection broke.
  internal = 70,     ///< A rule of our own was broken, or a durable commit failed.
  interrupted = 130, ///< By a signal, before all of it was done; what was done was printed.
};

} // namespace oncepay::cli
