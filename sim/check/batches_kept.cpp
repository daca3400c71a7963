// A batch number is one batch: opened once, with a content that somebody asked for and that has no fault. Each line of
// it becomes the pay-out that it says, or was refused by a code after which there is none; nothing else comes of a
// batch, and nothing at all of one that was refused. What was accepted is handed out whole, whatever died meanwhile,
// and no line is paid twice, however often the batch was sent. What clients were told of batches and their lines is
// what the log says.
//
// By the log and the replies alone: whether a batch has a fault, and which content is the same, is looked at here anew.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace oncepay::sim {

namespace {

/// What is wrong with lines, whoever the payees are named by; empty: nothing.
template <class Line, class Payee>
std::string fault_of(const std::vector<Line>& lines, int64_t total_minor, currency in, Payee payee_of) {
  std::set<std::string> numbers;
  std::set<std::pair<std::string, int64_t>> alike;
  wide_minor sum_minor = 0;
  for (const Line& line : lines) {
    sum_minor += line.amount_minor;
    if (line.amount_minor <= 0)
      return "line " + line.order_no.str() + " pays nothing";
    if (!numbers.insert(line.order_no.str()).second)
      return "two lines are order " + line.order_no.str();
    if (!alike.emplace(payee_of(line), line.amount_minor).second)
      return "line " + line.order_no.str() + " pays the payee and the amount of another one";
  }
  if (lines.empty() || sum_minor != total_minor)
    return "the lines add up to " + words(sum_minor, in) + ", not to " + words(total_minor, in);
  return "";
}

std::string fault_of(const batch_input& in) {
  return fault_of(in.lines, in.total_minor, in.currency,
                  [](const batch_line& line) { return std::string(as_text(std::span(line.payee_token))); });
}

std::string fault_of(const pay_out_batch_command& c) {
  return fault_of(c.lines, c.total_minor, c.currency, [](const pay_out_line& line) { return line.payee; });
}

/// Payees apart, which the log knows by their tokens only.
template <class Batch, class Other>
bool is_same_but_payees(const Batch& one, const Other& other) {
  return one.method == other.method && one.currency == other.currency &&
         std::equal(
             one.lines.begin(), one.lines.end(), other.lines.begin(), other.lines.end(),
             [](const auto& a, const auto& b) { return a.order_no == b.order_no && a.amount_minor == b.amount_minor; });
}

bool is_same(const pay_out_batch_command& one, const pay_out_batch_command& other) {
  return one.method == other.method && one.currency == other.currency && one.lines == other.lines;
}

/// After these codes there is no order, and a line may be sent again.
bool leaves_nothing(errc code) {
  using enum errc;
  constexpr std::array all{order_conflict, unknown_merchant, merchant_suspended, invalid_amount,    amount_overflow,
                           busy,           channel_busy,     no_channel,         like_pay_out_open, insufficient_funds,
                           claim_conflict, pay_outs_stopped, too_many_claims,    switched_off,      unknown_method};
  return std::find(all.begin(), all.end(), code) != all.end();
}

bool is_final_for_orders(order_state state) {
  return state == order_state::paid || state == order_state::failed || state == order_state::closed;
}

bool fits(errc code, order_state state) {
  return state == order_state::paid     ? code == errc::ok
         : state == order_state::failed ? code == errc::payment_failed
         : state == order_state::closed ? code == errc::order_closed
                                        : code == errc::processing || code == errc::in_doubt;
}

class batches_kept final : public checker {
public:
  std::string_view name() const override { return "batches-kept"; }

  void sent(const sent_request& r) override {
    if (auto* alone = std::get_if<pay_out_command>(&r.command.body))
      alone_[stream_name::of_order(alone->merchant, alone->order_no)].push_back(*alone);
    auto* batch = std::get_if<pay_out_batch_command>(&r.command.body);
    if (batch == nullptr)
      return;
    auto& contents = asked_[stream_of(*batch)];
    if (std::find(contents.begin(), contents.end(), *batch) == contents.end())
      contents.push_back(*batch);
    for (const pay_out_line& line : batch->lines)
      lines_.try_emplace(stream_name::of_order(batch->merchant, line.order_no));
  }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() == stream_kind::order)
      return follow_order(r);
    if (d.stream.kind() != stream_kind::batch)
      return;
    for (const event& e : d.events) {
      if (std::holds_alternative<batch_opened>(e))
        open(r);
      else if (std::holds_alternative<batch_handed_out>(e))
        end(r, h);
    }
  }

  void received(const received_reply& r, const history& h) override {
    if (r.number == 0)
      return;
    if (auto* batch = std::get_if<pay_out_batch_command>(&r.command.body))
      check_answer(r, *batch, h);
    else if (auto* query = std::get_if<query_batch_command>(&r.command.body))
      check_query(r, stream_name::of_batch(query->merchant, query->batch_no), h);
  }

  void settled(const settled_run& run) override {
    for (const auto& [stream, b] : batches_) {
      if (b.handed_out_at == 0)
        report(stream.display() + " was accepted at position " + std::to_string(b.opened_at) +
                   ", and its lines aren't all handed out at " + to_string(run.now),
               stream);
      for (const batch_line& line : b.what.lines)
        count_payments(run, stream, stream_name::of_order(b.what.merchant, line.order_no));
    }
  }

private:
  /// A batch as the log has it.
  struct known_batch {
    uint64_t opened_at = 0; ///< Position.
    instant at;
    batch_input what;
    std::vector<pay_out_batch_command> meant; ///< What was asked for; several where they may differ in payees only.
    uint64_t handed_out_at = 0;               ///< Position; 0: not yet.
    std::vector<uint16_t> refusals = {};
  };
  /// What somebody named as a line of a batch.
  struct line_order {
    std::vector<pay_out_input> wanted = {}; ///< By batches that were accepted.
    uint64_t opened_at = 0;                 ///< Position; 0: not yet.
    uint64_t ended_at = 0;
  };

  static stream_name stream_of(const pay_out_batch_command& c) { return stream_name::of_batch(c.merchant, c.batch_no); }

  static bool is_of(const batch_input& batch, const batch_line& line, const order::state& s) {
    return s.kind == order_kind::pay_out && s.from_wallet.empty() && s.method == batch.method &&
           s.amount == money{line.amount_minor, batch.currency} && s.payee_token == line.payee_token;
  }

  // --- batches in the log ---

  void open(const recorded_decision& r) {
    const stream_name& stream = r.decision.stream;
    auto* in = std::get_if<batch_input>(&r.decision.input);
    if (in == nullptr)
      return report("position " + std::to_string(r.position) + " opens " + stream.display() + " without its lines",
                    stream);
    if (batches_.contains(stream))
      report("position " + std::to_string(r.position) + " opens " + stream.display() + " a second time", stream);
    if (const std::string fault = fault_of(*in); !fault.empty())
      report("position " + std::to_string(r.position) + " opens " + stream.display() + ": " + fault, stream);
    known_batch b{r.position, r.decision.at, *in, {}};
    for (const pay_out_batch_command& asked : asked_[stream])
      if (asked.total_minor == in->total_minor && is_same_but_payees(asked, *in) && are_payees_of(asked, *in))
        b.meant.push_back(asked);
    if (b.meant.empty() || stream != stream_name::of_batch(in->merchant, in->batch_no))
      report("position " + std::to_string(r.position) + " opens " + stream.display() +
                 " with a content that nobody asked for",
             stream);
    if (b.meant.size() == 1)
      learn_payees(b.meant.front(), *in);
    for (const batch_line& line : in->lines) {
      pay_out_input wanted;
      wanted.amount = {line.amount_minor, in->currency};
      wanted.method = in->method;
      wanted.payee_token = line.payee_token;
      lines_[stream_name::of_order(in->merchant, line.order_no)].wanted.push_back(std::move(wanted));
    }
    batches_.insert_or_assign(stream, std::move(b));
  }

  /// One payee is one token, everywhere, and one token one payee.
  bool are_payees_of(const pay_out_batch_command& asked, const batch_input& in) const {
    auto tokens = tokens_;
    auto payees = payees_;
    for (size_t i = 0; i < in.lines.size(); ++i) {
      const hash128& token = in.lines[i].payee_token;
      if (tokens.try_emplace(asked.lines[i].payee, token).first->second != token ||
          payees.try_emplace(token, asked.lines[i].payee).first->second != asked.lines[i].payee)
        return false;
    }
    return true;
  }

  void learn_payees(const pay_out_batch_command& asked, const batch_input& in) {
    for (size_t i = 0; i < in.lines.size(); ++i) {
      tokens_.try_emplace(asked.lines[i].payee, in.lines[i].payee_token);
      payees_.try_emplace(in.lines[i].payee_token, asked.lines[i].payee);
    }
  }

  void end(const recorded_decision& r, const history& h) {
    const stream_name& stream = r.decision.stream;
    const std::string where = "position " + std::to_string(r.position) + " hands out " + stream.display();
    auto* in = std::get_if<batch_handed_out_input>(&r.decision.input);
    auto it = batches_.find(stream);
    if (it == batches_.end())
      return report(where + ", which was never accepted", stream);
    known_batch& b = it->second;
    if (b.handed_out_at != 0)
      report(where + " a second time", stream);
    if (in == nullptr || in->refusals.size() != b.what.lines.size())
      return report(where + " without a word about each line", stream);
    b.handed_out_at = r.position;
    b.refusals = in->refusals;
    for (size_t i = 0; i < b.refusals.size(); ++i)
      check_line_at_end(where, stream, b, i, h);
  }

  void check_line_at_end(const std::string& where, const stream_name& stream, const known_batch& b, size_t i,
                         const history& h) const {
    const batch_line& line = b.what.lines[i];
    const auto number = stream_name::of_order(b.what.merchant, line.order_no);
    const replayed_order* order = h.find(number);
    const bool is_ordered = order != nullptr && is_of(b.what, line, order->state);
    const std::string about = where + ", and its line " + line.order_no.str();
    if (b.refusals[i] == 0) {
      if (!is_ordered)
        report(about + (order == nullptr ? " has no order" : " is an order of other content"), stream);
      return;
    }
    const auto code = static_cast<errc>(b.refusals[i]);
    const std::string said = " was refused (" + std::string(oncepay::name(code)) + ")";
    if (!leaves_nothing(code))
      report(about + said + ", which doesn't say that there is no order", stream);
    else if (code == errc::order_conflict && (order == nullptr || is_ordered))
      report(about + said + ", and " + (is_ordered ? "the order has its content" : "there is no order"), stream);
    else if (code != errc::order_conflict && is_ordered && !alone_.contains(number) &&
             lines_.at(number).wanted.size() == 1)
      report(about + said + ", and its order was opened", stream);
  }

  // --- orders that are lines ---

  void follow_order(const recorded_decision& r) {
    auto it = lines_.find(r.decision.stream);
    if (it == lines_.end())
      return;
    for (const event& e : r.decision.events) {
      if (std::holds_alternative<order_opened>(e)) {
        it->second.opened_at = r.position;
        if (auto* out = std::get_if<pay_out_input>(&r.decision.input))
          check_opening(r, *out, it->second);
      } else if (std::holds_alternative<order_paid>(e) || std::holds_alternative<order_failed>(e) ||
                 std::holds_alternative<order_closed>(e)) {
        it->second.ended_at = r.position;
      }
    }
  }

  /// Whoever sends a line by itself asks for it himself.
  void check_opening(const recorded_decision& r, const pay_out_input& out, const line_order& line) const {
    if (auto it = alone_.find(r.decision.stream); it != alone_.end())
      for (const pay_out_command& asked : it->second)
        if (asked.amount == out.amount && asked.method == out.method && asked.from_wallet == out.from_wallet)
          return;
    const bool is_wanted = std::any_of(line.wanted.begin(), line.wanted.end(), [&](const pay_out_input& wanted) {
      return wanted.amount == out.amount && wanted.method == out.method && wanted.payee_token == out.payee_token &&
             out.from_wallet.empty();
    });
    if (!is_wanted)
      report("position " + std::to_string(r.position) + " opens " + r.decision.stream.display() + " (" +
                 to_string(out.amount) + "), which is a line of no batch that was accepted",
             r.decision.stream);
  }

  void count_payments(const settled_run& run, const stream_name& stream, const stream_name& number) const {
    const replayed_order* order = run.history.find(number);
    if (order == nullptr)
      return;
    // What its bank denied at first may be paid again.
    const auto paid =
        std::count_if(order->state.attempts.begin(), order->state.attempts.end(), [&](const order::attempt& a) {
          const bank_entry* e = run.banks.find(a.id);
          return e != nullptr && e->moved && !e->given_back && first_word(*e) != false;
        });
    if (paid > 1)
      report("line " + number.display() + " of " + stream.display() + " was paid " + std::to_string(paid) + " times",
             stream);
  }

  // --- what was told ---

  void check_answer(const received_reply& r, const pay_out_batch_command& asked, const history& h) {
    const stream_name stream = stream_of(asked);
    const auto it = batches_.find(stream);
    const known_batch* b = it == batches_.end() ? nullptr : &it->second;
    const bool is_that = b != nullptr && std::any_of(b->meant.begin(), b->meant.end(),
                                                     [&](const auto& meant) { return is_same(meant, asked); });
    const errc code = r.reply.code;
    if (code == errc::ok) {
      if (b != nullptr && !is_that)
        return tell(r, stream, "instead of a conflict: the batch of this number has another content");
      if (!check_view(r, stream, b))
        return;
      if (b->handed_out_at == 0)
        tell(r, stream, "and its lines aren't handed out");
      check_lines(r, stream, *b, h, false);
    } else if (code == errc::batch_conflict) {
      if (b == nullptr || is_that)
        tell(r, stream, b == nullptr ? "and the log doesn't know it" : "and the batch has the same content");
    } else if (code == errc::batch_total_differs || code == errc::repeated_line || code == errc::invalid_amount ||
               code == errc::amount_overflow) {
      if (fault_of(asked).empty())
        tell(r, stream, "and nothing is wrong with it");
    }
  }

  void check_query(const received_reply& r, const stream_name& stream, const history& h) {
    const auto it = batches_.find(stream);
    const known_batch* b = it == batches_.end() ? nullptr : &it->second;
    if (r.reply.code == errc::unknown_batch && b != nullptr && b->opened_at <= r.reply.position)
      tell(r, stream, "although it was accepted at position " + std::to_string(b->opened_at));
    if (r.reply.code == errc::ok && check_view(r, stream, b))
      check_lines(r, stream, *b, h, true);
  }

  /// False where its lines needn't be looked at.
  bool check_view(const received_reply& r, const stream_name& stream, const known_batch* b) const {
    auto* view = std::get_if<batch_view>(&r.reply.body);
    if (view == nullptr || b == nullptr || b->opened_at > r.reply.position) {
      tell(r, stream, view == nullptr ? "without the batch" : "and it wasn't accepted by then");
      return false;
    }
    if (stream != stream_name::of_batch(view->merchant, view->batch_no) || !is_same_but_payees(*view, b->what) ||
        view->opened_at != b->at) {
      tell(r, stream, "with another content than it was accepted with");
      return false;
    }
    const bool is_handed_out = b->handed_out_at != 0 && b->handed_out_at <= r.reply.position;
    if (view->handed_out != is_handed_out)
      tell(r, stream, view->handed_out ? "handed out, which it wasn't" : "as not handed out yet, which it was");
    return true;
  }

  /// `with_orders`: it was asked how the lines' orders stand, which may be later than the reply's position.
  void check_lines(const received_reply& r, const stream_name& stream, const known_batch& b, const history& h,
                   bool with_orders) const {
    auto* view = std::get_if<batch_view>(&r.reply.body);
    if (view == nullptr || view->lines.size() != b.what.lines.size())
      return; // said already
    const bool is_handed_out = b.handed_out_at != 0 && b.handed_out_at <= r.reply.position;
    for (size_t i = 0; i < view->lines.size(); ++i) {
      const batch_line_view& told = view->lines[i];
      const errc refusal = is_handed_out ? static_cast<errc>(b.refusals[i]) : errc::ok;
      const auto number = stream_name::of_order(b.what.merchant, told.order_no);
      const std::string about = "with line " + told.order_no.str() + " (" + std::string(oncepay::name(told.code)) +
                                ", " + std::string(oncepay::name(told.state)) + "), ";
      if (refusal != errc::ok) {
        if (told.code != refusal || told.state != order_state::none)
          tell(r, stream, about + "which was refused (" + std::string(oncepay::name(refusal)) + ")");
      } else if (told.state == order_state::none) {
        if (told.code != errc::processing)
          tell(r, stream, about + "which wasn't refused");
        else if (with_orders && is_handed_out)
          tell(r, stream, about + "which has its order");
      } else {
        check_order(r, stream, about, told, b.what, b.what.lines[i], h.find(number));
      }
    }
  }

  void check_order(const received_reply& r, const stream_name& stream, const std::string& about,
                   const batch_line_view& told, const batch_input& batch, const batch_line& line,
                   const replayed_order* order) const {
    if (order == nullptr || !is_of(batch, line, order->state))
      return tell(r, stream, about + (order == nullptr ? "which has no order" : "whose number is another order's"));
    const uint64_t ended_at = lines_.at(stream_name::of_order(batch.merchant, line.order_no)).ended_at;
    const bool was_so = is_final_for_orders(told.state) ? order->state.status == told.state
                                                        : ended_at == 0 || ended_at > r.reply.position;
    if (!was_so || !fits(told.code, told.state))
      tell(r, stream, about + "whose order is " + standing_words(order->state));
  }

  void tell(const received_reply& r, const stream_name& stream, const std::string& how) const {
    report("request " + std::to_string(r.number) + " (" + std::string(name_of(r.command)) + ") about " +
               stream.display() + " was answered " + std::string(oncepay::name(r.reply.code)) + " with position " +
               std::to_string(r.reply.position) + ", " + how,
           stream);
  }

  std::unordered_map<stream_name, std::vector<pay_out_batch_command>> asked_; ///< Never iterated.
  std::unordered_map<stream_name, std::vector<pay_out_command>> alone_;       ///< By the order. Never iterated.
  std::unordered_map<stream_name, line_order> lines_;                         ///< By the order. Never iterated.
  std::map<stream_name, known_batch> batches_;
  std::map<std::string, hash128> tokens_; ///< Of payees.
  std::map<hash128, std::string> payees_;
};

} // namespace

checker_ptr make_batches_kept() {
  return std::make_unique<batches_kept>();
}

} // namespace oncepay::sim
