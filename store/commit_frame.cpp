#include "store/commit_frame.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"

#include <cstring>

namespace oncepay {

namespace {

using size_field = uint32_t;

uint64_t whole_pages(uint64_t bytes) {
  return (bytes + commit_frame::page_bytes - 1) / commit_frame::page_bytes * commit_frame::page_bytes;
}

uint64_t check_of(const frame_header& header) {
  return name_hash({reinterpret_cast<const char*>(&header), offsetof(frame_header, check)});
}

size_field size_at(const std::vector<std::byte>& bytes, size_t offset) {
  size_field size = 0;
  std::memcpy(&size, bytes.data() + offset, sizeof size);
  return size;
}

} // namespace

uint64_t frame_header::frame_bytes() const {
  return whole_pages(sizeof(frame_header) + bytes);
}

uint64_t commit_frame::bytes_for(std::span<const append_entry> batch) {
  uint64_t bytes = sizeof(frame_header);
  for (const append_entry& entry : batch)
    bytes += sizeof(size_field) + entry.stored.size();
  return whole_pages(bytes);
}

commit_frame commit_frame::of(const opening_id& opening, std::span<const append_entry> batch, const log_head& head) {
  std::vector<std::byte> bytes(bytes_for(batch));
  std::vector<uint32_t> offsets;
  offsets.reserve(batch.size());
  size_t end = sizeof(frame_header);
  for (const append_entry& entry : batch) {
    const auto size = static_cast<size_field>(entry.stored.size());
    offsets.push_back(static_cast<uint32_t>(end));
    std::memcpy(bytes.data() + end, &size, sizeof size);
    end += sizeof size;
    if (size > 0)
      std::memcpy(bytes.data() + end, entry.stored.data(), size);
    end += size;
  }
  frame_header header{.opening = opening,
                      .first = head.position - batch.size() + 1,
                      .bytes = end - sizeof(frame_header),
                      .decisions = static_cast<uint32_t>(batch.size()),
                      .unused = 0,
                      .at_ns = head.at.ns,
                      .chain = head.chain,
                      .check = 0};
  header.check = check_of(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return {std::move(bytes), std::move(offsets), head};
}

std::optional<frame_header> commit_frame::header_in(bytes_view page, const opening_id& opening) {
  frame_header header{};
  if (page.size() < sizeof header)
    return std::nullopt;
  std::memcpy(&header, page.data(), sizeof header);
  if (header.opening != opening || header.check != check_of(header) || header.decisions == 0 ||
      header.decisions > limits::batch_decisions_max || header.first == 0)
    return std::nullopt;
  return header;
}

std::optional<commit_frame> commit_frame::from(std::vector<std::byte> bytes, const hash256& before) {
  frame_header header{};
  ONCEPAY_ASSERT(bytes.size() >= sizeof header);
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.check != check_of(header) || header.bytes > bytes.size() - sizeof header ||
      header.decisions > limits::batch_decisions_max)
    return std::nullopt;
  const size_t all = sizeof header + header.bytes;
  std::vector<uint32_t> offsets;
  offsets.reserve(header.decisions);
  hash256 chain = before;
  size_t end = sizeof header;
  for (uint32_t i = 0; i < header.decisions; ++i) {
    if (all - end < sizeof(size_field))
      return std::nullopt;
    const size_t size = size_at(bytes, end);
    if (all - end - sizeof(size_field) < size)
      return std::nullopt;
    offsets.push_back(static_cast<uint32_t>(end));
    end += sizeof(size_field);
    chain = chain_step(chain, header.first + i, {bytes.data() + end, size});
    end += size;
  }
  if (end != all || chain != header.chain)
    return std::nullopt;
  return commit_frame(std::move(bytes), std::move(offsets), {header.last(), header.chain, {header.at_ns}});
}

bytes_view commit_frame::stored(size_t i) const {
  return {bytes_.data() + offsets_[i] + sizeof(size_field), size_at(bytes_, offsets_[i])};
}

} // namespace oncepay
