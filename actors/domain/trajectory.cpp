#include "actors/domain/trajectory.hpp"

#include "actors/domain/trajectory_words.hpp"
#include "schema/hash.hpp"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

namespace oncepay {

namespace {

/// Builds the steps of one decision: knows what is common to all of them.
class step_builder {
public:
  step_builder(const recorded_decision& recorded, trajectory_context& context)
      : recorded_(recorded), context_(context), entity_(entity_of(recorded.decision.stream)),
        is_order_(!recorded.decision.stream.empty() && recorded.decision.stream.kind() == stream_kind::order) {}

  trajectory_step& add(std::string_view module, std::string_view step, std::string text = {}) {
    auto& s = steps.emplace_back();
    s.position = recorded_.position;
    s.at = recorded_.decision.at;
    s.module = module;
    s.step = step;
    s.entity = entity_;
    s.state = context_.state;
    s.text = std::move(text);
    return s;
  }

  trajectory_step& add_about(std::string_view module, std::string_view step, uint32_t attempt, std::string text = {}) {
    auto& s = add(module, step, std::move(text));
    s.attempt = attempt;
    if (const auto* known = find(attempt)) {
      s.channel = known->channel;
      s.id = known->id;
    }
    s.amount = context_.amount;
    return s;
  }

  void add_route(const route_answer& route) {
    auto& s = add("router", "route");
    s.candidates = route.candidates;
    s.channel = route.chosen;
    s.amount = context_.amount;
    if (route.chosen.empty())
      s.code = is_known_code(route.refusal) ? std::string(name(static_cast<errc>(route.refusal)))
                                            : fmt::format("{}", route.refusal);
    else
      s.code = name(verdict::chosen);
    s.text = fmt::format("terms of position {}", route.terms_position);
    chosen_ = route.chosen;
  }

  void add_postings(const std::vector<posting>& postings) {
    for (const auto& line : postings) {
      auto& s = add("ledger", line.amount.minor < 0 ? "credit" : "debit", printable(path(line.account)));
      s.amount = line.amount;
    }
  }

  void operator()(const pay_input& in) {
    if (is_asked_for_grant(recorded_.decision.stream, in)) {
      add("gateway", "withhold", fmt::format("payment {} by its agreement", printable(in.agreement.order_no.str())))
          .amount = in.amount;
      return;
    }
    context_.amount = in.amount;
    add("gateway", wish_of(in), payment_words(in)).amount = in.amount;
    add_route(in.route);
    if (in.risk.outcome != risk_outcome::none)
      add("risk", name(in.risk.outcome),
          in.risk.rule.empty() ? fmt::format("no rule of {} applies", printable(in.risk.version))
                               : fmt::format("rule {} of {}", printable(in.risk.rule), printable(in.risk.version)));
  }

  void operator()(const attempt_input& in) {
    // Which module spoke follows from the evidence: a channel that answered, or a port that knows why none came.
    const bool spoken = channel_said(in.source);
    auto text = fmt::format("proves: {}", name(in.outcome));
    if (!in.channel_ref.empty())
      text += fmt::format(", the channel's number {}", printable(in.channel_ref));
    text += agreement_words(in);
    if (in.notice)
      text += fmt::format(", of {} for {}", to_string(in.notice->amount), in.notice->id.str());
    if (in.enquiry && in.enquiry->check)
      text += ", asked again when it was settled";
    add_about(spoken ? "channel" : "port", name(in.source), in.attempt_number, std::move(text)).code =
        printable(in.code);
    if (in.route)
      add_route(*in.route);
  }

  void operator()(const merchant_input& in) {
    add(in.by_configuration ? "operator" : "gateway", "merchant_terms",
        fmt::format("{}, fee {} ppm, at least {} minor units{}", quoted(in.terms.display_name), in.terms.fee_rate_ppm,
                    in.terms.fee_minimum_minor, in.terms.suspended ? ", suspended" : "") +
            (in.terms.notify_url.empty() ? "" : ", told at " + printable(in.terms.notify_url)) + quota_text(in.terms));
  }

  void operator()(const channel_input& in) {
    auto& s = add(in.by_configuration ? "operator" : "gateway", "channel_terms",
                  fmt::format("{}, priority {}, weight {}, cost {} ppm + {} minor units", quoted(in.terms.display_name),
                              in.terms.priority, in.terms.weight, in.terms.cost_rate_ppm, in.terms.cost_fixed_minor));
    s.channel = in.terms.channel;
  }

  void operator()(const switch_input& in) {
    add("operator", in.on ? "switch_on" : "switch_off",
        fmt::format("by {}: {}", quoted(in.operator_name), quoted(in.reason)));
  }

  void operator()(const confirm_input& in) {
    auto& s = add("gateway", "confirm", in.proven ? "proven" : "not proven");
    s.amount = in.amount;
    if (!in.route.chosen.empty() || in.route.refusal != 0)
      add_route(in.route);
  }

  void operator()(const credit_input& in) { add("account", "credit", quoted(in.key)).amount = in.amount; }
  void operator()(const claim_input& in) { add("account", "claim", quoted(in.key)).amount = in.amount; }
  void operator()(const release_input& in) { add("account", "release", quoted(in.key)); }

  void operator()(const log_release_input& in) {
    add("operator", "log_release", fmt::format("by {}: {}", quoted(in.operator_name), quoted(in.reason)));
  }

  void operator()(const refund_input& in) {
    auto text = fmt::format("{} of order {}", printable(in.refund_no.str()), printable(in.order_no.str()));
    if (!in.reason.empty())
      text += fmt::format(": {}", quoted(in.reason));
    auto& s = add("gateway", in.unbinds ? "unbind" : "refund", std::move(text));
    if (!in.unbinds)
      s.amount = in.amount;
  }

  void operator()(const refund_answer_input& in) {
    const bool spoken = channel_said(in.source);
    auto text = fmt::format("{}, proves: {}", refund_words(context_, in.refund_number), name(in.outcome));
    if (!in.channel_ref.empty())
      text += fmt::format(", the channel's number {}", printable(in.channel_ref));
    add(spoken ? "channel" : "port", name(in.source), std::move(text)).code = printable(in.code);
  }

  void operator()(const close_input& in) {
    add("gateway", "close", in.reason.empty() ? std::string() : quoted(in.reason)).amount = context_.amount;
  }
  void operator()(const pay_out_input& in) {
    context_.amount = in.amount;
    auto text = fmt::format("by {}, payee masked{}", printable(in.method.str()), from_to(in.from_wallet, {}));
    if (!in.reason.empty())
      text += fmt::format(": {}", quoted(in.reason));
    add("gateway", "pay_out", std::move(text)).amount = in.amount;
    if (in.route)
      add_route(*in.route);
  }
  void operator()(const batch_input& in) {
    add("gateway", "batch", fmt::format("{} pay-outs by {}", in.lines.size(), printable(in.method.str()))).amount = {
        in.total_minor, in.currency};
  }
  void operator()(const batch_handed_out_input& in) {
    const auto refused = std::count_if(in.refusals.begin(), in.refusals.end(), [](uint16_t code) { return code != 0; });
    add("batch", "handed_out", fmt::format("{} of {} lines were refused", refused, in.refusals.size()));
  }
  void operator()(const settle_input& in) { add("account", "settle", quoted(in.key)); }
  void operator()(const account_answer_input& in) {
    auto& s = add("account", fmt::format("{}_{}", name(in.deed), in.refusal == 0 ? "done" : "refused"));
    s.amount = context_.amount;
    if (in.refusal != 0)
      s.code =
          is_known_code(in.refusal) ? std::string(name(static_cast<errc>(in.refusal))) : fmt::format("{}", in.refusal);
    if (in.route)
      add_route(*in.route);
  }
  void operator()(const pay_out_switch_input& in) {
    const std::string whose = !in.merchant.empty()  ? "of merchant " + printable(in.merchant.str())
                              : !in.channel.empty() ? "by channel " + printable(in.channel.str())
                                                    : "all";
    add("operator", in.on ? "pay_outs_on" : "pay_outs_off",
        fmt::format("{}, by {}: {}", whose, quoted(in.operator_name), quoted(in.reason)));
  }
  void operator()(const timer_input&) { add(kind_module(), "timer", "a deadline of its own has passed"); }
  void operator()(const ruling_proposal_input& in) {
    add("operator", "ruling_proposal",
        fmt::format("{} {} {}, by {} upon {}: {}", name(in.subject), in.number, name(in.outcome),
                    quoted(in.operator_name), quoted(in.evidence), quoted(in.reason)));
  }
  void operator()(const ruling_answer_input& in) {
    auto text = fmt::format("ruling {} {} by {}", printable(in.ruling.str()), in.approve ? "approved" : "withdrawn",
                            quoted(in.operator_name));
    if (!in.reason.empty())
      text += fmt::format(": {}", quoted(in.reason));
    add("operator", "ruling_answer", std::move(text));
  }

  void operator()(const telling_input& in) {
    add("notifier", "telling", fmt::format("of result {}, try {}: {}", in.number, in.nth, name(in.fate))).code =
        printable(in.code);
  }

  void operator()(const check_input& in) {
    add("operator", "check", fmt::format("by {}: {}", quoted(in.operator_name), quoted(in.reason))).channel =
        in.channel;
  }

  void operator()(const code_input& in) {
    add("gateway", "code", fmt::format("{} of {}", printable(in.label.str()), printable(in.merchant.str())));
  }
  void operator()(const code_revocation_input& in) {
    add("operator", "code_revocation", fmt::format("by {}: {}", quoted(in.operator_name), quoted(in.reason)));
  }

  void add_event(const event& e) {
    if (std::holds_alternative<order_closing>(e))
      context_.state = order_state::closing;
    if (std::holds_alternative<order_closed>(e))
      context_.state = order_state::closed;
    if ((std::holds_alternative<order_opened>(e) || std::holds_alternative<order_confirmed>(e)) && is_order_)
      context_.state = order_state::open;
    if (std::holds_alternative<step_up_asked>(e))
      context_.state = order_state::confirming;
    if (std::holds_alternative<order_paid>(e))
      context_.state = order_state::paid;
    if (std::holds_alternative<order_failed>(e))
      context_.state = order_state::failed;
    if (const auto* intended = std::get_if<attempt_intended>(&e))
      context_.attempts.push_back({intended->number, chosen_, intended->id});
    if (const auto* requested = std::get_if<refund_requested>(&e);
        requested != nullptr && asks_to_unbind(recorded_.decision.input))
      context_.unbindings.push_back(requested->number);
    std::visit([&](const auto& ev) { describe(name_of(e), ev); }, e);
    add_postings(postings_of(e));
  }

  std::vector<trajectory_step> steps;

private:
  void describe(std::string_view step, const attempt_intended& e) {
    auto& s = add_about("order", step, e.number, fmt::format("answer before {}", to_string(e.reply_before)));
    s.deadline = e.submit_before;
  }
  void describe(std::string_view step, const step_up_asked& e) {
    add("order", step, "its payer has to confirm it; nothing is submitted before").deadline = e.deadline;
  }
  void describe(std::string_view step, const confirmation_refused& e) {
    add("order", step, fmt::format("wrong confirmation {}", e.count));
  }
  void describe(std::string_view step, const order_confirmed&) { add("order", step, "its payer has confirmed it"); }
  void describe(std::string_view step, const attempt_in_doubt& e) {
    add_about("order", step, e.number, "not failed, not paid; the channel is to be asked").deadline = e.enquire_at;
  }
  void describe(std::string_view step, const enquiry_recorded& e) {
    add_about("order", step, e.number,
              fmt::format("enquiry {}: nothing is proven; the channel is to be asked again", e.count))
        .deadline = e.next_at;
  }
  void describe(std::string_view step, const attempt_manual& e) {
    add_about("order", step, e.number, "enquiries are used up; for a person to find out");
  }
  void describe(std::string_view step, const contradiction_recorded& e) {
    add_about("order", step, e.number, "changes nothing; for a person to look at");
  }
  void describe(std::string_view step, const refund_requested& e) {
    auto text = refund_words(context_, e.number);
    if (!is_unbinding(context_, e.number))
      text += fmt::format(", {} minor units of our fee go back", e.fee_returned_minor);
    auto& s = add_about("order", step, e.attempt_number, std::move(text));
    s.id = e.operation_id;
    s.amount.reset(); // the whole order's; the postings below say how much goes back
    s.deadline = e.submit_before;
  }
  void describe(std::string_view step, const refund_succeeded& e) { about_refund(step, e.number, "final"); }
  void describe(std::string_view step, const refund_failed& e) {
    about_refund(step, e.number,
                 is_unbinding(context_, e.number) ? "final: the agreement stands as it did"
                                                  : "final: the payer doesn't get it under this number");
  }
  void describe(std::string_view step, const refund_in_doubt& e) {
    about_refund(step, e.number,
                 is_unbinding(context_, e.number) ? "not failed, not ended; the channel is to be asked"
                                                  : "not failed, not given back; the channel is to be asked")
        .deadline = e.enquire_at;
  }
  void describe(std::string_view step, const refund_enquired& e) {
    about_refund(step, e.number, fmt::format("enquiry {} proved nothing", e.count)).deadline = e.next_at;
  }
  void describe(std::string_view step, const refund_manual& e) {
    about_refund(step, e.number, "enquiries are used up; for a person to find out");
  }
  void describe(std::string_view step, const refund_contradicted& e) {
    about_refund(step, e.number, "changes nothing; for a person to look at");
  }
  void describe(std::string_view step, const order_closing&) {
    add("order", step, "nothing new is tried; closed on proof that nothing was paid").amount = context_.amount;
  }
  void describe(std::string_view step, const order_closed&) {
    add("order", step, "final: nothing was paid and nothing will be taken").amount = context_.amount;
  }
  void describe(std::string_view step, const surplus_booked& e) {
    add_about("order", step, e.number, "paid, and not wanted any more; in suspense, and to be given back");
  }
  void describe(std::string_view step, const attempt_reversing& e) {
    add_about("order", step, e.number, "not decided in time; its channel is to close it or to give the money back")
        .deadline = e.ask_at;
  }
  void describe(std::string_view step, const reversal_recorded& e) {
    add_about("order", step, e.number, fmt::format("reversal {}: isn't confirmed; to be repeated", e.count)).deadline =
        e.next_at;
  }
  void describe(std::string_view step, const attempt_reversed& e) {
    add_about("order", step, e.number, "final: nothing moved, or it moved back");
  }
  void describe(std::string_view step, const reversal_manual& e) {
    add_about("order", step, e.number, "its channel doesn't reverse it; for a person to see to");
  }
  void describe(std::string_view step, const ruling_proposed& e) {
    add("order", step,
        fmt::format("ruling {} changes nothing yet; another person has to approve it", printable(e.ruling.str())))
        .deadline = e.expires_at;
  }
  void describe(std::string_view step, const ruling_approved&) {
    add("order", step, "two persons agree; what they say follows");
  }
  void describe(std::string_view step, const ruling_withdrawn&) { add("order", step, "changes nothing"); }
  void describe(std::string_view step, const merchant_to_tell& e) {
    add("order", step,
        fmt::format("result {}: {}{}", e.number, name(e.result),
                    e.refund_number == 0 ? "" : ", " + refund_words(context_, e.refund_number)));
  }
  void describe(std::string_view step, const merchant_told& e) {
    add("order", step, fmt::format("result {}: acknowledged", e.number));
  }
  void describe(std::string_view step, const merchant_not_told& e) {
    add("order", step, fmt::format("result {}: not acknowledged at try {}", e.number, e.count)).deadline = e.next_at;
  }
  void describe(std::string_view step, const check_begun& e) {
    constexpr std::string_view what = "its channel is asked again; whatever it says, this stays as it is";
    auto& s = e.refund_number == 0 ? add_about("order", step, e.number, std::string(what))
                                   : about_refund(step, e.refund_number, what);
    s.deadline = e.reply_before;
  }
  void describe(std::string_view step, const attempt_checked& e) {
    const std::string_view what = e.result == check_result::agrees      ? "its channel says the same"
                                  : e.result == check_result::disagrees ? "its channel says otherwise"
                                                                        : "nothing is proven by that";
    if (e.refund_number == 0)
      add_about("order", step, e.number, std::string(what));
    else
      about_refund(step, e.refund_number, what);
  }
  void describe(std::string_view step, const telling_given_up& e) {
    add("order", step, fmt::format("result {}: tries are used up; for a person to look at", e.number));
  }
  trajectory_step& about_refund(std::string_view step, uint32_t number, std::string_view what) {
    return add("order", step, fmt::format("{}: {}", refund_words(context_, number), what));
  }
  void describe(std::string_view step, const withhold_granted&) {
    add("order", step, "its agreement stands; the payment may be withheld by it");
  }
  void describe(std::string_view step, const order_failed& e) {
    auto& s = add("order", step, "final: no attempt moved money and none will");
    s.amount = context_.amount;
    s.code = is_known_code(e.code) ? std::string(name(static_cast<errc>(e.code))) : fmt::format("{}", e.code);
  }
  void describe(std::string_view step, const order_opened& e) {
    add("order", step, fmt::format("content {}", hex(std::span(e.fingerprint).first(8)))).amount = context_.amount;
  }
  void describe(std::string_view step, const order_paid& e) {
    add("order", step, fmt::format("final: {} postings", e.postings.size())).amount = context_.amount;
  }
  void describe(std::string_view step, const account_answered&) {
    add("order", step, "nothing is owed between it and its account").amount = context_.amount;
  }
  void describe(std::string_view step, const pay_out_held& e) {
    auto& s = add("order", step, "pay-outs are stopped; its claim stays");
    s.amount = context_.amount;
    s.deadline = e.next_at;
  }
  void describe(std::string_view step, const channel_switched& e) { add("channel", step, e.on ? "on" : "off"); }
  void describe(std::string_view step, const merchant_switched& e) { add("merchant", step, e.on ? "on" : "off"); }
  void describe(std::string_view step, const method_switched& e) { add("method", step, e.on ? "on" : "off"); }

  /// Attempts' outcomes and the events that say no more than their name.
  template <class Event>
  void describe(std::string_view step, const Event& e) {
    if constexpr (requires { e.number; })
      add_about("order", step, e.number);
    else
      add(kind_module(), step);
  }

  std::string_view kind_module() const {
    switch (recorded_.decision.stream.kind()) {
    case stream_kind::order:
      return "order";
    case stream_kind::account:
      return "account";
    case stream_kind::channel:
      return "channel";
    case stream_kind::merchant:
      return "merchant";
    case stream_kind::refund:
      return "refund";
    case stream_kind::code:
      return "code";
    case stream_kind::batch:
      return "batch";
    case stream_kind::operations:
      return "log";
    case stream_kind::method:
      return "method";
    }
    return "unknown"; // A kind byte of a newer build: its log stays readable.
  }

  const trajectory_context::attempt* find(uint32_t number) const {
    for (const auto& known : context_.attempts)
      if (known.number == number)
        return &known;
    return nullptr;
  }

  const recorded_decision& recorded_;
  trajectory_context& context_;
  std::string entity_;
  bool is_order_;
  channel_id chosen_; ///< By the route of this decision; the attempt it intends goes there.
};

} // namespace

std::vector<trajectory_step> steps_of(const recorded_decision& recorded, trajectory_context& context) {
  step_builder builder(recorded, context);
  std::visit(builder, recorded.decision.input);
  for (const auto& e : recorded.decision.events)
    builder.add_event(e);
  // When the entity is woken next belongs to the last step, unless that one has a nearer deadline of its own.
  if (!builder.steps.empty() && recorded.decision.due && !builder.steps.back().deadline)
    builder.steps.back().deadline = recorded.decision.due;
  return std::move(builder.steps);
}
} // namespace oncepay
