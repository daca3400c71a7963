#include "cli/code/qr_picture.hpp"

#include <cstdint>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

using namespace oncepay::cli;

namespace {

const std::string content = "https://pay.example.com/c/4r9k2m6vq0x1t8bz3c5d7f9g1h";

/// What a program that draws the path would see.
qr_matrix read_svg(const std::string& svg, size_t width) {
  qr_matrix m{width, std::vector<bool>(width * width)};
  const size_t begin = svg.find("d=\"") + 3;
  std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  for (char& c : path)
    if (c == 'M' || c == 'h' || c == 'v' || c == 'z')
      c = ' ';
  std::istringstream in(path);
  for (size_t x = 0, y = 0; in >> x >> y;) {
    long length = 0;
    long down = 0;
    long back = 0;
    in >> length >> down >> back;
    REQUIRE(down == 1);
    REQUIRE(back == -length);
    for (long i = 0; i < length; ++i)
      m.dark.at((y - quiet_modules) * width + x - quiet_modules + static_cast<size_t>(i)) = true;
  }
  return m;
}

uint32_t u32_at(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

/// The rows of a picture whose data is stored, not compressed; each begins with its filter.
std::string rows_of(const std::string& png) {
  const size_t at = png.find("IDAT") + 4;
  const std::string data = png.substr(at, u32_at(png, at - 8));
  std::string rows;
  for (size_t i = 2; i + 4 < data.size();) {
    const bool last = data.at(i) == 1;
    const auto length = static_cast<size_t>(static_cast<unsigned char>(data.at(i + 1)) |
                                            static_cast<unsigned char>(data.at(i + 2)) << 8);
    rows += data.substr(i + 5, length);
    i += 5 + length;
    if (last)
      break;
  }
  return rows;
}

} // namespace

TEST_CASE("a code has its three corners, and is the same for the same text") {
  const auto m = qr_matrix_of(content);
  REQUIRE(m.has_value());
  CHECK(m->width >= 33);
  for (const auto& [left, top] : {std::pair<size_t, size_t>{0, 0}, {m->width - 7, 0}, {0, m->width - 7}})
    for (size_t i = 0; i < 7; ++i) {
      CHECK(m->is_dark(left + i, top));
      CHECK(m->is_dark(left, top + i));
      CHECK(m->is_dark(left + i, top + 6));
      CHECK(m->is_dark(left + 3, top + 3));
    }
  CHECK(qr_matrix_of(content)->dark == m->dark);
  CHECK(qr_matrix_of(content + "x")->dark != m->dark);
}

TEST_CASE("the drawing holds exactly the code's modules, with blank ones around them") {
  const qr_matrix m = *qr_matrix_of(content);
  const std::string svg = svg_of(m);
  CHECK(read_svg(svg, m.width).dark == m.dark);
  const auto side = std::to_string(m.width + 2 * quiet_modules);
  CHECK(svg.find("viewBox=\"0 0 " + side + " " + side + "\"") != std::string::npos);
}

TEST_CASE("the pixels are exactly the code's modules, with blank ones around them") {
  const qr_matrix m = *qr_matrix_of(content);
  constexpr size_t pixels = 3;
  const std::string png = png_of(m, pixels);
  const size_t side = (m.width + 2 * quiet_modules) * pixels;
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(u32_at(png, 16) == side);
  CHECK(u32_at(png, 20) == side);
  const std::string rows = rows_of(png);
  const size_t row_bytes = 1 + (side + 7) / 8;
  REQUIRE(rows.size() == row_bytes * side);
  for (size_t y = 0; y < side; ++y) {
    REQUIRE(rows[y * row_bytes] == 0);
    for (size_t x = 0; x < side; ++x) {
      const bool white = (static_cast<unsigned char>(rows[y * row_bytes + 1 + x / 8]) >> (7 - x % 8) & 1) != 0;
      const size_t column = x / pixels;
      const size_t line = y / pixels;
      const bool inside = column >= quiet_modules && line >= quiet_modules && column < quiet_modules + m.width &&
                          line < quiet_modules + m.width;
      const bool dark = inside && m.is_dark(column - quiet_modules, line - quiet_modules);
      REQUIRE(white != dark);
    }
  }
}

TEST_CASE("a picture of many pixels is stored in several blocks") {
  const qr_matrix m = *qr_matrix_of(content);
  const size_t side = (m.width + 2 * quiet_modules) * 40;
  CHECK(rows_of(png_of(m, 40)).size() == (1 + (side + 7) / 8) * side);
}

TEST_CASE("what doesn't fit a code is said, not cut") {
  CHECK(!qr_matrix_of(std::string(4'000, 'x')));
}
