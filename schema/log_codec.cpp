#include "schema/log_codec.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec_parts.hpp"
#include "schema/packing.hpp"

#include <utility>

namespace oncepay {

namespace {

/// The root table, its vtable and the stream's name lie at a buffer's front, since it is built from the back: 90 bytes
/// and the longest name, an order's.
constexpr size_t header_bytes = 192;
static_assert(header_bytes >= 90 + 3 + limits::merchant_id_bytes_max + limits::order_no_bytes_max);

/// What a stored decision may unfold to. Posting lines share their owners, and nothing else that we write is shared: so
/// everything fits that `encode` has written.
constexpr size_t unfolded_bytes_max = 8 * limits::decision_unpacked_bytes_max;
static_assert((sizeof(fb::PostingLine) + limits::account_path_bytes_max) <= 8 * sizeof(fb::PostingLine));

template <class T>
using read_result = tl::expected<T, std::string>;

tl::unexpected<std::string> damaged(std::string_view what) {
  return tl::unexpected(std::string("the stored decision ").append(what));
}

/// The FlatBuffer that was stored, in whole words, or its front; valid until the thread's next call.
read_result<bytes_view> unpacked(bytes_view stored, size_t bytes_wanted = SIZE_MAX) {
  thread_local std::vector<uint64_t> words;
  if (stored.size() > limits::decision_bytes_max)
    return damaged("is larger than any decision may be");
  auto bytes = unpack(stored, limits::decision_unpacked_bytes_max, words, bytes_wanted);
  if (!bytes || bytes->size() < limits::frame_bytes_min)
    return damaged("doesn't unpack");
  return *bytes;
}

/// A stored decision's verifier bounds are the wire's: a log may have been edited by somebody.
flatbuffers::Verifier verifier_for(bytes_view bytes) {
  return flat::verifier(bytes, limits::verifier_depth_max, limits::verifier_tables_max);
}

read_result<decision_header> header_of(const fb::Decision& d) {
  auto stream = stream_name::from_bytes(
      {reinterpret_cast<const char*>(d.stream()->data()), static_cast<size_t>(d.stream()->size())});
  if (!stream)
    return damaged("has no valid stream name");
  if (d.version() == 0)
    return damaged("has version 0");
  return decision_header{
      std::move(*stream), d.version(), {d.at_ns()}, {d.due_before_ns()}, {d.due_ns()},
  };
}

/// Verifies the header's fields alone, through the same verifier as the whole: folding indexes needs nothing else, and
/// the rest was or will be verified by whoever reads it.
const fb::Decision* verified_header(bytes_view bytes) {
  auto v = verifier_for(bytes);
  auto root = v.VerifyOffset(0);
  if (root == 0 || !flatbuffers::BufferHasIdentifier(bytes.data(), fb::DecisionIdentifier()))
    return nullptr;
  auto* table = reinterpret_cast<const flatbuffers::Table*>(bytes.data() + root);
  using d = fb::Decision;
  bool sound = table->VerifyTableStart(v) && table->VerifyField<int64_t>(v, d::VT_AT_NS, sizeof(int64_t)) &&
               table->VerifyOffsetRequired(v, d::VT_STREAM) &&
               v.VerifyVector(table->GetPointer<const flatbuffers::Vector<uint8_t>*>(d::VT_STREAM)) &&
               table->VerifyField<uint32_t>(v, d::VT_VERSION, sizeof(uint32_t)) &&
               table->VerifyField<int64_t>(v, d::VT_DUE_BEFORE_NS, sizeof(int64_t)) &&
               table->VerifyField<int64_t>(v, d::VT_DUE_NS, sizeof(int64_t));
  return sound ? reinterpret_cast<const d*>(table) : nullptr;
}

/// The whole decision's table, verified; valid until the thread's next call.
read_result<const fb::Decision*> verified(bytes_view stored) {
  auto bytes = unpacked(stored);
  if (!bytes)
    return tl::unexpected(std::move(bytes.error()));
  auto v = verifier_for(*bytes);
  if (!fb::VerifyDecisionBuffer(v))
    return damaged("doesn't verify");
  return fb::GetDecision(bytes->data());
}

read_result<decision_outcome> outcome_of(const fb::Decision& table, flat::unfolding_budget& budget) {
  auto header = header_of(table);
  if (!header)
    return tl::unexpected(std::move(header.error()));
  decision_outcome outcome{std::move(*header), {}};
  auto* events = table.events();
  size_t count = events == nullptr ? 0 : events->size();
  outcome.events.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    auto e = flat::read_event(table, i, budget);
    if (!e)
      return damaged(e.error());
    outcome.events.push_back(std::move(*e));
  }
  return outcome;
}

} // namespace

std::vector<std::byte> encode(const decision& d) {
  flat::builder& b = flat::fresh_builder();
  auto [input_type, input_table] = flat::write(b, d.input);
  std::vector<fb::Event> event_types;
  std::vector<flatbuffers::Offset<void>> events;
  event_types.reserve(d.events.size());
  events.reserve(d.events.size());
  for (const event& e : d.events) {
    auto [type, offset] = flat::write(b, e);
    event_types.push_back(type);
    events.push_back(offset);
  }
  auto type_list = b.CreateVector(event_types);
  auto event_list = b.CreateVector(events);
  const std::string& name = d.stream.bytes();
  auto stream = b.CreateVector(reinterpret_cast<const uint8_t*>(name.data()), name.size());
  fb::FinishDecisionBuffer(b, fb::CreateDecision(b, d.at.ns, stream, d.version, d.due_before.ns, d.due.ns, input_type,
                                                 input_table, type_list, event_list));
  bytes_view bytes = flat::finished(b);
  // What couldn't be read back must not be written.
  ONCEPAY_ASSERT(bytes.size() <= limits::decision_unpacked_bytes_max);
  return pack(bytes);
}

read_result<decision_header> decode_header(bytes_view stored) {
  auto bytes = unpacked(stored, header_bytes);
  if (!bytes)
    return tl::unexpected(std::move(bytes.error()));
  // The verifier holds the front to its own bounds, so a header that reaches beyond it is refused here and found there.
  const fb::Decision* d = verified_header(*bytes);
  if (d == nullptr) {
    bytes = unpacked(stored);
    if (!bytes)
      return tl::unexpected(std::move(bytes.error()));
    d = verified_header(*bytes);
  }
  if (d == nullptr)
    return damaged("doesn't verify");
  return header_of(*d);
}

read_result<decision_outcome> decode_outcome(bytes_view stored) {
  flat::unfolding_budget budget(unfolded_bytes_max);
  auto table = verified(stored);
  if (!table)
    return tl::unexpected(std::move(table.error()));
  return outcome_of(**table, budget);
}

read_result<decision> decode_decision(bytes_view stored) {
  flat::unfolding_budget budget(unfolded_bytes_max);
  auto table = verified(stored);
  if (!table)
    return tl::unexpected(std::move(table.error()));
  // The outcome comes first, with all of the budget, so that whoever reads it alone is refused in the same cases and
  // with the same sentence.
  auto outcome = outcome_of(**table, budget);
  if (!outcome)
    return tl::unexpected(std::move(outcome.error()));
  auto in = flat::read_input(**table, budget);
  if (!in)
    return damaged(in.error());
  decision_header& header = outcome->header;
  return decision{header.at,      std::move(header.stream),  header.version, header.due_before, header.due,
                  std::move(*in), std::move(outcome->events)};
}

} // namespace oncepay
