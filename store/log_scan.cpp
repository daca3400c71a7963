#include "store/log_scan.hpp"

#include "store/store_fault.hpp"

#include <map>

namespace oncepay {

store_result<decision_header> header_at(uint64_t position, bytes_view stored) {
  auto header = decode_header(stored);
  if (!header)
    return store_fault(store_errc::damaged,
                       "decision " + std::to_string(position) + ": " + header.error() + "; run `oncepay log verify`");
  return std::move(*header);
}

store_result<void> log_scan::each(const std::function<void(uint64_t, decision_header&&)>& visit) const {
  record_page page;
  for (uint64_t next = after_ + 1; next <= to_; next += page.size()) {
    page.clear();
    if (auto read = records_->read_range(next, to_, page); !read)
      return error_of(read);
    for (size_t i = 0; i < page.size(); ++i) {
      auto header = header_at(page.position(i), page.stored(i));
      if (!header)
        return error_of(header);
      visit(page.position(i), std::move(*header));
    }
  }
  return {};
}

store_result<unfolded_stream> log_scan::find(const stream_name& name, uint32_t from_version) const {
  unfolded_stream found;
  auto scanned = each([&](uint64_t position, decision_header&& header) {
    if (header.stream != name)
      return;
    found.version = header.version;
    if (header.version == 1)
      found.number = position;
    if (header.version >= from_version)
      found.positions.push_back(position);
  });
  if (!scanned)
    return error_of(scanned);
  return found;
}

store_result<std::vector<std::pair<uint64_t, stream_name>>> log_scan::opened(stream_kind kind) const {
  std::vector<std::pair<uint64_t, stream_name>> streams;
  auto scanned = each([&](uint64_t position, decision_header&& header) {
    if (header.version == 1 && header.stream.kind() == kind)
      streams.emplace_back(position, std::move(header.stream));
  });
  if (!scanned)
    return error_of(scanned);
  return streams;
}

store_result<std::vector<due_change>> log_scan::due_changes(const due_entry& after, instant until,
                                                            size_t present_max) const {
  std::map<due_entry, std::pair<uint64_t, bool>> newest;
  auto state = [&](uint64_t position, due_entry entry, bool present) {
    if (entry <= after || entry.due > until)
      return;
    // Without an index below there is nothing that an absent entry would have to hide.
    if (!present && after_ == 0)
      newest.erase(entry);
    else
      newest.insert_or_assign(std::move(entry), std::pair(position, present));
  };
  auto scanned = each([&](uint64_t position, decision_header&& header) {
    if (header.due_before == header.due)
      return;
    if (header.due_before)
      state(position, {header.due_before, header.stream}, false);
    if (header.due)
      state(position, {header.due, std::move(header.stream)}, true);
  });
  if (!scanned)
    return error_of(scanned);
  std::vector<due_change> changes;
  size_t present = 0;
  for (auto& [entry, what] : newest) {
    if (present >= present_max)
      break;
    changes.push_back({entry, what.first, what.second});
    present += what.second ? 1 : 0;
  }
  return changes;
}

} // namespace oncepay
