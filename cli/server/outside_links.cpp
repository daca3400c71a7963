#include "cli/server/outside_links.hpp"

#include "schema/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace oncepay::cli {

channel_voice voice_of(const outside_channel& outside, const channel_terms& terms) {
  channel_voice voice{outside.speaks, {}, outside.keys};
  for (const channel_setting& s : terms.http.settings)
    voice.settings.emplace(s.name, s.value);
  return voice;
}

std::function<tl::expected<channel_access, std::string>(const channel_terms&)> link_opener(const configuration& config,
                                                                                           outbound& ways_out) {
  const auto known = std::make_shared<const std::map<channel_id, outside_channel>>(config.outside);
  return [known, &ways_out,
          notices_url = config.notices_url](const channel_terms& terms) -> tl::expected<channel_access, std::string> {
    const auto found = known->find(terms.channel);
    if (found == known->end())
      return tl::unexpected(std::string("the configuration names no keys for it"));
    const outside_channel& outside = found->second;
    if (outside.dialect_name != terms.http.dialect)
      return tl::unexpected(fmt::format("its terms ask for dialect {}, and the configuration's keys are for {}",
                                        terms.http.dialect, outside.dialect_name));
    auto url = http_url::parse(terms.http.url);
    if (!url)
      return tl::unexpected("its url " + url.error());
    const size_t connections_max = std::min<size_t>(terms.concurrency_max, limits::channel_connections_max);
    const bool certified = shows_certificate(outside, *url);
    auto link = ways_out.open({std::move(*url), outside.authorities, connections_max, outside.identity});
    if (!link)
      return tl::unexpected(link.error());
    channel_access access{voice_of(outside, terms), std::move(*link)};
    access.voice.shows_certificate = certified;
    if (outside.speaks.notice && !notices_url.empty())
      access.voice.notices_url = notices_url + notice_path(terms.channel);
    return access;
  };
}

std::function<tl::expected<merchant_access, std::string>(const merchant_id&)>
merchant_opener(const configuration& config, outbound& ways_out) {
  const auto known = std::make_shared<const std::map<merchant_id, told_merchant>>(config.told);
  return [known, &ways_out](const merchant_id& merchant) -> tl::expected<merchant_access, std::string> {
    const auto found = known->find(merchant);
    if (found == known->end())
      return tl::unexpected(std::string("the configuration names no address and key for it"));
    auto url = http_url::parse(found->second.url);
    if (!url)
      return tl::unexpected("its notify_url " + url.error());
    // A link puts its prefix before every path; a URL without one still has to ask for something.
    const std::string path = url->prefix.empty() ? "/" : "";
    auto link = ways_out.open({std::move(*url), {}, limits::tellings_per_merchant_max});
    if (!link)
      return tl::unexpected(link.error());
    return merchant_access{path, found->second.keys, std::move(*link)};
  };
}

} // namespace oncepay::cli
