#include "sim/plan/from_order.hpp"

#include "actors/domain/order.hpp"
#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "sim/plan/told_attempt.hpp"
#include "sim/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace oncepay::sim {

namespace {

/// The order is sent so long after the opening; everything else keeps its distance from that.
constexpr int64_t sent_at_us = 1'000'000;
constexpr uint32_t commit_us = 100;
constexpr uint32_t link_us = 100;
/// How long a process is down where the log only says that there was a new one.
constexpr int64_t down_ms_max = 1'000;
/// By then its intent is durable, whatever the seed makes of the commit.
constexpr int64_t alive_us_min = 2'000;
/// Commits are slow from so long before until so long after a decision that must come too late.
constexpr int64_t around_intent_ms = 5;
constexpr int64_t settle_margin_ms = 180'000;
constexpr std::string_view stand_in_payer = "recorded-payer";
/// Longer than any reversal waits.
constexpr int64_t types_for_us = int64_t{86'400} * 1'000'000;

class retelling {
public:
  explicit retelling(const recorded_order& recorded) : recorded_(recorded) {}

  tl::expected<order_as_plan, std::string> tell() {
    if (auto wrong = replay(); !wrong.empty())
      return tl::unexpected(std::move(wrong));
    auto& p = result_.plan;
    p.name = fmt::format("{}/{}, as recorded", state_.merchant.str(), state_.order_no.str());
    p.clients = 1;
    p.commit = {commit_us, commit_us};
    p.link = {link_us, link_us};
    send_the_order();
    rank_the_channels();
    for (const auto& a : attempts_)
      tell_attempt(a);
    std::stable_sort(p.disturbances.begin(), p.disturbances.end(),
                     [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
    if (state_.kind == order_kind::pay_out)
      fund();
    else
      want_more();
    expect_the_same();
    return std::move(result_);
  }

private:
  void remark(std::string text) { result_.remarks.push_back(std::move(text)); }
  int64_t plan_us(instant at) const { return sent_at_us + us_between(opened_at_, at); }

  /// The decisions again, by what they recorded; what is wrong with them, or nothing.
  std::string replay() {
    if (recorded_.decisions.empty())
      return "no decision is recorded";
    const auto& stream = recorded_.decisions.front().decision.stream;
    if (stream.kind() != stream_kind::order)
      return fmt::format("{} isn't an order", stream.display());
    state_ = order::initial(stream, environment);
    for (const auto& [position, d] : recorded_.decisions) {
      for (const auto& e : d.events) {
        order::evolve(state_, d.at, d.input, e);
        if (const auto* intended = std::get_if<attempt_intended>(&e))
          attempts_.push_back({intended->number, d.at, route_of(d.input), {}});
      }
      if (std::holds_alternative<refund_input>(d.input))
        refunded_at_.push_back(d.at);
      if (std::holds_alternative<close_input>(d.input))
        closed_at_ = d.at;
      if (const auto* said = std::get_if<confirm_input>(&d.input))
        confirmed_at_.emplace_back(d.at, said->proven && said->amount == state_.amount);
      if (const auto* known = std::get_if<attempt_input>(&d.input))
        for (auto& a : attempts_)
          if (a.number == known->attempt_number)
            a.evidence.emplace_back(d.at, *known);
    }
    opened_at_ = recorded_.decisions.front().decision.at;
    if (!state_.agreement.bound_by.empty())
      return "it is withheld by the agreement of another order, which isn't part of it";
    if (state_.kind == order_kind::pay_out && attempts_.empty())
      return "it was never tried: what became of its merchant's money isn't part of it";
    return state_.status == order_state::none ? "its decisions don't open it" : "";
  }

  static route_answer route_of(const input& in) {
    const route_answer* route = order::route_of(in);
    return route == nullptr ? route_answer{} : *route;
  }

  bool was_ruled_on() const {
    return std::any_of(state_.rulings.begin(), state_.rulings.end(),
                       [](const order::ruling& r) { return r.standing == order::ruling_standing::approved; });
  }

  void send_the_order() {
    planned_order o;
    o.at_us = sent_at_us;
    o.pay.merchant = state_.merchant;
    o.pay.order_no = state_.order_no;
    o.pay.amount = {std::max<int64_t>(1, state_.amount.minor), state_.amount.currency};
    o.pay.method = state_.method;
    remark(fmt::format("order {}/{}, opened at {}: that is 1s here, and everything keeps its distance from it.",
                       state_.merchant.str(), state_.order_no.str(), to_string(opened_at_)));
    const auto* paid_by = std::get_if<pay_input>(&recorded_.decisions.front().decision.input);
    if (paid_by != nullptr && !paid_by->payer_code.ciphertext.empty()) {
      o.pay.payer_code = stand_in_code(paid_by->method);
      remark("What its payer showed is sealed too; another code stands in.");
    }
    o.deed = paid_by == nullptr ? card_deed::none : paid_by->card.deed;
    o.pay.top_up = state_.kind == order_kind::top_up;
    o.pay.to_wallet = state_.to_wallet;
    o.pay.wallet = state_.kind == order_kind::pay_out ? state_.from_wallet : wallet_id{};
    o.pays_out = state_.kind == order_kind::pay_out;
    if (o.pays_out || (paid_by != nullptr && !paid_by->payer.ciphertext.empty())) {
      o.pay.payer = stand_in_payer;
      const char* whose = o.pays_out ? "payee" : "payer";
      remark(fmt::format("Its {} is sealed in the log; '{}' stands in.", whose, stand_in_payer));
    }
    if (paid_by != nullptr &&
        (paid_by->risk.outcome == risk_outcome::block || paid_by->risk.outcome == risk_outcome::step_up)) {
      auto& rules = result_.plan.risk.emplace();
      rules.version = "recorded";
      if (paid_by->risk.outcome == risk_outcome::step_up) {
        rules.confirm_within_ms = paid_by->risk.confirm_within_ms;
        rules.wrong_max = paid_by->risk.wrong_max;
      }
      rules.all.push_back({paid_by->risk.rule, paid_by->risk.outcome, {}, {}, risk::always{}});
      remark(fmt::format("Rule {} of {} stopped it; here a rule that is about everything does.", paid_by->risk.rule,
                         paid_by->risk.version));
    }
    for (const auto& [at, genuine] : confirmed_at_)
      o.confirmations.push_back({ms_within(us_between(opened_at_, at)), genuine});
    if (was_ruled_on())
      remark("What people ruled isn't repeated: here its channel is asked until it is known.");
    if (!state_.tellings.empty())
      remark("How its merchant took what it was told isn't repeated: here it acknowledges at once.");
    remark("Commands that changed nothing - repeats, conflicts, queries - aren't recorded, so nobody sends them here.");
    result_.plan.orders.push_back(std::move(o));
    result_.plan.merchants.push_back(recorded_.merchant);
    // Whoever opened an order was served, whatever has become of his terms.
    result_.plan.merchants.back().suspended = false;
  }

  /// Only the channels that were tried, ranked as they were tried, so that the order takes the way it took. A build
  /// that would send it further finds nobody there; one that sends it on too early finds a bank that pays.
  void rank_the_channels() {
    auto tried = attempts_;
    // What risk rules stopped was sent nowhere, but a channel would have taken it, or they weren't asked.
    const input& first = recorded_.decisions.front().decision.input;
    if (const route_answer route = route_of(first); tried.empty() && !route.chosen.empty())
      tried.push_back({1, opened_at_, route, {}});
    for (const auto& a : tried) {
      const auto known = std::find_if(recorded_.channels.begin(), recorded_.channels.end(),
                                      [&](const auto& c) { return c.channel == a.route.chosen; });
      channel_terms terms;
      if (known != recorded_.channels.end()) {
        terms = *known;
      } else {
        remark(
            fmt::format("The terms of channel {} weren't found; those of the route stand in.", a.route.chosen.str()));
        terms.channel = a.route.chosen;
        terms.cost_fixed_minor = a.route.cost_minor;
      }
      include_what_it_served(terms);
      terms.priority = a.number;
      terms.gray_ppm = limits::rate_ppm_max;
      terms.submit_within_ms = a.route.submit_within_ms;
      terms.reply_within_ms = a.route.reply_within_ms;
      terms.enquire_after_ms = a.route.enquire_after_ms;
      terms.reverse_after_ms = a.route.reverse_after_ms;
      // What was drawn is asked about again here too, and nothing else; what operators asked isn't repeated.
      terms.check_ppm = a.route.check_after_ms == 0 ? 0 : limits::rate_ppm_max;
      if (a.route.check_after_ms != 0)
        terms.check_after_ms = a.route.check_after_ms;
      terms.bank = {};
      terms.in_house = house_tool::none; // what else went on at a wallet isn't part of it: a bank does what it did
      result_.plan.channels.push_back(std::move(terms));
    }
    remark("Only the channels it was sent to are here, ranked as it took them; their banks pay whatever isn't told "
           "below.");
  }

  /// What a pay-out claimed had come from somewhere, which isn't part of it.
  void fund() {
    channel_terms terms;
    terms.channel = channel_id::trusted("funds");
    terms.methods = {method_id::trusted("recorded-funds")};
    terms.currencies = {state_.amount.currency};
    planned_order o;
    o.at_us = sent_at_us / 2;
    o.pay.merchant = state_.merchant;
    o.pay.order_no = order_no::trusted("recorded-funds");
    o.pay.amount = {state_.amount.minor + state_.claimed_fee_minor, state_.amount.currency};
    o.pay.method = terms.methods.front();
    o.pay.top_up = true;
    o.pay.to_wallet = state_.from_wallet;
    result_.plan.channels.push_back(std::move(terms));
    result_.plan.orders.insert(result_.plan.orders.begin(), std::move(o));
    remark("What it claimed is topped up before, on a channel that does nothing else.");
  }

  /// It took this order, whatever its terms say today.
  void include_what_it_served(channel_terms& terms) const {
    auto& methods = state_.kind == order_kind::pay_out ? terms.pay_out_methods : terms.methods;
    if (std::find(methods.begin(), methods.end(), state_.method) == methods.end())
      methods.push_back(state_.method);
    if (state_.binds || moves_no_money(state_.kind))
      terms.card_methods.push_back(state_.method);
    if (std::find(terms.currencies.begin(), terms.currencies.end(), state_.amount.currency) == terms.currencies.end())
      terms.currencies.push_back(state_.amount.currency);
    if (auto& allowed = terms.merchants_allowed;
        !allowed.empty() && std::find(allowed.begin(), allowed.end(), state_.merchant) == allowed.end())
      allowed.push_back(state_.merchant);
    terms.amount_minor_min = std::min(terms.amount_minor_min, state_.amount.minor);
    if (terms.amount_minor_max != 0)
      terms.amount_minor_max = std::max(terms.amount_minor_max, state_.amount.minor);
  }

  static uint32_t ms_within(int64_t us) {
    return static_cast<uint32_t>(std::clamp<int64_t>(us / 1'000, 1, UINT32_MAX));
  }

  /// Refunds, the close and the expiry: what the order's merchant wanted of it besides.
  void want_more() {
    planned_order& o = result_.plan.orders.front();
    if (state_.expires_at)
      o.expires_after_ms = ms_within(us_between(opened_at_, state_.expires_at));
    if (closed_at_)
      o.close_after_ms = ms_within(us_between(opened_at_, closed_at_));
    size_t nth = 0;
    for (const order::refund& r : state_.refunds) {
      if (r.refund_no.empty())
        continue; // what we give back of our own accord comes by itself
      const instant at = nth < refunded_at_.size() ? refunded_at_[nth++] : opened_at_;
      o.refunds.push_back({r.refund_no, r.amount_minor, ms_within(us_between(opened_at_, at)), 1, false, r.unbinds});
      planned_deed d{state_.merchant, state_.order_no, 1, {}, r.refund_no};
      d.deed.money_moves = r.state != refund_state::failed;
      if (r.state == refund_state::succeeded || r.state == refund_state::failed)
        d.deed.answers.push_back(
            {1'000, d.deed.money_moves ? reply_class::succeeded : reply_class::failed_final, printable(r.code)});
      result_.plan.deeds.push_back(std::move(d));
      remark(fmt::format("Refund {}: here its bank says at once what became of it, or nothing where that isn't known.",
                         r.refund_no.str()));
    }
  }

  void tell_attempt(const told_attempt& a) {
    bank_deed deed;
    bool reached_the_bank = true;
    std::optional<bool> moved_otherwise; ///< As it said when it was asked, or by itself.
    std::vector<planned_notice> notices;
    std::optional<instant> told_at; ///< The last of these.
    for (const auto& [at, known] : a.evidence) {
      switch (known.source) {
      case evidence::channel_reply:
      case evidence::late_reply:
        add_answer(deed, a, at, known);
        break;
      case evidence::reply_timeout:
        break; // What the bank doesn't say in time is told by when it says it, or that it never does.
      case evidence::port_error:
        remark(fmt::format("Attempt {}: the port broke at {} ({}). That can't be brought about: the bank is silent.",
                           a.number, to_string(at), printable(known.code)));
        break;
      case evidence::never_left:
        reached_the_bank = false;
        come_too_late(a);
        break;
      case evidence::restart:
        crash_between(a, at);
        break;
      case evidence::notice:
        add_notice(notices, a, std::exchange(told_at, at), at, known, !deed.answers.empty(), moved_otherwise);
        break;
      case evidence::enquiry:
      case evidence::ruling:
      case evidence::close_reply:
        told_otherwise(a, at, known, moved_otherwise);
        break;
      case evidence::enquiry_failed:
        break; // Here the question may succeed at once.
      case evidence::reverse_reply:
        break; // Here its bank reverses at once.
      }
    }
    if (a.evidence.empty())
      remark(fmt::format("Attempt {}: the log ends before anything is known. The bank is silent.", a.number));
    if (!reached_the_bank)
      return;
    const bool said_succeeded = std::any_of(deed.answers.begin(), deed.answers.end(),
                                            [](const auto& x) { return x.outcome == reply_class::succeeded; });
    const bool said_failed = std::any_of(deed.answers.begin(), deed.answers.end(), [](const auto& x) {
      return x.outcome == reply_class::failed_try_another || x.outcome == reply_class::failed_final;
    });
    deed.money_moves = moved_otherwise.value_or(said_succeeded || !said_failed);
    if (!said_succeeded && !said_failed && !moved_otherwise)
      remark(
          fmt::format("Attempt {}: nothing proves whether the money moved. Here it did: where a rule is broken, that "
                      "is the case that costs most.",
                      a.number));
    if (was_called_back(a))
      leave_it_to_the_reversal(a, deed);
    std::stable_sort(deed.answers.begin(), deed.answers.end(),
                     [](const auto& x, const auto& y) { return x.after_us < y.after_us; });
    result_.plan.deeds.push_back({state_.merchant, state_.order_no, a.number, std::move(deed), {}, std::move(notices)});
  }

  /// A bank's own word about another amount doesn't tell whether the money moved, and neither does what contradicts an
  /// earlier one.
  void add_notice(std::vector<planned_notice>& notices, const told_attempt& a, std::optional<instant> told_at,
                  instant at, const attempt_input& known, bool answered, std::optional<bool>& moved) {
    const money amount = known.notice ? known.notice->amount : state_.amount;
    const bool is_success = known.outcome == reply_class::succeeded;
    if (is_success && amount.currency != state_.amount.currency)
      return remark(fmt::format("Attempt {}: a notice of {}. Here banks know the order's currency only.", a.number,
                                to_string(amount)));
    const bool other = is_success && amount != state_.amount;
    const int64_t after_us = us_between(told_at.value_or(a.intended_at), at) - (told_at ? 0 : commit_us);
    notices.push_back({std::max<int64_t>(0, after_us), known.outcome, printable(known.code), other ? amount.minor : 0});
    if (!other && !moved && (is_success || !answered))
      moved = is_success;
  }

  static bool was_called_back(const told_attempt& a) {
    return std::any_of(a.evidence.begin(), a.evidence.end(),
                       [](const auto& heard) { return heard.second.source == evidence::reverse_reply; });
  }

  /// Whatever was said of it, the reversal decided: nobody was told in time.
  void leave_it_to_the_reversal(const told_attempt& a, bank_deed& deed) {
    std::erase_if(deed.answers, [](const bank_answer& x) {
      return x.outcome != reply_class::unknown && x.outcome != reply_class::payer_confirming;
    });
    deed.money_moves = false;
    deed.confirms_after_us = types_for_us;
    remark(
        fmt::format("Attempt {} was called back. Here its payer types a password until that has happened.", a.number));
  }

  /// Here the bank answers enquiries by what it did, so that is what must come out the same.
  void told_otherwise(const told_attempt& a, instant at, const attempt_input& known, std::optional<bool>& moved) {
    if (known.outcome == reply_class::succeeded)
      moved = true;
    else if (known.outcome == reply_class::failed_try_another || known.outcome == reply_class::failed_final)
      moved = false;
    remark(
        fmt::format("Attempt {}: {} at {} said {}. Here its bank is asked by its channel's terms and says what it did.",
                    a.number, name(known.source), to_string(at), name(known.outcome)));
  }

  /// What was in time stays in time: a decision is dated before its commit, the bank's clock starts after it.
  static void add_answer(bank_deed& deed, const told_attempt& a, instant at, const attempt_input& known) {
    const int64_t window_us = int64_t{a.route.reply_within_ms} * 1'000;
    int64_t after_us = std::max<int64_t>(0, us_between(a.intended_at, at) - commit_us);
    if (known.source == evidence::channel_reply)
      after_us = std::min(after_us, std::max<int64_t>(0, window_us - 1'000));
    else
      after_us = std::max(after_us, window_us + 1'000);
    deed.answers.push_back({after_us, known.outcome, printable(known.code)});
  }

  /// The port proved that nothing was sent, because the decision became durable too late (or the bank couldn't be
  /// reached, which the log doesn't tell apart).
  void come_too_late(const told_attempt& a) {
    const int64_t at_us = std::max<int64_t>(0, plan_us(a.intended_at) - around_intent_ms * 1'000);
    const int64_t too_long_us = (int64_t{a.route.submit_within_ms} + 1) * 1'000;
    result_.plan.disturbances.push_back(
        {at_us, slow_commits{static_cast<uint32_t>(std::min<int64_t>(too_long_us, UINT32_MAX)), 2 * around_intent_ms}});
    remark(
        fmt::format("Attempt {} never left. Here its commit takes longer than it may wait; the log doesn't say what it "
                    "was.",
                    a.number));
  }

  /// The log says when the next process looked at the order, not when the one before died: after the intent, and before
  /// the reply window was over.
  void crash_between(const told_attempt& a, instant restarted) {
    const int64_t passed_us = us_between(a.intended_at, restarted);
    const int64_t down_ms = std::clamp<int64_t>(passed_us / 2'000, 1, down_ms_max);
    const int64_t alive_us =
        std::clamp<int64_t>(passed_us - down_ms * 1'000, 0, int64_t{a.route.reply_within_ms} * 500);
    const int64_t died_us = plan_us(a.intended_at) + std::max(alive_us, alive_us_min);
    const int64_t until_restart_ms = std::max<int64_t>(1, (plan_us(restarted) - died_us) / 1'000);
    result_.plan.disturbances.push_back(
        {died_us, crash{0, static_cast<uint32_t>(std::min<int64_t>(until_restart_ms, UINT32_MAX))}});
    remark(fmt::format("Attempt {}: a new process found it unanswered at {}. When the old one died isn't recorded.",
                       a.number, to_string(restarted)));
  }

  void expect_the_same() {
    auto& p = result_.plan;
    expectation e;
    e.merchant = state_.merchant;
    e.order_no = state_.order_no;
    const auto* live = state_.live_attempt();
    // What is in doubt in the record is asked about here until it is known, and so is what people ruled on.
    if (live == nullptr && !was_ruled_on()) {
      e.state = state_.status;
      e.in_doubt = false;
      // Those of refunds aren't retold.
      if (state_.refunds.empty())
        e.contradictions = state_.contradictions;
    }
    e.attempts = static_cast<uint32_t>(state_.attempts.size());
    if (!state_.attempts.empty())
      e.channel = state_.attempts.back().channel;
    e.moved_times = static_cast<uint32_t>(std::count_if(p.deeds.begin(), p.deeds.end(), [](const planned_deed& d) {
      return d.deed.money_moves && d.refund_no.empty();
    }));
    p.expectations.push_back(std::move(e));

    int64_t last_us = sent_at_us;
    for (const auto& [position, d] : recorded_.decisions)
      last_us = std::max(last_us, plan_us(d.at));
    p.settle_ms = std::max(p.settle_ms, last_us / 1'000 + settle_margin_ms);
  }

  const recorded_order& recorded_;
  order_as_plan result_;
  order::state state_;
  instant opened_at_;
  instant closed_at_;                                  ///< When its merchant wanted it closed; never: 0.
  std::vector<std::pair<instant, bool>> confirmed_at_; ///< Genuine ones, and others.
  std::vector<instant> refunded_at_;
  std::vector<told_attempt> attempts_;
};

} // namespace

tl::expected<order_as_plan, std::string> plan_from_order(const recorded_order& recorded) {
  return retelling(recorded).tell();
}

} // namespace oncepay::sim
