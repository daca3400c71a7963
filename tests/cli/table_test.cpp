#include "cli/table.hpp"

#include <doctest/doctest.h>

using namespace oncepay::cli;

TEST_CASE("a table is as wide as its content, numbers to the right, no blanks at line ends") {
  text_table table({{"account"}, {"balance", align::right}, {"currency"}});
  table.add({"merchant/m1/pending", "-1.00", "CNY"});
  table.add({"x", "20.00"});
  CHECK(table.render() == "account              balance  currency\n"
                          "merchant/m1/pending    -1.00  CNY\n"
                          "x                      20.00\n");
}

TEST_CASE("the last column is broken at blanks where the line would be too long, and goes on under itself") {
  text_table table({{"a"}, {"what"}});
  table.add({"1", "one two three"});
  CHECK(table.render(10) == "a  what\n1  one two\n   three\n");
  CHECK(table.render() == "a  what\n1  one two three\n");
}

TEST_CASE("headings run across all columns, untitled tables have no title line") {
  text_table table({{""}, {""}});
  table.add_heading("a heading wider than everything");
  table.add({"1", "2"});
  CHECK(table.render() == "a heading wider than everything\n1  2\n");
}

TEST_CASE("wide characters count as the two columns they take") {
  CHECK(display_columns("abc") == 3);
  CHECK(display_columns("支付") == 4);
  CHECK(display_columns("é…") == 2);
  CHECK(display_columns("\xe6") == 1); // A broken tail ends the text, it isn't read beyond.
}

TEST_CASE("figures have units and groups") {
  CHECK(counted(1, "order") == "1 order");
  CHECK(counted(1'234'567, "order") == "1 234 567 orders");
  CHECK(grouped(100) == "100");
  CHECK(grouped(1'000) == "1 000");
  CHECK(bytes_text(1'023) == "1023 B");
  CHECK(bytes_text(1'536) == "1.5 KiB");
  CHECK(bytes_text(uint64_t{5} << 40) == "5.0 TiB");
  CHECK(duration_text(999) == "999 ns");
  CHECK(duration_text(1'500) == "1.50 us");
  CHECK(duration_text(12'340'000) == "12.3 ms");
  CHECK(duration_text(3'200'000'000) == "3.20 s");
  CHECK(duration_text(125'000'000'000) == "2 min 5 s");
  CHECK(duration_text(7'260'000'000'000) == "2 h 1 min");
}
