#include "actors/domain/dialect/message.hpp"

#include "schema/limits.hpp"

#include <optional>

namespace oncepay {

namespace {

bool needs_no_escape(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

std::string form_escape(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (needs_no_escape(octet)) {
      escaped += c;
      continue;
    }
    escaped += '%';
    escaped += digits[octet >> 4];
    escaped += digits[octet & 15];
  }
  return escaped;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<std::string> form_unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      if (i + 2 >= text.size())
        return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return plain;
}

tl::expected<field_map, std::string> read_form(std::string_view body) {
  field_map fields;
  while (!body.empty()) {
    const auto end = body.find('&');
    const auto pair = body.substr(0, end);
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos)
      return tl::unexpected(std::string("a field of the form has no value"));
    auto name = form_unescape(pair.substr(0, equals));
    auto value = form_unescape(pair.substr(equals + 1));
    if (!name || !value)
      return tl::unexpected(std::string("the form isn't escaped as forms are"));
    if (!fields.emplace(std::move(*name), std::move(*value)).second)
      return tl::unexpected(std::string("a field of the form is given twice"));
    if (fields.size() > limits::message_fields_max)
      return tl::unexpected(std::string("too many fields"));
  }
  return fields;
}

std::string write_form(const field_map& fields) {
  std::string body;
  for (const auto& [name, value] : fields)
    body += (body.empty() ? "" : "&") + form_escape(name) + "=" + form_escape(value);
  return body;
}

std::string write_xml(const field_map& fields) {
  std::string body = "<xml>";
  for (const auto& [name, value] : fields) {
    body += "<" + name + ">";
    for (const char c : value) {
      if (c == '<')
        body += "&lt;";
      else if (c == '>')
        body += "&gt;";
      else if (c == '&')
        body += "&amp;";
      else
        body += c;
    }
    body += "</" + name + ">";
  }
  return body + "</xml>";
}

void append_json_text(std::string& body, std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  body += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      body += '\\';
      body += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      body += "\\u00";
      body += digits[static_cast<unsigned char>(c) >> 4];
      body += digits[c & 15];
    } else {
      body += c;
    }
  }
  body += '"';
}

std::string write_json(const field_map& fields) {
  std::string body = "{";
  for (const auto& [name, value] : fields) {
    if (body.size() > 1)
      body += ',';
    append_json_text(body, name);
    body += ':';
    append_json_text(body, value);
  }
  return body + "}";
}

/// The position behind the text that begins at `at`, with its quotes.
size_t behind_text(std::string_view body, size_t at) {
  for (++at; at < body.size() && body[at] != '"'; ++at)
    if (body[at] == '\\')
      ++at;
  return at < body.size() ? at + 1 : body.size();
}

/// The position of the comma or bracket that ends the value that begins at `at`.
size_t end_of_value(std::string_view body, size_t at) {
  int depth = 0;
  while (at < body.size()) {
    const char c = body[at];
    if (c == '"') {
      at = behind_text(body, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']'))
      return at;
    if (c == '{' || c == '[')
      ++depth;
    if (c == '}' || c == ']')
      --depth;
    ++at;
  }
  return at;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace

// Each in a file of its own: their libraries' headers are heavy.
tl::expected<field_map, std::string> read_xml(std::string_view body);
tl::expected<field_map, std::string> read_json(std::string_view body);

std::string_view content_type(body_format f) {
  switch (f) {
  case body_format::xml:
    return "text/xml; charset=utf-8";
  case body_format::json:
    return "application/json; charset=utf-8";
  case body_format::form:
    return "application/x-www-form-urlencoded; charset=utf-8";
  }
  return {};
}

tl::expected<field_map, std::string> read_fields(body_format f, std::string_view body) {
  if (body.size() > limits::message_bytes_max)
    return tl::unexpected("longer than " + std::to_string(limits::message_bytes_max) + " bytes");
  switch (f) {
  case body_format::xml:
    return read_xml(body);
  case body_format::json:
    return read_json(body);
  case body_format::form:
    return read_form(body);
  }
  return tl::unexpected(std::string("no such format"));
}

std::string write_fields(body_format f, const field_map& fields) {
  switch (f) {
  case body_format::xml:
    return write_xml(fields);
  case body_format::json:
    return write_json(fields);
  case body_format::form:
    return write_form(fields);
  }
  return {};
}

std::string_view raw_json_member(std::string_view body, std::string_view name) {
  std::string_view found;
  size_t at = body.find('{');
  while (at < body.size() && body[at] != '}') {
    const size_t key = body.find('"', at);
    if (key == std::string_view::npos)
      break;
    const size_t key_end = behind_text(body, key);
    const size_t colon = body.find(':', key_end);
    if (colon == std::string_view::npos)
      break;
    const size_t end = end_of_value(body, colon + 1);
    if (body.substr(key + 1, key_end - key - 2) == name) {
      if (!found.empty())
        return {};
      found = trimmed(body.substr(colon + 1, end - colon - 1));
    }
    at = end;
  }
  return found;
}

} // namespace oncepay
