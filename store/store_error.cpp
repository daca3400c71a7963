#include "store/event_log.hpp"

namespace oncepay {

std::string_view name(store_errc code) {
  switch (code) {
  case store_errc::version_mismatch:
    return "version_mismatch";
  case store_errc::io:
    return "io";
  case store_errc::full:
    return "full";
  case store_errc::too_large:
    return "too_large";
  case store_errc::in_use:
    return "in_use";
  case store_errc::foreign_format:
    return "foreign_format";
  case store_errc::foreign_environment:
    return "foreign_environment";
  case store_errc::marked:
    return "marked";
  case store_errc::missing:
    return "missing";
  case store_errc::damaged:
    return "damaged";
  }
  return {};
}

} // namespace oncepay
