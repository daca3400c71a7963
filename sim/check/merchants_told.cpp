// A merchant that asked for it is told of each result, genuinely, and of nothing else: what it delivers, or takes back,
// hangs on it. What it is told is durable and is how its order stands; what counts as told was acknowledged; what was
// acknowledged isn't told again; and in the end it has been told, or will be, or was given up aloud.
#include "actors/domain/dialect/telling_request.hpp"
#include "sim/check/checkers.hpp"
#include "sim/people/services.hpp"

#include <map>
#include <set>
#include <utility>

namespace oncepay::sim {

namespace {

class merchants_told final : public checker {
public:
  std::string_view name() const override { return "merchants-told"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (auto* configured = std::get_if<merchant_input>(&d.input))
      asks_to_be_told_[configured->terms.merchant] = !configured->terms.notify_url.empty();
    if (d.stream.kind() != stream_kind::order)
      return;
    if (!d.events.empty() && std::holds_alternative<order_opened>(d.events.front()) &&
        asks_to_be_told_[merchant_id::trusted(d.stream.part(0))])
      told_orders_.insert(d.stream);
    if (told_orders_.contains(d.stream))
      compare_results(r, h);
    for (const event& e : d.events)
      note(r, e);
  }

  void merchant_heard(const heard_telling& heard, const history& h) override {
    const auto body = read_fields(body_format::json, heard.what.body);
    if (!body)
      return report("merchant " + heard.merchant.str() + " is told what it can't read: " + body.error());
    field_map said = *body;
    const auto stream = stream_name::of_order(heard.merchant, order_no::trusted(said["order_no"]));
    if (!is_genuine(heard.what, said["id"]))
      return report("merchant " + heard.merchant.str() + " is told something that isn't signed with its key", stream);
    const replayed_order* order = h.find(stream);
    const key which{stream, static_cast<uint32_t>(std::strtoul(said["number"].c_str(), nullptr, 10))};
    const auto known = results_.find(which);
    if (order == nullptr || known == results_.end() || said["merchant"] != heard.merchant.str())
      return report("merchant " + heard.merchant.str() + " is told " + said["result"] + " of " + stream.display() +
                        ", and nothing durable says so",
                    stream);
    result& r = known->second;
    if (!stands(order->state, said) || said["result"] != oncepay::name(r.what))
      report("merchant " + heard.merchant.str() + " is told " + said["result"] + " of " + stream.display() +
                 ", which is " + std::string(oncepay::name(order->state.status)),
             stream);
    if (said["amount_minor"] != std::to_string(order->state.amount.minor))
      report("merchant " + heard.merchant.str() + " is told another amount of " + stream.display() + ": " +
                 said["amount_minor"],
             stream);
    if (!r.id.empty() && r.id != said["id"])
      report("merchant " + heard.merchant.str() + " is told the same of " + stream.display() + " under another id",
             stream);
    r.id = said["id"];
    if (!ids_.emplace(r.id, which).second && ids_.at(r.id) != which)
      report("merchant " + heard.merchant.str() + " takes a result of " + stream.display() + " for another one's copy",
             stream);
    if (r.counts_as_told && !clock_jumped_)
      report("merchant " + heard.merchant.str() + " is told " + said["result"] + " of " + stream.display() +
                 " again, though it had acknowledged it",
             stream);
    r.acknowledged = r.acknowledged || (heard.acknowledges && heard.answer_arrives);
  }

  void clock_jumped(instant) override { clock_jumped_ = true; }

  void settled(const settled_run& run) override {
    for (const auto& [which, r] : results_) {
      const replayed_order* order = run.history.find(which.first);
      if (r.counts_as_told || r.given_up)
        continue;
      if (order == nullptr || !order->due || plus_ms(order->due, told_within_ms) < run.now)
        report("the merchant of " + which.first.display() + " isn't told that it is " +
                   std::string(oncepay::name(r.what)) + ", and nobody will",
               which.first);
    }
  }

private:
  /// From its date to its answer: the wait for its turn and for the merchant, and a slow disk.
  static constexpr int64_t told_within_ms = 60'000;

  using key = std::pair<stream_name, uint32_t>; ///< The order, and the result's number.
  struct result {
    told_result what = told_result::paid;
    std::string id = {}; ///< Under which it was told.
    bool acknowledged = false;
    bool counts_as_told = false;
    bool given_up = false;
  };

  static std::vector<std::pair<told_result, uint32_t>> results_of(const decision& d, const replayed_order* before) {
    std::vector<std::pair<told_result, uint32_t>> all;
    const order_kind kind = before == nullptr ? order_kind::payment : before->state.kind;
    const auto unbinds = [&](uint32_t refund) {
      return before->state.refunds[refund - 1].unbinds;
    };
    const auto is_merchants = [&](uint32_t refund) {
      return before != nullptr && refund >= 1 && refund <= before->state.refunds.size() &&
             !before->state.refunds[refund - 1].refund_no.empty();
    };
    for (const event& e : d.events) {
      if (std::holds_alternative<order_paid>(e))
        all.emplace_back(kind == order_kind::bind           ? told_result::bound
                         : kind == order_kind::authenticate ? told_result::authenticated
                                                            : told_result::paid,
                         0);
      if (std::holds_alternative<order_failed>(e))
        all.emplace_back(told_result::failed, 0);
      if (std::holds_alternative<order_closed>(e))
        all.emplace_back(told_result::closed, 0);
      if (auto* s = std::get_if<refund_succeeded>(&e); s != nullptr && is_merchants(s->number))
        all.emplace_back(unbinds(s->number) ? told_result::unbound : told_result::refund_succeeded, s->number);
      if (auto* f = std::get_if<refund_failed>(&e); f != nullptr && is_merchants(f->number))
        all.emplace_back(unbinds(f->number) ? told_result::unbind_failed : told_result::refund_failed, f->number);
    }
    return all;
  }

  void compare_results(const recorded_decision& r, const history& h) const {
    std::vector<std::pair<told_result, uint32_t>> to_tell;
    for (const event& e : r.decision.events)
      if (auto* t = std::get_if<merchant_to_tell>(&e))
        to_tell.emplace_back(t->result, t->refund_number);
    if (to_tell != results_of(r.decision, h.find(r.decision.stream)))
      report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() +
                 " doesn't hold that its merchant is to be told of its result",
             r.decision.stream);
  }

  void note(const recorded_decision& r, const event& e) {
    const stream_name& stream = r.decision.stream;
    if (auto* t = std::get_if<merchant_to_tell>(&e)) {
      if (!told_orders_.contains(stream) || !results_.emplace(key{stream, t->number}, result{t->result}).second)
        report("position " + std::to_string(r.position) + " of " + stream.display() + " tells what nobody asked for",
               stream);
    } else if (auto* told = std::get_if<merchant_told>(&e)) {
      result& known = results_[{stream, told->number}];
      known.counts_as_told = true;
      if (!known.acknowledged)
        report("position " + std::to_string(r.position) + " of " + stream.display() +
                   " counts its merchant as told, and it never acknowledged",
               stream);
    } else if (auto* given_up = std::get_if<telling_given_up>(&e)) {
      results_[{stream, given_up->number}].given_up = true;
    }
  }

  static bool stands(const order::state& s, field_map& said) {
    const std::string& what = said["result"];
    if (what == "paid" || what == "bound" || what == "authenticated")
      return s.status == order_state::paid;
    if (what == "failed")
      return s.status == order_state::failed;
    if (what == "closed")
      return s.status == order_state::closed;
    for (const order::refund& r : s.refunds)
      if (!r.refund_no.empty() && r.refund_no.str() == said["refund_no"])
        return said["refund_amount_minor"] == std::to_string(r.amount_minor) && r.unbinds == what.starts_with("unb") &&
               r.state ==
                   (what == "refund_succeeded" || what == "unbound" ? refund_state::succeeded : refund_state::failed);
    return false;
  }

  /// As a merchant is told to verify it.
  static bool is_genuine(const http_request& r, const std::string& id) {
    field_map headers;
    for (const http_header& h : r.headers)
      headers[h.name] = h.value;
    return headers["Oncepay-Telling"] == id &&
           verify({signing::hmac_sha256, {}, {}}, key_of_services(),
                  headers["Oncepay-Timestamp"] + "\n" + id + "\n" + r.body, headers["Oncepay-Signature"]);
  }

  std::map<merchant_id, bool> asks_to_be_told_;
  std::set<stream_name> told_orders_;
  std::map<key, result> results_;
  std::map<std::string, key> ids_;
  bool clock_jumped_ = false; ///< The order may tell again what still waits for its turn.
};

} // namespace

checker_ptr make_merchants_told() {
  return std::make_unique<merchants_told>();
}

} // namespace oncepay::sim
