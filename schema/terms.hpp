// The terms under which merchants and channels take part: basic data, versioned, events inside and TOML at the edge.
#pragma once

#include "schema/ids.hpp"
#include "schema/money.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

struct merchant_terms {
  merchant_id merchant;
  std::string display_name;
  uint32_t fee_rate_ppm = 0;     ///< Our fee on a successful payment, parts per million of its amount.
  int64_t fee_minimum_minor = 0; ///< At least this much per payment, in the payment's currency; never above its amount.
  bool suspended = false;        ///< No new orders; existing ones go on.
  std::string notify_url = {};   ///< Where it is told of its orders' results; empty: it isn't. Its key is no term.
  // What it may ask of the server, over all its connections (G9). 0: no bound.
  uint32_t requests_per_s_max = 0;
  uint32_t requests_burst_max = 0;     ///< At one instant, after a quiet time; 0: a second's worth.
  uint32_t requests_under_way_max = 0; ///< Accepted and not answered yet.
  auto operator<=>(const merchant_terms&) const = default;
};

/// What a reply of a channel proves about the money.
enum class reply_class : uint8_t {
  succeeded = 1,          ///< The money moved.
  failed_try_another = 2, ///< Proven: the money did not move here; another channel may be tried (D1).
  failed_final = 3,     ///< Proven: the money did not move, and no other channel will do (the payer's card is stolen).
  unknown = 4,          ///< Nothing is proven: in doubt (C1). What isn't mapped is this.
  not_found = 5,        ///< The channel doesn't know it. Proof that nothing moved only once it must have arrived (C2).
  payer_confirming = 6, ///< The payer is typing a password: nothing is proven yet (H2).
};

/// True where it settles what became of the money by itself, whenever it was said.
constexpr bool is_definite(reply_class c) {
  return c == reply_class::succeeded || c == reply_class::failed_try_another || c == reply_class::failed_final;
}

/// A failure the virtual bank answers with.
struct bank_failure {
  std::string code;
  uint32_t share_ppm = 0; ///< Of all requests.
  reply_class outcome = reply_class::failed_try_another;
  auto operator<=>(const bank_failure&) const = default;
};

/// How the virtual bank behind a channel behaves. All shares are parts per million of all requests and sum to at most
/// a million; the rest succeeds.
struct bank_behaviour {
  uint64_t seed = 1; ///< Together with the attempt's id this decides each request's fate, so runs can be repeated.
  uint32_t latency_min_us = 0;
  uint32_t latency_p50_us = 0;
  uint32_t latency_p99_us = 0;
  uint32_t latency_max_us = 0;
  std::vector<bank_failure> failures;
  uint32_t timeout_unmoved_ppm = 0; ///< Never answers, and the money did not move.
  uint32_t timeout_moved_ppm = 0;   ///< Never answers, although the money moved.
  uint32_t late_ppm = 0;            ///< Moves the money and answers, but only after the channel's reply window.
  uint32_t capacity = 0;            ///< Parallel requests the bank stands; beyond it "SLOW_DOWN" (A3). 0: no bound.
  uint32_t enquiry_failed_ppm = 0;  ///< Of enquiries: the query itself fails.
  uint32_t enquiry_late_ppm = 0;    ///< Of enquiries: answered only after the channel's reply window.
  uint32_t not_found_for_ms = 0;    ///< So long after it received a request it answers enquiries "not found".
  std::string book_file;            ///< The bank's own durable book, one line per request it saw; empty: none.
  auto operator<=>(const bank_behaviour&) const = default;
};

/// What the channel set us up with: an account's number, the text on the payer's statement.
struct channel_setting {
  std::string name; ///< As the dialect asks for it, without "set.".
  std::string value;
  auto operator<=>(const channel_setting&) const = default;
};

/// How a channel outside is spoken to. Its keys are none of its terms: they lie where the server's configuration says,
/// never in a log.
struct http_access {
  std::string url;     ///< "https://HOST[:PORT][/PREFIX]"; empty: the channel isn't spoken to over HTTP.
  std::string dialect; ///< One that is part of the program, or the path of a file.
  std::vector<channel_setting> settings;
  auto operator<=>(const http_access&) const = default;
};

/// What stands behind a channel's port in place of a bank. Stored: never renumbered.
enum class house_tool : uint8_t {
  none = 0,   ///< A bank: the virtual one, or one outside.
  wallet = 1, ///< The wallets that merchants issue to their customers.
};

std::string_view name(house_tool);

struct channel_terms {
  channel_id channel;
  std::string display_name;
  std::vector<method_id> methods;
  std::vector<currency> currencies;
  int64_t amount_minor_min = 1;
  int64_t amount_minor_max = 0; ///< 0: `limits::amount_minor_max`.
  uint32_t cost_rate_ppm = 0;   ///< What the channel charges us, of the amount.
  int64_t cost_fixed_minor = 0;
  uint32_t priority = 100;                    ///< Lower is tried first.
  uint32_t weight = 1;                        ///< Share of traffic among channels of one priority.
  uint32_t gray_ppm = 1'000'000;              ///< Share of orders that may use it at all (gray release).
  std::vector<merchant_id> merchants_allowed; ///< White list; empty: everybody. White-listed merchants pass `gray_ppm`.
  uint32_t concurrency_max = 100;             ///< Parallel requests the channel grants us.
  uint32_t rate_per_s_max = 0;                ///< Requests a second over all operations together; 0: no bound.
  uint32_t queue_max = 1'000;                 ///< Requests that may wait for a permit.
  uint32_t queue_wait_ms_max = 2'000;         ///< How long one may wait for it.
  uint32_t submit_within_ms = 5'000;          ///< After the decision; later the port refuses ("never left", definite).
  uint32_t reply_within_ms = 10'000;          ///< After submission; later the attempt is in doubt.
  uint32_t enquire_after_ms = 120'000; ///< First enquiry about an attempt in doubt (15 s was too early in practice).
  uint32_t enquire_interval_ms_max = 3'600'000; ///< The first delay is doubled up to this.
  uint32_t enquiries_max = 24;                  ///< So many without an answer that proves something: a person's turn.
  uint32_t not_found_after_ms = 120'000;        ///< "Not found" is believed once the request is older (C2).
  uint32_t reverse_after_ms = 30'000; ///< A payment by code that isn't decided by then is reversed (H2). 0: never.
  bank_behaviour bank;
  http_access http;                            ///< With a URL there is no virtual bank.
  uint32_t check_ppm = 0;                      ///< Share of settled attempts that are asked about once more (C11).
  uint32_t check_after_ms = 86'400'000;        ///< So long after they were settled.
  std::vector<method_id> pay_out_methods = {}; ///< Empty: it pays nothing out.
  house_tool in_house = house_tool::none;      ///< Else it has no bank, costs nothing, and pays nothing out.
  /// By which it binds and authenticates cards, and takes what is withheld; empty: by none.
  std::vector<method_id> card_methods = {};
  auto operator<=>(const channel_terms&) const = default;
};

} // namespace oncepay
