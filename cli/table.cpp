#include "cli/table.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

void pad(std::string& out, size_t columns) {
  out.append(columns, ' ');
}

/// The pieces of `text` that fit `width` columns each, broken at blanks; a longer word stays whole.
std::vector<std::string> broken_at_blanks(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  size_t used = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const auto needed = display_columns(word);
    if (used > 0 && used + 1 + needed > width) {
      lines.emplace_back();
      used = 0;
    } else if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += needed;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Ranges of East Asian wide characters, coarse: CJK, Hangul, full width forms, emoji.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

} // namespace

size_t display_columns(std::string_view text) {
  size_t columns = 0;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t k = 1; k < length && i + k < text.size(); ++k)
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    columns += is_wide(c) ? 2 : 1;
    i += length;
  }
  return columns;
}

void text_table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back({false, std::move(cells)});
}

void text_table::add_heading(std::string text) {
  rows_.push_back({true, {std::move(text)}});
}

std::string text_table::render(size_t columns_max) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    auto width = display_columns(columns_[i].title);
    for (const auto& r : rows_)
      if (!r.is_heading)
        width = std::max(width, display_columns(r.cells[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const auto& text_of) {
    std::string text;
    size_t used = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell(text_of(i));
      const auto gap = widths[i] - display_columns(cell);
      if (i > 0) {
        pad(text, 2);
        used += 2;
      }
      if (columns_[i].alignment == align::right)
        pad(text, gap);
      if (i + 1 == columns_.size() && columns_max > used) {
        const auto pieces = broken_at_blanks(cell, columns_max - used);
        for (size_t k = 0; k < pieces.size(); ++k) {
          if (k > 0) {
            text += '\n';
            pad(text, used);
          }
          text += pieces[k];
        }
      } else {
        text += cell;
        if (columns_[i].alignment == align::left)
          pad(text, gap);
      }
      used += widths[i];
    }
    // Blanks at the end would show up as differences when two audits are compared.
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  if (std::any_of(columns_.begin(), columns_.end(), [](const column& c) { return !c.title.empty(); }))
    line([&](size_t i) { return columns_[i].title; });
  for (const auto& r : rows_) {
    if (r.is_heading)
      out += r.cells[0] + '\n';
    else
      line([&](size_t i) { return std::string_view(r.cells[i]); });
  }
  return out;
}

std::string counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string grouped(uint64_t number) {
  auto digits = fmt::format("{}", number);
  for (size_t from_end = 3; from_end < digits.size(); from_end += 4)
    digits.insert(digits.size() - from_end, 1, ' ');
  return digits;
}

std::string bytes_text(uint64_t bytes) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024)
    return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
    value /= 1024;
  return fmt::format("{:.{}f} {}", value, value < 10 ? 1 : 0, units[unit]);
}

std::string duration_text(int64_t ns) {
  if (ns < 0)
    return "-" + duration_text(-ns);
  if (ns == 0)
    return "0 s";
  if (ns < 1'000)
    return fmt::format("{} ns", ns);
  const auto scaled = [](double value, std::string_view unit) {
    return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, unit);
  };
  const auto value = static_cast<double>(ns);
  if (ns < 1'000'000)
    return scaled(value / 1e3, "us");
  if (ns < 1'000'000'000)
    return scaled(value / 1e6, "ms");
  const int64_t seconds = ns / 1'000'000'000;
  if (seconds < 120)
    return scaled(value / 1e9, "s");
  if (seconds < 7'200)
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3'600, seconds / 60 % 60);
}

} // namespace oncepay::cli
