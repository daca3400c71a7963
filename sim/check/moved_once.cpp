// No order's money moved twice: the loss this product exists to prevent.
//
// A bank that first says "failed" about money it moved lies, and may be followed by another: that move doesn't count.
// One that denies only after it said "succeeded", or after we had given up waiting, excuses nothing.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

namespace oncepay::sim {

namespace {

bool counts(const bank_entry* e) {
  return e != nullptr && e->moved && !e->given_back && first_word(*e) != false;
}

class moved_once final : public checker {
public:
  std::string_view name() const override { return "moved-once"; }

  void settled(const settled_run& run) override {
    for (const auto& [stream, order] : run.history.orders()) {
      const order::state& s = order->state;
      if (s.attempts.size() < 2)
        continue; // a bank moves the money of one attempt once
      int moves = 0;
      for (const order::attempt& a : s.attempts)
        moves += counts(run.banks.find(a.id)) ? 1 : 0;
      if (moves > 1)
        report(sentence(*stream, s, run.banks), *stream);
    }
  }

private:
  static std::string sentence(const stream_name& stream, const order::state& s, const bank_ledger& banks) {
    std::string text = "the money of " + stream.display() + " (" + to_string(s.amount) + ") moved more than once:";
    for (const order::attempt& a : s.attempts)
      if (const bank_entry* e = banks.find(a.id))
        text += " the bank of " + words(a) + " " + words(*e) + ";";
    text.back() = '.';
    return text;
  }
};

} // namespace

checker_ptr make_moved_once() {
  return std::make_unique<moved_once>();
}

} // namespace oncepay::sim
