// What a damaged write-ahead file may do to whoever recovers the log from it.
//
// The input is a frame as it lies there. A check and a hash over all of it stand before almost everything, and no input
// guesses those. So it is a header's content besides, which is given its check, with decisions behind it that may not
// be what the header says; and it is decisions, whose frame is then damaged at one place.
#include "schema/limits.hpp"
#include "store/commit_frame.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/entry.hpp"

#include <algorithm>
#include <cstring>

using namespace oncepay;
using fuzz::demand;

namespace {

/// What is left of the input; zeros where nothing is.
class source {
public:
  explicit source(bytes_view bytes) : rest_(bytes) {}

  template <class Number>
  Number number() {
    Number n{};
    const bytes_view taken = take(sizeof n);
    if (!taken.empty())
      std::memcpy(&n, taken.data(), taken.size());
    return n;
  }

  bytes_view take(size_t bytes) {
    const bytes_view taken = rest_.first(std::min(bytes, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  bool empty() const { return rest_.empty(); }

private:
  bytes_view rest_;
};

bool same_content(const commit_frame& a, const commit_frame& b) {
  if (a.size() != b.size() || a.first() != b.first() || a.head() != b.head())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!std::ranges::equal(a.stored(i), b.stored(i)))
      return false;
  return true;
}

/// As recovery reads a page: what has a header, and is as long as it says, is looked at as a whole.
void read(std::vector<std::byte> bytes, const opening_id& opening, const hash256& before) {
  const auto header = commit_frame::header_in(bytes, opening);
  if (!header || header->bytes >= bytes.size() || header->frame_bytes() > bytes.size())
    return;
  bytes.resize(header->frame_bytes());
  const auto frame = commit_frame::from(bytes, before);
  if (!frame)
    return;
  demand(frame->size() == header->decisions && frame->first() == header->first,
         "a whole frame holds the decisions that its header says");
  size_t content = 0;
  for (size_t i = 0; i < frame->size(); ++i)
    content += frame->stored(i).size() + sizeof(uint32_t);
  demand(content == header->bytes, "its decisions are as long together as its header says");
}

void read_as_it_is(bytes_view input) {
  opening_id opening{};
  std::memcpy(opening.data(), input.data(), std::min(input.size(), opening.size()));
  read({input.begin(), input.end()}, opening, {});
}

/// A header with its right check, behind it whatever comes.
void read_with_a_check(bytes_view input) {
  frame_header header{};
  std::memcpy(&header, input.data(), std::min(input.size(), offsetof(frame_header, check)));
  header.check = name_hash({reinterpret_cast<const char*>(&header), offsetof(frame_header, check)});
  std::vector<std::byte> bytes(std::max(input.size(), sizeof header) + commit_frame::page_bytes);
  std::ranges::copy(input, bytes.begin());
  std::memcpy(bytes.data(), &header, sizeof header);
  read(std::move(bytes), header.opening, {});
}

std::vector<append_entry> decisions_from(source& from) {
  std::vector<append_entry> batch;
  do {
    const size_t bytes = from.number<uint16_t>() % 600;
    const bytes_view stored = from.take(bytes);
    batch.emplace_back().stored.assign(stored.begin(), stored.end());
  } while (!from.empty() && batch.size() < limits::batch_decisions_max);
  return batch;
}

void damage(bytes_view input) {
  source from(input);
  const uint32_t place = from.number<uint32_t>();
  const auto change = static_cast<std::byte>(from.number<uint8_t>() | 1U);
  const uint64_t first = std::max<uint64_t>(1, from.number<uint32_t>());
  const opening_id opening{std::byte{7}};
  const std::vector<append_entry> batch = decisions_from(from);
  const hash256 before{};
  hash256 chain = before;
  for (size_t i = 0; i < batch.size(); ++i)
    chain = chain_step(chain, first + i, batch[i].stored);
  const auto written = commit_frame::of(opening, batch, {first + batch.size() - 1, chain, {from.number<uint16_t>()}});

  std::vector<std::byte> bytes(written.bytes().begin(), written.bytes().end());
  demand(commit_frame::header_in(bytes, opening).has_value(), "what was written is found");
  const auto whole = commit_frame::from(bytes, before);
  demand(whole && same_content(*whole, written), "what was written is read");
  for (size_t i = 0; i < batch.size(); ++i)
    demand(std::ranges::equal(whole->stored(i), batch[i].stored), "decision by decision");

  bytes[place % bytes.size()] ^= change;
  const auto damaged = commit_frame::from(bytes, before);
  demand(!damaged || same_content(*damaged, written),
         "what was damaged isn't taken for whole, or wasn't of its content");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const bytes_view input{reinterpret_cast<const std::byte*>(data), size};
  read_as_it_is(input);
  read_with_a_check(input);
  damage(input);
  return 0;
}
