#include "actors/views/view_fold.hpp"

#include "schema/mutation.hpp"
#include "store/give_way.hpp"

namespace oncepay {

namespace {

/// A view ahead of the log, or at its head with another chain, was made from another log or from one that was longer.
bool fits(const view_checkpoint& view, const log_head& log) {
  if (view.position > log.position)
    return false;
  return view.position < log.position || view.chain == log.chain;
}

} // namespace

store_result<uint64_t> number_of(const event_log& log, const stream_name& stream) {
  uint64_t number = 0;
  auto read = log.read(stream, 1, [&](uint64_t position, bytes_view) {
    number = position;
    return false;
  });
  if (!read)
    return tl::unexpected(read.error());
  return number;
}

store_result<fold_progress> fold_view(const event_log& log, view_store& view, view_rules& rules, size_t max,
                                      uint64_t agreed) {
  fold_progress progress;
  auto checkpoint = view.checkpoint();
  if (!checkpoint)
    return tl::unexpected(checkpoint.error());
  // Asked before reading: what is appended meanwhile is the next call's.
  const log_head head = log.head();
  if (!fits(*checkpoint, head)) {
    if (auto cleared = view.clear(); !cleared)
      return tl::unexpected(cleared.error());
    checkpoint = view_checkpoint{};
    progress.rebuilt = true;
  }
  view_checkpoint reached = *checkpoint;
  // Only the head's chain is known without hashing, so it must be reached.
  const bool agrees = agreed != 0 && reached.position == agreed && head.position - agreed <= max;
  store_result<void> decoded;
  auto read = log.read_all(reached.position + 1, max, [&](uint64_t position, bytes_view stored) {
    if (position > head.position)
      return false;
    const auto outcome = decode_outcome(stored);
    if (!outcome) {
      decoded = tl::unexpected(store_error{store_errc::damaged, "decision " + std::to_string(position) + ": " +
                                                                    outcome.error() + "; run `oncepay log verify`"});
      return false;
    }
    if (mutated(mutation::fold_twice) && position == checkpoint->position + 1 && position > 1)
      rules.fold({position, *outcome});
    reached = {position, agrees ? head.chain : chain_step(reached.chain, position, stored)};
    rules.fold({position, *outcome});
    breathe();
    return true;
  });
  if (read && agrees && reached.position != head.position)
    decoded =
        tl::unexpected(store_error{store_errc::damaged, "the log ends at decision " + std::to_string(reached.position) +
                                                            " and not at " + std::to_string(head.position)});
  const stream_numbers numbers = [&log](const stream_name& stream) {
    return number_of(log, stream);
  };
  if (!read || !decoded) {
    // What was gathered up to here comes again with the next call, and must not count twice.
    (void)rules.changes(view, numbers);
    return tl::unexpected(read ? decoded.error() : read.error());
  }
  if (reached.position != checkpoint->position) {
    auto changes = rules.changes(view, numbers);
    if (!changes)
      return tl::unexpected(changes.error());
    if (auto written = view.write(*changes, reached); !written)
      return tl::unexpected(written.error());
  }
  progress.position = reached.position;
  progress.at_head = reached.position == head.position;
  if (progress.at_head && !fits(reached, head)) {
    // It was folded from another history that only now shows: the next call begins anew.
    if (auto cleared = view.clear(); !cleared)
      return tl::unexpected(cleared.error());
    return fold_progress{0, false, true};
  }
  return progress;
}

} // namespace oncepay
