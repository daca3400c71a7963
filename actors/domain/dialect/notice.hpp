// A notice - what a channel tells of its own accord - from its bytes to what it proves. Pure, like replies are. It
// comes from whoever knows our address: what the channel's key didn't sign was said by nobody.
#pragma once

#include "actors/domain/dialect/exchange.hpp"
#include "schema/ids.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

/// What the channel said, and that it did.
struct told_by_channel {
  attempt_id id;
  std::string order; ///< What came back of the order's address; empty: nothing. Proves nothing.
  reply_class what = reply_class::unknown;
  std::string code;
  std::string channel_ref;
  money amount; ///< What a success says was paid; else what it is about, 0 where nothing is said.
  bool operator==(const told_by_channel&) const = default;
};

/// Why a notice isn't one.
struct no_notice {
  enum class reason : uint8_t {
    unreadable = 1, ///< No body of this dialect.
    unsigned_body,  ///< It claims no signature.
    forged,         ///< Its signature isn't the channel's.
    not_ours,       ///< The channel's, but about no payment that could be ours, or not understood.
  };
  reason why = reason::unreadable;
  std::string text; ///< For people; of what wasn't signed, nothing is quoted.
};

/// The names of the fields whose values mean something; some may be empty.
std::vector<std::string> fields_read(const notice_dialect&);

/// The dialect must have notices.
tl::expected<told_by_channel, no_notice> read_notice(const channel_voice&, std::string_view body);

} // namespace oncepay
