#include "cli/config/outside.hpp"

#include "cli/config/secret.hpp"
#include "cli/config/table.hpp"
#include "cli/config/toml_file.hpp"
#include "cli/dialect/dialect_file.hpp"
#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace oncepay::cli {

namespace {

void read_settings(config_table& table, http_access& http) {
  for (const std::string_view key : table.keys()) {
    channel_setting s{std::string(key), {}};
    table.read(key, s.value);
    http.settings.push_back(std::move(s));
  }
}

/// Each setting that the dialect asks for, and no other: a misspelt one would be a request that lacks something.
void check_settings(config_table& table, const http_access& http, const dialect& d) {
  const auto wanted = settings_of(d);
  for (const std::string& name : wanted)
    if (std::none_of(http.settings.begin(), http.settings.end(), [&](const auto& s) { return s.name == name; }))
      table.mistake("settings", fmt::format("{} is missing; {} asks for {}", name, d.name, fmt::join(wanted, ", ")));
  for (const channel_setting& s : http.settings)
    if (!wanted.contains(s.name))
      table.mistake("settings", fmt::format("{} is none that {} asks for; it asks for {}", s.name, d.name,
                                            wanted.empty() ? "nothing" : fmt::to_string(fmt::join(wanted, ", "))));
}

/// Both sides usually sign in one way; where they don't, the keys of both are needed.
signing_keys read_keys(config_table& table, const dialect& d) {
  auto keys = read_signing_keys(table, d.request_signature.how, "the channel");
  const auto is_shared = [](signing how) {
    return how == signing::md5 || how == signing::hmac_sha256;
  };
  const bool same_kind = d.request_signature.how == d.reply_signature.how ||
                         (is_shared(d.request_signature.how) && is_shared(d.reply_signature.how));
  if (same_kind)
    return keys;
  auto theirs = read_signing_keys(table, d.reply_signature.how, "the channel");
  if (is_shared(d.reply_signature.how))
    keys.shared = std::move(theirs.shared);
  if (d.reply_signature.how == signing::rsa_sha256) {
    keys.ours = std::move(theirs.ours);
    keys.theirs = std::move(theirs.theirs);
  }
  return keys;
}

void read_authorities(config_table& table, outside_channel& outside) {
  std::string file;
  table.read("ca", file);
  if (file.empty())
    return;
  auto pem = read_whole_file(file);
  if (!pem)
    return table.mistake("ca", fmt::format("'{}' can't be read", file));
  if (auto fault = fault_in_authorities(*pem); !fault.empty())
    return table.mistake("ca", fmt::format("'{}' {}", file, fault));
  outside.authorities = std::move(*pem);
}

void read_identity(config_table& table, outside_channel& outside) {
  std::string file;
  table.read("certificate", file);
  const std::string key = read_secret(table, "certificate_key");
  if (table.has("certificate") != table.has("certificate_key"))
    return table.mistake(table.has("certificate") ? "certificate" : "certificate_key",
                         "a certificate and its key (certificate_key) are of no use without each other");
  if (file.empty() || key.empty())
    return;
  auto pem = read_whole_file(file);
  if (!pem)
    return table.mistake("certificate", fmt::format("'{}' can't be read", file));
  outside.identity = {std::move(*pem), key};
  if (auto fault = fault_in_identity(outside.identity); !fault.empty())
    table.mistake("certificate", fmt::format("'{}' {}", file, fault));
}

} // namespace

http_access read_http(config_table& table, outside_channel& outside) {
  http_access http;
  table.require("url", "where it is, https://HOST");
  table.require("dialect", "how it is spoken to: the name of one, or a file of one's own");
  table.read("url", http.url);
  table.read("dialect", http.dialect);
  read_authorities(table, outside);
  read_identity(table, outside);
  table.read_table("settings", [&](config_table& settings) { read_settings(settings, http); });
  if (http.dialect.empty())
    return http;
  outside.dialect_name = http.dialect;
  auto d = load_dialect(http.dialect);
  if (!d) {
    for (const std::string& mistake : d.error())
      table.mistake("dialect", mistake);
    return http;
  }
  outside.speaks = std::move(*d);
  check_settings(table, http, outside.speaks);
  outside.keys = read_keys(table, outside.speaks);
  return http;
}

std::string fault_in_currencies(const channel_terms& terms, const dialect& d) {
  if (!d.only_currency)
    return {};
  for (const currency c : terms.currencies)
    if (c != *d.only_currency)
      return fmt::format("{} would be charged as {}: dialect {} tells no currency", alpha_code(c),
                         alpha_code(*d.only_currency), d.name);
  return {};
}

bool shows_certificate(const outside_channel& outside, const http_url& url) {
  return !url.tls || !outside.identity.certificate.empty();
}

namespace {

/// Empty: nothing is lacking.
std::string lacking_for_reversals(const outside_channel& outside, const http_url& url) {
  const auto reverse = outside.speaks.operations.find(channel_question::reverse);
  if (reverse == outside.speaks.operations.end())
    return fmt::format("dialect {} has no [reverse]; write one", outside.speaks.name);
  if (reverse->second.needs_certificate && !shows_certificate(outside, url))
    return fmt::format("dialect {} reverses only for who shows a certificate; give [channel.http] one",
                       outside.speaks.name);
  return {};
}

} // namespace

void settle_reversals(config_table& table, channel_terms& terms, const outside_channel& outside) {
  const auto url = http_url::parse(terms.http.url);
  if (terms.reverse_after_ms == 0 || !url || outside.speaks.operations.empty()) // what is wrong was noted
    return;
  const std::string lacking = lacking_for_reversals(outside, *url);
  if (lacking.empty())
    return;
  if (table.has("reverse_after_ms"))
    table.mistake(
        "reverse_after_ms",
        fmt::format("payments by code can't be called back: {}, or leave this out to have them asked about", lacking));
  terms.reverse_after_ms = 0;
}

} // namespace oncepay::cli
