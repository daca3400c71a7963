// What travels: commands and replies.
#include "tests/support/generators.hpp"

#include <utility>

namespace oncepay::generate {

namespace {

constexpr std::string_view in_names = "abcdefghijklmnopqrstuvwxyz0123456789_-";

template <class T>
rc::Gen<T> within(T min, T max) {
  return rc::gen::inRange<T>(min, max + 1);
}

template <class Enum>
rc::Gen<Enum> one_of(std::vector<Enum> values) {
  return rc::gen::elementOf(std::move(values));
}

attempt_view any_attempt_view() {
  attempt_view v;
  v.number = *rc::gen::arbitrary<uint32_t>();
  v.channel = *channel();
  v.id = *attempt();
  v.state = *one_of<attempt_state>({attempt_state::none, attempt_state::intended, attempt_state::succeeded,
                                    attempt_state::failed, attempt_state::in_doubt, attempt_state::manual});
  v.code = *plain_text(limits::channel_code_bytes_max);
  v.channel_ref = *plain_text(limits::channel_ref_bytes_max);
  v.last_evidence = static_cast<evidence>(*within<int>(1, 10));
  v.enquiries = *rc::gen::arbitrary<uint32_t>();
  v.enquire_at = *time();
  return v;
}

refund_view any_refund_view() {
  refund_view v;
  v.number = *rc::gen::arbitrary<uint32_t>();
  v.refund_no = *order_number();
  v.state = *one_of<refund_state>({refund_state::none, refund_state::requested, refund_state::succeeded,
                                   refund_state::failed, refund_state::in_doubt, refund_state::manual});
  v.amount_minor = *rc::gen::arbitrary<int64_t>();
  v.fee_returned_minor = *rc::gen::arbitrary<int64_t>();
  v.attempt_number = *rc::gen::arbitrary<uint32_t>();
  v.operation_id = *attempt();
  v.code = *plain_text(limits::channel_code_bytes_max);
  v.channel_ref = *plain_text(limits::channel_ref_bytes_max);
  v.last_evidence = static_cast<evidence>(*within<int>(1, 6));
  v.enquire_at = *time();
  v.unbinds = *rc::gen::arbitrary<bool>();
  return v;
}

/// A token is free of what could be taken for a card's number.
std::string any_card_token() {
  return *word("abcdef_", limits::card_token_bytes_max);
}

/// Of both commands that present a card.
template <class Presented>
Presented any_presented() {
  return {*merchant(),
          *order_number(),
          *known_currency(),
          *method(),
          any_card_token(),
          *rc::gen::oneOf(rc::gen::just(std::string()), word("abc@.", limits::payer_bytes_max)),
          *rc::gen::oneOf(rc::gen::just(std::string()), word("abcdef_", limits::card_bytes_max)),
          *time(),
          *time()};
}

pay_command any_card_payment() {
  pay_command c{*merchant(), *order_number(), *amount(), *method(), *word("abc@.", limits::payer_bytes_max), *time()};
  if (*rc::gen::arbitrary<bool>())
    c.bind_token = any_card_token();
  else
    c.agreement_order_no = order_no::trusted((*order_number()).str().substr(0, 60) + "/of");
  return c;
}

ruling_proposal_input any_proposal() {
  return {static_cast<ruling_subject>(*within<int>(1, 2)), *within<uint32_t>(1, 64),
          static_cast<ruling_outcome>(*within<int>(1, 3)), *named_text(limits::ruling_evidence_bytes_max),
          *named_text(limits::reason_bytes_max),           *named_text(limits::operator_name_bytes_max)};
}

/// Which of them may stand beside what else is the codec's to say.
void add_wallets(pay_command& c) {
  if (c.payer_code.empty() && *rc::gen::arbitrary<bool>())
    c.wallet = *wallet();
  if (c.top_up && *rc::gen::arbitrary<bool>())
    c.to_wallet = *rc::gen::suchThat(wallet(), [&](const wallet_id& w) { return w != c.wallet; });
}

} // namespace

rc::Gen<command> any_command() {
  return rc::gen::exec([] {
    command c{*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>(), {}};
    switch (*within<int>(0, 23)) {
    case 20:
      c.body = any_presented<bind_command>();
      break;
    case 21:
      c.body = any_presented<authenticate_command>();
      break;
    case 22:
      c.body = unbind_command{*merchant(), *order_number(), *order_number(), *word("abc .", limits::reason_bytes_max)};
      break;
    case 23:
      c.body = any_card_payment();
      break;
    case 16:
      c.body = confirm_command{*merchant(), *order_number(), *amount(), *named_text(limits::proof_bytes_max)};
      break;
    case 15:
      if (*rc::gen::arbitrary<bool>())
        c.body = switch_command{switch_subject::merchant, (*merchant()).str(), *rc::gen::arbitrary<bool>(),
                                *named_text(limits::operator_name_bytes_max), *named_text(limits::reason_bytes_max)};
      else
        c.body = switch_command{switch_subject::method, (*method()).str(), *rc::gen::arbitrary<bool>(),
                                *named_text(limits::operator_name_bytes_max), *named_text(limits::reason_bytes_max)};
      break;
    case 0:
      c.body = open_merchant_command{*merchant_terms_without_fault()};
      break;
    case 1:
      c.body = open_channel_command{*channel_terms_without_fault()};
      break;
    case 2:
      c.body =
          switch_channel_command{*channel(), *rc::gen::arbitrary<bool>(), *named_text(limits::operator_name_bytes_max),
                                 *named_text(limits::reason_bytes_max)};
      break;
    case 3:
      c.body = query_order_command{*merchant(), *order_number(), *rc::gen::arbitrary<bool>()};
      break;
    case 4:
      c.body = query_balances_command{*rc::gen::oneOf(rc::gen::just(std::string()), word(in_names, 40))};
      break;
    case 5:
      c.body = refund_command{*merchant(), *order_number(), *order_number(), *amount(),
                              *plain_text(limits::reason_bytes_max)};
      break;
    case 6:
      c.body = close_command{*merchant(), *order_number(), *plain_text(limits::reason_bytes_max)};
      break;
    case 7: {
      const ruling_proposal_input said = any_proposal();
      c.body = propose_ruling_command{*merchant(),  *order_number(), said.subject, said.number,
                                      said.outcome, said.evidence,   said.reason,  said.operator_name};
      break;
    }
    case 8:
      c.body = answer_ruling_command{*merchant(),
                                     *order_number(),
                                     *ruling(),
                                     *rc::gen::arbitrary<bool>(),
                                     *named_text(limits::operator_name_bytes_max),
                                     *named_text(limits::reason_bytes_max)};
      break;
    case 9:
      c.body =
          check_order_command{*merchant(), *order_number(), *rc::gen::oneOf(rc::gen::just(channel_id()), channel()),
                              *named_text(limits::operator_name_bytes_max), *named_text(limits::reason_bytes_max)};
      break;
    case 10:
      c.body = issue_code_command{*merchant(), *code_label::parse("till-3")};
      break;
    case 11:
      c.body = revoke_code_command{code_serial::trusted((*ruling()).str()),
                                   *named_text(limits::operator_name_bytes_max), *named_text(limits::reason_bytes_max)};
      break;
    case 12:
      c.body = query_code_command{code_serial::trusted((*ruling()).str())};
      break;
    case 13:
      c.body = pay_out_command{*merchant(),
                               *order_number(),
                               *amount(),
                               *method(),
                               *named_text(limits::payer_bytes_max),
                               *plain_text(limits::reason_bytes_max),
                               *rc::gen::oneOf(rc::gen::just(wallet_id()), wallet())};
      break;
    case 14: {
      switch_pay_outs_command stop{*rc::gen::arbitrary<bool>(),
                                   {},
                                   {},
                                   *named_text(limits::operator_name_bytes_max),
                                   *named_text(limits::reason_bytes_max)};
      const int about = *within<int>(0, 2);
      if (about == 1)
        stop.merchant = *merchant();
      if (about == 2)
        stop.channel = *channel();
      c.body = std::move(stop);
      break;
    }
    case 18: {
      const money total = *amount();
      pay_out_batch_command batch{
          *merchant(), *order_number(), *method(), total.currency, total.minor, *plain_text(limits::reason_bytes_max),
          {}};
      for (size_t n = *within<size_t>(1, 3); n > 0; --n)
        batch.lines.push_back({*order_number(), (*amount()).minor, *named_text(limits::payer_bytes_max)});
      c.body = std::move(batch);
      break;
    }
    case 19:
      c.body = query_batch_command{*merchant(), *order_number()};
      break;
    default:
      c.body = pay_command{*merchant(),
                           *order_number(),
                           *amount(),
                           *method(),
                           *plain_text(limits::payer_bytes_max),
                           *time(),
                           *plain_text(limits::payer_code_bytes_max),
                           *time(),
                           *rc::gen::arbitrary<bool>(),
                           *rc::gen::oneOf(rc::gen::just(std::string()), word("abcdef_", limits::card_bytes_max))};
      add_wallets(std::get<pay_command>(c.body));
    }
    return c;
  });
}

rc::Gen<order_view> any_order_view() {
  return rc::gen::exec([] {
    order_view v;
    v.merchant = *merchant();
    v.order_no = *order_number();
    v.state = *one_of<order_state>({order_state::none, order_state::open, order_state::paid, order_state::closing,
                                    order_state::closed, order_state::failed, order_state::confirming});
    v.amount = *amount();
    v.method = *method();
    v.opened_at = *time();
    v.in_doubt = *rc::gen::arbitrary<bool>();
    for (size_t n = *within<size_t>(0, 3); n > 0; --n)
      v.attempts.push_back(any_attempt_view());
    for (size_t n = *within<size_t>(0, 3); n > 0; --n)
      v.trajectory.push_back(*plain_text(120));
    for (size_t n = *within<size_t>(0, 3); n > 0; --n)
      v.refunds.push_back(any_refund_view());
    v.expires_at = *time();
    v.refunded_minor = *rc::gen::arbitrary<int64_t>();
    v.confirm_before = *time();
    v.risk_rule = *plain_text(limits::risk_rule_id_bytes_max);
    if (*rc::gen::arbitrary<bool>())
      v.ruling = ruling_view{*ruling(), any_proposal(), *time(), *time()};
    v.from_wallet = *rc::gen::oneOf(rc::gen::just(wallet_id()), wallet());
    v.to_wallet = *rc::gen::oneOf(rc::gen::just(wallet_id()), wallet());
    v.kind = *one_of<order_kind>(
        {order_kind::payment, order_kind::top_up, order_kind::pay_out, order_kind::bind, order_kind::authenticate});
    if (*rc::gen::arbitrary<bool>())
      v.card = {*plain_text(limits::card_mask_bytes_max), *plain_text(limits::agreement_bytes_max),
                *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(),
                *rc::gen::oneOf(rc::gen::just(order_no()), order_number())};
    return v;
  });
}

rc::Gen<reply> any_reply() {
  return rc::gen::exec([] {
    reply r{*rc::gen::arbitrary<uint64_t>(),
            *rc::gen::element(errc::ok, errc::busy, errc::in_doubt, errc::payment_failed, errc::order_conflict),
            *plain_text(100),
            *rc::gen::arbitrary<uint64_t>(),
            *rc::gen::arbitrary<bool>(),
            {},
            *rc::gen::arbitrary<uint32_t>()};
    switch (*within<int>(0, 4)) {
    case 0:
      r.body = *any_order_view();
      break;
    case 1: {
      balance_list list;
      for (size_t n = *within<size_t>(0, 5); n > 0; --n)
        list.balances.push_back({"merchant/" + (*merchant()).str() + "/pending", *balance_amount()});
      list.accounts = *rc::gen::arbitrary<uint64_t>();
      for (size_t n = *within<size_t>(0, 2); n > 0; --n)
        list.sums.push_back(*balance_amount());
      r.body = std::move(list);
      break;
    }
    case 3: {
      batch_view batch{
          *merchant(), *order_number(), *method(), (*amount()).currency, *time(), *rc::gen::arbitrary<bool>(), {}};
      for (size_t n = *within<size_t>(0, 3); n > 0; --n)
        batch.lines.push_back({*order_number(), *rc::gen::arbitrary<int64_t>(),
                               *rc::gen::element(errc::ok, errc::processing, errc::insufficient_funds),
                               *one_of<order_state>({order_state::none, order_state::open, order_state::paid})});
      r.body = std::move(batch);
      break;
    }
    case 2:
      r.body = code_view{code_serial::trusted((*ruling()).str()), *merchant(), *code_label::parse("till-3"),
                         *rc::gen::arbitrary<bool>()};
      break;
    default:
      break;
    }
    return r;
  });
}

} // namespace oncepay::generate
