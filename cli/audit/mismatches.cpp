#include "cli/audit/mismatches.hpp"

#include "actors/domain/order.hpp"
#include "actors/domain/trajectory.hpp"
#include "cli/audit/log_walk.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <optional>

namespace oncepay::cli {

namespace {

/// Where a contradiction stands; what it was about is in the order's stream.
struct finding {
  uint64_t position = 0;
  stream_name order;
};

bool is_contradiction(const event& e) {
  return std::holds_alternative<contradiction_recorded>(e) || std::holds_alternative<refund_contradicted>(e);
}

std::string words(evidence source, reply_class outcome, const std::string& code) {
  return printable(fmt::format("{} {}{}{}", name(source), name(outcome), code.empty() ? "" : " ", code));
}

void describe(mismatch& m, const order::state& s, const decision& d) {
  if (auto* said = std::get_if<attempt_input>(&d.input)) {
    m.about = fmt::format("attempt {}", said->attempt_number);
    m.said = words(said->source, said->outcome, said->code);
    m.by_check = said->enquiry && said->enquiry->check;
    if (said->notice && said->notice->amount != s.amount)
      m.said += " of " + to_string(said->notice->amount);
    if (said->attempt_number >= 1 && said->attempt_number <= s.attempts.size()) {
      const order::attempt& a = s.attempts[said->attempt_number - 1];
      m.channel = printable(a.channel.str());
      m.recorded = name(a.state);
    }
  } else if (auto* refund = std::get_if<refund_answer_input>(&d.input)) {
    m.about = fmt::format("refund {}", refund->refund_number);
    m.said = words(refund->source, refund->outcome, refund->code);
    m.by_check = refund->enquiry && refund->enquiry->check;
    if (refund->refund_number >= 1 && refund->refund_number <= s.refunds.size()) {
      const order::refund& r = s.refunds[refund->refund_number - 1];
      m.recorded = name(r.state);
      if (r.unbinds)
        m.about = fmt::format("unbinding {}", r.number);
      if (r.attempt_number >= 1 && r.attempt_number <= s.attempts.size())
        m.channel = printable(s.attempts[r.attempt_number - 1].channel.str());
    }
  }
}

store_result<mismatch> look_at(const event_log& log, std::string_view environment, const finding& f) {
  mismatch m;
  m.position = f.position;
  m.order = printable(fmt::format("{}/{}", f.order.part(0), f.order.part(1)));
  auto state = order::initial(f.order, environment);
  const auto read = log.read(f.order, 1, [&](uint64_t position, bytes_view stored) {
    const auto d = decode_decision(stored);
    if (!d)
      return false; // was read a moment ago
    for (const event& e : d->events)
      order::evolve(state, d->at, d->input, e);
    if (position == f.position) {
      m.at = d->at;
      describe(m, state, *d);
    }
    return position < f.position;
  });
  if (!read)
    return tl::unexpected(read.error());
  return m;
}

} // namespace

store_result<mismatches> read_mismatches(const event_log& log, std::string_view environment, uint64_t shown_max) {
  mismatches found;
  found.head_position = log.head().position;
  std::deque<finding> newest;
  const auto walked = walk_log(log, [&](const recorded_decision& r) {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order || std::none_of(d.events.begin(), d.events.end(), is_contradiction))
      return true;
    ++found.matching;
    newest.push_back({r.position, d.stream});
    if (newest.size() > shown_max)
      newest.pop_front();
    return true;
  });
  if (!walked)
    return tl::unexpected(walked.error());
  for (const finding& f : newest) {
    auto m = look_at(log, environment, f);
    if (!m)
      return tl::unexpected(m.error());
    found.shown.push_back(std::move(*m));
  }
  return found;
}

std::string mismatches_text(const mismatches& found) {
  text_table table({{"position", align::right},
                    {"time"},
                    {"order"},
                    {"about"},
                    {"channel"},
                    {"recorded"},
                    {"its channel said"},
                    {"found"}});
  for (const mismatch& m : found.shown)
    table.add({fmt::format("{}", m.position), to_string(m.at), m.order, m.about, m.channel, m.recorded, m.said,
               m.by_check ? "by a check" : ""});
  std::string out = table.empty() ? "" : table.render();
  if (found.shown.size() < found.matching)
    out += fmt::format("{} older ones\n", grouped(found.matching - found.shown.size()));
  return out + fmt::format("{} at log position {}\n",
                           found.matching == 1 ? std::string("1 mismatch") : grouped(found.matching) + " mismatches",
                           found.head_position);
}

nlohmann::ordered_json mismatches_json(const mismatches& found) {
  auto all = nlohmann::ordered_json::array();
  for (const mismatch& m : found.shown)
    all.push_back({{"position", m.position},
                   {"at", to_json(m.at)},
                   {"order", m.order},
                   {"about", m.about},
                   {"channel", m.channel},
                   {"recorded", m.recorded},
                   {"said", m.said},
                   {"by_check", m.by_check}});
  auto out = nlohmann::ordered_json::object();
  out["position"] = found.head_position;
  out["matching"] = found.matching;
  out["mismatches"] = std::move(all);
  return out;
}

} // namespace oncepay::cli
