#include "schema/http_url.hpp"

#include "schema/limits.hpp"

#include <algorithm>
#include <charconv>

namespace oncepay {

namespace {

constexpr uint16_t https_port = 443;
constexpr uint16_t http_port = 80;

bool is_host_name(std::string_view host) {
  return !host.empty() && host.front() != '-' && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

bool is_ipv6_text(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

bool is_prefix(std::string_view prefix) {
  return prefix.empty() || (prefix.back() != '/' && std::all_of(prefix.begin(), prefix.end(), [](char c) {
                              return c > ' ' && c <= '~' && c != '?' && c != '#';
                            }));
}

/// Names that begin like a loopback address ("127.example.com") aren't one.
bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning))
    return false;
  text.remove_prefix(beginning.size());
  return true;
}

} // namespace

tl::expected<http_url, std::string> http_url::parse(std::string_view text) {
  const auto wrong = tl::unexpected(std::string("isn't of the form https://HOST[:PORT][/PREFIX]"));
  http_url url;
  if (text.size() > limits::url_bytes_max)
    return tl::unexpected("longer than " + std::to_string(limits::url_bytes_max) + " bytes");
  url.tls = take(text, "https://");
  if (!url.tls && !take(text, "http://"))
    return wrong;
  const auto slash = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, slash);
  url.prefix = text.substr(slash);
  url.port = url.tls ? https_port : http_port;
  const bool is_ipv6 = take(authority, "[");
  const auto end = is_ipv6 ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (end == std::string_view::npos || !is_prefix(url.prefix))
    return wrong;
  url.host = authority.substr(0, end);
  authority.remove_prefix(end + (is_ipv6 ? 1 : 0));
  if (!(is_ipv6 ? is_ipv6_text(url.host) : is_host_name(url.host)))
    return wrong;
  if (take(authority, ":")) {
    const auto [stop, error] = std::from_chars(authority.data(), authority.data() + authority.size(), url.port);
    if (error != std::errc() || stop != authority.data() + authority.size() || url.port == 0)
      return wrong;
  } else if (!authority.empty()) {
    return wrong;
  }
  if (!url.tls && !is_this_machine(url.host))
    return tl::unexpected(std::string("http:// is only for this very machine; to others speak https://"));
  return url;
}

std::string http_url::host_field() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? https_port : http_port) ? name : name + ":" + std::to_string(port);
}

} // namespace oncepay
