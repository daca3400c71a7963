#include "sim/matrix/batch_watch.hpp"

#include "schema/error.hpp"
#include "sim/check/words.hpp"

#include <algorithm>

namespace oncepay::sim::matrix {

void batch_watch::decided(const recorded_decision& r) {
  const decision& d = r.decision;
  for (const event& e : d.events) {
    if (std::holds_alternative<batch_opened>(e)) {
      ++opened_;
      if (auto* asked = std::get_if<batch_input>(&d.input))
        for (const batch_line& line : asked->lines)
          lines_.push_back(line.order_no);
    } else if (std::holds_alternative<batch_handed_out>(e)) {
      ++handed_out_;
      if (auto* answer = std::get_if<batch_handed_out_input>(&d.input))
        refusals_ = answer->refusals;
    } else if (std::holds_alternative<order_opened>(e)) {
      lines_open_ += std::any_of(lines_.begin(), lines_.end(),
                                 [&](const order_no& line) { return line.str() == d.stream.part(1); })
                         ? 1
                         : 0;
    }
  }
}

void batch_watch::told(const reply& r) {
  auto* view = std::get_if<batch_view>(&r.body);
  if (view == nullptr)
    return;
  was_told_ = was_told_ || view->handed_out;
  for (const batch_line_view& line : view->lines)
    if (line.code != errc::processing && line.code != errc::in_doubt)
      told_[line.order_no] = line.code;
}

std::vector<std::string> batch_watch::faults(const pay_out_batch_command& sent, const history& h) const {
  std::vector<std::string> all;
  if (opened_ != 1 || handed_out_ != 1 || refusals_.size() != sent.lines.size())
    return {"the batch was opened " + std::to_string(opened_) + " times and handed out " + std::to_string(handed_out_) +
            " times, with answers for " + std::to_string(refusals_.size()) + " lines"};
  if (!was_told_)
    all.push_back("the merchant was never told that its batch is handed out");
  for (size_t i = 0; i < sent.lines.size(); ++i) {
    const order_no& line = sent.lines[i].order_no;
    const replayed_order* order = h.find(stream_name::of_order(sent.merchant, line));
    if ((order == nullptr) != (refusals_[i] != 0))
      all.push_back("the line " + line.str() + (order == nullptr ? " has no order" : " has an order") +
                    ", and the batch says " + std::to_string(refusals_[i]));
    const auto it = told_.find(line);
    if (it == told_.end())
      continue;
    const errc stands = order == nullptr ? static_cast<errc>(refusals_[i]) : order::standing(order->state);
    if (it->second != stands)
      all.push_back("the merchant was told " + std::string(oncepay::name(it->second)) + " of the line " + line.str() +
                    "; it is " + (order == nullptr ? "refused" : standing_words(order->state)));
  }
  return all;
}

} // namespace oncepay::sim::matrix
