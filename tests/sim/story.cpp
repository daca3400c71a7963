#include "tests/sim/story.hpp"

#include "actors/domain/dialect/telling_request.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/views/balances_view.hpp"
#include "actors/views/trajectory_view.hpp"
#include "schema/log_codec.hpp"

#include <doctest/doctest.h>

#include <span>

namespace oncepay::test {

namespace {

channel_terms terms_of(const channel_id& id) {
  channel_terms t;
  t.channel = id;
  t.methods = {card};
  t.pay_out_methods = {card};
  t.card_methods = {card};
  t.currencies = {cny};
  t.concurrency_max = 2;
  t.enquire_after_ms = 600'000; // after every story
  if (id == paced) {
    t.concurrency_max = 100;
    t.rate_per_s_max = 2;
    t.submit_within_ms = 500;
  }
  if (id == beta) {
    t.check_ppm = 500'000;
    t.check_after_ms = 60'000;
  }
  if (id == private_one)
    t.merchants_allowed = {*merchant_id::parse("m2")};
  return t;
}

order::state state_of(const sim::history& h, const stream_name& stream) {
  const sim::replayed_order* known = h.find(stream);
  return known == nullptr ? order::initial(stream, "test") : known->state;
}

} // namespace

route_answer route_to(const channel_id& chosen) {
  const channel_terms t = terms_of(chosen);
  route_answer r;
  r.chosen = chosen;
  r.candidates = {{chosen, verdict::chosen, false, t.priority, 20}};
  r.submit_within_ms = t.submit_within_ms;
  r.reply_within_ms = t.reply_within_ms;
  r.enquire_after_ms = t.enquire_after_ms;
  r.cost_minor = 20;
  r.fee_minor = 60;
  return r;
}

pay_input pay_for(int64_t amount_minor, const channel_id& channel) {
  pay_input in;
  in.amount = {amount_minor, cny};
  in.method = card;
  in.route = route_to(channel);
  return in;
}

pay_command command_for(std::string_view number, int64_t amount_minor) {
  pay_command c;
  c.merchant = m1;
  c.order_no = *order_no::parse(number);
  c.amount = {amount_minor, cny};
  c.method = card;
  return c;
}

attempt_input says(uint32_t attempt_number, reply_class outcome, std::string code) {
  return {attempt_number, evidence::channel_reply, outcome, std::move(code), {}, {}};
}

attempt_input timed_out(uint32_t attempt_number) {
  return {attempt_number, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}, {}};
}

bank_deed pays() {
  return {true, {{1'000, reply_class::succeeded, "OK"}}, true};
}
bank_deed declines() {
  return {false, {{1'000, reply_class::failed_try_another, "DECLINED"}}, true};
}
bank_deed is_silent(bool money_moves) {
  return {money_moves, {}, true};
}

story::story() {
  std::vector<channel_terms> channels;
  for (const channel_id& id : {alpha, beta, paced, private_one})
    channels.push_back(terms_of(id));
  checkers_ = sim::make_checkers(channels, "test");
  for (auto& c : checkers_)
    c->report_to([this](sim::violation v) { violations_.push_back(std::move(v)); });
  for (const channel_terms& t : channels)
    tell(stream_name::of_channel(t.channel), channel_input{t, true});
}

uint64_t story::send(decltype(command::body) body) {
  const uint64_t number = sent_.size() + 1;
  const command& c = sent_.emplace(number, command{number, 0, std::move(body)}).first->second;
  tell_all(&sim::checker::sent, sim::sent_request{number, now, c});
  return number;
}

void story::answer(uint64_t request, reply r) {
  r.request_id = request;
  const auto asked = sent_.find(request);
  tell_all(&sim::checker::received,
           sim::received_reply{request, now, asked == sent_.end() ? command{} : asked->second, r}, history);
}

reply story::standing(const stream_name& stream) const {
  const order::state s = state_of(history, stream);
  reply r;
  r.code = order::standing(s);
  r.position = history.position();
  if (s.status != order_state::none)
    r.body = order::view(s);
  return r;
}

decision story::next(const stream_name& stream, input in) const {
  const auto version = versions_.find(stream);
  decision d{now, stream, version == versions_.end() ? 1 : version->second + 1, {}, {}, std::move(in), {}};
  if (stream.kind() == stream_kind::order) {
    order::state s = state_of(history, stream);
    d.due_before = order::due(s);
    if (auto verdict = order::decide(s, now, d.input))
      d.events = std::move(*verdict);
    for (const event& e : d.events)
      order::evolve(s, now, d.input, e);
    d.due = order::due(s);
  } else if (stream.kind() == stream_kind::account) {
    const auto known = accounts_.find(stream);
    if (auto verdict =
            account::decide(known == accounts_.end() ? account::initial(stream) : known->second, now, d.input))
      d.events = std::move(*verdict);
  } else if (auto* switched = std::get_if<switch_input>(&d.input)) {
    if (stream.kind() == stream_kind::merchant)
      d.events = {merchant_switched{switched->on}};
    else if (stream.kind() == stream_kind::method)
      d.events = {method_switched{switched->on}};
    else
      d.events = {channel_switched{switched->on}};
  } else if (std::holds_alternative<batch_input>(d.input)) {
    d.events = {batch_opened{}};
  } else if (std::holds_alternative<batch_handed_out_input>(d.input)) {
    d.events = {batch_handed_out{}};
  } else if (std::holds_alternative<pay_out_switch_input>(d.input)) {
    d.events = {pay_outs_switched{}};
  } else if (std::holds_alternative<merchant_input>(d.input)) {
    d.events = {merchant_configured{}};
  } else {
    d.events = {channel_configured{}, channel_switched{true}};
  }
  return d;
}

void story::durable(decision d) {
  const recorded_decision made{++position_, std::move(d)};
  versions_[made.decision.stream] = made.decision.version;
  tell_all(&sim::checker::decided, made, history);
  history.fold(made);
  if (made.decision.stream.kind() == stream_kind::account) {
    auto& state = accounts_.try_emplace(made.decision.stream, account::initial(made.decision.stream)).first->second;
    for (const event& e : made.decision.events)
      account::evolve(state, made.decision.input, e);
  }
  const decision& kept = made.decision;
  const append_entry entry{kept.stream, kept.version, kept.at, kept.due_before, kept.due, encode(kept)};
  // A tampered version is refused, and the log of such a story ends here.
  (void)log_.append(std::span(&entry, 1));
}

submit_effect story::submission(const stream_name& stream, uint32_t attempt_number) const {
  const order::state s = state_of(history, stream);
  const order::attempt& a = s.attempts.at(attempt_number - 1);
  submit_effect e{a.channel, a.id, a.number, s.amount, s.method, a.submit_before, a.reply_before};
  e.operation = order::operation_of(s);
  e.agreement = s.agreement.reference;
  return e;
}

void story::reaches_bank(const submit_effect& what, const bank_deed& deed) {
  banks.receive(now, what, deed);
  tell_all(&sim::checker::bank_received, sim::bank_request{now, what, history.position()}, history);
}

void story::m1_asks_to_be_told() {
  merchant_terms t;
  t.merchant = m1;
  t.notify_url = "https://m1.example/told";
  tell(stream_name::of_merchant(m1), merchant_input{t, true});
}

std::vector<telling_effect> story::tellings(const stream_name& stream) const {
  return order::tellings_due(state_of(history, stream), now);
}

void story::merchant_hears(const telling_effect& what, bool acknowledges, const signing_keys& signed_with) {
  const auto request = *make_telling_request(what, signed_with, now, "");
  tell_all(&sim::checker::merchant_heard, sim::heard_telling{m1, request, acknowledges, true}, history);
}

uint64_t story::opens(std::string_view number, const bank_deed& deed, int64_t amount_minor, const channel_id& channel) {
  const uint64_t request = send(command_for(number, amount_minor));
  const stream_name stream = order_named(number);
  tell(stream, pay_for(amount_minor, channel));
  reaches_bank(submission(stream, 1), deed);
  return request;
}

void story::hears(std::string_view number, const attempt_input& what) {
  passes_ms(10);
  const stream_name stream = order_named(number);
  bank_is_done(submission(stream, what.attempt_number));
  tell(stream, what);
}

void story::ends(std::string_view number, const attempt_input& what, uint64_t request) {
  hears(number, what);
  answer(request, standing(order_named(number)));
}

void story::views_catch_up() {
  balances_view of_balances;
  trajectory_view of_trajectories;
  (void)fold_view(log_, *balances, of_balances, 1'000);
  (void)fold_view(log_, *trajectory, of_trajectories, 1'000);
}

void story::settle() {
  views_catch_up();
  settle_with_these_views();
}

void story::settle_with_these_views() {
  passes_ms(180'000);
  tell_all(&sim::checker::settled, sim::settled_run{log_, *balances, *trajectory, banks, history, "test", now});
}

std::string story::said_by(std::string_view checker) const {
  std::string text;
  for (const sim::violation& v : violations_)
    if (v.checker == checker)
      text += v.sentence + "\n";
  return text;
}

std::string story::said() const {
  std::string text;
  for (const sim::violation& v : violations_)
    text += v.checker + ": " + v.sentence + "\n";
  return text;
}

void expect(const story& s, std::string_view checker, std::string_view words) {
  INFO("all that was said:\n" << s.said());
  INFO("expected of " << checker << ": " << words);
  CHECK(s.said_by(checker).find(words) != std::string::npos);
}

} // namespace oncepay::test
