#include "actors/domain/dialect/dialect.hpp"

#include <algorithm>

namespace oncepay {

std::string_view name(channel_question q) {
  switch (q) {
  case channel_question::pay:
    return "pay";
  case channel_question::enquire:
    return "enquire";
  case channel_question::refund:
    return "refund";
  case channel_question::enquire_refund:
    return "enquire_refund";
  case channel_question::reverse:
    return "reverse";
  case channel_question::close:
    return "close";
  }
  return {};
}

bool code_table::add(std::string code, reply_class m) {
  return rows_.emplace(std::move(code), m).second;
}

reply_class code_table::of(std::string_view code) const {
  if (const auto row = rows_.find(code); row != rows_.end())
    return row->second;
  for (auto slash = code.rfind('/'); slash != std::string_view::npos && slash > 0; slash = code.rfind('/', slash - 1)) {
    const auto all_below = std::string(code.substr(0, slash + 1)) + "*";
    if (const auto row = rows_.find(all_below); row != rows_.end())
      return row->second;
  }
  return reply_class::unknown;
}

namespace {

bool any_asks_for(const std::vector<field_template>& fields, const std::string& in_braces) {
  return std::any_of(fields.begin(), fields.end(), [&](const field_template& f) {
    return f.text.find(in_braces) != std::string::npos || any_asks_for(f.members, in_braces);
  });
}

} // namespace

bool asks_for(const dialect& d, channel_question q, std::string_view placeholder) {
  const auto found = d.operations.find(q);
  return found != d.operations.end() && any_asks_for(found->second.fields, "{" + std::string(placeholder) + "}");
}

bool is_for_notices(const field_template& t) {
  return t.text.find("{notices_url}") != std::string::npos || t.text.find("{order}") != std::string::npos;
}

bool is_known_placeholder(std::string_view name) {
  static constexpr std::array known{"id",         "payment_id",   "amount_minor", "amount_decimal",
                                    "paid_minor", "paid_decimal", "currency",     "payer_code",
                                    "nonce",      "beijing_time", "notices_url",  "order"};
  return std::find(known.begin(), known.end(), name) != known.end() || name.starts_with("set.");
}

tl::expected<std::vector<std::string>, std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const auto open = text.find_first_of("{}");
    if (open == std::string_view::npos)
      return names;
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] != '{' || close == std::string_view::npos || text[close] != '}')
      return tl::unexpected(std::string("a brace stands alone"));
    names.emplace_back(text.substr(open + 1, close - open - 1));
    text = text.substr(close + 1);
  }
}

tl::expected<std::string, std::string> fill(std::string_view text, const placeholder_values& values) {
  std::string filled;
  while (true) {
    const auto open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos)
      return filled;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos)
      return tl::unexpected(std::string("a brace stands alone"));
    const auto found = values.find(text.substr(open + 1, close - open - 1));
    if (found == values.end() || found->second.empty())
      return tl::unexpected("nothing fills " + std::string(text.substr(open, close - open + 1)));
    filled += found->second;
    text = text.substr(close + 1);
  }
}

} // namespace oncepay
