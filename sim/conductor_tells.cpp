// What a run tells: the watchers of what banks do, the trace, and in the end what became of everything.
#include "sim/conductor.hpp"

#include "actors/domain/trajectory.hpp"
#include "actors/port_requests.hpp"
#include "schema/error.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <algorithm>
#include <set>

namespace oncepay::sim {

/// A bank with something to tell about one payment.
struct conductor::teller_of_notices {
  stream_name order;
  submit_effect about;
  std::vector<planned_notice> notices;
  size_t taken = 0; ///< How many of them, from the first on.
};

void conductor::bank_received(instant at, const submit_effect& what, const bank_deed& deed) {
  bank_answered_until(at);
  if (deed.answers.empty())
    ++result_.faults[deed.money_moves ? "bank silent, money moved" : "bank silent"];
  else if (!deed.looked_at)
    ++result_.faults["bank over capacity"];
  else if (deed.answers.front().outcome != reply_class::succeeded && !deed.money_moves)
    ++result_.faults["bank declined"];
  if (options_.trace)
    trace_parts("bank ", what.channel.str(), " receives ", what.attempt.str(),
                deed.money_moves ? ", moves the money" : ", moves nothing",
                deed.answers.empty() ? std::string(", stays silent")
                                     : ", answers " + std::to_string(deed.answers.size()) + " times");
  watching_.tell(&checker::bank_received, bank_request{at, what, history_.position()}, history_);
  const replayed_attempt known = history_.find(what.attempt);
  if (const bank_entry* entry = banks_.ledger().find(what.attempt);
      known && entry != nullptr && entry->requests == 1 && deed.looked_at) {
    auto teller = std::make_shared<teller_of_notices>(
        teller_of_notices{*known.stream, what, banks_.notices_about(what, deed), {}});
    if (!teller->notices.empty()) {
      const int64_t first_ns = world_->clock().steady_ns() + teller->notices.front().after_us * ns_per_us;
      banks_speak_until_ns_ = std::max(banks_speak_until_ns_, first_ns);
      world_->at(first_ns, [this, teller] { bank_tells(teller, 0, 1); });
    }
  }
  const instant done =
      deed.answers.empty() ? what.reply_before : instant{at.ns + deed.answers.front().after_us * ns_per_us};
  at_the_banks_.emplace(done, what.attempt);
  if (!deed.answers.empty())
    banks_speak_until_ns_ =
        std::max(banks_speak_until_ns_, world_->clock().steady_ns() + deed.answers.back().after_us * ns_per_us);
}

void conductor::bank_tells(const std::shared_ptr<teller_of_notices>& teller, size_t at, uint32_t nth) {
  constexpr uint32_t tells_max = 8;
  constexpr int64_t first_interval_ms = 1'000;
  if (teller->taken > at || nth > tells_max || banks_are_done_)
    return;
  const planned_notice& planned = teller->notices[at];
  attempt_input what{teller->about.attempt_number, evidence::notice, planned.outcome, planned.code, {}, {}};
  name_agreement(what, teller->about.operation, teller->about.attempt);
  notice_facts facts{teller->about.channel, teller->about.attempt, teller->about.amount, world_->clock().now()};
  stream_name order = teller->order;
  if (planned.amount_minor != 0)
    facts.amount.minor = planned.amount_minor;
  if (planned.stray) {
    facts.id = make_attempt_id("elsewhere", merchant_id::trusted(order.part(0)), order_no::trusted(order.part(1)),
                               what.attempt_number);
    order = stream_name::of_order(merchant_id::trusted(order.part(0)), order_no::trusted(facts.id.str()));
  }
  what.notice = facts;
  if (world_->is_open()) {
    trace_parts("bank ", facts.channel.str(), " tells of its own accord of ", facts.id.str(), ": ",
                name(planned.outcome));
    // It waits for the answer, and may have more to tell then.
    banks_speak_until_ns_ =
        std::max(banks_speak_until_ns_, world_->clock().steady_ns() + limits::notice_answer_ms_max * ns_per_ms);
    watching_.tell(&checker::notice_told, taken_notice{order, what}, history_);
    for (uint32_t copy = 0; copy < planned.copies; ++copy)
      world_->tell({order, what, [this, teller, at, order, what](bool taken) {
                      ++result_.faults[taken ? "notices taken" : "notices put off"];
                      if (!taken)
                        return;
                      watching_.tell(&checker::notice_taken, taken_notice{order, what}, history_);
                      bank_has_told(what.notice->id);
                      if (teller->taken > at)
                        return;
                      teller->taken = at + 1;
                      if (at + 1 == teller->notices.size())
                        return;
                      const int64_t next_ns =
                          world_->clock().steady_ns() + teller->notices[at + 1].after_us * ns_per_us;
                      banks_speak_until_ns_ = std::max(banks_speak_until_ns_, next_ns);
                      world_->at(next_ns, [this, teller, at] { bank_tells(teller, at + 1, 1); });
                    }});
  }
  world_->at(world_->clock().steady_ns() + (first_interval_ms << nth) * ns_per_ms,
             [this, teller, at, nth] { bank_tells(teller, at, nth + 1); });
}

/// A bank that has told the outcome is done with the request, even where its answer is still under way: a restarted
/// server doesn't know any more that somebody listened for it.
void conductor::bank_has_told(const attempt_id& id) {
  const auto found =
      std::find_if(at_the_banks_.begin(), at_the_banks_.end(), [&](const auto& known) { return known.second == id; });
  if (found == at_the_banks_.end())
    return;
  watching_.tell(&checker::bank_answered, id, world_->clock().now());
  at_the_banks_.erase(found);
}

void conductor::merchant_heard(const heard_telling& h) {
  trace_parts("merchant ", h.merchant.str(), " is told ", h.what.body,
              !h.acknowledges     ? ", acknowledges nothing"
              : !h.answer_arrives ? ", acknowledges, and its answer is lost"
                                  : ", acknowledges");
  watching_.tell(&checker::merchant_heard, h, history_);
}

void conductor::bank_refunds(instant at, const channel_request_effect& what, const bank_deed& deed) {
  bank_answered_until(at);
  ++result_.faults["refunds"];
  if (deed.answers.empty())
    ++result_.faults[deed.money_moves ? "bank silent, money given back" : "bank silent about a refund"];
  trace_parts("bank ", what.channel.str(),
              what.operation == operation::unbind_card ? " receives unbinding " : " receives refund ", what.id.str(),
              " of ", what.original.str(), deed.money_moves ? ", gives the money back" : ", gives nothing back",
              deed.answers.empty() ? std::string(", stays silent")
                                   : ", answers " + std::to_string(deed.answers.size()) + " times");
  const auto terms = std::find_if(plan_.channels.begin(), plan_.channels.end(),
                                  [&](const channel_terms& t) { return t.channel == what.channel; });
  instant until = plus_ms(at, terms == plan_.channels.end() ? 0 : terms->reply_within_ms);
  if (!deed.answers.empty())
    until = std::min(until, instant{at.ns + deed.answers.front().after_us * ns_per_us});
  watching_.tell(&checker::bank_asked, bank_question{at, what, until}, history_);
  if (!deed.answers.empty())
    banks_speak_until_ns_ =
        std::max(banks_speak_until_ns_, world_->clock().steady_ns() + deed.answers.back().after_us * ns_per_us);
}

void conductor::bank_asked(instant at, const channel_request_effect& what, const std::optional<enquiry_answer>& answer,
                           instant until) {
  bank_answered_until(at);
  const bool reverses = what.operation == operation::reverse;
  ++result_.faults[what.enquiry ? "enquiries" : reverses ? "reversals" : "closes"];
  trace_parts("bank ", what.channel.str(),
              what.enquiry ? " is asked what became of "
              : reverses   ? " is asked to reverse "
                           : " is asked to close ",
              what.id.str(), ", answers ",
              !answer          ? std::string_view("nothing")
              : answer->failed ? std::string_view("that the question failed")
                               : name(answer->outcome));
  watching_.tell(&checker::bank_asked, bank_question{at, what, until}, history_);
}

void conductor::bank_answered_until(instant now) {
  while (!at_the_banks_.empty() && at_the_banks_.begin()->first <= now) {
    watching_.tell(&checker::bank_answered, at_the_banks_.begin()->second, at_the_banks_.begin()->first);
    at_the_banks_.erase(at_the_banks_.begin());
  }
}

void conductor::report(violation v) {
  if (!go_on())
    return;
  run_violation seen;
  seen.what = std::move(v);
  seen.step = world_->steps();
  seen.at = world_->clock().now();
  seen.position = history_.position();
  if (seen.what.stream) {
    trajectory_context context;
    auto read = world_->log().read(*seen.what.stream, 1, [&](uint64_t position, bytes_view stored) {
      if (auto d = decode_decision(stored))
        for (std::string& text : digest_lines({position, std::move(*d)}, context))
          seen.trajectory.push_back(std::move(text));
      return true;
    });
    if (!read)
      seen.trajectory.push_back(read.error().text);
  }
  trace_parts("VIOLATION of ", seen.what.checker, ": ", seen.what.sentence);
  result_.violations.push_back(std::move(seen));
}

void conductor::trace(std::string_view what) const {
  if (!options_.trace)
    return;
  const int64_t us = (world_ ? world_->clock().steady_ns() - began_ns_ : 0) / ns_per_us;
  std::string text = std::to_string(us / 1'000'000) + "." + std::to_string(1'000'000 + us % 1'000'000).substr(1) +
                     " s  step " + std::to_string(world_ ? world_->steps() : 0) + "  ";
  options_.trace(text.append(what));
}

namespace {

std::string fate_of_open(const order::state& s) {
  const auto* live = s.live_attempt();
  if (live == nullptr || !is_doubtful(live->state))
    return "open";
  return is_manual(live->state) ? "left to a person" : is_being_reversed(live->state) ? "being reversed" : "in doubt";
}

} // namespace

void conductor::sum_up() {
  const log_head head = world_->log().head();
  result_.log_hash = hex(head.chain);
  result_.decisions = head.position;
  result_.steps = world_->steps();
  result_.simulated_us = (world_->clock().steady_ns() - began_ns_) / ns_per_us;
  for (const auto& [kind, count] : banks_.lies_told())
    result_.faults["bank's lie: " + kind] += count;
  for (const auto& [what, count] : rulers_->deeds())
    result_.faults["rulings: " + what] += count;
  for (const auto& [what, count] : senders_->deeds())
    result_.faults["batches: " + what] += count;
  std::set<std::pair<merchant_id, order_no>> counted;
  for (size_t i = 0; i < customers_->sent(); ++i) {
    const planned_order& planned = plan_.orders[i];
    if (planned.twice_at_once)
      ++result_.faults["double click"];
    if (planned.other_amount_minor != 0)
      ++result_.faults["other content under the same number"];
    if (!counted.emplace(planned.pay.merchant, planned.pay.order_no).second)
      continue;
    ++result_.orders;
    const auto* known = history_.find(stream_name::of_order(planned.pay.merchant, planned.pay.order_no));
    std::string fate;
    if (known == nullptr)
      fate = "refused: " + std::string(name(customers_->last_answer(i)));
    else if (known->state.status == order_state::open || known->state.status == order_state::closing)
      fate = fate_of_open(known->state);
    else
      fate = std::string(name(known->state.status));
    if (known == nullptr && customers_->last_answer(i) == errc::processing)
      fate = "never arrived";
    ++result_.fates[fate];
  }
}

void conductor::check_expectations() {
  for (const expectation& e : plan_.expectations) {
    const auto stream = stream_name::of_order(e.merchant, e.order_no);
    const auto* known = history_.find(stream);
    const order::state none = order::initial(stream, environment);
    const order::state& s = known == nullptr ? none : known->state;
    auto expect = [&](const char* what, bool given, bool met, const std::string& is) {
      if (given && !met)
        report({std::string(expectations_checker),
                e.merchant.str() + "/" + e.order_no.str() + ": " + what + " is " + is + ", which isn't expected",
                stream});
    };
    const auto* live = s.live_attempt();
    const bool in_doubt = live != nullptr && is_doubtful(live->state);
    const bool manual = live != nullptr && is_manual(live->state);
    const std::string channel = s.attempts.empty() ? "none" : s.attempts.back().channel.str();
    uint32_t moved = 0;
    for (const order::attempt& a : s.attempts)
      if (const bank_entry* entry = banks_.ledger().find(a.id); entry != nullptr && entry->moved)
        ++moved;
    expect("state", e.state.has_value(), e.state == s.status, std::string(name(s.status)));
    expect("in_doubt", e.in_doubt.has_value(), e.in_doubt == in_doubt, in_doubt ? "true" : "false");
    expect("manual", e.manual.has_value(), e.manual == manual, manual ? "true" : "false");
    expect("attempts", e.attempts.has_value(), e.attempts == s.attempts.size(), std::to_string(s.attempts.size()));
    expect("channel", e.channel.has_value(), !s.attempts.empty() && e.channel == s.attempts.back().channel, channel);
    expect("moved_times", e.moved_times.has_value(), e.moved_times == moved, std::to_string(moved));
    int64_t refunded_minor = 0;
    int64_t given_back_minor = 0;
    for (const order::attempt& a : s.attempts)
      if (const bank_entry* entry = banks_.ledger().find(a.id); entry != nullptr && entry->given_back)
        given_back_minor += entry->amount.minor;
    for (const order::refund& r : s.refunds) {
      refunded_minor += r.state == refund_state::succeeded ? r.amount_minor : 0;
      if (const bank_entry* entry = banks_.ledger().find_refund(r.operation_id); entry != nullptr && entry->moved)
        given_back_minor += entry->amount.minor;
    }
    expect("refunded_minor", e.refunded_minor.has_value(), e.refunded_minor == refunded_minor,
           std::to_string(refunded_minor));
    expect("given_back_minor", e.given_back_minor.has_value(), e.given_back_minor == given_back_minor,
           std::to_string(given_back_minor));
    expect("contradictions", e.contradictions.has_value(), e.contradictions == s.contradictions,
           std::to_string(s.contradictions));
  }
}

} // namespace oncepay::sim
