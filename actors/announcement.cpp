#include "actors/announcement.hpp"

namespace oncepay {

std::string_view name(severity s) {
  switch (s) {
  case severity::info:
    return "info";
  case severity::warning:
    return "warning";
  case severity::alarm:
    return "alarm";
  }
  return {};
}

std::string_view name(topic t) {
  switch (t) {
  case topic::lifecycle:
    return "lifecycle";
  case topic::order:
    return "order";
  case topic::broken_rule:
    return "broken_rule";
  case topic::unreadable_record:
    return "unreadable_record";
  case topic::channel_health:
    return "channel_health";
  case topic::bank_closed:
    return "bank_closed";
  case topic::index:
    return "index";
  case topic::view:
    return "view";
  case topic::starved:
    return "starved";
  case topic::old_reader:
    return "old_reader";
  case topic::channel_link:
    return "channel_link";
  case topic::notice:
    return "notice";
  case topic::merchant_link:
    return "merchant_link";
  case topic::pay_outs:
    return "pay_outs";
  case topic::quota:
    return "quota";
  case topic::switched_off:
    return "switched_off";
  case topic::risk:
    return "risk";
  }
  return {};
}

} // namespace oncepay
