#include "actors/domain/account.hpp"

#include "actors/domain/ledger.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/transfer_key.hpp"
#include "actors/domain/wallet.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::account {

namespace {

const account_ref transit{account_kind::transit, {}};

template <class Event>
verdict_on_input posted(const account_ref& from, const account_ref& to, money amount) {
  auto postings = ledger::transfer(from, to, amount);
  if (!postings)
    return refuse(postings.error());
  return std::vector<event>{Event{std::move(*postings)}};
}

const ended_transfer* find_ended(const state& s, const std::string& key) {
  auto it = s.ended.find(key);
  return it == s.ended.end() ? nullptr : &it->second;
}

bool is_forgotten(const state& s, instant before) {
  return before && before <= s.forgotten_before;
}

/// Why what a channel asks for isn't done, unless it is known; none: it may be. Later than its deadline nobody does it,
/// so that whoever finds it undone then knows that it never will be.
std::optional<refusal> obstacle_of_channel(const state& s, instant at, instant before) {
  if (is_forgotten(s, before))
    return refusal{errc::claim_conflict, "asked for too long ago to be told from a repeat"};
  if (before && at > before && !mutated(mutation::submit_too_late))
    return refusal{errc::already_expired, "asked for after its deadline"};
  return std::nullopt;
}

account_ref receivable(const channel_id& channel) {
  return {account_kind::channel_receivable, channel.str()};
}

verdict_on_input decide_credit(const state& s, instant at, const credit_input& in) {
  if (auto* known = find_ended(s, in.key); known != nullptr && !mutated(mutation::credit_again))
    return known->how == ending::credited && known->amount == in.amount ? verdict_on_input(std::vector<event>{})
                                                                        : refuse(errc::claim_conflict);
  if (auto why = obstacle_of_channel(s, at, in.before))
    return tl::unexpected(std::move(*why));
  // Whether this one was made before can't be known any more, and made twice it is money that nobody paid.
  if (in.asked_at && in.asked_at <= s.forgotten_until)
    return refuse(errc::claim_conflict, "asked for too long ago to be told from a repeat; compare with the account");
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (!checked_add(s.available(in.amount.currency), in.amount.minor))
    return refuse(errc::amount_overflow);
  return posted<account_credited>(in.channel.empty() ? transit : receivable(in.channel), s.account, in.amount);
}

std::optional<refusal> without_funds(const state& s, money amount) {
  if (s.available(amount.currency) < amount.minor && !mutated(mutation::claim_below_floor))
    return refusal{errc::insufficient_funds, std::string(sentence(errc::insufficient_funds))};
  return std::nullopt;
}

/// Why so much can't be claimed under a new key; none: it can.
std::optional<refusal> obstacle(const state& s, money amount, const hash128& likeness) {
  if (amount.minor <= 0)
    return refusal{errc::invalid_amount, std::string(sentence(errc::invalid_amount))};
  if (auto like = s.undecided.find(likeness); like != s.undecided.end() && !mutated(mutation::pay_out_beside_its_like))
    return refusal{errc::like_pay_out_open, "the earlier one is " + like->second + "; ask for it first", true};
  if (auto why = without_funds(s, amount))
    return why;
  if (s.claims.size() >= limits::open_claims_max)
    return refusal{errc::too_many_claims, std::string(sentence(errc::too_many_claims))};
  return std::nullopt;
}

/// A channel is paid: claimed and settled in one decision, so that nothing is ever half taken.
verdict_on_input decide_payment(const state& s, instant at, const claim_input& in) {
  if (auto* known = find_ended(s, in.key))
    return known->how == ending::settled && known->amount == in.amount ? verdict_on_input(std::vector<event>{})
                                                                       : refuse(errc::claim_conflict);
  if (auto why = obstacle_of_channel(s, at, in.before))
    return tl::unexpected(std::move(*why));
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (auto why = without_funds(s, in.amount))
    return tl::unexpected(std::move(*why));
  auto verdict = posted<account_claimed>(s.account, receivable(in.channel), in.amount);
  if (verdict)
    verdict->push_back(claim_settled{});
  return verdict;
}

verdict_on_input decide_claim(const state& s, instant at, const claim_input& in) {
  if (!in.channel.empty())
    return decide_payment(s, at, in);
  if (auto known = s.claims.find(in.key); known != s.claims.end())
    return known->second.amount == in.amount ? verdict_on_input(std::vector<event>{}) : refuse(errc::claim_conflict);
  // Whoever asks for what is over isn't the order that it was for: that one was told, and asks no more.
  if (find_ended(s, in.key) != nullptr)
    return refuse(errc::claim_conflict, "the claim of this key is over");
  if (auto why = obstacle(s, in.amount, in.likeness))
    return tl::unexpected(std::move(*why));
  return posted<account_claimed>(s.account, transit, in.amount);
}

std::string key_of(const state& s, const pay_out_input& in) {
  return transfer_key(merchant_of(s.account), in.order_no);
}

/// Looks at a pay-out before its order is opened, so that what would be refused leaves its number free. Nothing is
/// promised: the claim decides.
verdict_on_input look_at(const state& s, const pay_out_input& in) {
  const int64_t fee_minor = in.route ? in.route->fee_minor : 0;
  if (!s.claims.contains(key_of(s, in)))
    if (auto why = obstacle(s, {in.amount.minor + fee_minor, in.amount.currency},
                            order::likeness_of(in.payee_token, in.amount)))
      return tl::unexpected(std::move(*why));
  return std::vector<event>{};
}

verdict_on_input decide_settle(const state& s, const settle_input& in) {
  if (s.claims.contains(in.key) || mutated(mutation::settle_again))
    return std::vector<event>{claim_settled{}};
  if (auto* ended = find_ended(s, in.key); ended != nullptr && ended->how == ending::settled)
    return std::vector<event>{};
  return refuse(errc::claim_conflict, "no claim has this key that could be settled");
}

verdict_on_input decide_release(const state& s, const release_input& in) {
  if (auto* ended = find_ended(s, in.key); ended != nullptr && ended->how == ending::released)
    return std::vector<event>{};
  auto known = s.claims.find(in.key);
  if (known == s.claims.end())
    return refuse(errc::claim_conflict, "no claim has this key that could go back");
  if (!checked_add(s.available(known->second.amount.currency), known->second.amount.minor))
    return refuse(errc::amount_overflow);
  return posted<claim_released>(transit, s.account, known->second.amount);
}

void remember(state& s, const std::string& key, ended_transfer what) {
  if (!s.ended.insert_or_assign(key, what).second)
    return;
  s.ended_keys.push_back(key);
  if (s.ended_keys.size() <= limits::ended_transfers_kept)
    return;
  const ended_transfer& forgotten = s.ended.at(s.ended_keys.front());
  s.forgotten_until = std::max(s.forgotten_until, forgotten.asked_at);
  s.forgotten_before = std::max(s.forgotten_before, forgotten.before);
  s.ended.erase(s.ended_keys.front());
  s.ended_keys.pop_front();
}

/// The claim is decided: another one like it may follow.
void end_claim(state& s, const std::string& key, ending how, instant before = {}) {
  auto known = s.claims.find(key);
  if (known == s.claims.end())
    return;
  if (auto like = s.undecided.find(known->second.likeness); like != s.undecided.end() && like->second == key)
    s.undecided.erase(like);
  remember(s, key, {known->second.amount, how, {}, before});
  s.claims.erase(known);
}

std::optional<next_turn> answer_to(const input& in, uint16_t refusal) {
  auto answer = [refusal](const std::string& key, account_deed deed) -> std::optional<next_turn> {
    auto asker = asker_of(key);
    if (!asker)
      return std::nullopt;
    return next_turn{std::move(*asker), account_answer_input{deed, refusal, {}}};
  };
  if (auto* claim = std::get_if<claim_input>(&in))
    return answer(claim->key, account_deed::claim);
  if (auto* release = std::get_if<release_input>(&in))
    return answer(release->key, account_deed::release);
  if (auto* settle = std::get_if<settle_input>(&in))
    return answer(settle->key, account_deed::settle);
  if (auto* credit = std::get_if<credit_input>(&in))
    return answer(credit->key, account_deed::credit);
  return std::nullopt;
}

} // namespace

int64_t state::available(currency cur) const {
  auto it = available_minor.find(cur);
  return it == available_minor.end() ? 0 : it->second;
}

state initial(const stream_name& name) {
  constexpr std::string_view of_wallets = "wallet/", of_merchants = "merchant/";
  std::string_view path = name.part(0);
  state s;
  if (path.starts_with(of_wallets)) {
    s.account = {account_kind::wallet, std::string(path.substr(of_wallets.size()))};
    return s;
  }
  path.remove_prefix(std::min(of_merchants.size(), path.size()));
  s.account = {account_kind::merchant_available, std::string(path.substr(0, path.find('/')))};
  return s;
}

verdict_on_input decide(const state& s, instant at, const input& in) {
  if (auto* credit = std::get_if<credit_input>(&in))
    return decide_credit(s, at, *credit);
  if (auto* asked = std::get_if<claim_input>(&in))
    return decide_claim(s, at, *asked);
  if (auto* release = std::get_if<release_input>(&in))
    return decide_release(s, *release);
  if (auto* settle = std::get_if<settle_input>(&in))
    return decide_settle(s, *settle);
  if (auto* out = std::get_if<pay_out_input>(&in))
    return look_at(s, *out);
  return refuse(errc::internal, "an input that isn't an account's");
}

void evolve(state& s, const input& in, const event& e) {
  // The balance follows the account's own postings, so that balance and detail can't come apart: what it holds for its
  // owner is a credit balance.
  for (const posting& line : postings_of(e))
    if (line.account == s.account)
      s.available_minor[line.amount.currency] -= line.amount.minor;
  if (auto* credit = std::get_if<credit_input>(&in); credit != nullptr && std::holds_alternative<account_credited>(e))
    remember(s, credit->key, {credit->amount, ending::credited, credit->asked_at, credit->before});
  if (auto* asked = std::get_if<claim_input>(&in); asked != nullptr && std::holds_alternative<account_claimed>(e)) {
    s.claims.emplace(asked->key, claim{asked->amount, asked->likeness});
    if (asked->likeness != hash128{})
      s.undecided.emplace(asked->likeness, asked->key);
  }
  if (auto* release = std::get_if<release_input>(&in); release != nullptr && std::holds_alternative<claim_released>(e))
    end_claim(s, release->key, ending::released);
  if (auto* paid = std::get_if<claim_input>(&in); paid != nullptr && std::holds_alternative<claim_settled>(e))
    end_claim(s, paid->key, ending::settled, paid->before);
  if (auto* settle = std::get_if<settle_input>(&in); settle != nullptr && std::holds_alternative<claim_settled>(e))
    end_claim(s, settle->key, ending::settled);
}

errc standing_of_transfer(const state& s, const std::string& key, instant before) {
  if (find_ended(s, key) != nullptr && !mutated(mutation::wallet_denies_payment))
    return errc::ok;
  return is_forgotten(s, before) ? errc::in_doubt : errc::unknown_order;
}

std::optional<next_turn> goes_on_to(const state& s, const input& in) {
  if (auto* out = std::get_if<pay_out_input>(&in))
    return next_turn{stream_name::of_order(merchant_of(s.account), out->order_no)};
  return answer_to(in, 0);
}

std::optional<next_turn> told_of_refusal(const input& in, errc why) {
  return answer_to(in, static_cast<uint16_t>(why));
}

} // namespace oncepay::account
