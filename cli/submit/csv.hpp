// A CSV reader after RFC 4180 that is fed bytes and gives records: never the whole file in memory, and it may stop
// anywhere for more input.
//
// Accepted beyond the RFC: LF alone as line end, a byte order mark, and empty lines, which are skipped. Refused with
// the record's line, and then resumed at the next line: a quote inside an unquoted field, text after a closing quote,
// more or fewer fields than the header. A ragged record is never guessed at: no amount may shift into another column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

struct csv_record {
  uint64_t line = 0; ///< Where it begins; the file's first line is 1.
  std::vector<std::string> fields;
};

class csv_reader {
public:
  enum class status : uint8_t {
    record,    ///< `record()` is the next one; the first is the header.
    bad,       ///< `line()` and `problem()` say what was refused; reading goes on behind it.
    need_more, ///< Feed, or finish.
    end,
    broken, ///< A record above the bound: `problem()` says where it began. Nothing behind it can be trusted.
  };

  /// A record's longest length: an unclosed quote must not swallow the file.
  static constexpr size_t record_bytes_max = 64 * 1024;

  void feed(std::string_view bytes);
  /// No more bytes will come: what is left is the last record.
  void finish() { finished_ = true; }
  status next();

  const csv_record& record() const { return record_; }
  uint64_t line() const { return record_.line; }
  const std::string& problem() const { return problem_; }
  /// Bytes of input that were turned into records.
  uint64_t bytes_taken() const { return bytes_taken_; }

private:
  enum class scan : uint8_t { field_start, unquoted, quoted, behind_quote };

  /// The end of the record that begins at `begin_` (behind its last byte, before the line end), or npos.
  size_t record_end();
  status take(std::string_view raw);
  bool split(std::string_view raw);

  std::string buffer_;
  size_t begin_ = 0;
  size_t scanned_ = 0;            ///< Behind `begin_`: the search for the record's end goes on here.
  scan scan_ = scan::field_start; ///< At `scanned_`.
  bool finished_ = false;
  bool broken_ = false;
  uint64_t next_line_ = 1;
  uint64_t bytes_taken_ = 0;
  size_t columns_ = 0; ///< Of the header; 0: not read yet.
  csv_record record_;
  std::string problem_;
};

} // namespace oncepay::cli
