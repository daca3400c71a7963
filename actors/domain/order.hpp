// An order: a merchant's wish to be paid exactly once, and the attempts made for it.
//
//   order     none ─ open ─┬─ paid      an attempt succeeded  (risk rules may stop it first: step_up.hpp)
//                          ├─ failed    its last attempt failed definitely and nothing else may be tried
//                          └─ closing ─┬─ closed   it is proven that nothing was paid
//                                      └─ paid     its attempt succeeded after all
//   refunds   see refund_rules.hpp; rules in refunds.hpp, closing and expiry in closing.hpp, reversal in reversal.hpp,
//             what people find out in rulings.hpp, what channels say when they are asked again in checking.hpp
//   cards     are bound and authenticated by orders that take no money, and payments are withheld by what is bound:
//             agreement.hpp
//   pay-outs  are orders with stricter rules: pay_out.hpp, and account_link.hpp for whose money it is
//   attempt   see attempt_rules.hpp
//   telling   see telling.hpp: the merchant is told of results
//
// Three functions carry the rules: `decide` may refuse, `evolve` never fails, `inquire` says what `decide` will need to
// know from others first. Money moves at most once because (1) a second attempt is intended only in the very decision
// that records the definite failure of the one before, and (2) an attempt that was ever in doubt is never followed by
// another one, whatever becomes of it (C6).
#pragma once

#include "actors/domain/awaited.hpp"
#include "actors/domain/effect.hpp"
#include "actors/domain/next_turn.hpp"
#include "actors/domain/refund.hpp"
#include "actors/domain/refusal.hpp"
#include "actors/domain/risk.hpp"
#include "actors/domain/routing.hpp"
#include "actors/domain/ruling.hpp"
#include "schema/input.hpp"
#include "schema/order_view.hpp"
#include "schema/stream.hpp"

#include <optional>
#include <string>
#include <vector>

namespace oncepay::order {

struct attempt {
  uint32_t number = 0;
  channel_id channel;
  attempt_id id;
  attempt_state state = attempt_state::none;
  instant intended_at;
  instant submit_before;
  instant reply_before;
  instant enquire_at; ///< Being reversed: when its channel is asked to.
  uint32_t enquire_after_ms = 0;
  uint32_t reverse_after_ms = 0; ///< Of a payment by code; 0: it isn't reversed.
  int64_t fee_minor = 0;         ///< F and K of the ledger, fixed when the attempt was intended.
  int64_t cost_minor = 0;
  bool ever_in_doubt = false;
  bool payer_confirms = false; ///< The channel said at some time that the payer is typing a password.
  uint32_t enquiries = 0;      ///< Answered, or failed, without proving anything.
  uint32_t reversals = 0;      ///< Asked for, and not confirmed.
  std::string code;
  std::string channel_ref;
  evidence last_evidence = evidence::channel_reply;
  reply_class last_outcome = reply_class::unknown; ///< What that evidence proved.
  bool contradicted = false;                       ///< Recorded at least once.
  uint32_t check_after_ms = 0;                     ///< Drawn to be asked about again; 0: it wasn't.
  instant check_at;                                ///< When, once it is settled; none: 0.
  instant check_until;                             ///< One is under way, and answered by then; none: 0.
  uint32_t checks = 0;                             ///< Begun.
  check_result checked = check_result::none;       ///< What the last one brought.
  std::string agreement; ///< What its channel calls the agreement that it signed; empty: none, or not said yet.
  std::string card_mask;
  bool operator==(const attempt&) const = default;
};

/// A result, and how far its merchant has been told of it.
struct telling {
  uint32_t number = 0;
  told_result result = told_result::paid;
  uint32_t refund_number = 0; ///< Of refunds only.
  instant decided_at;
  instant next_at; ///< None: 0. Then it was acknowledged, or given up.
  uint32_t tries = 0;
  bool acknowledged = false;
  bool operator==(const telling&) const = default;
};

struct state {
  merchant_id merchant;
  oncepay::order_no order_no;
  std::string environment; ///< Part of every attempt's id.

  order_state status = order_state::none;
  money amount;
  method_id method;
  hash128 fingerprint{};
  sealed_payer payer_code; ///< For the next attempt as well.
  instant opened_at;
  std::vector<attempt> attempts;
  uint32_t contradictions = 0;
  instant expires_at; ///< None: 0.
  instant decided_at; ///< Of the last decision.
  std::vector<refund> refunds;
  uint32_t surplus_attempt = 0; ///< The attempt whose money came after our decision; 0: none.
  std::vector<ruling> rulings;  ///< All that were ever proposed; at most the last one waits.
  bool tells_merchant = false;  ///< Its merchant is told of its results.
  std::vector<telling> tellings;

  order_kind kind = order_kind::payment;
  wallet_id from_wallet;             ///< It is paid from, or, of pay-outs, claimed from; none: of no wallet.
  wallet_id to_wallet;               ///< Of top-ups: is credited; none: the merchant's available balance.
  sealed_payer payee;                ///< Of pay-outs.
  hash128 payee_token{};             ///< Of pay-outs.
  int64_t claimed_fee_minor = 0;     ///< Of pay-outs: our fee, claimed with the amount when it was opened.
  std::optional<account_deed> asked; ///< Of its account, and not answered yet; of payments never.
  instant asked_at;                  ///< First.
  instant ask_again_at;
  uint32_t held = 0; ///< So often its pay-out looked whether pay-outs go on.

  uint16_t failed_with = 0; ///< An `errc`; 0: it hasn't failed.
  std::string risk_rule;    ///< That decided when it was opened; empty: none did.
  instant confirm_before;   ///< Of what its payer had to confirm; none: 0.
  bool confirmed = false;
  uint32_t wrong_confirmations = 0;
  uint32_t wrong_confirmations_max = 0;
  hash128 wrong_proof{}; ///< The last wrong confirmation's.

  bool binds = false;      ///< Its success signs an agreement.
  sealed_payer card;       ///< The token of the card that it binds or authenticates; for the next attempt as well.
  hash128 card_token{};    ///< The merchant's own of that card; for risk rules, also of what is withheld by it.
  agreement_use agreement; ///< That it is withheld by.
  oncepay::order_no withheld_last; ///< The last payment that was granted to be withheld by this order's agreement.
  bool operator==(const state&) const = default;

  /// The attempt whose outcome isn't settled; null where none is.
  const attempt* live_attempt() const;
};

/// The state of an order that was never accepted.
state initial(const stream_name&, std::string_view environment);

/// Over what makes two requests the same order: amount, currency, method, payer, wallets. Never over bytes, times or
/// signatures: two encodings of one order differ, and a client that retries stamps a new time.
hash128 fingerprint_of(const pay_input&);

/// The route that an input brings for the attempt that may begin with it; null: none does.
const route_answer* route_of(const input&);

/// What must be known before `decide` can be asked; none for most inputs.
std::optional<route_question> inquire(const state&, const input&);

/// What risk rules are asked about a payment that a channel was chosen for; none for what isn't a new one.
std::optional<risk::question> ask_risk(const state&, const input&);

verdict_on_input decide(const state&, instant at, const input&);

/// Who looks at what was proposed before it is decided here: the stream that a refund's number is claimed in, the
/// account that a pay-out is paid from, or the order that bound the card that a payment is withheld by.
stream_name claims(const state&, const input&);

/// Whose turn it is after what was decided upon this input: a payment's, which may be withheld by this order's
/// agreement.
std::optional<next_turn> goes_on_to(const state&, const input&);

/// Total: an event that doesn't fit the state changes what can be changed and nothing else. Never called with events
/// that `decide` didn't make, but an auditor may replay a log that another build wrote.
void evolve(state&, instant at, const input&, const event&);

/// What must happen now that `events` are durable.
std::vector<effect> effects(const state& after, const std::vector<event>& events);

/// What a rehydrated order has to tell itself: what was intended or requested by a process that is gone is in doubt.
/// May ask, never submits.
std::vector<input> resume(const state&);

/// The same for an order that stayed alive until `now`: its port owed an answer and didn't give one.
std::optional<input> overdue(const state&, instant now);

/// What its channels are to be asked by now. The shell keeps what is under way and asks nothing twice at once; what
/// isn't answered in this process is asked again after its window.
std::vector<channel_request_effect> requests_due(const state&, instant now);

/// What its merchant is to be told by now; as with `requests_due`, the shell keeps what is under way.
std::vector<telling_effect> tellings_due(const state&, instant now);
/// What its account is to be told, again: asked for after a restart. None: nothing is owed.
std::optional<ask_account_effect> account_request(const state&);
/// When it is told that again without a restart; none: 0.
instant account_due(const state&);

/// When it must be looked at again; none: 0.
instant due(const state&);
/// The same of what is still to come, where what is due already may be under way.
instant due_after(const state&, instant now);
/// The same, but for checks: what is settled isn't open for being asked about once more.
instant due_until_settled(const state&);

/// True where there is something final, or honest, to answer a waiting client: paid, failed, or in doubt.
bool answerable(const state&);

/// The same for one thing it was asked to do.
bool answerable(const state&, const awaited&);

/// The code that says how the order stands: ok (paid), payment_failed, order_closed, in_doubt, processing, or
/// unknown_order.
errc standing(const state&);
/// And how that one thing does; a close is `ok` once nothing was paid and nothing will be.
errc standing(const state&, const awaited&);

/// True while a port owes an answer about a check.
bool awaits_check_answer(const state&);
/// True while a port owes an answer about a refund that this process may have submitted, or the order's account owes
/// one.
bool awaits_answer(const state&);

order_view view(const state&);

} // namespace oncepay::order
