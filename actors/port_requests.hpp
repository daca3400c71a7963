// What a port is asked beside payments - enquiries, refunds, closes, reversals: puts it to its bank and says, in the
// channel's window, what came of it. Every request is over exactly once in time; a late answer follows only where it
// proves something.
#pragma once

#include "actors/bank.hpp"
#include "actors/messages.hpp"
#include "actors/meters.hpp"
#include "schema/terms.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

class port_requests {
public:
  struct saying {
    stream_name order;
    std::optional<input> what; ///< None: there is nothing to say, only a permit to return.
    uint64_t number = 0;       ///< The permit that is over with it; 0: none.
  };

  /// `at` is null where the bank can't be reached. What the bank did must be in its book before anything is said.
  void receive(instant now, channel_request, bank* at, const channel_terms&);

  /// What is to be said by now, in the order of its times.
  std::vector<saying> take_due(instant now);
  /// When the next is to be said; none: 0.
  instant next() const { return agenda_.empty() ? instant{} : agenda_.begin()->first; }

private:
  void enquire(instant now, const channel_request&, bank* at, const channel_terms&);
  void refund(instant now, const channel_request&, bank* at, const channel_terms&);
  void close(instant now, const channel_request&, bank* at, const channel_terms&);
  void reverse(instant now, const channel_request&, bank* at, const channel_terms&);
  void say(instant when, const channel_request&, std::optional<input>, uint64_t number);

  std::multimap<instant, saying> agenda_;
};

/// What an order is told that somebody said of the operation that a request is about.
input heard_of(const channel_request_effect&, evidence, reply_class, std::string_view code,
               std::string channel_ref = {}, std::optional<enquiry_facts> = {});
/// What belongs to an answer to a question of these terms' channel.
enquiry_facts facts_of(instant asked_at, const channel_terms&, bool check = false);
/// Adds what a bank in process says besides of a card that it bound or authenticated; of anything else nothing.
void name_agreement(attempt_input& said, operation, const attempt_id&);

/// What a port says of an enquiry, to whoever watches; of anything else nothing.
void count_enquiry(channel_meters&, const input& said);

} // namespace oncepay
