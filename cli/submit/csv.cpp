#include "cli/submit/csv.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

} // namespace

void csv_reader::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

size_t csv_reader::record_end() {
  for (; scanned_ < buffer_.size(); ++scanned_) {
    const char c = buffer_[scanned_];
    // A byte order mark stands before the first field and mustn't hide that this one begins with a quote.
    if (bytes_taken_ == 0 && scanned_ < byte_order_mark.size() && c == byte_order_mark[scanned_])
      continue;
    switch (scan_) {
    case scan::quoted:
      if (c == '"')
        scan_ = scan::behind_quote;
      continue;
    case scan::behind_quote:
      // A second quote stands for one in the text. Anything else: the field is closed, for good or as a mistake.
      if (c == '"') {
        scan_ = scan::quoted;
        continue;
      }
      break;
    case scan::field_start:
      if (c == '"') {
        scan_ = scan::quoted;
        continue;
      }
      break;
    case scan::unquoted:
      // A stray quote inside a field must not open quotes: it would hide the line ends behind it.
      break;
    }
    if (c == '\n')
      return scanned_;
    scan_ = c == ',' ? scan::field_start : scan::unquoted;
  }
  return std::string::npos;
}

csv_reader::status csv_reader::next() {
  while (!broken_) {
    auto end = record_end();
    const bool at_end = end == std::string::npos;
    if (scanned_ - begin_ > record_bytes_max) {
      broken_ = true;
      record_.line = next_line_;
      problem_ =
          fmt::format("line {}: a record of more than {} bytes; is a quote not closed?", next_line_, record_bytes_max);
      break;
    }
    if (at_end && !finished_)
      return status::need_more;
    if (at_end && begin_ == buffer_.size())
      return status::end;
    if (at_end)
      end = buffer_.size();
    auto raw = std::string_view(buffer_).substr(begin_, end - begin_);
    const bool unclosed = at_end && scan_ == scan::quoted;
    const size_t consumed = end - begin_ + (at_end ? 0 : 1);
    record_.line = next_line_;
    next_line_ += static_cast<uint64_t>(std::count(raw.begin(), raw.end(), '\n')) + 1;
    begin_ += consumed;
    scanned_ = begin_;
    bytes_taken_ += consumed;
    scan_ = scan::field_start;
    if (record_.line == 1 && raw.starts_with(byte_order_mark))
      raw.remove_prefix(byte_order_mark.size());
    if (raw.ends_with('\r'))
      raw.remove_suffix(1);
    if (unclosed) {
      problem_ = "a quote is opened and never closed";
      return status::bad;
    }
    if (!raw.empty())
      return take(raw);
  }
  return status::broken;
}

csv_reader::status csv_reader::take(std::string_view raw) {
  if (!split(raw))
    return status::bad;
  if (columns_ == 0) {
    columns_ = record_.fields.size();
    return status::record;
  }
  if (record_.fields.size() != columns_) {
    problem_ = fmt::format("{} fields, the header has {}", record_.fields.size(), columns_);
    return status::bad;
  }
  return status::record;
}

bool csv_reader::split(std::string_view raw) {
  size_t count = 0;
  const auto next_field = [&]() -> std::string& {
    // Fields are reused from record to record, so that a million rows don't allocate a million times.
    if (record_.fields.size() <= count)
      record_.fields.emplace_back();
    record_.fields[count].clear();
    return record_.fields[count++];
  };
  for (size_t i = 0;;) {
    auto& field = next_field();
    if (i < raw.size() && raw[i] == '"') {
      for (++i;; ++i) {
        const auto quote = raw.find('"', i);
        if (quote == std::string_view::npos) {
          problem_ = fmt::format("field {}: a quote is opened and never closed", count);
          return false;
        }
        field += raw.substr(i, quote - i);
        i = quote + 1;
        if (i >= raw.size() || raw[i] != '"')
          break;
        field += '"';
      }
      if (i < raw.size() && raw[i] != ',') {
        problem_ = fmt::format("field {}: text behind a closing quote", count);
        return false;
      }
    } else {
      const auto end = std::min(raw.find(',', i), raw.size());
      field = raw.substr(i, end - i);
      if (field.find('"') != std::string::npos) {
        problem_ = fmt::format("field {}: a quote inside a field that isn't quoted", count);
        return false;
      }
      i = end;
    }
    if (i >= raw.size())
      break;
    ++i;
  }
  record_.fields.resize(count);
  return true;
}

} // namespace oncepay::cli
