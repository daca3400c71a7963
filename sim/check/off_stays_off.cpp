// After an acknowledged "off" nothing more goes to that channel until it is switched on again: an operator who stopped
// a channel that takes money twice relies on it.
//
// The same holds of a merchant, or of a method for everybody, that was switched off: further attempts of orders that
// are known already aren't made either.
//
// Whatever entered after the acknowledgement may not choose the channel at all. What was granted its permit before may
// still be on its way through the journal then, but not for long: nobody who waits for a permit gets one any more.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace oncepay::sim {

namespace {

/// A granted permit is used in the same instant; its decision becomes durable with this commit or the next. A slow disk
/// shows in how long the "off" itself took, which is added threefold.
constexpr int64_t under_way_ms = 700;

class off_stays_off final : public checker {
public:
  std::string_view name() const override { return "off-stays-off"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    latest_ = std::max(latest_, d.at);
    if (d.stream.kind() == stream_kind::channel)
      return learn_switch(r);
    if (d.stream.kind() == stream_kind::merchant || d.stream.kind() == stream_kind::method)
      return learn_degrade(r);
    for (const event& e : d.events)
      if (auto* intended = std::get_if<attempt_intended>(&e)) {
        if (!off_.empty())
          check_choice(r, *intended);
        if (!degraded_.empty())
          check_business(r, *intended, h);
      }
  }

  void clock_jumped(instant) override { says_nothing_until_ = latest_; }

  void bank_received(const bank_request& r, const history& h) override {
    if (!degraded_.empty())
      check_arrival(r, h);
    const off_channel* off = find(r.what.channel);
    if (off == nullptr || r.at <= off->nothing_after)
      return;
    const stream_name* stream = h.order_of(r.what.attempt);
    report("the bank of " + r.what.channel.str() + " received attempt " + r.what.attempt.str() + " (" +
               to_string(r.what.amount) + ") at " + to_string(r.at) + "; the channel was off since " +
               to_string(off->since),
           stream == nullptr ? std::nullopt : std::optional(*stream));
  }

  void bank_asked(const bank_question& q, const history&) override {
    // What must be called back is, and takes nothing from anybody.
    const bool may = q.what.enquiry || q.what.operation == operation::reverse;
    const off_channel* off = may ? nullptr : find(q.what.channel);
    if (off != nullptr && q.at > off->nothing_after)
      report("the bank of " + q.what.channel.str() + " was asked to " + std::string(oncepay::name(q.what.operation)) +
             " " + q.what.id.str() + " at " + to_string(q.at) + "; the channel was off since " + to_string(off->since));
  }

  void received(const received_reply& r, const history&) override {
    if (auto* degrade = std::get_if<switch_command>(&r.command.body))
      return learn_answer(r, *degrade);
    auto* asked = std::get_if<switch_channel_command>(&r.command.body);
    if (asked == nullptr || asked->on || r.number == 0 || r.reply.code != errc::ok)
      return;
    const last_switch& known = switches_[asked->channel];
    // On again since: the answer was under way too long to say anything.
    if (known.on_position > r.reply.position || find(asked->channel) != nullptr)
      return;
    const bool just_now = known.off_position == r.reply.position && known.off_at < r.at;
    const int64_t took_ns = just_now ? r.at.ns - known.off_at.ns : 0;
    off_.push_back({asked->channel, r.at, {plus_ms(r.at, under_way_ms).ns + 3 * took_ns}});
  }

private:
  struct off_channel {
    channel_id channel;
    instant since;         ///< When its operator was told so.
    instant nothing_after; ///< Nothing that was granted before is under way any longer.
  };
  struct last_switch {
    uint64_t on_position = 0;
    uint64_t off_position = 0;
    instant off_at;
  };

  const off_channel* find(const channel_id& id) const {
    auto it = std::find_if(off_.begin(), off_.end(), [&](const off_channel& c) { return c.channel == id; });
    return it == off_.end() ? nullptr : &*it;
  }

  void learn_switch(const recorded_decision& r) {
    for (const event& e : r.decision.events) {
      auto* switched = std::get_if<channel_switched>(&e);
      if (switched == nullptr)
        continue;
      const auto id = channel_id::trusted(r.decision.stream.part(0));
      last_switch& known = switches_[id];
      if (switched->on) {
        known.on_position = r.position;
        std::erase_if(off_, [&](const off_channel& c) { return c.channel == id; });
      } else {
        known.off_position = r.position;
        known.off_at = r.decision.at;
      }
    }
  }

  /// An order's time never goes back: once the clock did, what it says up to there is no time at which anything
  /// entered.
  bool entered_after(const decision& d, instant told) const { return d.at > told && d.at > says_nothing_until_; }

  void check_choice(const recorded_decision& r, const attempt_intended& intended) const {
    const decision& d = r.decision;
    const route_answer* route = nullptr;
    if (auto* pay = std::get_if<pay_input>(&d.input))
      route = &pay->route;
    else if (auto* confirmed = std::get_if<confirm_input>(&d.input))
      route = &confirmed->route;
    else if (auto* said = std::get_if<attempt_input>(&d.input); said != nullptr && said->route)
      route = &*said->route;
    else if (auto* granted = std::get_if<account_answer_input>(&d.input); granted != nullptr && granted->route)
      route = &*granted->route;
    const off_channel* off = route == nullptr ? nullptr : find(route->chosen);
    if (off != nullptr && entered_after(d, off->since))
      report("position " + std::to_string(r.position) + " of " + d.stream.display() + " entered at " + to_string(d.at) +
                 " and chose " + words(intended.number, intended.id, route->chosen) + "; the channel was off since " +
                 to_string(off->since),
             d.stream);
  }

  // --- merchants and methods ---

  using business = std::pair<switch_subject, std::string>;

  /// Of whom an operator was told that nothing goes on.
  struct degraded {
    switch_subject subject = switch_subject::merchant;
    std::string name;
    instant since;
    instant nothing_after;
    bool operator==(const business& b) const { return subject == b.first && name == b.second; }
  };

  void learn_degrade(const recorded_decision& r) {
    for (const event& e : r.decision.events) {
      auto* merchant = std::get_if<merchant_switched>(&e);
      auto* method = std::get_if<method_switched>(&e);
      if (merchant == nullptr && method == nullptr)
        continue;
      const business b{merchant != nullptr ? switch_subject::merchant : switch_subject::method,
                       std::string(r.decision.stream.part(0))};
      last_switch& known = businesses_[b];
      if (merchant != nullptr ? merchant->on : method->on) {
        known.on_position = r.position;
        std::erase_if(degraded_, [&](const degraded& d) { return d == b; });
      } else {
        known.off_position = r.position;
        known.off_at = r.decision.at;
      }
    }
  }

  void learn_answer(const received_reply& r, const switch_command& asked) {
    const business b{asked.subject, asked.name};
    const bool known_off = std::any_of(degraded_.begin(), degraded_.end(), [&](const degraded& d) { return d == b; });
    const last_switch& known = businesses_[b];
    if (asked.on || r.number == 0 || r.reply.code != errc::ok || known_off || known.on_position > r.reply.position)
      return;
    const bool just_now = known.off_position == r.reply.position && known.off_at < r.at;
    const int64_t took_ns = just_now ? r.at.ns - known.off_at.ns : 0;
    degraded_.push_back({asked.subject, asked.name, r.at, {plus_ms(r.at, under_way_ms).ns + 3 * took_ns}});
  }

  const degraded* find_business(std::string_view merchant, const method_id& method) const {
    auto it = std::find_if(degraded_.begin(), degraded_.end(), [&](const degraded& d) {
      return d.subject == switch_subject::merchant ? d.name == merchant : d.name == method.str();
    });
    return it == degraded_.end() ? nullptr : &*it;
  }

  void check_business(const recorded_decision& r, const attempt_intended& intended, const history& h) const {
    const decision& d = r.decision;
    auto* pay = std::get_if<pay_input>(&d.input);
    const replayed_order* known = h.find(d.stream);
    if (pay == nullptr && known == nullptr)
      return;
    const degraded* off = find_business(d.stream.part(0), pay != nullptr ? pay->method : known->state.method);
    if (off != nullptr && entered_after(d, off->since))
      report("position " + std::to_string(r.position) + " of " + d.stream.display() + " entered at " + to_string(d.at) +
                 " and intends attempt " + std::to_string(intended.number) + "; " +
                 std::string(oncepay::name(off->subject)) + " " + off->name + " was off since " + to_string(off->since),
             d.stream);
  }

  void check_arrival(const bank_request& r, const history& h) const {
    const stream_name* stream = h.order_of(r.what.attempt);
    const degraded* off = stream == nullptr ? nullptr : find_business(stream->part(0), r.what.method);
    if (off != nullptr && r.at > off->nothing_after)
      report("the bank of " + r.what.channel.str() + " received attempt " + r.what.attempt.str() + " at " +
                 to_string(r.at) + "; " + std::string(oncepay::name(off->subject)) + " " + off->name +
                 " was off since " + to_string(off->since),
             *stream);
  }

  instant latest_;             ///< That any decision says.
  instant says_nothing_until_; ///< Since the clock jumped.
  std::vector<off_channel> off_;
  std::map<channel_id, last_switch> switches_;
  std::vector<degraded> degraded_;
  std::map<business, last_switch> businesses_;
};

} // namespace

checker_ptr make_off_stays_off() {
  return std::make_unique<off_stays_off>();
}

} // namespace oncepay::sim
