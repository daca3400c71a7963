// Every decision comes out again from its recorded input: nothing was decided from what the log doesn't hold, so an
// auditor who replays an order years later sees the order that the customer saw.
#include "actors/entity_model.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

std::string names_of(const std::vector<event>& events) {
  std::string text;
  for (const event& e : events)
    text += (text.empty() ? "" : ", ") + std::string(name_of(e));
  return text.empty() ? "nothing" : text;
}

class redecides final : public checker {
public:
  explicit redecides(std::string_view environment) : environment_(environment) {}
  std::string_view name() const override { return "redecides"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() == stream_kind::order) {
      const replayed_order* known = h.find(d.stream);
      compare(r, known == nullptr ? order::decide(order::initial(d.stream, environment_), d.at, d.input)
                                  : order::decide(known->state, d.at, d.input));
      return;
    }
    auto [it, is_new] = models_.try_emplace(d.stream);
    if (is_new)
      it->second = make_entity_model(d.stream, environment_);
    if (it->second == nullptr)
      return; // operations: nobody decides there but the operator
    compare(r, it->second->decide(d.at, d.input));
    for (const event& e : d.events)
      it->second->evolve(d.at, d.input, e);
  }

private:
  void compare(const recorded_decision& r, const verdict_on_input& again) const {
    const std::vector<event>& recorded = r.decision.events;
    if (again && *again == recorded)
      return;
    std::string text = "position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " (input " +
                       std::string(name_of(r.decision.input)) + ") recorded " + names_of(recorded);
    if (!again)
      text += "; decided again it is refused: " + again.error().text;
    else if (names_of(*again) != names_of(recorded))
      text += "; decided again it is " + names_of(*again);
    else
      text += "; decided again they hold other values (postings, times or ids)";
    report(std::move(text), r.decision.stream);
  }

  std::string environment_;
  /// Of everything but orders, whose state the history keeps. Never iterated.
  std::unordered_map<stream_name, std::unique_ptr<entity_model>> models_;
};

} // namespace

checker_ptr make_redecides(std::string_view environment) {
  return std::make_unique<redecides>(environment);
}

} // namespace oncepay::sim
