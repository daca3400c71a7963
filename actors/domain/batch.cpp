#include "actors/domain/batch.hpp"

#include "actors/domain/pay_out.hpp"
#include "schema/limits.hpp"
#include "schema/money.hpp"
#include "schema/mutation.hpp"

#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace oncepay::batch {

namespace {

verdict_on_input open(const state& s, const batch_input& in) {
  if (in.merchant != s.merchant || in.batch_no != s.batch_no)
    return refuse(errc::internal, "an input that isn't this batch's");
  if (s.opened && !mutated(mutation::open_batch_again)) {
    const bool same = fingerprint_of(in) == s.fingerprint || mutated(mutation::ignore_batch_content);
    return same ? verdict_on_input(std::vector<event>{}) : refuse(errc::batch_conflict);
  }
  if (const errc fault = fault_in(in); fault != errc::ok)
    return refuse(fault);
  return std::vector<event>{batch_opened{fingerprint_of(in)}};
}

verdict_on_input end(const state& s, const batch_handed_out_input& in) {
  if (!s.opened || in.refusals.size() != s.what.lines.size())
    return refuse(errc::internal, "what isn't the answer to this batch's lines");
  if (s.handed_out)
    return std::vector<event>{};
  return std::vector<event>{batch_handed_out{}};
}

} // namespace

hash128 fingerprint_of(const batch_input& in) {
  std::string lines;
  for (const batch_line& line : in.lines) {
    const hash128 one =
        hash_parts_128({line.order_no.str(), std::to_string(line.amount_minor), as_text(std::span(line.payee_token))});
    lines.append(as_text(std::span(one)));
  }
  return hash_parts_128({"batch/1", in.method.str(), std::to_string(in.currency.numeric), lines});
}

errc fault_in(const batch_input& in) {
  std::unordered_set<std::string_view> numbers;
  std::set<hash128> likenesses;
  int64_t total_minor = 0;
  for (const batch_line& line : in.lines) {
    if (line.amount_minor <= 0)
      return errc::invalid_amount;
    if (!numbers.insert(line.order_no.str()).second)
      return errc::repeated_line;
    // The second of two alike would be refused, or fail, while the first isn't decided.
    if (!likenesses.insert(order::likeness_of(line.payee_token, {line.amount_minor, in.currency})).second)
      return errc::repeated_line;
    auto sum = checked_add(total_minor, line.amount_minor);
    if (!sum)
      return errc::amount_overflow;
    total_minor = *sum;
  }
  const bool adds_up = total_minor == in.total_minor || mutated(mutation::ignore_batch_total);
  return in.lines.empty() || !adds_up ? errc::batch_total_differs : errc::ok;
}

state initial(const stream_name& name) {
  state s;
  s.merchant = merchant_id::trusted(name.part(0));
  s.batch_no = order_no::trusted(name.part(1));
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  if (auto* asked = std::get_if<batch_input>(&in))
    return open(s, *asked);
  if (auto* answer = std::get_if<batch_handed_out_input>(&in))
    return end(s, *answer);
  return refuse(errc::internal, "an input that isn't a batch's");
}

void evolve(state& s, instant at, const input& in, const event& e) {
  if (auto* opened = std::get_if<batch_opened>(&e)) {
    s.opened = true;
    s.fingerprint = opened->fingerprint;
    s.opened_at = at;
    if (auto* asked = std::get_if<batch_input>(&in))
      s.what = *asked;
  } else if (std::holds_alternative<batch_handed_out>(e)) {
    s.handed_out = true;
    if (auto* answer = std::get_if<batch_handed_out_input>(&in))
      s.refusals = answer->refusals;
  }
}

std::optional<hand_out_effect> to_hand_out(const state& s) {
  if (!s.opened || s.handed_out)
    return std::nullopt;
  hand_out_effect result;
  result.merchant = s.merchant;
  for (const batch_line& line : s.what.lines)
    result.lines.push_back({line.order_no,
                            {line.amount_minor, s.what.currency},
                            s.what.method,
                            line.payee_token,
                            line.payee,
                            s.what.reason,
                            {}});
  return result;
}

errc standing(const state& s) {
  return s.opened ? errc::ok : errc::unknown_batch;
}

batch_view view(const state& s) {
  batch_view v{s.merchant, s.batch_no, s.what.method, s.what.currency, s.opened_at, s.handed_out, {}};
  for (size_t i = 0; i < s.what.lines.size(); ++i) {
    const batch_line& line = s.what.lines[i];
    const uint16_t refusal = i < s.refusals.size() ? s.refusals[i] : uint16_t{0};
    v.lines.push_back({line.order_no, line.amount_minor, refusal == 0 ? errc::processing : static_cast<errc>(refusal),
                       order_state::none});
  }
  return v;
}

} // namespace oncepay::batch
