// Golden bytes: what released builds wrote, and what must be read and written in the same way for ever. `flatc
// --conform` alone accepts a removed field; this doesn't.
//
// A change of format is reviewed, never taken over: with ONCEPAY_PRINT_GOLDEN set to a directory, the test writes what
// this build encodes there, as files to be compared and copied to tests/schema/golden by a person. Existing golden
// files are never touched, and the test fails all the same.
#include "schema/log_codec.hpp"
#include "schema/packing.hpp"
#include "schema/wire_codec.hpp"
#include "tests/schema/golden_values.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

constexpr size_t bytes_per_line = 32;

template <class Values>
Values with(Values all, Values more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

std::string as_lines(bytes_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += bytes_per_line)
    text += hex(bytes.subspan(at, std::min(bytes_per_line, bytes.size() - at))) + "\n";
  return text;
}

std::vector<std::byte> from_lines(const std::string& text) {
  std::string digits;
  for (char c : text)
    if (c != '\n')
      digits += c;
  std::vector<std::byte> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

void print_for_review(const std::string& name, bytes_view encoded) {
  if (const char* directory = std::getenv("ONCEPAY_PRINT_GOLDEN"))
    std::ofstream(std::filesystem::path(directory) / (name + ".hex")) << as_lines(encoded);
}

std::string golden_text(const std::string& name) {
  std::ifstream file(std::filesystem::path(ONCEPAY_SOURCE_DIR) / "tests/schema/golden" / (name + ".hex"));
  CHECK_MESSAGE(file.good(), "no golden file " << name << ".hex");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class T, class Encode, class Decode>
void check_golden(const golden::named<T>& expected, Encode encode_value, Decode decode_bytes) {
  CAPTURE(expected.name);
  auto encoded = encode_value(expected.value);
  print_for_review(expected.name, encoded);
  std::string text = golden_text(expected.name);
  if (text.empty())
    return; // Told already; the others are still looked at.
  auto decoded = decode_bytes(bytes_view(from_lines(text)));
  REQUIRE(decoded.has_value());
  CHECK(*decoded == expected.value);
  CHECK(as_lines(encoded) == text);
}

} // namespace

TEST_CASE("commands of released clients are read as they were meant") {
  std::set<size_t> kinds;
  for (const auto& c : with(with(with(golden::commands(), golden::pay_out_commands()), golden::wallet_commands()),
                            golden::card_commands())) {
    kinds.insert(c.value.body.index());
    check_golden(
        c, [](const command& v) { return encode_frame(v); }, decode_command);
  }
  CHECK(kinds.size() == std::variant_size_v<decltype(command::body)>);
}

TEST_CASE("replies are read by released clients as they are meant") {
  std::set<size_t> kinds;
  for (const auto& r : with(with(with(golden::replies(), golden::pay_out_replies()), golden::wallet_replies()),
                            golden::card_replies())) {
    kinds.insert(r.value.body.index());
    check_golden(
        r, [](const reply& v) { return encode_frame(v); }, decode_reply);
  }
  CHECK(kinds.size() == std::variant_size_v<decltype(reply::body)>);
}

TEST_CASE("decisions in existing logs are read as they were made, and made anew give the same bytes") {
  std::set<size_t> inputs, events;
  for (const auto& d : with(with(with(golden::decisions(), golden::pay_out_decisions()), golden::wallet_decisions()),
                            golden::card_decisions())) {
    inputs.insert(d.value.input.index());
    for (const event& e : d.value.events)
      events.insert(e.index());
    check_golden(d, encode, decode_decision);
  }
  CHECK(inputs.size() == std::variant_size_v<input>);
  CHECK(events.size() == std::variant_size_v<event>);
}
