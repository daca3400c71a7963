#include "sim/people/rulers.hpp"

#include "schema/hash.hpp"
#include "sim/check/ruled.hpp"

#include <cstring>
#include <utility>

namespace oncepay::sim {

namespace {

constexpr const char* first_person = "first_person";
constexpr const char* second_person = "second person";
/// Who is put off tries again so often.
constexpr uint32_t tries_max = 30;
constexpr int64_t again_after_ms = 1'000;

/// By the seed and what is ruled on alone, as banks draw.
uint32_t draw_of_ruling(uint64_t seed, const attempt_id& id, std::string_view about) {
  const std::string_view seed_bytes(reinterpret_cast<const char*>(&seed), sizeof seed);
  const auto h = hash_parts_128({"ruling", about, seed_bytes, id.str()});
  uint64_t value = 0;
  std::memcpy(&value, h.data(), sizeof value);
  return static_cast<uint32_t>(value % 1'000'000);
}

/// Whether its command may be taken later.
bool is_put_off(errc code) {
  return advice_for(code) == advice::retry || code == errc::processing;
}

} // namespace

struct rulers::task {
  stream_name order;
  ruling_subject subject = ruling_subject::attempt;
  uint32_t number = 0;
  attempt_id id = {}; ///< What the bank knows it by.
  ruling_proposal_input said = {};
  uint32_t tries = 0;
};

rulers::rulers(world& w, const plan& p, line& their_line, banks& all, const history& so_far)
    : world_(w), plan_(p), line_(their_line), banks_(all), history_(so_far) {}

void rulers::learn(const recorded_decision& made) {
  if (plan_.people.rules_ppm == 0 || made.decision.stream.kind() != stream_kind::order)
    return;
  const replayed_order* known = history_.find(made.decision.stream);
  if (known == nullptr)
    return;
  const order::state& s = known->state;
  task t{made.decision.stream};
  for (const event& e : made.decision.events) {
    uint32_t of_attempt = 0;
    uint32_t of_refund = 0;
    if (auto* doubted = std::get_if<attempt_in_doubt>(&e))
      of_attempt = doubted->number;
    else if (auto* left = std::get_if<attempt_manual>(&e))
      of_attempt = left->number;
    else if (auto* reversal = std::get_if<reversal_manual>(&e))
      of_attempt = reversal->number;
    else if (auto* refund = std::get_if<refund_in_doubt>(&e))
      of_refund = refund->number;
    else if (auto* refund_left = std::get_if<refund_manual>(&e))
      of_refund = refund_left->number;
    if (of_attempt == 0 && of_refund == 0)
      continue;
    t.subject = of_attempt != 0 ? ruling_subject::attempt : ruling_subject::refund;
    t.number = of_attempt + of_refund;
    t.id = of_attempt != 0 ? s.attempts.at(of_attempt - 1).id : s.refunds.at(of_refund - 1).operation_id;
    if (draw_of_ruling(plan_.seed, t.id, "ruled") >= plan_.people.rules_ppm)
      continue;
    const bool left_to_people =
        !std::holds_alternative<attempt_in_doubt>(e) && !std::holds_alternative<refund_in_doubt>(e);
    const uint32_t slowness = draw_of_ruling(plan_.seed, t.id, name_of(e));
    ++at_work_;
    auto shared = std::make_shared<task>(t);
    later(left_to_people ? 100 + slowness / 500 : 500 + slowness / 50, [this, shared] { find_out(shared); });
  }
}

/// Looks into the bank's book. What its bank isn't done with can't be found out yet.
void rulers::find_out(const task_ptr& t) {
  const replayed_order* known = history_.find(t->order);
  if (known == nullptr)
    return end("not to be found out");
  const bool is_refund = t->subject == ruling_subject::refund;
  if (!is_in_doubt(known->state, t->subject, t->number))
    return end("settled before it was found out");
  // What the bank may be at work on isn't in its book yet.
  const instant under_way_until = is_refund ? known->state.refunds.at(t->number - 1).reply_before
                                            : known->state.attempts.at(t->number - 1).reply_before;
  if (world_.clock().now() < under_way_until) {
    if (++t->tries > tries_max)
      return end("not to be found out");
    return later(again_after_ms, [this, t] { find_out(t); });
  }
  const bank_entry* e = is_refund ? banks_.ledger().find_refund(t->id) : banks_.ledger().find(t->id);
  const bool is_reversal = !is_refund && is_being_reversed(known->state.attempts.at(t->number - 1).state);
  if (!is_refund && !is_reversal && banks_.ledger().is_confirming(t->id, world_.clock().now()))
    return end("not to be found out");
  const bool is_mistaken = draw_of_ruling(plan_.seed, t->id, "mistaken") < plan_.people.mistaken_ppm;
  const bool moved = e != nullptr && e->moved;
  if (is_reversal) {
    // Who isn't mistaken has seen to it that the payer has his money back.
    if (!is_mistaken)
      banks_.reverse_by_hand(t->id, world_.clock().now());
    t->said.outcome = ruling_outcome::reversed;
  } else {
    t->said.outcome = moved != is_mistaken ? ruling_outcome::succeeded : ruling_outcome::failed;
  }
  t->said.subject = t->subject;
  t->said.number = t->number;
  t->said.evidence = is_mistaken ? mistaken_evidence : evidence_of_the_book;
  t->said.reason = is_mistaken ? "read the wrong line" : "read";
  t->said.operator_name = first_person;
  propose(t);
}

void rulers::propose(const task_ptr& t) {
  const propose_ruling_command c{merchant_id::trusted(t->order.part(0)),
                                 order_no::trusted(t->order.part(1)),
                                 t->said.subject,
                                 t->said.number,
                                 t->said.outcome,
                                 t->said.evidence,
                                 t->said.reason,
                                 t->said.operator_name};
  send(t, {0, 0, c}, [this, t](const reply& r) { proposed(t, r); });
}

void rulers::proposed(const task_ptr& t, const reply& r) {
  auto* view = std::get_if<order_view>(&r.body);
  if (r.code != errc::ok || view == nullptr || !view->ruling || view->ruling->said != t->said)
    return end("not proposed");
  ++deeds_["proposed"];
  const ruling_id id = view->ruling->ruling;
  const uint32_t how = draw_of_ruling(plan_.seed, t->id, "how");
  const auto by_another = [this, t, id](const reply&) {
    later(200 + draw_of_ruling(plan_.seed, t->id, "second") / 100, [this, t, id] {
      answer(t, id, true, second_person, [this, t](const reply& done) {
        if (done.code != errc::ok)
          return end("too late");
        if (t->said.evidence == mistaken_evidence)
          ++deeds_["mistaken"];
        end(std::string(name(t->said.subject)).append(" ").append(name(t->said.outcome)));
      });
    });
  };
  if (how < plan_.people.alone_ppm)
    return answer(t, id, true, first_person, by_another);
  if (how < 2 * plan_.people.alone_ppm)
    return answer(t, ruling_id::trusted(t->id.str()), true, second_person, by_another);
  if (how < 3 * plan_.people.alone_ppm)
    return answer(t, id, false, first_person,
                  [this](const reply& done) { end(done.code == errc::ok ? "withdrawn" : "too late to be withdrawn"); });
  by_another({});
}

void rulers::answer(const task_ptr& t, const ruling_id& id, bool approve, const std::string& who,
                    const std::function<void(const reply&)>& then) {
  const answer_ruling_command c{
      merchant_id::trusted(t->order.part(0)), order_no::trusted(t->order.part(1)), id, approve, who,
      approve ? "" : "not sure any more"};
  send(t, {0, 0, c}, then);
}

void rulers::later(int64_t ms, std::function<void()> what) {
  world_.at(world_.clock().steady_ns() + ms * ns_per_ms, std::move(what));
}

void rulers::send(const task_ptr& t, command c, std::function<void(const reply&)> then) {
  if (++t->tries > tries_max)
    return end("given up");
  const auto again = [this, t, c, then] {
    later(again_after_ms, [this, t, c, then] { send(t, c, then); });
  };
  line_.send(
      c,
      [again, then](const reply& r) {
        if (is_put_off(r.code))
          again();
        else
          then(r);
      },
      again);
}

void rulers::end(std::string_view how) {
  --at_work_;
  ++deeds_[std::string(how)];
}

} // namespace oncepay::sim
