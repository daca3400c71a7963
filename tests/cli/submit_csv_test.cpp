#include "cli/submit/csv.hpp"

#include <rapidcheck.h>

#include <doctest/doctest.h>

using namespace oncepay::cli;

namespace {

struct parsed {
  std::vector<csv_record> records;
  std::vector<std::pair<uint64_t, std::string>> bad;
  std::string broken;
};

/// Feeds `text` in pieces of `piece` bytes: where input is cut must make no difference.
parsed parse(std::string_view text, size_t piece) {
  parsed result;
  csv_reader reader;
  for (;;) {
    switch (reader.next()) {
    case csv_reader::status::record:
      result.records.push_back(reader.record());
      break;
    case csv_reader::status::bad:
      result.bad.emplace_back(reader.line(), reader.problem());
      break;
    case csv_reader::status::need_more:
      if (text.empty())
        reader.finish();
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
      break;
    case csv_reader::status::end:
      CHECK(reader.next() == csv_reader::status::end);
      return result;
    case csv_reader::status::broken:
      result.broken = reader.problem();
      return result;
    }
  }
}

parsed parse(std::string_view text) {
  return parse(text, 1'000'000);
}

using fields = std::vector<std::string>;

std::string quoted(const std::string& field) {
  std::string out = "\"";
  for (const char c : field)
    out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

} // namespace

TEST_CASE("CSV: line ends of both kinds, a byte order mark, empty lines and a missing last line end") {
  const auto result = parse("\xef\xbb\xbf\"a\",b\r\n1,2\r\n\r\n3,4\n\n5,6");
  REQUIRE(result.bad.empty());
  REQUIRE(result.records.size() == 4);
  CHECK(result.records[0].fields == fields{"a", "b"});
  CHECK(result.records[1].fields == fields{"1", "2"});
  CHECK(result.records[2].line == 4);
  CHECK(result.records[3].fields == fields{"5", "6"});
  CHECK(result.records[3].line == 6);
}

TEST_CASE("CSV: quotes hold commas, line ends and quotes, and the line number counts what they hold") {
  const auto result = parse("a,b\n\"x,\"\"y\"\"\r\nz\",\"\"\n3,4\n");
  REQUIRE(result.records.size() == 3);
  CHECK(result.records[1].fields == fields{"x,\"y\"\r\nz", ""});
  CHECK(result.records[1].line == 2);
  CHECK(result.records[2].line == 4);
}

TEST_CASE("CSV: a ragged row is refused with its line, so that no amount shifts into another column") {
  const auto result = parse("a,b,c\n1,2,3\n1,2\n1,2,3,4\n4,5,6\n");
  REQUIRE(result.bad.size() == 2);
  CHECK(result.bad[0] == std::pair<uint64_t, std::string>{3, "2 fields, the header has 3"});
  CHECK(result.bad[1] == std::pair<uint64_t, std::string>{4, "4 fields, the header has 3"});
  CHECK(result.records.back().fields == fields{"4", "5", "6"});
}

TEST_CASE("CSV: a stray quote costs its own row and no other") {
  for (const std::string_view row : {"x\"y,2", "x\"\"y,2", "\"x\"y,2", "\"x\"\"\"y,2", "1,2\""}) {
    CAPTURE(row);
    const auto result = parse("a,b\n" + std::string(row) + "\n3,4\n");
    REQUIRE(result.bad.size() == 1);
    CHECK(result.bad[0].first == 2);
    REQUIRE(result.records.size() == 2);
    CHECK(result.records[1].fields == fields{"3", "4"});
  }
}

TEST_CASE("CSV: a quote that is never closed is named by the line it opens in") {
  const auto result = parse("a,b\n1,2\n\"3,4\n5,6\n");
  REQUIRE(result.bad.size() == 1);
  CHECK(result.bad[0].first == 3);
}

TEST_CASE("CSV: an unclosed quote can't swallow a large file") {
  const auto result = parse("a,b\n\"" + std::string(csv_reader::record_bytes_max + 1, 'x'), 4'096);
  CHECK(result.broken.find("line 2") != std::string::npos);
  CHECK(result.records.size() == 1);
}

TEST_CASE("CSV: what is written after the RFC is read back, wherever the input is cut") {
  CHECK(rc::check([] {
    const auto columns = *rc::gen::inRange<size_t>(2, 5);
    const auto rows = *rc::gen::inRange<size_t>(1, 6);
    const auto piece = *rc::gen::inRange<size_t>(1, 9);
    const auto field = rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' ', '\t'));
    std::string text;
    std::vector<fields> written;
    for (size_t r = 0; r < rows; ++r) {
      fields row;
      for (size_t c = 0; c < columns; ++c) {
        row.push_back(*field);
        text += (c == 0 ? "" : ",") + quoted(row.back());
      }
      text += *rc::gen::element(std::string("\n"), std::string("\r\n"));
      written.push_back(row);
    }
    const auto result = parse(text, piece);
    RC_ASSERT(result.bad.empty());
    RC_ASSERT(result.records.size() == written.size());
    for (size_t r = 0; r < rows; ++r)
      RC_ASSERT(result.records[r].fields == written[r]);
  }));
}

TEST_CASE("CSV: any bytes at all are read to the end, the same however they are cut") {
  CHECK(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', '\xef', '\0'));
    const auto whole = parse(text);
    const auto cut = parse(text, 1);
    RC_ASSERT(whole.bad == cut.bad);
    RC_ASSERT(whole.records.size() == cut.records.size());
    for (size_t r = 0; r < whole.records.size(); ++r)
      RC_ASSERT(whole.records[r].fields == cut.records[r].fields);
  }));
}
