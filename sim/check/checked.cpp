// What is settled is asked about once more only where a channel's terms or an operator say so, when it is settled and
// its date has come; what was drawn, once, however often the process dies; and whatever its channel says, nothing but a
// record of it follows. Where that is the contrary of what the log holds, a contradiction is recorded: a payment that
// nobody received, or one that was charged although it "failed", is found by nobody else; nor is a refund that the
// payer never got, or got twice.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace oncepay::sim {

namespace {

class checked final : public checker {
public:
  explicit checked(const std::vector<channel_terms>& channels) {
    for (const channel_terms& t : channels)
      terms_.emplace(t.channel, t);
  }
  std::string_view name() const override { return "checked"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order)
      return;
    const replayed_order* order = h.find(d.stream);
    for (const event& e : d.events) {
      if (auto* begun = std::get_if<check_begun>(&e))
        begins(r, subject_of(order, begun->number, begun->refund_number), *begun);
      else
        note_settled(r, order, e);
    }
    if (auto* said = std::get_if<attempt_input>(&d.input); said != nullptr && said->enquiry && said->enquiry->check)
      answered(r, order, subject_of(order, said->attempt_number, 0), *said);
    if (auto* said = std::get_if<refund_answer_input>(&d.input);
        said != nullptr && said->enquiry && said->enquiry->check)
      answered(r, order, subject_of(order, 0, said->refund_number), *said);
  }

  void bank_asked(const bank_question& q, const history& h) override {
    if (!q.what.check)
      return;
    const replayed_attempt known = h.find(q.what.original);
    const subject about = known ? subject_of(known.order, known.attempt->number, q.what.refund_number) : subject{};
    if (!about || about.id() != q.what.id)
      return report("the bank of " + q.what.channel.str() + " was asked again about " + q.what.id.str() +
                    ", which no durable decision intends");
    const uint32_t asked = ++asked_[q.what.id];
    if (!about.is_settled() || asked > begun_[q.what.id])
      report("the bank of " + q.what.channel.str() + " was asked again about " + about.words() + " of " +
                 known.stream->display() + " at " + to_string(q.at) + ", time " + std::to_string(asked) + ", and " +
                 std::to_string(begun_[q.what.id]) + " times that is durable",
             *known.stream);
  }

  void clock_jumped(instant) override { clock_jumped_ = true; }

private:
  /// What is asked about: an attempt, or a refund of it.
  struct subject {
    const order::attempt* attempt = nullptr;
    const order::refund* refund = nullptr;

    explicit operator bool() const { return attempt != nullptr; }
    const attempt_id& id() const { return refund == nullptr ? attempt->id : refund->operation_id; }
    bool has_succeeded() const {
      return refund == nullptr ? attempt->state == attempt_state::succeeded : refund->state == refund_state::succeeded;
    }
    bool has_failed() const {
      return refund == nullptr ? attempt->state == attempt_state::failed : refund->state == refund_state::failed;
    }
    bool is_settled() const { return has_succeeded() || has_failed(); }
    bool never_left() const {
      return (refund == nullptr ? attempt->last_evidence : refund->last_evidence) == evidence::never_left;
    }
    instant submit_before() const { return refund == nullptr ? attempt->submit_before : refund->submit_before; }
    std::string words() const {
      return refund == nullptr ? sim::words(*attempt) : "a refund (" + refund->operation_id.str() + ")";
    }
  };

  /// With a refund's number its attempt needn't be named.
  static subject subject_of(const replayed_order* order, uint32_t number, uint32_t refund_number) {
    subject s;
    if (order == nullptr)
      return s;
    const auto& refunds = order->state.refunds;
    if (refund_number > refunds.size())
      return s;
    if (refund_number != 0) {
      s.refund = &refunds[refund_number - 1];
      number = number == 0 ? s.refund->attempt_number : number;
    }
    if (number >= 1 && number <= order->state.attempts.size())
      s.attempt = &order->state.attempts[number - 1];
    return s;
  }

  void note_settled(const recorded_decision& r, const replayed_order* order, const event& e) {
    subject s;
    if (auto* paid = std::get_if<attempt_succeeded>(&e))
      s = subject_of(order, paid->number, 0);
    else if (auto* failed = std::get_if<attempt_failed>(&e))
      s = subject_of(order, failed->number, 0);
    else if (auto* refunded = std::get_if<refund_succeeded>(&e))
      s = subject_of(order, 0, refunded->number);
    else if (auto* kept = std::get_if<refund_failed>(&e))
      s = subject_of(order, 0, kept->number);
    if (s)
      settled_at_[s.id()] = r.decision.at;
  }

  void begins(const recorded_decision& r, const subject& s, const check_begun& e) {
    if (!s || !s.is_settled())
      return blame(r, "asks again about attempt " + std::to_string(e.number) +
                          (e.refund_number == 0 ? std::string() : ", refund " + std::to_string(e.refund_number)) +
                          ", which isn't settled");
    if (s.never_left())
      blame(r, "asks again about " + s.words() + ", of which its channel never heard");
    const uint32_t nth = ++begun_[s.id()];
    if (std::holds_alternative<check_input>(r.decision.input))
      return;
    auto terms = terms_.find(s.attempt->channel);
    if (!std::holds_alternative<timer_input>(r.decision.input) || terms == terms_.end() || terms->second.check_ppm == 0)
      return blame(r, "asks again about " + s.words() + ", and nobody asked for that");
    if (std::exchange(drawn_[s.id()], true))
      blame(r, "asks again about " + s.words() + " for the " + std::to_string(nth) + "th time");
    if (!clock_jumped_ && r.decision.at < plus_ms(settled_at_[s.id()], terms->second.check_after_ms))
      blame(r, "asks again about " + s.words() + " before its date");
  }

  /// Says again, in its own words, what a channel contradicts.
  template <class Said>
  static bool contradicts(const subject& s, const Said& said) {
    if (said.source != evidence::enquiry)
      return false;
    if (s.has_failed())
      return said.outcome == reply_class::succeeded;
    const bool lost = said.outcome == reply_class::not_found &&
                      said.enquiry->asked_at >= plus_ms(s.submit_before(), said.enquiry->not_found_after_ms);
    return lost || said.outcome == reply_class::failed_final || said.outcome == reply_class::failed_try_another;
  }

  /// What the payer has back, or gets, makes channels say other things of the payment; and of a binding, its end.
  static bool goes_back(const order::state& s, const subject& what) {
    return what.refund == nullptr && (s.surplus_attempt == what.attempt->number ||
                                      std::any_of(s.refunds.begin(), s.refunds.end(), [&](const auto& refund) {
                                        return refund.attempt_number == what.attempt->number &&
                                               refund.state != refund_state::failed &&
                                               (!refund.unbinds || s.kind == order_kind::bind);
                                      }));
  }

  static bool is_contradiction(const event& e) {
    return std::holds_alternative<contradiction_recorded>(e) || std::holds_alternative<refund_contradicted>(e);
  }

  template <class Said>
  void answered(const recorded_decision& r, const replayed_order* order, const subject& s, const Said& said) {
    bool recorded = false;
    for (const event& e : r.decision.events) {
      recorded = recorded || is_contradiction(e);
      if (!is_contradiction(e) && !std::holds_alternative<attempt_checked>(e))
        blame(r, "holds " + std::string(name_of(e)) + ", because of what was said about something settled");
    }
    if (!s)
      return blame(r, "is about an attempt that was never made");
    if (recorded != (contradicts(s, said) && !goes_back(order->state, s)))
      blame(r, std::string(recorded ? "records a contradiction of " : "records no contradiction of ") + s.words() +
                   ", asked about again, upon " + std::string(oncepay::name(said.outcome)));
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::map<channel_id, channel_terms> terms_;
  // By what the bank knows it by; none is ever iterated.
  std::unordered_map<attempt_id, instant> settled_at_;
  std::unordered_map<attempt_id, uint32_t> begun_; ///< Checks, durably.
  std::unordered_map<attempt_id, uint32_t> asked_; ///< By which its bank was reached.
  std::unordered_map<attempt_id, bool> drawn_;     ///< Begun of its own accord.
  bool clock_jumped_ = false;
};

} // namespace

checker_ptr make_checked(const std::vector<channel_terms>& channels) {
  return std::make_unique<checked>(channels);
}

} // namespace oncepay::sim
