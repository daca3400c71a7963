// What order tests share: an order with three channels, and inputs by name.
#pragma once

#include "actors/domain/ledger.hpp"
#include "actors/domain/order.hpp"
#include "schema/decision.hpp"

#include <string>
#include <vector>

namespace oncepay::test {

inline const currency cny = *parse_currency("CNY");
inline const channel_id alpha = *channel_id::parse("alpha");
inline const channel_id beta = *channel_id::parse("beta");
inline const merchant_id m1 = *merchant_id::parse("m1");
inline const stream_name order_stream = stream_name::of_order(m1, *order_no::parse("A-7"));
inline constexpr instant noon{1'767'268'800 * ns_per_s};

inline route_answer route_to(const channel_id& chosen, uint32_t attempt_number = 1) {
  route_answer r;
  r.chosen = chosen;
  r.candidates = {{chosen, verdict::chosen, false, attempt_number, 20}};
  r.submit_within_ms = 5'000;
  r.reply_within_ms = 10'000;
  r.enquire_after_ms = 120'000;
  r.cost_minor = 20;
  r.fee_minor = 60;
  return r;
}

inline route_answer no_route(errc why) {
  route_answer r;
  r.refusal = static_cast<uint16_t>(why);
  return r;
}

inline pay_input pay(int64_t amount_minor = 10'000) {
  pay_input in;
  in.amount = {amount_minor, cny};
  in.method = *method_id::parse("card");
  in.route = route_to(alpha);
  return in;
}

inline attempt_input answer(uint32_t number, evidence source, reply_class outcome, std::string code = "CODE") {
  return {number, source, outcome, std::move(code), "ref", {}};
}

inline attempt_input paid(uint32_t number) {
  return answer(number, evidence::channel_reply, reply_class::succeeded, "OK");
}
inline attempt_input declined(uint32_t number) {
  return answer(number, evidence::channel_reply, reply_class::failed_try_another, "DECLINED");
}
inline attempt_input timed_out(uint32_t number) {
  return answer(number, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT");
}

/// An order that is told inputs as a shell would tell them: asks its route question, decides, evolves, and remembers.
struct order_world {
  order::state state = order::initial(order_stream, "test");
  instant now = noon;
  std::vector<decision> decisions;
  std::vector<effect> effects;
  /// Channels offered to later attempts, in turn; beyond them there is none.
  std::vector<channel_id> offered{beta};

  verdict_on_input tell(input in) {
    now = plus_ms(now, 10);
    if (auto question = order::inquire(state, in)) {
      auto* about = std::get_if<attempt_input>(&in);
      if (about != nullptr) {
        const size_t place = question->attempt_number - 2;
        about->route =
            place < offered.size() ? route_to(offered[place], question->attempt_number) : no_route(errc::no_channel);
      }
      if (auto* out = std::get_if<pay_out_input>(&in); out != nullptr && !out->route)
        out->route = route_to(alpha);
      if (auto* granted = std::get_if<account_answer_input>(&in); granted != nullptr && !granted->route)
        granted->route = route_to(alpha);
    }
    auto verdict = order::decide(state, now, in);
    if (verdict && !verdict->empty()) {
      for (const event& e : *verdict)
        order::evolve(state, now, in, e);
      for (effect& e : order::effects(state, *verdict))
        effects.push_back(std::move(e));
      decisions.push_back({now, order_stream, static_cast<uint32_t>(decisions.size() + 1), {}, {}, in, *verdict});
    }
    return verdict;
  }

  size_t submissions() const {
    size_t n = 0;
    for (const effect& e : effects)
      n += std::holds_alternative<submit_effect>(e) ? 1 : 0;
    return n;
  }

  std::vector<posting> postings() const {
    std::vector<posting> all;
    for (const decision& d : decisions)
      for (const event& e : d.events)
        for (const posting& p : postings_of(e))
          all.push_back(p);
    return all;
  }
};

/// What alpha tells of its own accord about the first attempt.
inline attempt_input told(const order_world& w, reply_class outcome, int64_t amount_minor = 10'000) {
  attempt_input in = answer(1, evidence::notice, outcome, "TOLD");
  in.notice = notice_facts{alpha, w.state.attempts.at(0).id, {amount_minor, cny}, w.now};
  return in;
}

} // namespace oncepay::test
