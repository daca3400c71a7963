// One question to a channel in its dialect: the request as bytes, and what the reply proves. Both are pure, so that
// what was proven can be shown again from the bytes.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "schema/money.hpp"
#include "schema/time.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

/// What a channel was set up with at its owner: account numbers and the like, as the dialect's `set.NAME`.
using channel_settings = field_map;

/// A dialect with whom it is spoken to.
struct channel_voice {
  dialect speaks;
  channel_settings settings;
  signing_keys keys;
  bool shows_certificate = false; ///< Its connections show the client's certificate, or need none.
  std::string notices_url = {};   ///< Where it is to tell of its own accord; empty: it isn't asked to.
};

struct asked_of_channel {
  channel_question question = channel_question::pay;
  std::string id; ///< The operation's own, which the channel removes duplicates on: the attempt's, the refund's.
  std::string payment_id; ///< The attempt it is about; for a payment its own id.
  money amount;           ///< Of this operation.
  money paid;             ///< Of the payment it is about.
  std::string payer_code; ///< What the payer showed; empty where none was.
  instant at;
  std::string order = {}; ///< The order's address (order_address.hpp), which comes back in notices.
};

struct http_header {
  std::string name;
  std::string value;
};

struct http_request {
  std::string path;
  std::string content_type;
  std::string body;
  std::vector<http_header> headers = {}; ///< Of its own, beside what every request has.
};

/// The request; the error says what it lacks. Nothing was sent then.
tl::expected<http_request, std::string> make_request(const channel_voice&, const asked_of_channel&);

/// What a reply proves.
struct proven {
  reply_class what = reply_class::unknown;
  std::string code;        ///< The channel's own, or ours in capitals ("BAD_SIGNATURE").
  std::string channel_ref; ///< The channel's own number; empty where none came.
  std::string alarm;       ///< What a person must look at; empty: nothing.
  bool genuine = false;    ///< The channel said it, and of this very operation: an answer, whatever it proves.
  bool operator==(const proven&) const = default;
};

/// Reads a reply to what was asked. Whatever isn't understood, proven genuine and about this very operation is unknown.
proven read_reply(const channel_voice&, const asked_of_channel&, int http_status, std::string_view body);

} // namespace oncepay
