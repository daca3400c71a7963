// Made-up histories for the checkers' tests: a story is told step by step, as the rules would have it, and a test that
// breaks one of them tampers with the step before it is told. All checkers watch.
#pragma once

#include "actors/domain/account.hpp"
#include "sim/check/checker.hpp"
#include "sim/people/services.hpp"
#include "store/memory_event_log.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::test {

inline const currency cny = *parse_currency("CNY");
inline const currency jpy = *parse_currency("JPY");
inline const method_id card = *method_id::parse("card");
inline const merchant_id m1 = *merchant_id::parse("m1");
/// Two requests at once.
inline const channel_id alpha = *channel_id::parse("alpha");
/// Like `alpha`, and the next in turn.
inline const channel_id beta = *channel_id::parse("beta");
/// Two requests a second; they reach the bank within half a second.
inline const channel_id paced = *channel_id::parse("paced");
/// For the merchant m2 alone.
inline const channel_id private_one = *channel_id::parse("private");

inline stream_name order_named(std::string_view number) {
  return stream_name::of_order(m1, *order_no::parse(number));
}

route_answer route_to(const channel_id&);
pay_input pay_for(int64_t amount_minor, const channel_id& = alpha);
pay_command command_for(std::string_view number, int64_t amount_minor);
attempt_input says(uint32_t attempt_number, reply_class, std::string code = "CODE");
attempt_input timed_out(uint32_t attempt_number);

/// Moves the money and says so.
bank_deed pays();
/// Moves nothing and says so.
bank_deed declines();
/// Says nothing.
bank_deed is_silent(bool money_moves);

class story {
public:
  story();

  // --- clients ---
  /// The number of the request that was sent.
  uint64_t send(decltype(command::body));
  void answer(uint64_t request, reply);
  /// As the log has it now.
  reply standing(const stream_name&) const;

  // --- the log ---
  /// The decision that this input makes, by the rules.
  decision next(const stream_name&, input) const;
  /// It becomes durable: everybody is told, and the log holds it.
  void durable(decision);
  /// The next decision's position leaves a gap.
  void skips_positions(uint64_t count) { position_ += count; }
  void tell(const stream_name& stream, input in) { durable(next(stream, std::move(in))); }

  // --- banks ---
  submit_effect submission(const stream_name&, uint32_t attempt_number) const;
  void reaches_bank(const submit_effect&, const bank_deed&);
  void asks_bank(const channel_request_effect& what, instant until) {
    tell_all(&sim::checker::bank_asked, sim::bank_question{now, what, until}, history);
  }
  void bank_is_done(const submit_effect& what) { tell_all(&sim::checker::bank_answered, what.attempt, now); }

  // --- merchants ---
  /// m1 asks to be told of results.
  void m1_asks_to_be_told();
  /// What it is told now of this order, each result.
  std::vector<telling_effect> tellings(const stream_name&) const;
  void merchant_hears(const telling_effect&, bool acknowledges,
                      const signing_keys& signed_with = sim::key_of_services());

  // --- whole steps ---
  /// Sends, opens, submits. The request's number.
  uint64_t opens(std::string_view number, const bank_deed&, int64_t amount_minor = 10'000, const channel_id& = alpha);
  /// The bank's answer becomes known.
  void hears(std::string_view number, const attempt_input&);
  /// The same, and the client is told how the order stands.
  void ends(std::string_view number, const attempt_input&, uint64_t request);

  void crash() { tell_all(&sim::checker::crashed, now); }
  void give_up(uint64_t request) { tell_all(&sim::checker::gave_up, request); }
  void passes_ms(int64_t ms) { now = plus_ms(now, ms); }
  void clock_jumps_ms(int64_t ms) {
    passes_ms(ms);
    tell_all(&sim::checker::clock_jumped, now);
  }
  /// The server's views fold what is durable.
  void views_catch_up();
  /// They do, and everybody looks at the end.
  void settle();
  /// The same with views as they are.
  void settle_with_these_views();

  /// What the checker of this name said, one sentence a line.
  std::string said_by(std::string_view checker) const;
  /// What all said, with their names.
  std::string said() const;
  instant now{1'767'268'800 * ns_per_s};
  sim::history history{"test"};
  sim::bank_ledger banks;
  std::unique_ptr<view_store> balances = make_memory_view_store();
  std::unique_ptr<view_store> trajectory = make_memory_view_store();

private:
  template <class Member, class... Args>
  void tell_all(Member member, const Args&... args) {
    for (auto& c : checkers_)
      ((*c).*member)(args...);
  }

  memory_event_log log_;
  std::map<uint64_t, command> sent_;
  std::map<stream_name, uint32_t> versions_;
  std::map<stream_name, account::state> accounts_;
  uint64_t position_ = 0;
  std::vector<sim::violation> violations_;
  std::vector<std::unique_ptr<sim::checker>> checkers_;
};

/// Fails unless this checker said something that holds these words.
void expect(const story&, std::string_view checker, std::string_view words);

} // namespace oncepay::test
