// How a server's answers read to people.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace oncepay::cli {

namespace {

std::string evidence_text(evidence source) {
  switch (source) {
  case evidence::channel_reply:
    return "the channel's answer";
  case evidence::late_reply:
    return "the channel's late answer";
  case evidence::never_left:
    return "nothing was sent";
  case evidence::reply_timeout:
    return "no answer within the channel's reply window";
  case evidence::port_error:
    return "an error after the request may have left";
  case evidence::restart:
    return "a restart while the request was under way";
  case evidence::enquiry:
    return "the channel was asked";
  case evidence::enquiry_failed:
    return "the channel was asked, and the question failed";
  case evidence::notice:
    return "the channel's notice";
  case evidence::ruling:
    return "a ruling";
  case evidence::close_reply:
    return "the channel's answer to a close";
  case evidence::reverse_reply:
    return "the channel's answer to a reversal";
  }
  return "unknown";
}

const attempt_view* last_attempt(const order_view& order) {
  return order.attempts.empty() ? nullptr : &order.attempts.back();
}

const attempt_view* paying_attempt(const order_view& order) {
  auto it = std::find_if(order.attempts.begin(), order.attempts.end(),
                         [](const attempt_view& a) { return a.state == attempt_state::succeeded; });
  return it == order.attempts.end() ? nullptr : &*it;
}

std::string_view paid_words(order_kind kind) {
  switch (kind) {
  case order_kind::top_up:
    return "paid and credited";
  case order_kind::pay_out:
    return "paid out";
  case order_kind::bind:
    return "bound";
  case order_kind::authenticate:
    return "authenticated";
  case order_kind::payment:
    break;
  }
  return "paid";
}

std::string_view kind_words(const order_view& order) {
  switch (order.kind) {
  case order_kind::top_up:
    return order.from_wallet.empty() ? "top-up" : "transfer";
  case order_kind::pay_out:
    return "pay-out";
  case order_kind::bind:
    return "card binding";
  case order_kind::authenticate:
    return "card authentication";
  case order_kind::payment:
    break;
  }
  return "payment";
}

/// The card and its agreement, as far as they are known.
std::string card_text(const order_view& order) {
  const card_view& c = order.card;
  std::string out;
  if (!c.mask.empty())
    out += fmt::format("  card           {}\n", printable(c.mask));
  if (!c.bound_by.empty())
    out += fmt::format("  withheld by    the agreement of order {}\n", printable(c.bound_by.str()));
  if (!c.agreement.empty())
    out += fmt::format("  agreement      {}{}\n", printable(c.agreement),
                       !c.bound_by.empty() ? ""
                       : c.stands          ? ", stands"
                       : c.unbound         ? ", ended: nothing is withheld by it any more"
                                           : ", doesn't stand");
  return out;
}

std::string fate(const order_view& order) {
  const auto* last = last_attempt(order);
  const auto channel = last == nullptr ? std::string{} : printable(last->channel.str());
  if (order.in_doubt && last != nullptr && is_being_reversed(last->state))
    return fmt::format("in doubt, being reversed on {}", channel);
  if (order.in_doubt)
    return fmt::format("in doubt on {}{}", channel,
                       order.state == order_state::closing ? ", to be closed on proof that nothing was paid" : "");
  switch (order.state) {
  case order_state::paid: {
    const auto* paying = paying_attempt(order);
    const auto label = label_of(order);
    const auto how =
        fmt::format("{} on {}", paid_words(order.kind), paying == nullptr ? channel : printable(paying->channel.str()));
    if (label == "unbound")
      return fmt::format("{}, and unbound", how);
    return label == name(order_state::paid) || moves_no_money(order.kind)
               ? how
               : fmt::format("{}, {} {}", how, label == "refunded" ? "refunded:" : "partly refunded:",
                             to_string(money{order.refunded_minor, order.amount.currency}));
  }
  case order_state::closing:
    return fmt::format("to be closed; processing on {}", channel);
  case order_state::closed:
    return "closed: nothing was paid and nothing will be taken";
  case order_state::failed:
    return last == nullptr                          ? "failed: no channel was tried"
           : last->state == attempt_state::reversed ? fmt::format("failed, reversed on {}", channel)
                                                    : fmt::format("failed, last on {}", channel);
  case order_state::confirming:
    return "waits for its payer's confirmation; nothing was submitted";
  case order_state::open:
    return last == nullptr ? "processing" : fmt::format("processing on {}", channel);
  case order_state::none:
    break;
  }
  return std::string(sentence(errc::unknown_order));
}

std::string refunds_text(const order_view& order) {
  text_table table({{"  refund", align::right},
                    {"its merchant's number"},
                    {"amount", align::right},
                    {"fee returned", align::right},
                    {"state"},
                    {"code"},
                    {"our number"},
                    {"next enquiry"}});
  for (const auto& r : order.refunds)
    if (!r.unbinds)
      table.add({fmt::format("{}", r.number), r.refund_no.empty() ? "(surplus)" : printable(r.refund_no.str()),
                 to_string(money{r.amount_minor, order.amount.currency}),
                 to_string(money{r.fee_returned_minor, order.amount.currency}), std::string(name(r.state)),
                 printable(r.code), printable(r.operation_id.str()), r.enquire_at ? to_string(r.enquire_at) : ""});
  return table.empty() ? "" : table.render();
}

std::string unbindings_text(const order_view& order) {
  text_table table({{"  unbinding", align::right},
                    {"its merchant's number"},
                    {"state"},
                    {"code"},
                    {"our number"},
                    {"next enquiry"}});
  for (const auto& r : order.refunds)
    if (r.unbinds)
      table.add({fmt::format("{}", r.number), printable(r.refund_no.str()), std::string(name(r.state)),
                 printable(r.code), printable(r.operation_id.str()), r.enquire_at ? to_string(r.enquire_at) : ""});
  return table.empty() ? "" : table.render();
}

std::string attempts_text(const order_view& order) {
  text_table table(
      {{"  attempt", align::right}, {"channel"}, {"state"}, {"code"}, {"known from"}, {"our number"}, {"its number"}});
  for (const auto& a : order.attempts)
    table.add({fmt::format("{}", a.number), printable(a.channel.str()), std::string(name(a.state)), printable(a.code),
               a.code.empty() ? "" : std::string(name(a.last_evidence)), printable(a.id.str()),
               printable(a.channel_ref)});
  return table.empty() ? "" : table.render();
}

/// Of what failed before any channel was tried the answer says no more; the log does.
std::string hint_at_why(const order_view& order) {
  const bool knows_none = order.state == order_state::failed && order.attempts.empty() && order.risk_rule.empty() &&
                          order.trajectory.empty();
  return !knows_none ? std::string()
                     : fmt::format("  why            its steps tell: oncepay order {} {} --trajectory\n",
                                   printable(order.merchant.str()), printable(order.order_no.str()));
}

/// What a person needs most, and what costs most when it is guessed wrong.
std::string doubt_text(const order_view& order) {
  std::string out = moves_no_money(order.kind)
                        ? "  Nothing proves that it was done, and nothing proves that it wasn't.\n"
                        : "  Nothing proves that it was paid, and nothing proves that it wasn't.\n";
  if (const auto* last = last_attempt(order)) {
    out += fmt::format("  last evidence  {} ({})\n", evidence_text(last->last_evidence), printable(last->code));
    out += fmt::format("  next {}  {}\n", is_being_reversed(last->state) ? "reversal" : "enquiry ",
                       last->enquire_at ? to_string(last->enquire_at) : "none is planned");
  }
  out += fmt::format("  what to do     {}. Ask again:\n"
                     "                 oncepay order {} {}\n",
                     order.kind == order_kind::pay_out ? "Don't pay it out again, under another number neither"
                     : moves_no_money(order.kind)
                         ? "Don't take the card for bound, and don't send it again under another number"
                         : "Don't deliver, and don't take the payment again under another number",
                     printable(order.merchant.str()), printable(order.order_no.str()));
  return out;
}

} // namespace

std::string order_text(const reply& r) {
  const auto* order = std::get_if<order_view>(&r.body);
  if (order == nullptr)
    return refusal_text(r) + '\n';
  auto out = fmt::format("order {}/{}: {}{}\n", printable(order->merchant.str()), printable(order->order_no.str()),
                         fate(*order), r.duplicate ? " (already known, nothing was done again)" : "");
  if (order->kind != order_kind::payment)
    out += fmt::format("  kind           {}\n", kind_words(*order));
  if (moves_no_money(order->kind))
    out += fmt::format("  method         {}\n", printable(order->method.str()));
  else
    out += fmt::format("  amount         {} by {}\n", to_string(order->amount), printable(order->method.str()));
  out += card_text(*order);
  if (!order->from_wallet.empty())
    out += fmt::format("  from wallet    {}\n", printable(order->from_wallet.str()));
  if (!order->to_wallet.empty())
    out += fmt::format("  to wallet      {}\n", printable(order->to_wallet.str()));
  out += fmt::format("  opened         {}\n", order->opened_at ? to_string(order->opened_at) : "unknown");
  out += fmt::format("  log position   {}\n", r.position);
  if (r.code != errc::ok && !r.text.empty())
    out +=
        fmt::format("  code           {} ({}): {}\n", static_cast<uint16_t>(r.code), name(r.code), printable(r.text));
  out += hint_at_why(*order);
  if (order->in_doubt)
    out += doubt_text(*order);
  if (order->expires_at)
    out += fmt::format("  expires        {}\n", to_string(order->expires_at));
  if (order->confirm_before)
    out += fmt::format("  confirm        before {}, else it fails: oncepay confirm {} {} AMOUNT CURRENCY --proof …\n",
                       to_string(order->confirm_before), printable(order->merchant.str()),
                       printable(order->order_no.str()));
  if (!order->risk_rule.empty())
    out += fmt::format("  risk rule      {}\n", printable(order->risk_rule));
  out += ruling_text(*order);
  out += attempts_text(*order);
  out += refunds_text(*order);
  out += unbindings_text(*order);
  if (!order->trajectory.empty() && order->trajectory.front() != digest_header())
    out += digest_header() + '\n';
  for (const auto& line : order->trajectory)
    out += printable(line) + '\n';
  return out;
}

std::string ruling_text(const order_view& order) {
  if (!order.ruling)
    return {};
  const ruling_view& r = *order.ruling;
  return fmt::format("  ruling         {} {} {}, says {} since {}\n"
                     "                 upon           {}\n"
                     "                 because        {}\n"
                     "                 another person approves it, before {}:\n"
                     "                 oncepay rule approve {} {} --proposal {} --operator NAME\n",
                     name(r.said.subject), r.said.number, name(r.said.outcome), printable(r.said.operator_name),
                     to_string(r.proposed_at), printable(r.said.evidence), printable(r.said.reason),
                     to_string(r.expires_at), printable(order.merchant.str()), printable(order.order_no.str()),
                     printable(r.ruling.str()));
}

std::string refusal_text(const reply& r) {
  std::string out(sentence(r.code));
  if (!r.text.empty() && r.text != out)
    out += fmt::format(" [{}]", printable(r.text));
  if (r.retry_after_ms != 0)
    out += fmt::format(" Not before {} ms have passed.", r.retry_after_ms);
  return fmt::format("{} (code {}, {})", out, static_cast<uint16_t>(r.code), name(r.code));
}

} // namespace oncepay::cli
