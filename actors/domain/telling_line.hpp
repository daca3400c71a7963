// Whose turn it is to be told (D4): one line per merchant, served in turn, each with so many at once as its answers
// have earned. A merchant begins with one; each acknowledgement doubles that, whatever else happens puts it back to
// one. Half of all places are for merchants whose last answer was an acknowledgement, so however many hang, they hold
// up each other only.
#pragma once

#include "schema/ids.hpp"
#include "schema/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace oncepay {

struct telling_bounds {
  size_t under_way_max = 1;
  size_t per_merchant_max = 1;
  size_t waiting_max = 1;
  size_t waiting_per_merchant_max = 1;
};

class telling_line {
public:
  explicit telling_line(telling_bounds bounds) : bounds_(bounds) {}

  /// Waits for its turn until then. False: there is no room. Numbers are the caller's own, none given twice.
  bool join(const merchant_id&, uint64_t number, instant until);

  struct turn {
    std::vector<uint64_t> begun;   ///< Their turn has come; each ends by `over`.
    std::vector<uint64_t> expired; ///< They waited too long.
  };
  turn advance(instant now);

  /// One that had begun is over.
  void over(const merchant_id&, bool acknowledged);

  size_t waiting() const { return ends_.size(); }
  size_t under_way() const { return taken_by_proven_ + taken_by_unproven_; }
  /// When the first waits too long; nothing waits: 0.
  instant first_end() const { return ends_.empty() ? instant{} : ends_.begin()->first.first; }
  /// True where nothing of the merchant waits or is under way.
  bool is_idle(const merchant_id&) const;

private:
  using place = std::pair<instant, uint64_t>; ///< Until when it waits, and its number.

  struct line {
    std::deque<place> waiting;
    size_t under_way = 0;
    size_t at_once = 1;
    bool proven = false; ///< Its last answer was an acknowledgement.
    bool in_turn = false;
  };

  using turns = std::deque<merchant_id>;
  void take_turn(const merchant_id&, line&);
  void expire(instant now, turn& result);
  void serve(bool proven, turn& result);
  bool has_place(bool proven) const;
  /// One that has nothing to do and is as a new one would be.
  void forget_if_new(std::map<merchant_id, line>::iterator);
  size_t& places_taken(bool proven) { return proven ? taken_by_proven_ : taken_by_unproven_; }

  telling_bounds bounds_;
  std::map<merchant_id, line> lines_; ///< Those with something to do, and those that are proven.
  std::map<place, merchant_id> ends_; ///< Of what waits.
  turns proven_turns_;                ///< Who is next, of those that may begin one more.
  turns unproven_turns_;
  size_t taken_by_proven_ = 0;
  size_t taken_by_unproven_ = 0;
};

} // namespace oncepay
