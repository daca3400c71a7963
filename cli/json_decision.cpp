// Decisions as JSON: every field of every input and event. A new alternative doesn't compile until it is shown here.
#include "cli/json.hpp"

#include "actors/domain/trajectory.hpp"

#include <nlohmann/json.hpp>

namespace oncepay::cli {

using json = nlohmann::ordered_json;

namespace {

std::string text(std::string_view raw) {
  return printable(raw);
}

/// The code's number and name; null for "none".
json code(uint16_t number) {
  if (number == 0)
    return nullptr;
  auto o = json::object();
  o["number"] = number;
  o["name"] = is_known_code(number) ? json(name(static_cast<errc>(number))) : json(nullptr);
  return o;
}

json person(const sealed_payer& sealed, const hash128& token) {
  if (sealed.ciphertext.empty())
    return json::object({{"named", false}});
  return {{"named", true}, {"key_id", sealed.key_id}, {"token_begins", hex(std::span(token).first(4))}};
}

json risk_json(const risk_answer& r) {
  if (r.outcome == risk_outcome::none)
    return nullptr;
  return {{"outcome", name(r.outcome)},
          {"rule", text(r.rule)},
          {"version", text(r.version)},
          {"confirm_within_ms", r.confirm_within_ms},
          {"wrong_max", r.wrong_max}};
}

json postings(const std::vector<posting>& lines) {
  auto out = json::array();
  for (const auto& line : lines)
    out.push_back({{"account", text(path(line.account))}, {"amount", to_json(line.amount)}});
  return out;
}

json enquiry(const enquiry_facts& facts) {
  return {{"asked_at", to_json(facts.asked_at)},
          {"not_found_after_ms", facts.not_found_after_ms},
          {"interval_ms_max", facts.interval_ms_max},
          {"enquiries_max", facts.enquiries_max},
          {"check", facts.check}};
}

struct input_fields {
  json& o;

  void operator()(const pay_input& in) {
    o["amount"] = to_json(in.amount);
    o["method"] = text(in.method.str());
    o["payer"] = person(in.payer, in.payer_token);
    o["payer_code"] = {{"named", !in.payer_code.ciphertext.empty()}};
    o["placed_at"] = to_json(in.placed_at);
    o["expires_at"] = to_json(in.expires_at);
    o["top_up"] = in.top_up;
    o["wallet"] = text(in.wallet.str());
    o["to_wallet"] = text(in.to_wallet.str());
    o["route"] = to_json(in.route);
    o["card"] = {{"named", in.card_token != hash128{}}};
    o["risk"] = risk_json(in.risk);
    // Most payments are about no card, and stay as short as they were.
    if (in.card.deed != card_deed::none)
      o["card_deed"] = name(in.card.deed);
    if (!in.agreement.bound_by.empty())
      o["agreement"] = {{"bound_by", text(in.agreement.bound_by.str())},
                        {"order_no", text(in.agreement.order_no.str())},
                        {"channel", text(in.agreement.channel.str())},
                        {"reference", text(in.agreement.reference)}};
  }
  void operator()(const confirm_input& in) {
    o["amount"] = to_json(in.amount);
    o["proven"] = in.proven;
    o["proof_token_begins"] = hex(std::span(in.proof_token).first(4));
    o["route"] = to_json(in.route);
  }
  void operator()(const attempt_input& in) {
    o["attempt_number"] = in.attempt_number;
    o["evidence"] = name(in.source);
    o["outcome"] = name(in.outcome);
    o["code"] = text(in.code);
    o["channel_ref"] = text(in.channel_ref);
    o["route"] = in.route ? to_json(*in.route) : json(nullptr);
    if (in.enquiry)
      o["enquiry"] = enquiry(*in.enquiry);
    if (!in.agreement.empty())
      o["agreement"] = text(in.agreement);
    if (!in.card_mask.empty())
      o["card_mask"] = text(in.card_mask);
    if (in.notice)
      o["notice"] = {{"channel", text(in.notice->channel.str())},
                     {"id", in.notice->id.str()},
                     {"amount", to_json(in.notice->amount)},
                     {"received_at", to_json(in.notice->received_at)}};
  }
  void operator()(const merchant_input& in) {
    o["terms"] = to_json(in.terms);
    o["by_configuration"] = in.by_configuration;
  }
  void operator()(const channel_input& in) {
    o["terms"] = to_json(in.terms);
    o["by_configuration"] = in.by_configuration;
  }
  void operator()(const switch_input& in) {
    o["on"] = in.on;
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const credit_input& in) {
    o["key"] = text(in.key);
    o["amount"] = to_json(in.amount);
  }
  void operator()(const claim_input& in) {
    o["key"] = text(in.key);
    o["amount"] = to_json(in.amount);
    o["likeness"] = hex(in.likeness);
  }
  void operator()(const release_input& in) { o["key"] = text(in.key); }
  void operator()(const log_release_input& in) {
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const refund_input& in) {
    o["order_no"] = text(in.order_no.str());
    o["refund_no"] = text(in.refund_no.str());
    o["amount"] = to_json(in.amount);
    if (in.unbinds)
      o["unbinds"] = true;
    o["reason"] = text(in.reason);
  }
  void operator()(const refund_answer_input& in) {
    o["refund_number"] = in.refund_number;
    o["evidence"] = name(in.source);
    o["outcome"] = name(in.outcome);
    o["code"] = text(in.code);
    o["channel_ref"] = text(in.channel_ref);
    if (in.enquiry)
      o["enquiry"] = enquiry(*in.enquiry);
  }
  void operator()(const close_input& in) { o["reason"] = text(in.reason); }
  void operator()(const timer_input&) {}
  void operator()(const ruling_proposal_input& in) {
    o["subject"] = name(in.subject);
    o["number"] = in.number;
    o["outcome"] = name(in.outcome);
    o["evidence"] = text(in.evidence);
    o["reason"] = text(in.reason);
    o["operator_name"] = text(in.operator_name);
  }
  void operator()(const ruling_answer_input& in) {
    o["ruling"] = text(in.ruling.str());
    o["approve"] = in.approve;
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const telling_input& in) {
    o["number"] = in.number;
    o["nth"] = in.nth;
    o["fate"] = name(in.fate);
    o["code"] = text(in.code);
  }
  void operator()(const code_input& in) {
    o["serial"] = text(in.serial.str());
    o["merchant"] = text(in.merchant.str());
    o["label"] = text(in.label.str());
  }
  void operator()(const code_revocation_input& in) {
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const check_input& in) {
    o["channel"] = in.channel.empty() ? json(nullptr) : json(text(in.channel.str()));
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const pay_out_input& in) {
    o["order_no"] = text(in.order_no.str());
    o["amount"] = to_json(in.amount);
    o["method"] = text(in.method.str());
    o["payee"] = person(in.payee, in.payee_token);
    o["from_wallet"] = text(in.from_wallet.str());
    o["reason"] = text(in.reason);
    o["route"] = in.route ? to_json(*in.route) : json(nullptr);
  }
  void operator()(const batch_input& in) {
    o["merchant"] = text(in.merchant.str());
    o["batch_no"] = text(in.batch_no.str());
    o["method"] = text(in.method.str());
    o["total"] = to_json(money{in.total_minor, in.currency});
    o["reason"] = text(in.reason);
    auto lines = json::array();
    for (const batch_line& line : in.lines)
      lines.push_back({{"order_no", text(line.order_no.str())},
                       {"amount", to_json(money{line.amount_minor, in.currency})},
                       {"payee", person(line.payee, line.payee_token)}});
    o["lines"] = std::move(lines);
  }
  void operator()(const batch_handed_out_input& in) {
    auto refusals = json::array();
    for (const uint16_t refusal : in.refusals)
      refusals.push_back(code(refusal));
    o["refusals"] = std::move(refusals);
  }
  void operator()(const settle_input& in) { o["key"] = text(in.key); }
  void operator()(const pay_out_switch_input& in) {
    o["on"] = in.on;
    o["merchant"] = text(in.merchant.str());
    o["channel"] = text(in.channel.str());
    o["operator_name"] = text(in.operator_name);
    o["reason"] = text(in.reason);
  }
  void operator()(const account_answer_input& in) {
    o["deed"] = name(in.deed);
    o["refusal"] = code(in.refusal);
    o["route"] = in.route ? to_json(*in.route) : json(nullptr);
  }
};

struct event_fields {
  json& o;

  void operator()(const order_opened& e) { o["fingerprint"] = hex(e.fingerprint); }
  void operator()(const attempt_intended& e) {
    o["number"] = e.number;
    o["attempt_id"] = text(e.id.str());
    o["submit_before"] = to_json(e.submit_before);
    o["reply_before"] = to_json(e.reply_before);
  }
  void operator()(const attempt_succeeded& e) { o["number"] = e.number; }
  void operator()(const attempt_failed& e) { o["number"] = e.number; }
  void operator()(const attempt_in_doubt& e) {
    o["number"] = e.number;
    o["enquire_at"] = to_json(e.enquire_at);
  }
  void operator()(const contradiction_recorded& e) { o["number"] = e.number; }
  void operator()(const order_paid& e) { o["postings"] = postings(e.postings); }
  void operator()(const order_failed& e) { o["code"] = code(e.code); }
  void operator()(const merchant_configured&) {}
  void operator()(const channel_configured&) {}
  void operator()(const channel_switched& e) { o["on"] = e.on; }
  void operator()(const merchant_switched& e) { o["on"] = e.on; }
  void operator()(const method_switched& e) { o["on"] = e.on; }
  void operator()(const order_confirmed&) {}
  void operator()(const batch_opened& e) { o["fingerprint"] = hex(e.fingerprint); }
  void operator()(const batch_handed_out&) {}
  void operator()(const step_up_asked& e) { o["deadline"] = to_json(e.deadline); }
  void operator()(const confirmation_refused& e) { o["count"] = e.count; }
  void operator()(const account_credited& e) { o["postings"] = postings(e.postings); }
  void operator()(const account_claimed& e) { o["postings"] = postings(e.postings); }
  void operator()(const claim_released& e) { o["postings"] = postings(e.postings); }
  void operator()(const log_released&) {}
  void operator()(const notice_kept&) {}
  void operator()(const ruling_proposed& e) {
    o["ruling"] = text(e.ruling.str());
    o["expires_at"] = to_json(e.expires_at);
  }
  void operator()(const ruling_approved&) {}
  void operator()(const ruling_withdrawn&) {}
  void operator()(const merchant_to_tell& e) {
    o["number"] = e.number;
    o["result"] = name(e.result);
    o["refund_number"] = e.refund_number;
  }
  void operator()(const merchant_told& e) { o["number"] = e.number; }
  void operator()(const merchant_not_told& e) {
    o["number"] = e.number;
    o["count"] = e.count;
    o["next_at"] = to_json(e.next_at);
  }
  void operator()(const telling_given_up& e) { o["number"] = e.number; }
  void operator()(const code_issued&) {}
  void operator()(const code_revoked&) {}
  void operator()(const check_begun& e) {
    o["number"] = e.number;
    o["refund_number"] = e.refund_number == 0 ? json(nullptr) : json(e.refund_number);
    o["submit_before"] = to_json(e.submit_before);
    o["reply_before"] = to_json(e.reply_before);
  }
  void operator()(const attempt_checked& e) {
    o["number"] = e.number;
    o["refund_number"] = e.refund_number == 0 ? json(nullptr) : json(e.refund_number);
    o["result"] = name(e.result);
  }
  void operator()(const claim_settled&) {}
  void operator()(const account_answered&) {}
  void operator()(const pay_out_held& e) {
    o["count"] = e.count;
    o["next_at"] = to_json(e.next_at);
  }
  void operator()(const pay_outs_switched&) {}
  void operator()(const enquiry_recorded& e) {
    o["number"] = e.number;
    o["count"] = e.count;
    o["next_at"] = to_json(e.next_at);
  }
  void operator()(const attempt_manual& e) { o["number"] = e.number; }
  void operator()(const attempt_reversing& e) {
    o["number"] = e.number;
    o["ask_at"] = to_json(e.ask_at);
  }
  void operator()(const reversal_recorded& e) {
    o["number"] = e.number;
    o["count"] = e.count;
    o["next_at"] = to_json(e.next_at);
  }
  void operator()(const attempt_reversed& e) {
    o["number"] = e.number;
    o["postings"] = postings(e.postings);
  }
  void operator()(const reversal_manual& e) { o["number"] = e.number; }
  void operator()(const refund_claimed&) {}
  void operator()(const refund_requested& e) {
    o["number"] = e.number;
    o["attempt_number"] = e.attempt_number;
    o["operation_id"] = text(e.operation_id.str());
    o["fingerprint"] = hex(e.fingerprint);
    o["submit_before"] = to_json(e.submit_before);
    o["reply_before"] = to_json(e.reply_before);
    o["fee_returned_minor"] = e.fee_returned_minor;
    o["postings"] = postings(e.postings);
  }
  void operator()(const refund_succeeded& e) {
    o["number"] = e.number;
    o["postings"] = postings(e.postings);
  }
  void operator()(const refund_failed& e) {
    o["number"] = e.number;
    o["postings"] = postings(e.postings);
  }
  void operator()(const refund_in_doubt& e) {
    o["number"] = e.number;
    o["enquire_at"] = to_json(e.enquire_at);
  }
  void operator()(const refund_enquired& e) {
    o["number"] = e.number;
    o["count"] = e.count;
    o["next_at"] = to_json(e.next_at);
  }
  void operator()(const refund_manual& e) { o["number"] = e.number; }
  void operator()(const refund_contradicted& e) { o["number"] = e.number; }
  void operator()(const order_closing&) {}
  void operator()(const order_closed&) {}
  void operator()(const withhold_granted&) {}
  void operator()(const surplus_booked& e) {
    o["number"] = e.number;
    o["postings"] = postings(e.postings);
  }
};

} // namespace

json to_json(const route_answer& route) {
  auto candidates = json::array();
  for (const auto& c : route.candidates)
    candidates.push_back({{"channel", text(c.channel.str())},
                          {"verdict", name(c.verdict)},
                          {"unstable", c.unstable},
                          {"priority", c.priority},
                          {"cost_minor", c.cost_minor}});
  auto o = json::object();
  o["candidates"] = std::move(candidates);
  o["chosen"] = route.chosen.empty() ? json(nullptr) : json(text(route.chosen.str()));
  o["refusal"] = code(route.refusal);
  o["submit_within_ms"] = route.submit_within_ms;
  o["reply_within_ms"] = route.reply_within_ms;
  o["enquire_after_ms"] = route.enquire_after_ms;
  o["reverse_after_ms"] = route.reverse_after_ms;
  o["tells_merchant"] = route.tells_merchant;
  o["check_after_ms"] = route.check_after_ms;
  o["cost_minor"] = route.cost_minor;
  o["fee_minor"] = route.fee_minor;
  o["terms_position"] = route.terms_position;
  return o;
}

json to_json(const input& in) {
  auto o = json::object();
  o["input"] = name_of(in);
  std::visit(input_fields{o}, in);
  return o;
}

json to_json(const event& e) {
  auto o = json::object();
  o["event"] = name_of(e);
  std::visit(event_fields{o}, e);
  return o;
}

std::string record_hash(uint64_t position, bytes_view stored) {
  return hex(chain_step(hash256{}, position, stored));
}

json to_json(const recorded_decision& recorded, const decision_hashes& hashes) {
  const auto& d = recorded.decision;
  auto o = json::object();
  o["position"] = recorded.position;
  o["at"] = to_json(d.at);
  o["stream"] = text(d.stream.display());
  o["version"] = d.version;
  o["due_before"] = to_json(d.due_before);
  o["due"] = to_json(d.due);
  o["input"] = to_json(d.input);
  auto events = json::array();
  for (const auto& e : d.events)
    events.push_back(to_json(e));
  o["events"] = std::move(events);
  if (!hashes.record.empty())
    o["record_hash"] = hashes.record;
  if (!hashes.chain.empty())
    o["chain"] = hashes.chain;
  return o;
}

} // namespace oncepay::cli
