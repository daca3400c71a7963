#include "actors/bank_book.hpp"

#include "schema/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace oncepay {

tl::expected<bank_book, std::string> bank_book::open(const std::string& file) {
  bank_book book;
  book.file_ = file;
  if (file.empty())
    return book;
  std::ifstream before(file);
  for (std::string line; std::getline(before, line);) {
    std::istringstream fields(line);
    int64_t at_ns = 0;
    std::string attempt;
    std::string amount;
    std::string currency;
    std::string code;
    int moved = 0;
    if (fields >> at_ns >> attempt >> amount >> currency >> code >> moved)
      book.remember(std::move(attempt), {{at_ns}, moved != 0});
  }
  book.fd_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (book.fd_ < 0)
    return tl::unexpected("the bank's book " + file + " can't be opened: " + std::strerror(errno));
  return book;
}

bank_book::bank_book(bank_book&& other) noexcept {
  *this = std::move(other);
}

bank_book& bank_book::operator=(bank_book&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(file_, other.file_);
  std::swap(unwritten_, other.unwritten_);
  std::swap(seen_, other.seen_);
  std::swap(order_, other.order_);
  std::swap(remembers_since_, other.remembers_since_);
  return *this;
}

bank_book::~bank_book() {
  if (fd_ >= 0)
    ::close(fd_);
}

std::optional<bank_memory> bank_book::find(const attempt_id& id) const {
  auto it = seen_.find(id.str());
  return it == seen_.end() ? std::nullopt : std::optional(it->second);
}

void bank_book::begins(instant at) {
  if (fd_ < 0 && !remembers_since_)
    remembers_since_ = at;
}

/// True where it is new. A repeat moves nothing, so the first is what counts.
bool bank_book::remember(std::string attempt, bank_memory what) {
  if (!seen_.try_emplace(attempt, what).second)
    return false;
  order_.push_back(std::move(attempt));
  if (order_.size() > limits::bank_memory_attempts) {
    auto oldest = seen_.find(order_.front());
    remembers_since_ = std::max(remembers_since_, oldest->second.received_at);
    seen_.erase(oldest);
    order_.pop_front();
  }
  return true;
}

void bank_book::note(instant at, const submit_effect& what, const bank_fate& fate) {
  begins(at);
  const bool repeat = !remember(what.attempt.str(), {at, fate.money_moved});
  if (fd_ >= 0)
    unwritten_ += fmt::format("{} {} {} {} {} {} {}\n", at.ns, what.attempt.str(), what.amount.minor,
                              alpha_code(what.amount.currency), fate.code.empty() ? "-" : fate.code,
                              fate.money_moved && !repeat ? 1 : 0, repeat ? 1 : 0);
}

tl::expected<void, std::string> bank_book::flush() {
  size_t done = 0;
  while (done < unwritten_.size()) {
    ssize_t n = ::write(fd_, unwritten_.data() + done, unwritten_.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return tl::unexpected("the bank's book " + file_ + " can't be written: " + std::strerror(errno));
    done += static_cast<size_t>(n);
  }
  unwritten_.clear();
  return {};
}

} // namespace oncepay
