#include "actors/domain/risk.hpp"

#include <algorithm>

namespace oncepay::risk {

namespace {

template <class T>
bool is_about(const std::vector<T>& list, const T& item) {
  return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
}

bool is_about(const rule& r, const merchant_id& merchant, const method_id& method) {
  return is_about(r.merchants, merchant) && is_about(r.methods, method);
}

/// Who it is, as lists and counts know him; none: the merchant didn't say.
std::optional<hash128> who(subject of, const question& q) {
  switch (of) {
  case subject::payer:
    return q.payer;
  case subject::card:
    return q.card;
  case subject::merchant:
    return key_of(q.merchant);
  }
  return std::nullopt;
}

int64_t part_ns(const velocity& v) {
  return int64_t{v.within_s} * ns_per_s / static_cast<int64_t>(limits::risk_window_parts);
}

uint64_t added(uint64_t sum, int64_t minor) {
  const auto more = static_cast<uint64_t>(std::max<int64_t>(0, minor));
  return sum > UINT64_MAX - more ? UINT64_MAX : sum + more;
}

/// Whether a rule's condition holds.
struct condition {
  const rules& all;
  const counts& counted;
  size_t index;
  instant at;
  const question& q;

  bool operator()(const above& a) const {
    return q.amount.currency == a.limit.currency && q.amount.minor > a.limit.minor;
  }
  bool operator()(const velocity& v) const {
    if (!who(v.of, q))
      return false;
    const auto sum = counted.of(all, index, at, q);
    if (!sum)
      return true; // what can't be counted counts as too much
    const bool counts_sum = v.sum_max && q.amount.currency == v.sum_max->currency;
    return (v.payments_max != 0 && sum->payments + 1 > v.payments_max) ||
           (counts_sum && added(sum->minor, q.amount.minor) > static_cast<uint64_t>(v.sum_max->minor));
  }
  bool operator()(const listed& l) const {
    const auto found = who(l.of, q);
    return found && l.who.contains(*found);
  }
  bool operator()(const unnamed& u) const { return !who(u.of, q); }
  bool operator()(const always&) const { return true; }
};

} // namespace

std::string_view name(subject s) {
  switch (s) {
  case subject::payer:
    return "payer";
  case subject::card:
    return "card";
  case subject::merchant:
    return "merchant";
  }
  return {};
}

bool rules::concern(const merchant_id& merchant, const method_id& method) const {
  return std::any_of(all.begin(), all.end(), [&](const rule& r) { return is_about(r, merchant, method); });
}

uint32_t rules::longest_window_s() const {
  uint32_t longest = 0;
  for (const rule& r : all)
    if (auto* v = std::get_if<velocity>(&r.when))
      longest = std::max(longest, v->within_s);
  return longest;
}

hash128 key_of(const merchant_id& merchant) {
  return hash_parts_128({"risk/merchant", merchant.str()});
}

rules hashed(rules all, const std::function<hash128(std::string_view)>& token_of) {
  for (rule& r : all.all)
    if (auto* l = std::get_if<listed>(&r.when)) {
      for (const std::string& name : l->names)
        l->who.insert(l->of == subject::merchant ? key_of(merchant_id::trusted(name))
                      : l->of == subject::card   ? token_of(card_text(name))
                                                 : token_of(name));
      l->names.clear();
    }
  return all;
}

std::string card_text(std::string_view card) {
  return "card/" + std::string(card);
}

counts::counts(const rules& r) : rules_(r.all.size()) {}

void counts::add(const rules& all, instant at, const question& q) {
  for (size_t i = 0; i < all.all.size(); ++i) {
    auto* v = std::get_if<velocity>(&all.all[i].when);
    if (v == nullptr || !is_about(all.all[i], q.merchant, q.method))
      continue;
    const auto key = who(v->of, q);
    if (!key)
      continue;
    counted& c = rules_[i];
    const int64_t now = at.ns / part_ns(*v);
    const auto parts = static_cast<int64_t>(limits::risk_window_parts);
    // Once a window at most: what nobody asks about any more goes.
    if (now - c.swept_at > parts) {
      std::erase_if(c.of, [&](const auto& known) { return known.second.last < now - parts; });
      c.swept_at = now;
    }
    auto it = c.of.find(*key);
    if (it == c.of.end()) {
      if (c.of.size() >= limits::risk_keys_max)
        continue;
      it = c.of.emplace(*key, window{}).first;
    }
    window& w = it->second;
    part& p = w.parts[static_cast<size_t>(now) % w.parts.size()];
    if (p.number > now)
      continue; // older than all that is kept
    if (p.number != now)
      p = {now, 0, 0};
    ++p.payments;
    if (v->sum_max && v->sum_max->currency == q.amount.currency)
      p.minor = added(p.minor, q.amount.minor);
    w.last = std::max(w.last, now);
  }
}

std::optional<counts::sum> counts::of(const rules& all, size_t rule_index, instant at, const question& q) const {
  const auto& v = std::get<velocity>(all.all[rule_index].when);
  const auto key = who(v.of, q);
  if (!key)
    return std::nullopt;
  const counted& c = rules_[rule_index];
  auto it = c.of.find(*key);
  if (it == c.of.end())
    return c.of.size() >= limits::risk_keys_max ? std::nullopt : std::optional(sum{});
  const int64_t now = at.ns / part_ns(v);
  sum s;
  for (const part& p : it->second.parts)
    if (p.number >= now - static_cast<int64_t>(limits::risk_window_parts)) {
      s.payments += p.payments;
      s.minor = s.minor > UINT64_MAX - p.minor ? UINT64_MAX : s.minor + p.minor;
    }
  return s;
}

size_t counts::keys() const {
  size_t n = 0;
  for (const counted& c : rules_)
    n += c.of.size();
  return n;
}

risk_answer assess(const rules& all, counts& counted, instant at, const question& q) {
  risk_answer answer{risk_outcome::pass, {}, all.version, 0, 0};
  for (size_t i = 0; i < all.all.size(); ++i) {
    const rule& r = all.all[i];
    if (!is_about(r, q.merchant, q.method) || !std::visit(condition{all, counted, i, at, q}, r.when))
      continue;
    answer.outcome = r.then;
    answer.rule = r.id;
    break;
  }
  if (answer.outcome == risk_outcome::step_up) {
    answer.confirm_within_ms = all.confirm_within_ms;
    answer.wrong_max = all.wrong_max;
  }
  counted.add(all, at, q);
  return answer;
}

} // namespace oncepay::risk
