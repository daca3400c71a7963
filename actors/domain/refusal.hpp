// What `decide` answers: events to record, nothing to record (the answer is in the state already), or a refusal, which
// writes nothing.
#pragma once

#include "schema/error.hpp"
#include "schema/event.hpp"

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

struct refusal {
  errc code = errc::internal;
  std::string text;          ///< For people.
  bool for_a_person = false; ///< Somebody has to look at it.
  bool operator==(const refusal&) const = default;
};

/// No events: nothing changes, and the caller is answered from the state.
using verdict_on_input = tl::expected<std::vector<event>, refusal>;

inline tl::unexpected<refusal> refuse(errc code, std::string text = {}) {
  if (text.empty())
    text = sentence(code);
  return tl::unexpected(refusal{code, std::move(text)});
}

} // namespace oncepay
