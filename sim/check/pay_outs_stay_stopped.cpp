// After an acknowledged stop no pay-out that it covers reaches a bank until it is lifted: an operator who saw money
// leave that shouldn't relies on it. Not one, however far it had come: the door to the bank learns of a stop before its
// operator does.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <map>
#include <tuple>

namespace oncepay::sim {

namespace {

class pay_outs_stay_stopped final : public checker {
public:
  std::string_view name() const override { return "pay-outs-stay-stopped"; }

  void decided(const recorded_decision& r, const history&) override {
    auto* in = std::get_if<pay_out_switch_input>(&r.decision.input);
    if (in == nullptr || r.decision.events.empty())
      return;
    known& k = all_[{in->merchant, in->channel}];
    if (in->on) {
      k.on_position = r.position;
      k.stopped_at = {};
    }
  }

  void received(const received_reply& r, const history&) override {
    auto* asked = std::get_if<switch_pay_outs_command>(&r.command.body);
    if (asked == nullptr || asked->on || r.number == 0 || r.reply.code != errc::ok)
      return;
    known& k = all_[{asked->merchant, asked->channel}];
    // On again since: the answer was under way too long to say anything.
    if (k.on_position <= r.reply.position && !k.stopped_at)
      k.stopped_at = r.at;
  }

  void bank_received(const bank_request& r, const history& h) override {
    if (r.what.operation != operation::pay_out)
      return;
    const stream_name* stream = h.order_of(r.what.attempt);
    const merchant_id merchant = stream == nullptr ? merchant_id() : merchant_id::trusted(stream->part(0));
    for (const key& whose : {key{}, key{merchant, {}}, key{{}, r.what.channel}}) {
      const auto it = all_.find(whose);
      if (it == all_.end() || !it->second.stopped_at)
        continue;
      return report("the bank of " + r.what.channel.str() + " received the pay-out " + r.what.attempt.str() + " (" +
                        to_string(r.what.amount) + ") at " + to_string(r.at) + "; " + words_for(whose) +
                        " were stopped since " + to_string(it->second.stopped_at),
                    stream == nullptr ? std::nullopt : std::optional(*stream));
    }
  }

private:
  using key = std::pair<merchant_id, channel_id>; ///< Both empty: all.
  struct known {
    uint64_t on_position = 0;
    instant stopped_at; ///< When its operator was told so; 0: it isn't.
  };

  static std::string words_for(const key& whose) {
    if (!whose.first.empty())
      return "those of " + whose.first.str();
    return whose.second.empty() ? "all pay-outs" : "those by " + whose.second.str();
  }

  std::map<key, known> all_;
};

} // namespace

checker_ptr make_pay_outs_stay_stopped() {
  return std::make_unique<pay_outs_stay_stopped>();
}

} // namespace oncepay::sim
