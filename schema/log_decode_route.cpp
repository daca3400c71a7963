// The lists in a stored decision: who could have served an attempt, and what is posted.
#include "schema/log_codec_parts.hpp"

#include <algorithm>

namespace oncepay::flat {

namespace {

constexpr auto misaligned = "holds a list that doesn't lie where its numbers could be read";

/// The verifier holds a list's length to its alignment, not what follows it: here that has 64-bit numbers.
template <class Struct>
bool lies_aligned(const flatbuffers::Vector<const Struct*>& list) {
  // An empty list lies where it lies: the builder aligns for what follows only where something does.
  return list.size() == 0 || reinterpret_cast<uintptr_t>(list.Data()) % alignof(Struct) == 0;
}

/// The part before the next blank; `rest` keeps what follows it.
std::string_view next_channel(std::string_view& rest) {
  size_t end = std::min(rest.find(' '), rest.size());
  std::string_view channel = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return channel;
}

} // namespace

part<route_answer> read(const fb::Route& t) {
  route_answer route;
  std::string_view channels = text(t.channels());
  if (auto* candidates = t.candidates()) {
    if (!lies_aligned(*candidates))
      return wrong(misaligned);
    route.candidates.reserve(candidates->size());
    for (const fb::Candidate* c : *candidates) {
      auto why = known<verdict>(c->verdict());
      if (!why)
        return wrong("holds a verdict that this build doesn't know");
      route.candidates.push_back(
          {channel_id::trusted(next_channel(channels)), *why, c->unstable(), c->priority(), c->cost_minor()});
      if (*why == verdict::chosen && route.chosen.empty())
        route.chosen = route.candidates.back().channel;
    }
  }
  if (!channels.empty())
    return wrong("names more channels than candidates");
  if (t.chosen() != nullptr)
    route.chosen = channel_id::trusted(text(t.chosen()));
  route.refusal = t.refusal();
  route.submit_within_ms = t.submit_within_ms();
  route.reply_within_ms = t.reply_within_ms();
  route.enquire_after_ms = t.enquire_after_ms();
  route.cost_minor = t.cost_minor();
  route.fee_minor = t.fee_minor();
  route.terms_position = t.terms_position();
  route.reverse_after_ms = t.reverse_after_ms();
  route.tells_merchant = t.tells_merchant();
  route.check_after_ms = t.check_after_ms();
  return route;
}

part<std::vector<posting>> read(const fb::Postings& t, unfolding_budget& budget) {
  std::vector<posting> postings;
  if (t.lines() == nullptr)
    return postings;
  if (!lies_aligned(*t.lines()))
    return wrong(misaligned);
  if (!budget.take(t.lines()->size() * sizeof(fb::PostingLine)))
    return wrong(too_much);
  auto* owners = t.owners();
  size_t owner_count = owners == nullptr ? 0 : owners->size();
  postings.reserve(t.lines()->size());
  for (const fb::PostingLine* line : *t.lines()) {
    auto kind = static_cast<account_kind>(line->account());
    if (!is_known(kind))
      return wrong("posts to an account that this build doesn't know");
    if (line->owner() != no_owner && line->owner() >= owner_count)
      return wrong("posts to an owner it doesn't name");
    posting p{{kind, {}}, {line->amount_minor(), {line->currency()}}};
    if (line->owner() != no_owner)
      p.account.owner = budget.take(owners->Get(line->owner()));
    postings.push_back(std::move(p));
  }
  if (budget.exceeded())
    return wrong(too_much);
  return postings;
}

} // namespace oncepay::flat
