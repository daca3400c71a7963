// Orders for tests of audits: made by the rules themselves, so that deciding them again must agree.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/decision.hpp"
#include "schema/log_codec.hpp"
#include "store/event_log.hpp"

#include <doctest/doctest.h>

namespace oncepay::cli {

inline constexpr std::string_view audit_environment = "test";
inline const instant audit_start{1'700'000'000 * ns_per_s + 123 * ns_per_ms + 456};

/// An order that alpha declines and beta takes; every decision by today's rules.
inline std::vector<decision> declined_then_paid(std::string_view merchant, std::string_view number) {
  const auto stream = stream_name::of_order(*merchant_id::parse(merchant), *order_no::parse(number));
  auto state = order::initial(stream, audit_environment);
  std::vector<decision> made;
  const auto decide = [&](int64_t after_ms, const input& in) {
    decision d;
    d.at = plus_ms(audit_start, after_ms);
    d.stream = stream;
    d.version = static_cast<uint32_t>(made.size()) + 1;
    d.due_before = order::due(state);
    d.input = in;
    const auto events = order::decide(state, d.at, in);
    REQUIRE(events.has_value());
    d.events = *events;
    for (const auto& e : d.events)
      order::evolve(state, d.at, in, e);
    d.due = order::due(state);
    made.push_back(std::move(d));
  };
  route_answer route;
  route.candidates = {{channel_id::trusted("alpha"), verdict::chosen, false, 10, 30},
                      {channel_id::trusted("beta"), verdict::ranked_lower, false, 20, 50},
                      {channel_id::trusted("gamma"), verdict::amount_too_large, true, 30, 88}};
  route.chosen = channel_id::trusted("alpha");
  route.submit_within_ms = 5'000;
  route.reply_within_ms = 10'000;
  route.enquire_after_ms = 120'000;
  route.cost_minor = 30;
  route.fee_minor = 89;
  route.terms_position = 3;
  pay_input pay;
  pay.amount = {14'780, *parse_currency("CNY")};
  pay.method = *method_id::parse("card");
  pay.payer_token = hash_parts_128({"alice"});
  pay.payer = {1, std::vector<std::byte>(21, std::byte{'p'})};
  pay.placed_at = {1'699'999'999 * ns_per_s};
  pay.route = route;
  decide(0, pay);
  attempt_input declined;
  declined.attempt_number = 1;
  declined.outcome = reply_class::failed_try_another;
  declined.code = "DECLINED";
  route.candidates[0].verdict = verdict::already_tried;
  route.candidates[1].verdict = verdict::chosen;
  route.chosen = channel_id::trusted("beta");
  route.cost_minor = 50;
  declined.route = route;
  decide(17, declined);
  attempt_input paid;
  paid.attempt_number = 2;
  paid.outcome = reply_class::succeeded;
  paid.code = "00";
  paid.channel_ref = "B-4711";
  decide(42, paid);
  REQUIRE(state.status == order_state::paid);
  return made;
}

inline void append_all(event_log& log, const std::vector<decision>& decisions) {
  for (const auto& d : decisions) {
    append_entry entry;
    entry.stream = d.stream;
    entry.version = d.version;
    entry.at = d.at;
    entry.due_before = d.due_before;
    entry.due = d.due;
    entry.stored = encode(d);
    const auto head = log.append({&entry, 1});
    REQUIRE_MESSAGE(head.has_value(), (head ? "" : head.error().text));
  }
}

} // namespace oncepay::cli
