// Walking over a log from its first byte to its last, in short reads, also while it is written.
#include "schema/assert.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/lmdb_log_state.hpp"
#include "store/store_fault.hpp"

#include <unordered_map>

namespace oncepay {

namespace {

class log_verifier {
public:
  log_verifier(const lmdb_event_log::state& log, const log_head& to, size_t followed_streams_max)
      : log_(log), to_(to), followed_streams_max_(followed_streams_max) {}

  store_result<verification> run(const log_progress& progress) {
    record_page page;
    while (head_.position < to_.position && result_.is_sound()) {
      page.clear();
      // What was read before a gap is on the page.
      auto read = log_.records->read_range(head_.position + 1, to_.position, page);
      if (!read && read.error().code != store_errc::damaged)
        return error_of(read);
      if (auto checked = check_page(page); !checked)
        return error_of(checked);
      if (result_.is_sound() && !read)
        damaged(head_.position + 1, read.error().text);
      if (progress && !progress(head_.position, to_.position))
        return store_fault(store_errc::io, "given up after decision " + std::to_string(head_.position));
    }
    if (result_.is_sound() && head_.chain != to_.chain)
      damaged(commit_begin_, "the log doesn't end with its newest chain head");
    if (result_.is_sound())
      if (auto checked = check_index_size(); !checked)
        return error_of(checked);
    if (const uint64_t pages = log_.records->passed_over_pages(); result_.is_sound() && pages > 0)
      damaged(to_.position + 1, std::to_string(pages) + " pages of the write-ahead file can't be read: the newest "
                                                        "decisions may be missing");
    result_.decisions = result_.is_sound() ? head_.position : result_.damaged_position - 1;
    return result_;
  }

private:
  void damaged(uint64_t position, std::string text) {
    result_.damaged_position = position;
    result_.damage = std::move(text);
  }

  store_result<void> check_page(const record_page& page) {
    if (page.size() == 0)
      return {};
    auto heads = log_.records->heads_within(page.position(0), page.position(page.size() - 1));
    if (!heads)
      return error_of(heads);
    auto at = log_.snapshot();
    if (!at)
      return error_of(at);
    auto expected = heads->begin();
    for (size_t i = 0; i < page.size(); ++i) {
      const uint64_t position = page.position(i);
      auto header = header_at(position, page.stored(i));
      if (!header) {
        damaged(position, header.error().text);
        return {};
      }
      head_.chain = chain_step(head_.chain, position, page.stored(i));
      head_.position = position;
      if (expected != heads->end() && expected->position == position) {
        if (expected->chain != head_.chain || expected->at != header->at) {
          damaged(commit_begin_, "the commit of decisions " + std::to_string(commit_begin_) + " to " +
                                     std::to_string(position) + " doesn't follow the hash chain");
          return {};
        }
        commit_begin_ = position + 1;
        ++expected;
      }
      if (auto checked = check_version(position, *header, *at); !checked)
        return checked;
      if (!result_.is_sound())
        return {};
    }
    return {};
  }

  store_result<void> check_version(uint64_t position, const decision_header& header,
                                   const std::optional<index_snapshot>& at) {
    auto followed = versions_.find(header.stream);
    if (at && position <= at->checkpoint().position) {
      // The index moves on beside this: what was beyond it a page ago needn't be now.
      if (followed != versions_.end())
        followed->second = header.version;
      return check_indexed(position, header, *at);
    }
    if (followed != versions_.end()) {
      if (header.version != followed->second + 1)
        gap(position, header, followed->second);
      followed->second = header.version;
      return {};
    }
    auto before = at ? folded_version(*at, header.stream) : store_result<uint32_t>(0U);
    if (!before)
      return error_of(before);
    const bool follows = versions_.size() < followed_streams_max_;
    // Of a stream that isn't followed there may be versions that the index doesn't have yet.
    if (follows ? header.version != *before + 1 : header.version <= *before)
      gap(position, header, *before);
    if (follows)
      versions_.emplace(header.stream, header.version);
    return {};
  }

  store_result<uint32_t> folded_version(const index_snapshot& at, const stream_name& stream) const {
    auto number = log_.number_of(at, stream, log_.hash_of_name(stream.bytes()));
    if (!number)
      return error_of(number);
    return *number == 0 ? store_result<uint32_t>(0U) : at.version_of(*number);
  }

  /// The index leads from the stream's name and version to this decision, and to an earlier one before it.
  store_result<void> check_indexed(uint64_t position, const decision_header& header, const index_snapshot& at) {
    auto numbers = at.numbers_of(log_.hash_of_name(header.stream.bytes()));
    if (!numbers)
      return error_of(numbers);
    if (header.version == 1 && numbers->size() > 1)
      if (auto checked = check_opened_once(position, header.stream, *numbers); !checked || !result_.is_sound())
        return checked;
    for (uint64_t number : *numbers) {
      const uint32_t first = header.version == 1 ? 1 : header.version - 1;
      auto positions = at.positions_of(number, first, header.version - first + 1);
      if (!positions && positions.error().code != store_errc::damaged)
        return error_of(positions);
      if (!positions || positions->size() != header.version - first + 1 || positions->back() != position)
        continue;
      if (header.version == 1 ? number == position : positions->front() < position)
        return {};
    }
    damaged(position, "the index doesn't lead to decision " + std::to_string(position) + ", version " +
                          std::to_string(header.version) + " of " + header.stream.display() +
                          "; remove the index, it is made again");
    return {};
  }

  /// Names that share a hash are others, or the stream was opened twice: the worst that an index that lied can do.
  store_result<void> check_opened_once(uint64_t position, const stream_name& stream, std::vector<uint64_t> numbers) {
    std::erase_if(numbers, [&](uint64_t number) { return number >= position; });
    auto earlier = log_.number_among(numbers, stream);
    if (!earlier)
      return error_of(earlier);
    if (*earlier != 0)
      damaged(position, "decision " + std::to_string(position) + " opens " + stream.display() + ", which decision " +
                            std::to_string(*earlier) + " had opened");
    return {};
  }

  void gap(uint64_t position, const decision_header& header, uint32_t before) {
    damaged(position, "decision " + std::to_string(position) + " is version " + std::to_string(header.version) +
                          " of " + header.stream.display() + ", after version " + std::to_string(before));
  }

  store_result<void> check_index_size() {
    auto at = log_.snapshot();
    if (!at)
      return error_of(at);
    if (!*at)
      return {};
    auto counts = (*at)->counts();
    if (!counts)
      return error_of(counts);
    const uint64_t folded = (*at)->checkpoint().position;
    if (counts->second != folded)
      damaged(folded, "the index holds " + std::to_string(counts->second) + " decisions up to decision " +
                          std::to_string(folded) + "; remove the index, it is made again");
    return {};
  }

  const lmdb_event_log::state& log_;
  const log_head to_;
  const size_t followed_streams_max_;
  log_head head_;
  uint64_t commit_begin_ = 1;
  std::unordered_map<stream_name, uint32_t> versions_; ///< Of streams with decisions that aren't folded.
  verification result_;
};

} // namespace

store_result<verification> lmdb_event_log::verify(const log_progress& progress, size_t followed_streams_max) const {
  return log_verifier(*state_, head(), followed_streams_max).run(progress);
}

} // namespace oncepay
