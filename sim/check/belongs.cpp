#include "sim/check/belongs.hpp"

namespace oncepay::sim {

bool belongs(stream_kind kind, const input& in, const event& e) {
  switch (kind) {
  case stream_kind::merchant:
    if (auto* switched = std::get_if<merchant_switched>(&e)) {
      auto* asked = std::get_if<switch_input>(&in);
      return asked != nullptr && asked->on == switched->on;
    }
    return std::holds_alternative<merchant_input>(in) && std::holds_alternative<merchant_configured>(e);
  case stream_kind::method: {
    auto* switched = std::get_if<method_switched>(&e);
    auto* asked = std::get_if<switch_input>(&in);
    return switched != nullptr && asked != nullptr && asked->on == switched->on;
  }
  case stream_kind::channel:
    if (auto* switched = std::get_if<channel_switched>(&e)) {
      auto* asked = std::get_if<switch_input>(&in);
      return asked != nullptr ? asked->on == switched->on : std::holds_alternative<channel_input>(in) && switched->on;
    }
    if (std::holds_alternative<notice_kept>(e)) {
      auto* told = std::get_if<attempt_input>(&in);
      return told != nullptr && told->source == evidence::notice;
    }
    return std::holds_alternative<channel_input>(in) && std::holds_alternative<channel_configured>(e);
  case stream_kind::account:
    // What a channel inside the house is paid with is settled at once.
    if (auto* claim = std::get_if<claim_input>(&in);
        claim != nullptr && !claim->channel.empty() && std::holds_alternative<claim_settled>(e))
      return true;
    return (std::holds_alternative<credit_input>(in) && std::holds_alternative<account_credited>(e)) ||
           (std::holds_alternative<claim_input>(in) && std::holds_alternative<account_claimed>(e)) ||
           (std::holds_alternative<release_input>(in) && std::holds_alternative<claim_released>(e)) ||
           (std::holds_alternative<settle_input>(in) && std::holds_alternative<claim_settled>(e));
  case stream_kind::refund:
    return std::holds_alternative<refund_input>(in) && std::holds_alternative<refund_claimed>(e);
  case stream_kind::code:
    return (std::holds_alternative<code_input>(in) && std::holds_alternative<code_issued>(e)) ||
           (std::holds_alternative<code_revocation_input>(in) && std::holds_alternative<code_revoked>(e));
  case stream_kind::batch:
    return (std::holds_alternative<batch_input>(in) && std::holds_alternative<batch_opened>(e)) ||
           (std::holds_alternative<batch_handed_out_input>(in) && std::holds_alternative<batch_handed_out>(e));
  case stream_kind::operations:
    return (std::holds_alternative<log_release_input>(in) && std::holds_alternative<log_released>(e)) ||
           (std::holds_alternative<pay_out_switch_input>(in) && std::holds_alternative<pay_outs_switched>(e));
  case stream_kind::order:
    break;
  }
  return false;
}

} // namespace oncepay::sim
