#include "cli/code/qr_picture.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include <boost/crc.hpp>
#include <fmt/format.h>
#include <qrencode.h>

namespace oncepay::cli {

namespace {

void put_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift);
}

void put_chunk(std::string& out, std::string_view kind, std::string_view content) {
  put_u32(out, static_cast<uint32_t>(content.size()));
  const size_t begin = out.size();
  out.append(kind).append(content);
  boost::crc_32_type crc;
  crc.process_bytes(out.data() + begin, out.size() - begin);
  put_u32(out, crc.checksum());
}

uint32_t adler32(std::string_view data) {
  constexpr uint32_t modulus = 65'521;
  uint32_t a = 1;
  uint32_t b = 0;
  for (const char c : data) {
    a = (a + static_cast<unsigned char>(c)) % modulus;
    b = (b + a) % modulus;
  }
  return b << 16 | a;
}

/// A zlib stream of stored blocks: a picture of a few kilobytes needs no compression, and so no library for it.
std::string stored(std::string_view data) {
  constexpr size_t block_max = 65'535;
  std::string out = "\x78\x01";
  do {
    const std::string_view block = data.substr(0, block_max);
    data.remove_prefix(block.size());
    out += data.empty() ? '\x01' : '\0';
    const auto length = static_cast<uint16_t>(block.size());
    for (const auto half : {length, static_cast<uint16_t>(~length)}) {
      out += static_cast<char>(half & 0xff);
      out += static_cast<char>(half >> 8);
    }
    out += block;
  } while (!data.empty());
  return out;
}

} // namespace

tl::expected<qr_matrix, std::string> qr_matrix_of(std::string_view text) {
  using owner = std::unique_ptr<QRcode, decltype(&QRcode_free)>;
  const owner code(QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()),
                                     0, QR_ECLEVEL_Q),
                   &QRcode_free);
  if (code == nullptr)
    return tl::unexpected(fmt::format("{} bytes don't fit a code that telephones read", text.size()));
  qr_matrix m;
  m.width = static_cast<size_t>(code->width);
  for (size_t i = 0; i < m.width * m.width; ++i)
    m.dark.push_back((code->data[i] & 1) != 0);
  return m;
}

std::string svg_of(const qr_matrix& m) {
  const size_t side = m.width + 2 * quiet_modules;
  std::string path;
  for (size_t y = 0; y < m.width; ++y)
    for (size_t x = 0; x < m.width;) {
      size_t end = x;
      while (end < m.width && m.is_dark(end, y))
        ++end;
      if (end != x)
        path += fmt::format("M{} {}h{}v1h-{}z", x + quiet_modules, y + quiet_modules, end - x, end - x);
      x = std::max(end, x + 1);
    }
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" shape-rendering=\"crispEdges\">"
                     "<rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/><path d=\"{1}\" fill=\"#000\"/></svg>\n",
                     side, path);
}

std::string png_of(const qr_matrix& m, size_t pixels_per_module) {
  const size_t side = (m.width + 2 * quiet_modules) * pixels_per_module;
  std::string rows;
  for (size_t y = 0; y < side; ++y) {
    rows += '\0'; // no filter
    std::string row((side + 7) / 8, '\0');
    for (size_t x = 0; x < side; ++x) {
      const size_t column = x / pixels_per_module;
      const size_t line = y / pixels_per_module;
      const bool inside = column >= quiet_modules && line >= quiet_modules && column < quiet_modules + m.width &&
                          line < quiet_modules + m.width;
      const bool white = !inside || !m.is_dark(column - quiet_modules, line - quiet_modules);
      if (white)
        row[x / 8] = static_cast<char>(static_cast<unsigned char>(row[x / 8]) | 0x80U >> (x % 8));
    }
    rows += row;
  }
  std::string header;
  put_u32(header, static_cast<uint32_t>(side));
  put_u32(header, static_cast<uint32_t>(side));
  header += std::string("\x01\x00\x00\x00\x00", 5); // one bit a pixel, grey
  std::string data = stored(rows);
  put_u32(data, adler32(rows));
  std::string out = "\x89PNG\r\n\x1a\n";
  put_chunk(out, "IHDR", header);
  put_chunk(out, "IDAT", data);
  put_chunk(out, "IEND", {});
  return out;
}

} // namespace oncepay::cli
