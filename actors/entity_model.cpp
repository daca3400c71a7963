#include "actors/entity_model.hpp"

#include "actors/domain/account.hpp"
#include "actors/domain/batch.hpp"
#include "actors/domain/channel.hpp"
#include "actors/domain/collection_code.hpp"
#include "actors/domain/merchant.hpp"
#include "actors/domain/method.hpp"
#include "actors/domain/order.hpp"
#include "actors/domain/pay_out_switch.hpp"
#include "actors/domain/refund_claim.hpp"

namespace oncepay {

namespace {

reply answer_with(errc code) {
  reply r;
  r.code = code;
  r.text = sentence(code);
  return r;
}

class order_model final : public entity_model {
public:
  explicit order_model(order::state s) : s_(std::move(s)) {}
  std::optional<route_question> inquire(const input& in) const override { return order::inquire(s_, in); }
  std::optional<risk::question> ask_risk(const input& in) const override { return order::ask_risk(s_, in); }
  verdict_on_input decide(instant at, const input& in) const override { return order::decide(s_, at, in); }
  void evolve(instant at, const input& in, const event& e) override { order::evolve(s_, at, in, e); }
  std::vector<effect> effects(const std::vector<event>& events) const override { return order::effects(s_, events); }
  std::vector<input> resume() const override { return order::resume(s_); }
  std::optional<input> overdue(instant now) const override { return order::overdue(s_, now); }
  instant due() const override { return order::due(s_); }
  instant due_after(instant now) const override { return order::due_after(s_, now); }
  std::vector<channel_request_effect> requests_due(instant now) const override { return order::requests_due(s_, now); }
  std::vector<telling_effect> tellings_due(instant now) const override { return order::tellings_due(s_, now); }
  std::optional<next_turn> goes_on_to(const input& in) const override { return order::goes_on_to(s_, in); }
  std::optional<next_turn> refused_to(const input& in, const refusal& why) const override {
    auto* told = std::get_if<attempt_input>(&in);
    if (told == nullptr || !told->notice || why.code != errc::unknown_order)
      return std::nullopt;
    return next_turn{stream_name::of_channel(told->notice->channel)};
  }
  std::optional<ask_account_effect> account_request() const override { return order::account_request(s_); }
  instant account_due() const override { return order::account_due(s_); }
  std::optional<hand_out_effect> to_hand_out() const override { return std::nullopt; }
  stream_name claims(const input& in) const override { return order::claims(s_, in); }
  bool awaits_answer() const override { return order::awaits_answer(s_) || order::awaits_check_answer(s_); }
  bool answerable(const awaited& a) const override { return order::answerable(s_, a); }
  reply answer(const awaited& a) const override {
    reply r = answer_with(order::standing(s_, a));
    if (s_.status != order_state::none)
      r.body = order::view(s_);
    return r;
  }

private:
  order::state s_;
};

/// Entities that ask nobody, wait for nothing and answer at once: what differs is in their modules.
template <class State, auto Decide, auto Evolve, auto Effects>
class plain_model : public entity_model {
public:
  explicit plain_model(State s) : s_(std::move(s)) {}
  std::optional<route_question> inquire(const input&) const override { return std::nullopt; }
  std::optional<risk::question> ask_risk(const input&) const override { return std::nullopt; }
  verdict_on_input decide(instant at, const input& in) const override {
    if constexpr (requires { Decide(s_, at, in); })
      return Decide(s_, at, in);
    else
      return Decide(s_, in);
  }
  void evolve(instant at, const input& in, const event& e) override {
    if constexpr (std::is_invocable_v<decltype(Evolve), State&, instant, const input&, const event&>)
      Evolve(s_, at, in, e);
    else
      Evolve(s_, in, e);
  }
  std::vector<effect> effects(const std::vector<event>& events) const override { return Effects(s_, events); }
  std::vector<input> resume() const override { return {}; }
  std::optional<input> overdue(instant) const override { return std::nullopt; }
  instant due() const override { return {}; }
  instant due_after(instant) const override { return {}; }
  std::vector<channel_request_effect> requests_due(instant) const override { return {}; }
  std::vector<telling_effect> tellings_due(instant) const override { return {}; }
  std::optional<next_turn> goes_on_to(const input&) const override { return std::nullopt; }
  std::optional<next_turn> refused_to(const input&, const refusal&) const override { return std::nullopt; }
  std::optional<ask_account_effect> account_request() const override { return std::nullopt; }
  instant account_due() const override { return {}; }
  std::optional<hand_out_effect> to_hand_out() const override { return std::nullopt; }
  stream_name claims(const input&) const override { return {}; }
  bool awaits_answer() const override { return false; }
  bool answerable(const awaited&) const override { return true; }
  reply answer(const awaited&) const override { return answer_with(errc::ok); }

protected:
  State s_;
};

std::vector<effect> no_effects_of_claims(const refund_claim::state&, const std::vector<event>&) {
  return {};
}

class claim_model final
    : public plain_model<refund_claim::state, refund_claim::decide, refund_claim::evolve, no_effects_of_claims> {
public:
  using plain_model::plain_model;
  std::optional<next_turn> goes_on_to(const input& in) const override { return refund_claim::goes_on_to(s_, in); }
};

class merchant_model final
    : public plain_model<merchant::state, merchant::decide, merchant::evolve, merchant::effects> {
public:
  using plain_model::plain_model;
  stream_name claims(const input& in) const override { return merchant::claims(s_, in); }
  std::optional<next_turn> goes_on_to(const input& in) const override { return merchant::goes_on_to(in); }
};

std::vector<effect> no_effects_of_batches(const batch::state&, const std::vector<event>&) {
  return {};
}

/// Asks for its lines to be handed out until it is told that they are.
class batch_model final : public plain_model<batch::state, batch::decide, batch::evolve, no_effects_of_batches> {
public:
  using plain_model::plain_model;
  stream_name claims(const input&) const override { return stream_name::of_merchant(s_.merchant); }
  instant due() const override { return s_.opened && !s_.handed_out ? s_.opened_at : instant{}; }
  std::optional<hand_out_effect> to_hand_out() const override { return batch::to_hand_out(s_); }
  bool awaits_answer() const override { return s_.opened && !s_.handed_out; }
  /// Who sent it is told at once which lines were refused.
  bool answerable(const awaited&) const override { return s_.handed_out; }
  reply answer(const awaited&) const override {
    reply r = answer_with(batch::standing(s_));
    if (s_.opened)
      r.body = batch::view(s_);
    return r;
  }
};

std::vector<effect> no_effects_of_codes(const collection_code::state&, const std::vector<event>&) {
  return {};
}

class code_model final : public plain_model<collection_code::state, collection_code::decide, collection_code::evolve,
                                            no_effects_of_codes> {
public:
  using plain_model::plain_model;
  reply answer(const awaited&) const override {
    reply r = answer_with(collection_code::standing(s_));
    if (s_.issued)
      r.body = collection_code::view(s_);
    return r;
  }
};

std::vector<effect> no_effects(const account::state&, const std::vector<event>&) {
  return {};
}

class account_model final : public plain_model<account::state, account::decide, account::evolve, no_effects> {
public:
  using plain_model::plain_model;
  reply answer(const awaited& a) const override {
    return answer_with(a.what == awaited::about::transfer ? account::standing_of_transfer(s_, a.key, a.before)
                                                          : errc::ok);
  }
  std::optional<next_turn> goes_on_to(const input& in) const override { return account::goes_on_to(s_, in); }
  std::optional<next_turn> refused_to(const input& in, const refusal& why) const override {
    return account::told_of_refusal(in, why.code);
  }
};

} // namespace

std::unique_ptr<entity_model> make_entity_model(const stream_name& name, std::string_view environment) {
  switch (name.kind()) {
  case stream_kind::order:
    return std::make_unique<order_model>(order::initial(name, environment));
  case stream_kind::merchant:
    return std::make_unique<merchant_model>(merchant::initial(name));
  case stream_kind::channel:
    return std::make_unique<plain_model<channel::state, channel::decide, channel::evolve, channel::effects>>(
        channel::initial(name));
  case stream_kind::account:
    return std::make_unique<account_model>(account::initial(name));
  case stream_kind::refund:
    return std::make_unique<claim_model>(refund_claim::initial(name));
  case stream_kind::batch:
    return std::make_unique<batch_model>(batch::initial(name));
  case stream_kind::code:
    return std::make_unique<code_model>(collection_code::initial(name));
  case stream_kind::method:
    return std::make_unique<plain_model<method::state, method::decide, method::evolve, method::effects>>(
        method::initial(name));
  case stream_kind::operations:
    return std::make_unique<
        plain_model<pay_out_stops, pay_out_switch::decide, pay_out_switch::evolve, pay_out_switch::effects>>(
        pay_out_switch::initial(name));
  }
  return nullptr;
}

} // namespace oncepay
