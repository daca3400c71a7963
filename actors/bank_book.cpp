#include "actors/bank_book.hpp"

#include "schema/limits.hpp"

#include <fmt/format.h>

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
    std::string time;
    std::string attempt;
    if (fields >> time >> attempt)
      book.remember(std::move(attempt));
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
  return *this;
}

bank_book::~bank_book() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool bank_book::knows(const attempt_id& id) const {
  return seen_.contains(id.str());
}

void bank_book::remember(std::string attempt) {
  if (++seen_[attempt] > 1)
    return;
  order_.push_back(std::move(attempt));
  if (order_.size() > limits::bank_memory_attempts) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
}

void bank_book::note(instant at, const submit_effect& what, const bank_fate& fate) {
  const bool repeat = knows(what.attempt);
  if (fd_ >= 0)
    unwritten_ += fmt::format("{} {} {} {} {} {} {}\n", at.ns, what.attempt.str(), what.amount.minor,
                              alpha_code(what.amount.currency), fate.code.empty() ? "-" : fate.code,
                              fate.money_moved && !repeat ? 1 : 0, repeat ? 1 : 0);
  remember(what.attempt.str());
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
