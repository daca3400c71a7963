#include "sim/conductor.hpp"

#include "schema/log_codec.hpp"

#include <algorithm>
#include <exception>
#include <limits>

namespace oncepay::sim {

namespace {

constexpr int64_t never = std::numeric_limits<int64_t>::max() / 4;
/// Whoever supervises the server starts it again after so long.
constexpr int64_t restarted_after_ms = 1'000;
/// After the last order settled: views fold every 100 ms, the index every 200.
constexpr int64_t views_catch_up_ms = 2'000;
/// After the last order and the last disturbance customers try again, for minutes at most.
constexpr int64_t tries_end_within_ms = 3'600'000;
/// A server that isn't open by then won't be.
constexpr int64_t opens_within_ms = 60'000;

world_options options_of(const plan& p, banks& all, services& told, std::function<int64_t()> commit_takes_us,
                         std::function<void(severity, std::string_view)> say) {
  world_options o;
  o.seed = p.seed;
  o.merchants = p.merchants;
  o.channels = p.channels;
  o.tickets_total = p.tickets_total;
  o.open_bank = [&all](const channel_terms& terms) -> tl::expected<bank_ptr, std::string> {
    return all.open(terms);
  };
  o.open_merchant = [&told](const merchant_id& merchant) -> tl::expected<merchant_access, std::string> {
    return told.open(merchant);
  };
  o.commit_takes_us = std::move(commit_takes_us);
  o.risk = p.risk;
  o.say = std::move(say);
  o.begin_at_once = false;
  return o;
}

} // namespace

bool is_unsettled(const order::state& s, instant decided_at, int64_t settle_ms) {
  const bool is_going_on = s.status == order_state::open || s.status == order_state::closing;
  if (is_going_on && s.live_attempt() == nullptr)
    return true;
  const instant due = order::due(s);
  return due && due <= plus_ms(decided_at, settle_ms);
}

conductor::conductor(const plan& the_plan, const run_options& options)
    : plan_(the_plan), options_(options), violations_max_(options.stop_at_first ? 1 : 16),
      chance_(the_plan.seed ^ 0x6f6e636570617900), history_(std::string(environment)), banks_(the_plan, environment),
      services_(the_plan,
                [this](int64_t after_us, std::function<void()> then) {
                  world_->at(world_->clock().steady_ns() + after_us * ns_per_us, std::move(then));
                }),
      watching_(make_checkers(the_plan.channels, environment), [this](violation v) { report(std::move(v)); }) {
  if (options_.watch_too)
    watching_.add(options_.watch_too({[this](uint32_t down_ms) {
                                        apply(crash{0, down_ms});
                                      },
                                      [this] { apply(failed_commit{}); },
                                      [this](const slow_commits& how) {
                                        apply(how);
                                      }}),
                  [this](violation v) { report(std::move(v)); });
  result_.seed = plan_.seed;
  disturbances_left_ = plan_.disturbances.size();
  banks_.on_request = [this](instant at, const submit_effect& what, const bank_deed& deed) {
    bank_received(at, what, deed);
  };
  banks_.on_refund = [this](instant at, const channel_request_effect& what, const bank_deed& deed) {
    bank_refunds(at, what, deed);
  };
  banks_.on_enquiry = [this](instant at, const channel_request_effect& what,
                             const std::optional<enquiry_answer>& answer, instant until) {
    bank_asked(at, what, answer, until);
  };
  services_.on_tried = [this](const merchant_id& merchant) {
    watching_.tell(&checker::merchant_tried, merchant, world_->clock().now());
  };
  services_.on_heard = [this](const heard_telling& h) {
    merchant_heard(h);
  };
  services_.on_fate = [this](const std::string& what) {
    ++result_.faults[what];
  };
  world_ = std::make_unique<world>(options_of(
      plan_, banks_, services_, [this] { return commit_takes_us(); },
      [this](severity how, std::string_view text) {
        if (how != severity::info)
          ++result_.faults[how == severity::alarm ? "alarms raised" : "warnings said"];
        if (options_.said)
          options_.said(how, text);
        trace(text);
      }));
  for (uint32_t i = 0; i <= plan_.clients; ++i)
    lines_.push_back(std::make_unique<line>(*world_, watching_, history_, choice(chance_.next()), plan_.link));
  customers_ = std::make_unique<customers>(*world_, plan_, lines_);
  senders_ = std::make_unique<batch_senders>(*world_, plan_, lines_);
  rulers_ = std::make_unique<rulers>(*world_, plan_, *lines_.back(), banks_, history_);
}

conductor::~conductor() {
  // A run that ended in the middle leaves actors with work, and they do it while they are being ended: all whom they
  // reach must still be there, and nobody watches any more.
  banks_.on_request = nullptr;
  banks_.on_refund = nullptr;
  banks_.on_enquiry = nullptr;
  services_.on_tried = [](const merchant_id&) {
  };
  services_.on_heard = [](const heard_telling&) {
  };
  services_.on_fate = [](const std::string&) {
  };
  services_.forget();
  world_->kill();
  services_.forget();
}

run_result conductor::conduct() {
  try {
    begin_server();
    turn_until(opens_within_ms * ns_per_ms, [this] { return begun_; });
    if (!begun_)
      report({"settles", "the server didn't open within " + std::to_string(opens_within_ms) + " ms", {}});
    if (begun_)
      turn_until(latest_end_ns(), [this] { return all_is_sent() && disturbances_left_ == 0; });
    if (begun_ && go_on())
      settle();
  } catch (const std::exception& e) {
    report({"never fails", std::string("the server can't go on: ") + e.what(), {}});
  }
  sum_up();
  if (options_.keep)
    options_.keep(world_->log());
  return std::move(result_);
}

// --- the loop ---------------------------------------------------------------------------------------------------

bool conductor::turn_until(int64_t steady_ns, const std::function<bool()>& done) {
  uint64_t told = 0;
  while (go_on() && !done()) {
    const bool went = world_->step(steady_ns);
    after_step();
    if (!went)
      return done();
    if (options_.progress && customers_->sent() - told >= 1'000) {
      told = customers_->sent();
      options_.progress(told, plan_.orders.size());
    }
  }
  return done();
}

void conductor::after_step() {
  if (world_->appends() != seen_appends_)
    learn_what_is_durable();
  if (!world_->is_up())
    return;
  if (!world_->stopped_because().empty()) {
    trace_parts("the server stopped: ", world_->stopped_because());
    kill_server(restarted_after_ms);
  } else if (dies_at_step_ != 0 && world_->steps() >= dies_at_step_) {
    dies_at_step_ = 0;
    kill_server(dies_for_ms_);
  } else if (starting_ && world_->is_open()) {
    starting_ = false;
    opened();
  }
}

int64_t conductor::latest_end_ns() const {
  const int64_t last_order_us = plan_.orders.empty() ? 0 : plan_.orders.back().at_us;
  const int64_t last_batch_us = plan_.batches.empty() ? 0 : plan_.batches.back().at_us;
  const int64_t last_disturbance_us = plan_.disturbances.empty() ? 0 : plan_.disturbances.back().at_us;
  return began_ns_ + std::max({last_order_us, last_batch_us, last_disturbance_us}) * ns_per_us +
         tries_end_within_ms * ns_per_ms;
}

void conductor::learn_what_is_durable() {
  seen_appends_ = world_->appends();
  auto read = world_->log().read_all(
      history_.position() + 1, std::numeric_limits<size_t>::max(), [this](uint64_t position, bytes_view stored) {
        auto d = decode_decision(stored);
        if (!d) {
          report({"never fails", "decision " + std::to_string(position) + " can't be decoded: " + d.error(), {}});
          return false;
        }
        const recorded_decision made{position, std::move(*d)};
        const stream_name& stream = made.decision.stream;
        banks_.learn(made);
        watching_.tell(&checker::decided, made, history_);
        const auto* before = history_.find(stream);
        if (before != nullptr && is_unsettled(before->state, before->at, plan_.settle_ms))
          --unsettled_;
        history_.fold(made);
        rulers_->learn(made);
        for (const event& e : made.decision.events) {
          if (std::holds_alternative<batch_opened>(e))
            handing_out_.insert(stream);
          else if (std::holds_alternative<batch_handed_out>(e))
            handing_out_.erase(stream);
        }
        const auto* after = history_.find(stream);
        if (after != nullptr && is_unsettled(after->state, after->at, plan_.settle_ms))
          ++unsettled_;
        if (options_.trace) {
          std::string events;
          for (const event& e : made.decision.events)
            events.append(" ").append(name_of(e));
          trace_parts("durable: #", std::to_string(position), " ", stream.display(), " ", name_of(made.decision.input),
                      " ->", events);
        }
        return true;
      });
  if (!read)
    report({"never fails", "the log can't be read: " + read.error().text, {}});
}

bool conductor::everybody_is_done() const {
  return world_->is_open() && all_is_sent() && rulers_->done() && switches_under_way_ == 0 &&
         std::all_of(lines_.begin(), lines_.end(), [](const auto& l) { return l->unanswered() == 0; });
}

size_t conductor::overdue_orders() const {
  const instant now = world_->clock().now();
  return static_cast<size_t>(
      std::count_if(history_.orders().begin(), history_.orders().end(),
                    [now](const known_order& known) { return is_unsettled(known.order->state, now, 0); }));
}

void conductor::settle() {
  // From here on nothing is disturbed any more.
  const int64_t until = world_->clock().steady_ns() + plan_.settle_ms * ns_per_ms;
  const bool settled =
      turn_until(until, [this] { return unsettled_ == 0 && handing_out_.empty() && everybody_is_done(); });
  // What has a date still to come - a surplus that was refused twice is offered again after four minutes - isn't late.
  const size_t late = settled ? 0 : overdue_orders();
  if (!settled && go_on() && (late != 0 || !everybody_is_done())) {
    size_t unanswered = 0;
    for (const auto& l : lines_)
      unanswered += l->unanswered();
    report({"settles",
            "not settled " + std::to_string(plan_.settle_ms) + " ms after the last fault: " + std::to_string(late) +
                " orders open, " + std::to_string(unanswered) + " requests unanswered, the server " +
                (world_->is_open() ? "open" : "not open") + (customers_->done() ? "" : ", customers at it") +
                (senders_->done() ? "" : ", senders of batches at it") + (rulers_->done() ? "" : ", rulers at it") +
                (switches_under_way_ == 0 ? "" : ", operators at it"),
            {}});
  }
  // An order in doubt has settled, but what its bank says at last belongs to the story.
  turn_until(until, [this] { return world_->clock().steady_ns() >= banks_speak_until_ns_; });
  banks_are_done_ = true;
  let_views_catch_up();
  bank_answered_until({never});
  if (!go_on())
    return;
  watching_.tell(&checker::settled,
                 settled_run{world_->log(), world_->balances_view(), std::as_const(*world_).trajectory_view(),
                             banks_.ledger(), history_, environment, world_->clock().now()});
  check_expectations();
}

/// What is settled may still be checked, at dates of its own: so until nothing has been decided for as long as a view
/// may lag.
void conductor::let_views_catch_up() {
  const int64_t until = world_->clock().steady_ns() + plan_.settle_ms * ns_per_ms;
  uint64_t position = 0;
  do {
    position = world_->log().head().position;
    turn_until(world_->clock().steady_ns() + views_catch_up_ms * ns_per_ms, [] { return false; });
  } while (go_on() && world_->log().head().position != position && world_->clock().steady_ns() < until);
}

// --- the server's lives -----------------------------------------------------------------------------------------

void conductor::begin_server() {
  trace("the server starts");
  world_->begin();
  starting_ = true;
  if (const auto c = std::exchange(dies_while_starting_, std::nullopt))
    apply(*c);
  if (world_->clock().steady_ns() < disk_full_until_ns_)
    world_->fail_append({.fail_append_number = 1, .code = store_errc::full});
  // A batch whose commit was reported as failed may be on the disk after all; this process is the first to see it.
  seen_appends_ = world_->appends();
  learn_what_is_durable();
}

void conductor::kill_server(int64_t down_ms) {
  trace("the server dies");
  starting_ = false;
  dies_at_step_ = 0;
  services_.forget();
  world_->kill();
  services_.forget(); // whom the last turns of its actors told
  watching_.tell(&checker::crashed, world_->clock().now());
  for (auto& l : lines_)
    l->cut();
  world_->at(world_->clock().steady_ns() + down_ms * ns_per_ms, [this] { begin_server(); });
}

void conductor::opened() {
  trace("the server is open");
  for (auto& l : lines_)
    l->connect();
  if (std::exchange(begun_, true))
    return;
  began_ns_ = world_->clock().steady_ns();
  for (const disturbance& d : plan_.disturbances)
    world_->at(began_ns_ + d.at_us * ns_per_us, [this, &d] { disturb(d); });
  customers_->begin(options_.until_us);
  senders_->begin(options_.until_us);
}

// --- disturbances -----------------------------------------------------------------------------------------------

void conductor::disturb(const disturbance& d) {
  --disturbances_left_;
  if (options_.until_us != 0 && d.at_us > options_.until_us)
    return;
  ++result_.faults[std::string(name_of(d))];
  trace_parts("disturbance: ", name_of(d));
  std::visit([this](const auto& what) { apply(what); }, d.what);
}

void conductor::apply(const crash& c) {
  if (!world_->is_up()) {
    dies_while_starting_ = c;
    return;
  }
  dies_at_step_ = std::max<uint64_t>(1, world_->steps() + c.after_steps);
  dies_for_ms_ = c.down_ms;
}

void conductor::apply(const failed_commit& f) {
  if (world_->is_up() && world_->stopped_because().empty())
    world_->fail_append({.fail_append_number = 1, .code = f.code, .fate = f.fate});
}

void conductor::apply(const full_disk& f) {
  disk_full_until_ns_ = world_->clock().steady_ns() + int64_t{f.for_ms} * ns_per_ms;
  if (world_->is_up() && world_->stopped_because().empty())
    world_->fail_append({.fail_append_number = 1, .code = store_errc::full});
}

void conductor::apply(const slow_commits& s) {
  slow_until_ns_ = world_->clock().steady_ns() + int64_t{s.for_ms} * ns_per_ms;
  slow_commit_us_ = s.commit_us;
}

template <class Switch>
void conductor::operator_says(const Switch& s, decltype(command::body) what) {
  ++switches_under_way_;
  auto again = [this, s] {
    // The operator's line broke: nobody knows whether it was done, so it is said again; twice changes nothing.
    --switches_under_way_;
    apply(s);
  };
  lines_.back()->send(
      {0, 0, std::move(what)}, [this](const reply&) { --switches_under_way_; }, again);
}

void conductor::apply(const switch_channel& s) {
  operator_says(s, switch_channel_command{s.channel, s.on, "simulated operator", "planned"});
}

void conductor::apply(const switch_pay_outs& s) {
  operator_says(s, switch_pay_outs_command{s.on, s.merchant, s.channel, "simulated operator", "planned"});
}

void conductor::apply(const switch_business& s) {
  operator_says(s, switch_command{s.subject, s.name, s.on, "simulated operator", "planned"});
}

void conductor::apply(const clock_jump& j) {
  world_->clock().jump_ms(j.by_ms);
  watching_.tell(&checker::clock_jumped, world_->clock().now());
}

void conductor::apply(const cut_connection& c) {
  line& l = *lines_[c.client];
  if (!l.up())
    return;
  if (c.in_mid_frame)
    return l.cut_in_mid_frame();
  l.cut();
  if (world_->is_open())
    l.connect();
}

void conductor::apply(const channel_outage& o) {
  banks_.begin_outage(o, world_->clock().now());
}

int64_t conductor::commit_takes_us() {
  if (world_->clock().steady_ns() < slow_until_ns_)
    return slow_commit_us_;
  return plan_.commit.min_us + static_cast<int64_t>(chance_.below(plan_.commit.max_us - plan_.commit.min_us + 1));
}

} // namespace oncepay::sim
