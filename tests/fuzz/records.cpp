// What a damaged or edited log may do to whoever reads it.
//
// The input is a stored record, and besides it is one before its zero bytes were left out: a change in a packed record
// mostly shifts all that follows, and few would reach the codec behind the packing.
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/packing.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/entry.hpp"

#include <algorithm>

using namespace oncepay;
using fuzz::demand;

namespace {

void decode(bytes_view stored, bool small) {
  auto header = decode_header(stored);
  auto outcome = decode_outcome(stored);
  auto read = decode_decision(stored);
  demand(outcome || (!read && read.error() == outcome.error()),
         "what its outcome is refused for, the whole is refused for");
  if (!read) {
    demand(!read.error().empty(), "a refusal says what is wrong");
    return;
  }
  demand(header.has_value(), "what is read as a whole has a header");
  demand(header->stream == read->stream && header->version == read->version && header->at == read->at &&
             header->due_before == read->due_before && header->due == read->due,
         "the header alone says what the decision says");
  demand(outcome->header == *header && outcome->events == read->events,
         "the outcome alone says what the decision says");
  // A record near the bound may take more room when it is written anew, and is then refused by the writer.
  if (!small)
    return;
  auto reread = decode_decision(encode(*read));
  demand(reread.has_value(), "what was read can be read again");
  demand(*reread == *read, "what was read means the same when it is written again");
}

void pack_and_unpack(bytes_view bytes) {
  std::vector<uint64_t> scratch;
  auto back = unpack(pack(bytes), bytes.size() + sizeof(uint64_t), scratch);
  demand(back && back->size() >= bytes.size() && back->size() < bytes.size() + sizeof(uint64_t),
         "what was packed unpacks to whole words");
  demand(std::equal(bytes.begin(), bytes.end(), back->begin()), "what was packed unpacks to the same bytes");
  demand(std::all_of(back->begin() + static_cast<std::ptrdiff_t>(bytes.size()), back->end(),
                     [](std::byte b) { return b == std::byte{0}; }),
         "and zeros up to a whole word");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > limits::decision_bytes_max + 1)
    return 0;
  const bytes_view bytes{reinterpret_cast<const std::byte*>(data), size};
  std::vector<uint64_t> scratch;
  const auto unpacked = unpack(bytes, limits::decision_unpacked_bytes_max, scratch);
  demand(!unpacked || unpacked->size() <= limits::decision_unpacked_bytes_max, "unpacking keeps to its bound");
  decode(bytes, unpacked && unpacked->size() <= limits::decision_unpacked_bytes_max / 4);
  pack_and_unpack(bytes);
  decode(pack(bytes), size <= limits::decision_unpacked_bytes_max / 4);
  return 0;
}
