// A QR code as a picture: SVG for printers, PNG for whoever wants pixels.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Dark modules of a QR code, row by row, without the quiet zone around it.
struct qr_matrix {
  size_t width = 0; ///< And height.
  std::vector<bool> dark;
  bool is_dark(size_t x, size_t y) const { return dark[y * width + x]; }
};

/// With an error correction that stands a quarter of the picture being dirty (level Q): it hangs at a till for years.
/// A sentence where the text is too long.
tl::expected<qr_matrix, std::string> qr_matrix_of(std::string_view text);

/// Blank modules that the standard wants on every side.
inline constexpr size_t quiet_modules = 4;

std::string svg_of(const qr_matrix&);
/// Black and white, so many pixels a module.
std::string png_of(const qr_matrix&, size_t pixels_per_module = 8);

} // namespace oncepay::cli
