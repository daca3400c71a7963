// The lists in a stored decision: who could have served an attempt, and what is posted.
#include "schema/log_codec_parts.hpp"

#include <algorithm>

namespace oncepay::flat {

namespace {

const candidate* first_chosen(const route_answer& route) {
  auto it = std::find_if(route.candidates.begin(), route.candidates.end(),
                         [](const candidate& c) { return c.verdict == verdict::chosen; });
  return it == route.candidates.end() ? nullptr : &*it;
}

std::string channels_of(const std::vector<candidate>& candidates) {
  std::string joined;
  for (const candidate& c : candidates) {
    if (&c != &candidates.front())
      joined += ' ';
    joined += c.channel.str();
  }
  return joined;
}

} // namespace

flatbuffers::Offset<fb::Route> write(builder& b, const route_answer& route) {
  flatbuffers::Offset<flatbuffers::Vector<const fb::Candidate*>> candidates;
  flatbuffers::Offset<flatbuffers::String> channels;
  if (!route.candidates.empty()) {
    fb::Candidate* place = nullptr;
    candidates = b.CreateUninitializedVectorOfStructs(route.candidates.size(), &place);
    for (const candidate& c : route.candidates)
      *place++ = fb::Candidate(c.cost_minor, c.priority, static_cast<uint8_t>(c.verdict), c.unstable);
    channels = write_text(b, channels_of(route.candidates));
  }
  // Who was chosen follows from the candidates; only a route that says otherwise spends bytes on it.
  const candidate* implied = first_chosen(route);
  bool follows = implied == nullptr ? route.chosen.empty() : implied->channel == route.chosen;
  flatbuffers::Offset<flatbuffers::String> chosen;
  if (!follows)
    chosen = write_text(b, route.chosen.str());
  return fb::CreateRoute(b, candidates, channels, chosen, route.refusal, route.submit_within_ms, route.reply_within_ms,
                         route.enquire_after_ms, route.cost_minor, route.fee_minor, route.terms_position,
                         route.reverse_after_ms, route.tells_merchant, route.check_after_ms);
}

flatbuffers::Offset<fb::Postings> write(builder& b, const std::vector<posting>& postings) {
  // Owners repeat within a decision: two or three strings and small indexes instead of five strings. A 64 kB record
  // can't hold as many owners as a 16-bit index can number.
  std::vector<std::string_view> owners;
  std::vector<fb::PostingLine> lines;
  lines.reserve(postings.size());
  for (const posting& p : postings) {
    uint16_t owner = no_owner;
    if (!p.account.owner.empty()) {
      auto it = std::find(owners.begin(), owners.end(), p.account.owner);
      owner = static_cast<uint16_t>(it - owners.begin());
      if (it == owners.end())
        owners.push_back(p.account.owner);
    }
    lines.emplace_back(p.amount.minor, p.amount.currency.numeric, owner, static_cast<uint8_t>(p.account.kind));
  }
  std::vector<flatbuffers::Offset<flatbuffers::String>> texts;
  texts.reserve(owners.size());
  for (std::string_view owner : owners)
    texts.push_back(write_text(b, owner));
  auto owner_list = b.CreateVector(texts);
  auto line_list = b.CreateVectorOfStructs(lines);
  return fb::CreatePostings(b, owner_list, line_list);
}

} // namespace oncepay::flat
