#include "actors/domain/account.hpp"

#include "actors/domain/ledger.hpp"

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

verdict_on_input decide_credit(const state& s, const credit_input& in) {
  if (auto known = s.credits.find(in.key); known != s.credits.end())
    return known->second == in.amount ? verdict_on_input(std::vector<event>{}) : refuse(errc::claim_conflict);
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (!checked_add(s.available(in.amount.currency), in.amount.minor))
    return refuse(errc::amount_overflow);
  return posted<account_credited>(transit, s.account, in.amount);
}

verdict_on_input decide_claim(const state& s, const claim_input& in) {
  if (auto known = s.claims.find(in.key); known != s.claims.end())
    return known->second.amount == in.amount ? verdict_on_input(std::vector<event>{}) : refuse(errc::claim_conflict);
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (s.available(in.amount.currency) < in.amount.minor)
    return refuse(errc::insufficient_funds);
  return posted<account_claimed>(s.account, transit, in.amount);
}

verdict_on_input decide_release(const state& s, const release_input& in) {
  auto known = s.claims.find(in.key);
  if (known == s.claims.end())
    return refuse(errc::claim_conflict, "no claim has this key");
  if (known->second.released)
    return std::vector<event>{};
  if (!checked_add(s.available(known->second.amount.currency), known->second.amount.minor))
    return refuse(errc::amount_overflow);
  return posted<claim_released>(transit, s.account, known->second.amount);
}

} // namespace

int64_t state::available(currency cur) const {
  auto it = available_minor.find(cur);
  return it == available_minor.end() ? 0 : it->second;
}

state initial(const stream_name& name) {
  std::string_view path = name.part(0);
  state s;
  s.account = path.starts_with("wallet/") ? account_ref{account_kind::wallet, std::string(path.substr(7))}
                                          : account_ref{account_kind::merchant_available, std::string(path)};
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  if (auto* credit = std::get_if<credit_input>(&in))
    return decide_credit(s, *credit);
  if (auto* asked = std::get_if<claim_input>(&in))
    return decide_claim(s, *asked);
  if (auto* release = std::get_if<release_input>(&in))
    return decide_release(s, *release);
  return refuse(errc::internal, "an input that isn't an account's");
}

void evolve(state& s, const input& in, const event& e) {
  // The balance follows the account's own postings, so that balance and detail can't come apart: what it holds for its
  // owner is a credit balance.
  for (const posting& line : postings_of(e))
    if (line.account == s.account)
      s.available_minor[line.amount.currency] -= line.amount.minor;
  if (auto* credit = std::get_if<credit_input>(&in); credit != nullptr && std::holds_alternative<account_credited>(e))
    s.credits.emplace(credit->key, credit->amount);
  if (auto* asked = std::get_if<claim_input>(&in); asked != nullptr && std::holds_alternative<account_claimed>(e))
    s.claims.emplace(asked->key, claim{asked->amount, false});
  if (auto* release = std::get_if<release_input>(&in); release != nullptr && std::holds_alternative<claim_released>(e))
    if (auto known = s.claims.find(release->key); known != s.claims.end())
      known->second.released = true;
}

} // namespace oncepay::account
