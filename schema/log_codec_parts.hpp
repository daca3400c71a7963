// The parts of a stored decision. Internal to the log codec.
#pragma once

#include "schema/event.hpp"
#include "schema/flat.hpp"
#include "schema/input.hpp"
#include "schema/posting.hpp"

#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include <log_generated.h>

namespace oncepay::flat {

/// What is wrong, as the end of "the stored decision …".
template <class T>
using part = tl::expected<T, const char*>;

inline tl::unexpected<const char*> wrong(const char* what) {
  return tl::unexpected(what);
}

inline constexpr auto too_much = "unfolds to more than any decision holds";

std::pair<fb::Input, flatbuffers::Offset<void>> write(builder&, const input&);
std::pair<fb::Event, flatbuffers::Offset<void>> write(builder&, const event&);

/// Of a table that the verifier has passed.
part<input> read_input(const fb::Decision&, unfolding_budget&);
part<event> read_event(const fb::Decision&, size_t index, unfolding_budget&);

flatbuffers::Offset<fb::Route> write(builder&, const route_answer&);
part<route_answer> read(const fb::Route&);

/// A posting line's owner where it has none.
inline constexpr uint16_t no_owner = 65'535;

flatbuffers::Offset<fb::Postings> write(builder&, const std::vector<posting>&);
part<std::vector<posting>> read(const fb::Postings&, unfolding_budget&);

/// All zero is left out, and read back as all zero.
fb::Bytes16 to_bytes16(const hash128&);
hash128 from_bytes16(const fb::Bytes16*);

/// A pointer that is null where the bytes are all zero: then the field is left out.
class bytes16_if_any {
public:
  explicit bytes16_if_any(const hash128& h) : bytes_(to_bytes16(h)), any_(h != hash128{}) {}
  const fb::Bytes16* get() const { return any_ ? &bytes_ : nullptr; }

private:
  fb::Bytes16 bytes_;
  bool any_;
};

/// An id that is all zero was never made: it stands for none.
attempt_id id_from(const fb::Bytes16*);
ruling_id ruling_from(const fb::Bytes16*);

} // namespace oncepay::flat
