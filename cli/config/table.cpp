#include "cli/config/table.hpp"

#include "cli/config/percent.hpp"
#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace oncepay::cli {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table:
    return "a table";
  case toml::node_type::array:
    return "an array";
  case toml::node_type::string:
    return "a text";
  case toml::node_type::integer:
    return "a whole number";
  case toml::node_type::floating_point:
    return "a number with decimals";
  case toml::node_type::boolean:
    return "true or false";
  case toml::node_type::date:
  case toml::node_type::time:
  case toml::node_type::date_time:
    return "a date or time";
  case toml::node_type::none:
    break;
  }
  return "nothing";
}

std::string must_be(std::string_view wanted, const toml::node& found) {
  return fmt::format("must be {}, not {}", wanted, type_name(found));
}

uint32_t key_line(const toml::table& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? line_of(table) : found->first.source().begin.line;
}

} // namespace

void mistake_list::add(uint32_t line, std::string path, std::string text) {
  noted_.push_back({line, std::move(path), std::move(text)});
}

std::vector<std::string> mistake_list::render(std::string_view file) const {
  auto sorted = noted_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  std::vector<std::string> lines;
  lines.reserve(sorted.size());
  for (const auto& m : sorted)
    lines.push_back(m.path.empty() ? fmt::format("{}:{}: {}", file, m.line, m.text)
                                   : fmt::format("{}:{}: {}: {}", file, m.line, m.path, m.text));
  return lines;
}

uint32_t line_of(const toml::node& node) {
  // What a header such as [a.b] implies without naming it has no line of its own.
  return std::max<uint32_t>(1, node.source().begin.line);
}

config_table::config_table(const toml::table& table, std::string path, mistake_list& mistakes, config_table* above)
    : table_(table), path_(std::move(path)), mistakes_(mistakes), above_(above) {}

const toml::node* config_table::take(std::string_view key) {
  known_.push_back(key);
  return table_.get(key);
}

std::string config_table::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void config_table::note(uint32_t line, std::string path, std::string text) {
  for (auto* table = this; table != nullptr; table = table->above_)
    table->faulty_.insert(path);
  mistakes_.add(line, std::move(path), std::move(text));
}

void config_table::read(std::string_view key, std::string& to) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  if (const auto* text = node->as_string())
    to = text->get();
  else
    mistake(key, must_be("a text in quotes", *node));
}

void config_table::read(std::string_view key, uint64_t& to) {
  if (const auto* node = table_.get(key); node == nullptr || !node->is_string())
    return read_integer(key, to, to_range<uint64_t>());
  const auto* node = take(key);
  const std::string& text = node->as_string()->get();
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    mistake(key, must_be("a whole number of at most 64 bits", *node));
  else
    to = value;
}

void config_table::read(std::string_view key, bool& to) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  if (const auto* flag = node->as_boolean())
    to = flag->get();
  else
    mistake(key, must_be("true or false", *node));
}

std::optional<int64_t> config_table::integer(std::string_view key, int64_t min, int64_t max) {
  const auto* node = take(key);
  if (node == nullptr)
    return std::nullopt;
  const auto* number = node->as_integer();
  if (number == nullptr) {
    mistake(key, must_be("a whole number", *node));
    return std::nullopt;
  }
  if (number->get() < min || number->get() > max) {
    mistake(key, fmt::format("must lie between {} and {}", min, max));
    return std::nullopt;
  }
  return number->get();
}

void config_table::read_percent(std::string_view key, uint32_t& to_ppm) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  const auto* text = node->as_string();
  if (text == nullptr) {
    mistake(key, must_be("a percentage in quotes such as \"0.60%\"", *node));
    return;
  }
  if (const auto ppm = parse_percent(text->get()))
    to_ppm = *ppm;
  else
    mistake(key, ppm.error());
}

void config_table::read_texts(std::string_view key, const std::function<void(const std::string&, uint32_t)>& each) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  const auto* array = node->as_array();
  if (array == nullptr) {
    mistake(key, must_be("an array of texts", *node));
    return;
  }
  for (const auto& element : *array) {
    if (const auto* text = element.as_string())
      each(text->get(), line_of(element));
    else
      mistake_at(line_of(element), key, must_be("an array of texts", element));
  }
}

void config_table::read_table(std::string_view key, const std::function<void(config_table&)>& use) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  const auto* table = node->as_table();
  if (table == nullptr) {
    mistake(key, must_be("a table", *node));
    return;
  }
  config_table below(*table, path_of(key), mistakes_, this);
  use(below);
  below.finish();
}

void config_table::read_tables(std::string_view key, std::string_view as_written,
                               const std::function<void(config_table&)>& each) {
  const auto* node = take(key);
  if (node == nullptr)
    return;
  const auto* array = node->as_array();
  if (array == nullptr) {
    mistake(key, fmt::format("write {}, once for each", as_written));
    return;
  }
  for (const auto& element : *array) {
    if (const auto* table = element.as_table()) {
      config_table below(*table, path_of(key), mistakes_, this);
      each(below);
      below.finish();
    } else {
      mistake_at(line_of(element), key, fmt::format("write {}, once for each", as_written));
    }
  }
}

bool config_table::holds_table(std::string_view key) const {
  const auto* node = table_.get(key);
  return node != nullptr && node->is_table();
}

std::vector<std::string_view> config_table::keys() const {
  std::vector<std::string_view> keys;
  for (const auto& [key, node] : table_)
    keys.push_back(key.str());
  return keys;
}

void config_table::require(std::string_view key, std::string_view why) {
  if (!has(key))
    mistake(key, fmt::format("missing: {}", why));
}

void config_table::mistake(std::string_view key, std::string text) {
  note(line_of_key(key), path_of(key), std::move(text));
}

void config_table::mistake_unless_known(std::string_view key, std::string text) {
  const auto path = path_of(key);
  const bool known = std::any_of(faulty_.begin(), faulty_.end(), [&](const std::string& faulty) {
    return faulty == path || faulty.starts_with(path + ".");
  });
  if (!known)
    mistake(key, std::move(text));
}

uint32_t config_table::line_of_key(std::string_view key) const {
  const toml::table* innermost = &table_;
  for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
    const auto* below = innermost->get(key.substr(0, dot));
    if (below == nullptr || !below->is_table())
      break;
    innermost = below->as_table();
    key.remove_prefix(dot + 1);
  }
  return key_line(*innermost, key.substr(0, key.find('.')));
}

void config_table::mistake_at(uint32_t line, std::string_view key, std::string text) {
  note(line, path_of(key), std::move(text));
}

void config_table::mistake_here(std::string text) {
  note(line(), path_, std::move(text));
}

void config_table::finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end())
      continue;
    const auto near = nearest(key.str(), known_);
    note(key.source().begin.line, path_of(key.str()),
         near.empty() ? "unknown key" : fmt::format("unknown key; did you mean '{}'?", near));
  }
}

} // namespace oncepay::cli
