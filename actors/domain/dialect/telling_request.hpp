// What a merchant is told, as bytes it can verify, and what counts as its acknowledgement. Pure, so that what was sent
// can be made again from the log and the key.
#pragma once

#include "actors/domain/dialect/exchange.hpp"
#include "actors/domain/effect.hpp"

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

/// A result as a JSON object of texts, signed: `Oncepay-Signature` is the HMAC-SHA256, in upper-case hexadecimal, over
/// `Oncepay-Timestamp`, a newline, `Oncepay-Telling` (the id), a newline, and the body's bytes as they are sent. The
/// body is the same at every try; the timestamp, whole seconds since 1970, is this try's. The error says what is
/// missing, and never quotes the key.
tl::expected<http_request, std::string> make_telling_request(const telling_effect&, const signing_keys&, instant at,
                                                             std::string path);

/// The one body that acknowledges, with status 200. An answer that merely arrived says nothing: a proxy's error page
/// has status 200 too.
inline constexpr std::string_view acknowledgement = "success";

bool acknowledges(int http_status, std::string_view body);

} // namespace oncepay
