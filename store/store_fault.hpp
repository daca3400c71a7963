// How the store builds its errors. Internal to this floor.
#pragma once

#include "store/event_log.hpp"

#include <string>
#include <utility>

namespace oncepay {

inline tl::unexpected<store_error> store_fault(store_errc code, std::string text) {
  return tl::unexpected(store_error{code, std::move(text)});
}

/// Hands on the error of a result of another type.
template <class T>
tl::unexpected<store_error> error_of(store_result<T>& failed) {
  return tl::unexpected(std::move(failed.error()));
}

} // namespace oncepay
