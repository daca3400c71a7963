#include "sim/matrix/judge.hpp"

#include "actors/domain/dialect/message.hpp"
#include "actors/virtual_bank.hpp"
#include "sim/check/words.hpp"
#include "sim/matrix/account_watch.hpp"
#include "sim/matrix/batch_watch.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr uint32_t down_ms = 1'000;

/// What its bank knows the cell's order by, at first.
attempt_id first_attempt() {
  const stream_name order = order_of_cells();
  return make_attempt_id(environment, merchant_id::trusted(order.part(0)), order_no::trusted(order.part(1)), 1);
}

bool is_of_cell(const oncepay::order_no& number) {
  return number.str() == order_of_cells().part(1);
}

bool is_doubtful_refund(refund_state s) {
  return s == refund_state::in_doubt || s == refund_state::manual;
}

class judge final : public checker {
public:
  judge(const cell& what, const script& played, interference may, cell_story& story)
      : cell_(what), script_(played), may_(std::move(may)), story_(story) {}

  std::string_view name() const override { return "matrix"; }

  // --- the moment, and the kill ---

  void bank_received(const bank_request& r, const history&) override {
    if (r.what.attempt == first_attempt())
      reached(moment::submission);
  }
  void bank_asked(const bank_question& q, const history&) override {
    const auto what = q.what.operation;
    if (q.what.check && q.what.original == first_attempt())
      reached(what == operation::refund ? moment::refund_check : moment::check);
    if (q.what.check)
      return;
    if (q.what.enquiry)
      reached(takes_back(what) ? moment::refund_enquiry : moment::enquiry);
    else if (takes_back(what))
      reached(moment::refund);
    else if (what == operation::close)
      reached(moment::close);
    else if (what == operation::reverse)
      reached(moment::reversal);
  }
  void notice_told(const taken_notice& n, const history&) override {
    if (n.what.outcome == script_.told)
      reached(moment::notice);
  }
  void merchant_tried(const merchant_id&, instant) override { reached(moment::telling); }

  void decided(const recorded_decision& r, const history&) override {
    account_.decided(r);
    batch_.decided(r);
    const bool is_its = r.decision.stream == order_of_cells();
    if (is_its || r.decision.stream.kind() != stream_kind::order)
      next_decision();
    if (is_its)
      follow_order(r.decision.events);
    for (const event& e : r.decision.events) {
      if (std::holds_alternative<withhold_granted>(e))
        reached(moment::grant);
      if (std::holds_alternative<batch_opened>(e))
        reached(moment::hand_out);
    }
    if (script_.lines_open != 0 && batch_.lines_open() == script_.lines_open)
      reached(moment::handed_out);
  }
  void crashed(instant) override { ++deaths_; }

  // --- what the merchant is told ---

  void received(const received_reply& r, const history&) override {
    if (r.number == 0)
      return;
    const errc code = r.reply.code;
    batch_.told(r.reply);
    if (auto* unbind = std::get_if<unbind_command>(&r.command.body)) {
      if (is_of_cell(unbind->order_no) && (code == errc::ok || code == errc::unbind_failed))
        refund_told_ = code;
    } else if (auto* refund = std::get_if<refund_command>(&r.command.body)) {
      if (is_of_cell(refund->order_no) && (code == errc::ok || code == errc::refund_failed))
        refund_told_ = code;
    } else if (auto* close = std::get_if<close_command>(&r.command.body)) {
      if (is_of_cell(close->order_no) && code == errc::already_paid)
        order_told_ = errc::ok;
      else if (is_of_cell(close->order_no) && code == errc::ok)
        told_unpaid_ = true;
    } else if (asks_of_cell(r.command)) {
      if (code == errc::ok || code == errc::payment_failed || code == errc::order_closed)
        order_told_ = code;
      else if (code == errc::pay_outs_stopped || code == errc::agreement_ended)
        reached(moment::refusal);
    }
  }
  void merchant_heard(const heard_telling& heard, const history&) override {
    auto said = read_fields(body_format::json, heard.what.body);
    if (!said)
      return blame("the merchant is told what it can't read: " + said.error());
    if (is_of_cell(order_no::trusted((*said)["order_no"])))
      heard_.insert((*said)["result"]);
  }

  // --- the end ---

  void settled(const settled_run& run) override {
    if (!reached_)
      blame("the operation never reached the other side: the cell shows nothing");
    if (deaths_ != (cell_.restart == restart::none ? 0U : 1U))
      blame("the process died " + std::to_string(deaths_) + " times");
    const replayed_order* known = run.history.find(order_of_cells());
    if ((known == nullptr) != script_.opens_nothing)
      blame(known == nullptr ? "the order was never accepted" : "the order was accepted, and mustn't have been");
    if (known == nullptr) {
      story_.outcome = script_.opens_nothing ? "refused" : "unknown";
      if (run.banks.find(first_attempt()) != nullptr)
        blame("the order was never accepted, and a bank was asked for it");
      return;
    }
    const order::state& s = known->state;
    if (script_.alarms && story_.alarms.empty())
      blame("the bank told what can't be so, and nobody is alarmed");
    compare_bank(s, run.banks);
    compare_card(s, run);
    compare_doubt(s);
    compare_told(s);
    for (const std::string& fault : account_.faults(run.history))
      blame(fault);
    for (const planned_batch& b : script_.world.batches)
      for (const std::string& fault : batch_.faults(b.batch, run.history))
        blame(fault);
    story_.outcome = word(s);
  }

private:
  static bool asks_of_cell(const command& c) {
    if (auto* pay = std::get_if<pay_command>(&c.body))
      return is_of_cell(pay->order_no);
    if (auto* out = std::get_if<pay_out_command>(&c.body))
      return is_of_cell(out->order_no);
    if (auto* bind = std::get_if<bind_command>(&c.body))
      return is_of_cell(bind->order_no);
    if (auto* card = std::get_if<authenticate_command>(&c.body))
      return is_of_cell(card->order_no);
    auto* query = std::get_if<query_order_command>(&c.body);
    return query != nullptr && is_of_cell(query->order_no);
  }

  /// The first that is durable after the moment.
  void next_decision() {
    if (reached_ && !std::exchange(decided_, true) && cell_.restart == restart::committed)
      may_.die(down_ms);
  }

  void follow_order(const std::vector<event>& events) {
    for (const event& e : events) {
      for (const posting& line : postings_of(e))
        if (line.account.kind == account_kind::channel_receivable || line.account.kind == account_kind::channel_cost)
          owed_minor_ += line.amount.minor;
      if (auto* to_tell = std::get_if<merchant_to_tell>(&e))
        to_tell_[to_tell->number] = oncepay::name(to_tell->result);
      else if (auto* told = std::get_if<merchant_told>(&e))
        acknowledged_.insert(to_tell_[told->number]);
    }
    for (const event& e : events) {
      if (std::holds_alternative<order_opened>(e))
        reached(moment::claim);
      if (std::holds_alternative<order_paid>(e) || std::holds_alternative<order_failed>(e))
        reached(moment::ending);
      if (std::holds_alternative<pay_out_held>(e))
        reached(moment::hold);
      if (std::holds_alternative<refund_requested>(e))
        reached(moment::giving_back);
    }
  }

  void reached(moment m) {
    if (m != script_.strikes || std::exchange(reached_, true))
      return;
    constexpr uint32_t slow_for_ms = 500;
    if (script_.slows_us != 0)
      may_.slow_down({script_.slows_us, slow_for_ms});
    if (cell_.restart == restart::asked)
      may_.die(down_ms);
    else if (cell_.restart == restart::answered)
      may_.lose_next_commit();
  }

  /// Operators were told something of it.
  bool alarmed(std::string_view part) const {
    return std::any_of(story_.alarms.begin(), story_.alarms.end(),
                       [&](const std::string& text) { return text.find(part) != std::string::npos; });
  }

  /// The bank's first word about what it moved was "failed", and the log says so. No program can know better; but as
  /// soon as it says the truth, people must hear of it.
  bool is_lied_to(const bank_entry& e, bool log_says_failed) {
    if (!log_says_failed || !e.moved || first_word(e) != false)
      return false;
    lied_to_ = true;
    if (!alarmed("contradict"))
      blame("the bank denied what it had moved and said so later, and nobody is alarmed");
    return true;
  }

  void compare_bank(const order::state& s, const bank_ledger& banks) {
    wide_minor kept = 0;  // by the banks, of what is settled and nobody lied about
    wide_minor named = 0; // the same and what is in doubt, as the ledger may name it
    int takers = 0;
    for (const order::attempt& a : s.attempts) {
      const bank_entry* e = banks.find(a.id);
      if (e == nullptr || !e->moved || e->given_back || is_lied_to(*e, a.state == attempt_state::failed))
        continue;
      if (e->requests > 1)
        blame("the bank was asked to pay " + std::to_string(e->requests) + " times");
      const bool open = a.state == attempt_state::intended || is_doubtful(a.state);
      kept += open ? 0 : e->amount.minor;
      named += open && s.surplus_attempt != a.number ? 0 : e->amount.minor;
      takers += went_back(s, a, banks) ? 0 : 1;
    }
    for (const order::refund& r : s.refunds) {
      const bank_entry* e = banks.find_refund(r.operation_id);
      if (e == nullptr || !e->moved || is_lied_to(*e, r.state == refund_state::failed))
        continue;
      if (e->requests > 1)
        blame("the bank was asked to give back " + std::to_string(e->requests) + " times");
      const bool open = r.state == refund_state::requested || is_doubtful_refund(r.state);
      kept -= open ? 0 : e->amount.minor;
      named -= open ? 0 : e->amount.minor;
    }
    if (takers > 1)
      blame("the money moved " + std::to_string(takers) + " times");
    // What is paid out leaves the banks.
    const int sign = s.kind == order_kind::pay_out ? -1 : 1;
    kept *= sign;
    named *= sign;
    if (owed_minor_ != named)
      blame("the ledger says that the banks owe " + words(owed_minor_, s.amount.currency) + "; they keep " +
            words(named, s.amount.currency));
    wide_minor expected = s.status == order_state::paid ? sign * s.amount.minor : 0;
    for (const order::refund& r : s.refunds)
      if (!r.is_surplus() && r.state == refund_state::succeeded)
        expected -= r.amount_minor;
    if (kept != expected)
      blame("the order is " + standing_words(s) + ", which leaves " + words(expected, s.amount.currency) +
            " at the banks; they keep " + words(kept, s.amount.currency));
  }

  /// A surplus that went back.
  static bool went_back(const order::state& s, const order::attempt& a, const bank_ledger& banks) {
    return std::any_of(s.refunds.begin(), s.refunds.end(), [&](const order::refund& r) {
      const bank_entry* e =
          r.is_surplus() && r.attempt_number == a.number ? banks.find_refund(r.operation_id) : nullptr;
      return e != nullptr && e->moved;
    });
  }

  /// Of a card no money moves: what counts is what its channel did, and whether the agreement stands.
  void compare_card(const order::state& s, const settled_run& run) {
    for (const order::attempt& a : s.attempts) {
      const bank_entry* e = run.banks.find(a.id);
      const bool did = e != nullptr && e->moved;
      const bool lied = did && first_word(*e) == false;
      if (moves_nothing(s) && !lied &&
          (a.state == attempt_state::succeeded ? !did : a.state == attempt_state::failed && did))
        blame("the order is " + standing_words(s) + ", and its bank did " +
              (did ? "what it was asked for" : "nothing"));
      if (s.binds && a.state == attempt_state::succeeded)
        compare_agreement(s, a, run);
    }
  }

  void compare_agreement(const order::state& s, const order::attempt& signing, const settled_run& run) {
    if (moves_nothing(s) && signing.agreement.empty())
      blame("the card is bound, and nobody knows by which agreement");
    const auto known = run.banks.memory_of(signing.id, run.now);
    bool ended = false;
    for (const order::refund& r : s.refunds) {
      const bank_entry* e = run.banks.find_refund(r.operation_id);
      const bool open = r.state == refund_state::requested || is_doubtful_refund(r.state);
      if (open || (e != nullptr && is_lied_to(*e, r.state == refund_state::failed)))
        return; // either way is as good as known
      ended = ended || (r.unbinds && r.state == refund_state::succeeded);
    }
    if (!known || known->stands() == ended)
      blame(std::string("the card is ") + (ended ? "unbound" : "bound") + ", and its bank's agreement " +
            (known && known->stands() ? "stands" : "doesn't stand"));
  }

  static bool moves_nothing(const order::state& s) {
    return s.kind == order_kind::bind || s.kind == order_kind::authenticate;
  }

  /// What isn't settled at the end of its world waits for a person who was told.
  void compare_doubt(const order::state& s) {
    const bool going_on = s.status == order_state::open || s.status == order_state::closing;
    const order::attempt* live = s.live_attempt();
    if (going_on && (live == nullptr || !is_doubtful(live->state)))
      blame("the order is " + standing_words(s) + " with nothing under way");
    if (going_on && !alarmed("find out at the channel what became of it") &&
        !alarmed("find out at the channel whether"))
      blame("the order is " + standing_words(s) + " at the end, and nobody is alarmed");
    for (const order::refund& r : s.refunds) {
      if (r.state == refund_state::requested)
        blame("a refund is still under way");
      if (is_doubtful_refund(r.state) &&
          !alarmed(r.unbinds ? "find out at the channel whether the card is unbound"
                             : "find out at the channel whether the payer has the money back"))
        blame("a refund is in doubt at the end, and nobody is alarmed");
    }
  }

  void compare_told(const order::state& s) {
    const errc stands = order::standing(s);
    if (order_told_ && *order_told_ != stands)
      blame("the merchant was answered " + std::string(oncepay::name(*order_told_)) + "; the order is " +
            standing_words(s));
    if (told_unpaid_ && s.status == order_state::paid)
      blame("the merchant was told that the order is closed, and it is paid");
    const std::set<std::string> results = results_of(s);
    for (const std::string& result : heard_)
      if (!results.contains(result))
        blame("the merchant was told " + result + "; the order is " + standing_words(s));
    for (const std::string& result : results)
      if (!acknowledged_.contains(result) && !alarmed("its merchant was told \"" + result))
        blame("the merchant was never told " + result);
    for (const order::refund& r : s.refunds)
      if (!r.is_surplus() && refund_told_ &&
          *refund_told_ != (r.state == refund_state::succeeded ? errc::ok
                            : r.unbinds                        ? errc::unbind_failed
                                                               : errc::refund_failed))
        blame("the merchant was answered " + std::string(oncepay::name(*refund_told_)) + " about a refund that is " +
              std::string(oncepay::name(r.state)));
  }

  /// What a merchant is to be told of an order that stands so.
  static std::set<std::string> results_of(const order::state& s) {
    std::set<std::string> all;
    if (s.status == order_state::paid && moves_nothing(s))
      all.emplace(s.kind == order_kind::bind ? "bound" : "authenticated");
    else if (s.status == order_state::paid || s.status == order_state::failed || s.status == order_state::closed)
      all.emplace(oncepay::name(s.status));
    for (const order::refund& r : s.refunds) {
      if (!r.is_surplus() && r.state == refund_state::succeeded)
        all.emplace(r.unbinds ? "unbound" : "refund_succeeded");
      else if (!r.is_surplus() && r.state == refund_state::failed)
        all.emplace(r.unbinds ? "unbind_failed" : "refund_failed");
    }
    return all;
  }

  std::string word(const order::state& s) const {
    std::string text = plain_word(s);
    if (lied_to_)
      text = "denied";
    else if (script_.strikes == moment::telling)
      text = acknowledged_.empty() ? "given up" : "told";
    return story_.alarms.empty() ? text : text + "!";
  }

  static std::string plain_word(const order::state& s) {
    const bool called_back = std::any_of(s.attempts.begin(), s.attempts.end(),
                                         [](const order::attempt& a) { return a.state == attempt_state::reversed; });
    const order::attempt* live = s.live_attempt();
    switch (s.status) {
    case order_state::open:
    case order_state::closing:
    case order_state::confirming:
      return live != nullptr && is_manual(live->state) ? "manual" : "in doubt";
    case order_state::failed:
    case order_state::closed:
      if (s.kind == order_kind::pay_out)
        return s.attempts.empty() ? "refused" : "not out";
      return called_back ? "reversed" : s.surplus_attempt != 0 ? "returned" : std::string(oncepay::name(s.status));
    case order_state::paid:
    case order_state::none:
      break;
    }
    if (s.refunds.empty())
      return s.kind == order_kind::pay_out        ? "paid out"
             : s.kind == order_kind::top_up       ? "topped up"
             : s.kind == order_kind::bind         ? "bound"
             : s.kind == order_kind::authenticate ? "authenticated"
                                                  : "paid";
    const order::refund& r = s.refunds.front();
    if (is_doubtful_refund(r.state))
      return r.state == refund_state::manual ? "manual" : "in doubt";
    if (r.unbinds)
      return r.state == refund_state::succeeded ? "unbound" : "stands";
    return r.state != refund_state::succeeded ? "kept" : r.amount_minor == s.amount.minor ? "refunded" : "partly";
  }

  void blame(const std::string& what) const { report(matrix::name(cell_) + ": " + what, order_of_cells()); }

  const cell cell_;
  const script& script_;
  const interference may_;
  cell_story& story_;
  account_watch account_;
  batch_watch batch_;
  bool reached_ = false;
  bool decided_ = false; ///< Something, since.
  uint32_t deaths_ = 0;
  wide_minor owed_minor_ = 0; ///< By the banks, what they keep as their cost included.
  std::optional<errc> order_told_;
  std::optional<errc> refund_told_;
  bool told_unpaid_ = false;
  std::map<uint32_t, std::string> to_tell_; ///< By its number within the order.
  std::set<std::string> heard_;
  std::set<std::string> acknowledged_;
  bool lied_to_ = false;
};

} // namespace

std::unique_ptr<checker> make_judge(const cell& what, const script& played, interference may, cell_story& story) {
  return std::make_unique<judge>(what, played, std::move(may), story);
}

} // namespace oncepay::sim::matrix
