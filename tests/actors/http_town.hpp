// What tests of the port to channels outside share: a dialect, a link that does as each test says, and a server with
// both.
#pragma once

#include "tests/actors/town.hpp"

#include "actors/channel_link.hpp"
#include "actors/domain/channel.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace oncepay::test {

inline const std::string shown = "134567890123456789";

inline dialect plain_dialect() {
  dialect d;
  d.name = "plain";
  d.request = body_format::form;
  d.reply = body_format::json;
  d.request_signature = d.reply_signature = {signing::hmac_sha256, "sign", "&key="};
  d.only_currency = cny;
  dialect_operation pay;
  pay.path = "/pay";
  pay.fields = {{"id", "{id}", {}}, {"fee", "{amount_minor}", {}}, {"shown", "{payer_code}", {}}};
  pay.echoes = {{"id", "{id}", {}}};
  pay.code_fields = {"code"};
  pay.amount = {"fee", false};
  pay.channel_ref_field = "ref";
  for (const auto& [code, what] : std::map<std::string, reply_class>{{"OK", reply_class::succeeded},
                                                                     {"POOR", reply_class::failed_try_another},
                                                                     {"STOLEN", reply_class::failed_final},
                                                                     {"WHO", reply_class::not_found},
                                                                     {"TYPES", reply_class::payer_confirming}})
    pay.codes.add(code, what);
  dialect_operation enquire = pay;
  enquire.path = "/enquire";
  enquire.fields = {{"id", "{payment_id}", {}}};
  dialect_operation refund = pay;
  refund.path = "/refund";
  refund.fields = {
      {"id", "{id}", {}}, {"of", "{payment_id}", {}}, {"fee", "{amount_minor}", {}}, {"paid", "{paid_minor}", {}}};
  dialect_operation enquire_refund = refund;
  enquire_refund.path = "/enquire-refund";
  dialect_operation close = enquire;
  close.path = "/close";
  close.echoes = {};
  close.amount = {};
  dialect_operation reverse = enquire;
  reverse.path = "/reverse";
  reverse.amount = {};
  d.operations = {{channel_question::pay, pay},       {channel_question::enquire, enquire},
                  {channel_question::refund, refund}, {channel_question::enquire_refund, enquire_refund},
                  {channel_question::close, close},   {channel_question::reverse, reverse}};
  return d;
}

inline signing_keys keys() {
  return {"a shared key", {}, {}};
}

struct carried {
  link_request what;
  std::function<void(link_answer)> answer;

  field_map fields() const { return *read_fields(body_format::form, what.what.body); }
  std::string id() const { return fields()["id"]; }
};

inline link_answer never_left() {
  return {link_fate::never_left, 0, {}, "connection refused"};
}
inline link_answer no_reply() {
  return {link_fate::no_reply, 0, {}, "reset by peer"};
}
inline link_answer body(std::string text, int status = 200) {
  return {link_fate::replied, status, std::move(text), {}};
}
/// Signed, as the channel would.
inline link_answer says(field_map fields) {
  const auto d = plain_dialect();
  fields["sign"] = *sign(d.reply_signature, keys(), signed_text(fields, "sign"));
  return body(write_fields(body_format::json, fields));
}
inline link_answer says(const carried& c, const std::string& code) {
  return says({{"code", code}, {"id", c.id()}, {"fee", "10000"}, {"ref", "R-1"}});
}

/// What the channel does with each request: an answer at once, or none until the test gives one.
struct script {
  std::vector<carried> requests;
  std::function<std::optional<link_answer>(const carried&)> on_pay = [](const auto&) {
    return std::nullopt;
  };
  std::function<std::optional<link_answer>(const carried&)> on_enquiry = [](const auto&) {
    return std::nullopt;
  };
  bool has_keys = true;

  size_t count(std::string_view path) const {
    return static_cast<size_t>(
        std::count_if(requests.begin(), requests.end(), [&](const carried& c) { return c.what.what.path == path; }));
  }
};

class scripted_link final : public channel_link {
public:
  explicit scripted_link(std::shared_ptr<script> s) : s_(std::move(s)) {}
  void carry(link_request what, std::function<void(link_answer)> answered) override {
    s_->requests.push_back({std::move(what), answered});
    const carried& c = s_->requests.back();
    if (auto a = c.what.what.path == "/pay" ? s_->on_pay(c) : s_->on_enquiry(c))
      answered(std::move(*a));
  }

private:
  std::shared_ptr<script> s_;
};

inline channel_terms outside() {
  auto t = test::channel("outside", 1);
  t.bank = {};
  t.http = {"https://bank.example", "plain", {{"shop", "7"}}};
  t.enquire_after_ms = 10'000;
  return t;
}

/// A server with a channel outside, whose payments show the payer's code or don't, and a virtual bank that pays
/// everything behind it.
struct port_town {
  explicit port_town(channel_terms first = outside(), std::function<int64_t()> commit_takes_us = {},
                     bool wants_code = true)
      : w([&] {
          auto options = town({std::move(first), test::channel("beta", 2)});
          options.commit_takes_us = std::move(commit_takes_us);
          options.open_link = [s = s, wants_code](const channel_terms&) -> tl::expected<channel_access, std::string> {
            if (!s->has_keys)
              return tl::unexpected(std::string("the configuration names no keys for it"));
            auto speaks = plain_dialect();
            if (!wants_code)
              speaks.operations[channel_question::pay].fields.pop_back();
            return channel_access{{std::move(speaks), {{"shop", "7"}}, keys()}, std::make_shared<scripted_link>(s)};
          };
          return options;
        }()) {}
  ~port_town() { s->requests.clear(); } // they hold actors
  port_town(const port_town&) = delete;
  port_town& operator=(const port_town&) = delete;

  reply pay(std::string_view order, std::string payer_code = shown) {
    auto command = test::pay(order);
    command.payer_code = std::move(payer_code);
    return w.ask(w.connect(), std::move(command));
  }
  order_view order(std::string_view number) { return order_in(w.ask(w.connect(), query(number))); }
  bool is_alarmed(std::string_view part) const {
    return std::any_of(w.alarms().begin(), w.alarms().end(),
                       [&](const std::string& a) { return a.find(part) != std::string::npos; });
  }

  std::shared_ptr<script> s = std::make_shared<script>();
  sim::world w;
};

} // namespace oncepay::test
