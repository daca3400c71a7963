#include "sim/bank/bank_ledger.hpp"

#include <algorithm>

namespace oncepay::sim {

namespace {

bool is_definite(const bank_answer& a) {
  return a.outcome != reply_class::unknown && a.outcome != reply_class::payer_confirming;
}

} // namespace

std::optional<bool> first_word(const bank_entry& e) {
  // "Bound", and not by which agreement, is no word that anybody could rely on.
  auto it = std::find_if(e.answers.begin(), e.answers.end(), [&](const bank_answer& a) {
    return is_definite(a) && (a.names_agreement || a.outcome != reply_class::succeeded);
  });
  if (it != e.answers.end())
    return it->outcome == reply_class::succeeded;
  return e.denied ? std::optional(false) : std::nullopt;
}

const bank_entry* bank_ledger::find(const attempt_id& id) const {
  auto it = by_attempt_.find(id);
  return it == by_attempt_.end() ? nullptr : &entries_[it->second];
}

bank_entry& bank_ledger::receive(instant at, const submit_effect& what) {
  auto [it, is_new] = by_attempt_.try_emplace(what.attempt, entries_.size());
  if (is_new)
    entries_.push_back({what.attempt, what.channel, what.amount, at, 1, false, false, {}, {}});
  else
    ++entries_[it->second].requests;
  return entries_[it->second];
}

const bank_entry* bank_ledger::find_refund(const attempt_id& id) const {
  auto it = by_refund_.find(id);
  return it == by_refund_.end() ? nullptr : &refunds_[it->second];
}

void bank_ledger::deny(const attempt_id& id) {
  denied_.insert(id);
}

std::optional<bank_memory> bank_ledger::memory_of(const attempt_id& id, instant now) const {
  const bank_entry* e = find(id);
  if (e == nullptr)
    e = find_refund(id);
  if (e == nullptr)
    return is_closed(id) ? std::optional(bank_memory{{}, false, true, 0, 0}) : std::nullopt;
  auto refunded = refunded_minor_.find(id);
  return bank_memory{e->received_at,
                     e->moved && e->confirms_at <= now,
                     is_closed(id),
                     e->amount.minor,
                     refunded == refunded_minor_.end() ? 0 : refunded->second,
                     e->binds,
                     unbound_.contains(id)};
}

bank_entry& bank_ledger::refund(instant at, const channel_request_effect& what, const bank_deed& deed) {
  auto [it, is_new] = by_refund_.try_emplace(what.id, refunds_.size());
  if (!is_new) {
    ++refunds_[it->second].requests;
    return refunds_[it->second];
  }
  bank_entry& entry = refunds_.emplace_back(
      bank_entry{what.id, what.channel, what.amount, at, 1, deed.money_moves, false, deed.answers, what.original});
  entry.denied = entry.moved && first_word(entry) == false;
  if (deed.confirms_after_us != 0)
    entry.confirms_at = {at.ns + deed.confirms_after_us * ns_per_us};
  if (entry.moved && what.operation == operation::unbind_card)
    unbound_.insert(what.original);
  else if (entry.moved)
    refunded_minor_[what.original] += what.amount.minor;
  return entry;
}

bank_entry& bank_ledger::receive(instant at, const submit_effect& what, const bank_deed& deed) {
  bank_entry& entry = receive(at, what);
  if (entry.requests > 1)
    return entry;
  entry.moved = deed.money_moves;
  entry.binds = binds_card(what.operation);
  entry.answers = deed.answers;
  entry.denied = entry.moved && first_word(entry) == false;
  if (deed.confirms_after_us != 0)
    entry.confirms_at = {at.ns + deed.confirms_after_us * ns_per_us};
  return entry;
}

bool bank_ledger::is_confirming(const attempt_id& id, instant now) const {
  const bank_entry* e = find(id);
  if (e == nullptr)
    e = find_refund(id);
  return e != nullptr && now < e->confirms_at && !is_closed(id);
}

void bank_ledger::close(const attempt_id& id, instant now) {
  auto it = by_attempt_.find(id);
  if (it != by_attempt_.end() && entries_[it->second].confirms_at > now)
    entries_[it->second].moved = false; // who typed too long finds that there is nothing to pay
  closed_.insert(id);
}

void bank_ledger::reverse(const attempt_id& id, instant now) {
  const bool was_open = !is_closed(id);
  close(id, now);
  if (auto it = by_attempt_.find(id); it != by_attempt_.end() && was_open)
    entries_[it->second].given_back = entries_[it->second].moved;
}

} // namespace oncepay::sim
