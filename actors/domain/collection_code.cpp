#include "actors/domain/collection_code.hpp"

namespace oncepay::collection_code {

namespace {

verdict_on_input decide_issue(const state& s, const code_input& in) {
  if (in.serial != s.serial)
    return refuse(errc::internal, "an input that isn't this code's");
  if (!s.issued)
    return std::vector<event>{code_issued{}};
  if (in.merchant != s.merchant || in.label != s.label)
    return refuse(errc::internal, "two codes with one serial");
  if (s.revoked)
    return refuse(errc::code_revoked);
  return std::vector<event>{};
}

verdict_on_input decide_revocation(const state& s) {
  if (!s.issued)
    return refuse(errc::unknown_collection_code);
  if (s.revoked)
    return std::vector<event>{};
  return std::vector<event>{code_revoked{}};
}

} // namespace

std::string secret_text(const merchant_id& merchant, const code_label& label) {
  return "collection code/1\n" + merchant.str() + "\n" + label.str();
}

code_serial serial_of(const hash128& keyed_hash) {
  return code_serial::trusted(base32(keyed_hash));
}

state initial(const stream_name& name) {
  state s;
  s.serial = code_serial::trusted(std::string(name.part(0)));
  return s;
}

verdict_on_input decide(const state& s, const input& in) {
  if (auto* issue = std::get_if<code_input>(&in))
    return decide_issue(s, *issue);
  if (std::holds_alternative<code_revocation_input>(in))
    return decide_revocation(s);
  return refuse(errc::internal, "an input that isn't a code's");
}

void evolve(state& s, const input& in, const event& e) {
  if (auto* issue = std::get_if<code_input>(&in); issue != nullptr && std::holds_alternative<code_issued>(e)) {
    s.issued = true;
    s.merchant = issue->merchant;
    s.label = issue->label;
  }
  if (std::holds_alternative<code_revoked>(e))
    s.revoked = true;
}

errc standing(const state& s) {
  return !s.issued ? errc::unknown_collection_code : s.revoked ? errc::code_revoked : errc::ok;
}

code_view view(const state& s) {
  return {s.serial, s.merchant, s.label, s.revoked};
}

} // namespace oncepay::collection_code
