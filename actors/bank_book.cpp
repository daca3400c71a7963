#include "actors/bank_book.hpp"

#include "schema/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace oncepay {

namespace {

constexpr std::string_view closed_code = "CLOSED";
constexpr std::string_view reversed_code = "REVERSED";
constexpr std::string_view pay_out_mark = "pay-out";
constexpr std::string_view bind_mark = "bind";
constexpr std::string_view sign_and_pay_mark = "sign-and-pay";
constexpr std::string_view unbind_mark = "unbind";

/// What stands at the end of a request's line; empty: nothing.
std::string_view mark_of(operation o) {
  switch (o) {
  case operation::pay_out:
    return pay_out_mark;
  case operation::bind_card:
    return bind_mark;
  case operation::sign_and_pay:
    return sign_and_pay_mark;
  case operation::withhold:
    return "withhold";
  case operation::authenticate_card:
    return "authenticate";
  case operation::unbind_card:
    return unbind_mark;
  case operation::pay:
  case operation::refund:
  case operation::close:
  case operation::reverse:
    break;
  }
  return {};
}

/// An attempt's id is longer than any of these.
bool is_payment(std::string_view at_the_end) {
  return attempt_id::parse(at_the_end).has_value();
}

} // namespace

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
    int64_t amount_minor = 0;
    std::string currency;
    std::string code;
    int moved = 0;
    int repeat = 0;
    if (!(fields >> at_ns >> attempt >> amount_minor >> currency >> code >> moved >> repeat))
      continue;
    std::string end;
    std::string ended;
    fields >> end >> ended;
    if (moved != 0 && is_payment(end))
      book.remember_refund(end, -amount_minor);
    if (moved != 0 && end == unbind_mark)
      book.remember_unbound(ended);
    const bool reverses = code == reversed_code && amount_minor <= 0;
    const bool closes = (amount_minor == 0 && code == closed_code) || reverses;
    if (!book.remember(attempt, {{at_ns},
                                 moved != 0 && !reverses,
                                 closes,
                                 std::abs(amount_minor),
                                 0,
                                 end == bind_mark || end == sign_and_pay_mark}) &&
        closes)
      book.seen_.at(attempt).closed = true;
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
  const bool repeat =
      !remember(what.attempt.str(), {at, fate.money_moved, false, what.amount.minor, 0, binds_card(what.operation)});
  const bool out = what.operation == operation::pay_out;
  write(at, what.attempt, out ? -what.amount.minor : what.amount.minor, what.amount.currency, fate.code,
        fate.money_moved, repeat, mark_of(what.operation));
}

void bank_book::note_refund(instant at, const channel_request_effect& what, const bank_fate& fate) {
  begins(at);
  const bool repeat = !remember(what.id.str(), {at, fate.money_moved, false, what.amount.minor, 0});
  const bool unbinds = what.operation == operation::unbind_card;
  if (!repeat && fate.money_moved && unbinds)
    remember_unbound(what.original.str());
  else if (!repeat && fate.money_moved)
    remember_refund(what.original.str(), what.amount.minor);
  write(at, what.id, -what.amount.minor, what.amount.currency, fate.code, fate.money_moved, repeat,
        unbinds ? std::string(unbind_mark) + " " + what.original.str() : what.original.str());
}

void bank_book::note_closed(instant at, const channel_request_effect& what) {
  begins(at);
  const bool repeat = !remember(what.id.str(), {at, false, true, 0, 0});
  if (repeat)
    seen_.at(what.id.str()).closed = true;
  write(at, what.id, 0, what.amount.currency, closed_code, false, repeat, {});
}

void bank_book::note_reversed(instant at, const channel_request_effect& what) {
  begins(at);
  const auto known = find(what.id);
  if (known && known->closed)
    return;
  const bool paid = known && known->money_moved;
  const int64_t back_minor = paid ? what.amount.minor - known->refunded_minor : 0;
  if (!remember(what.id.str(), {at, false, true, 0, 0}))
    seen_.at(what.id.str()).closed = true;
  write(at, what.id, -back_minor, what.amount.currency, reversed_code, back_minor != 0, false, {});
}

void bank_book::remember_refund(const std::string& payment, int64_t amount_minor) {
  if (auto it = seen_.find(payment); it != seen_.end())
    it->second.refunded_minor += amount_minor;
}

void bank_book::remember_unbound(const std::string& binding) {
  if (auto it = seen_.find(binding); it != seen_.end())
    it->second.unbound = true;
}

void bank_book::write(instant at, const attempt_id& id, int64_t amount_minor, currency c, std::string_view code,
                      bool moved, bool repeat, std::string_view about) {
  if (fd_ < 0)
    return;
  fmt::format_to(std::back_inserter(unwritten_), "{} {} {} {} {} {} {}{}{}\n", at.ns, id.str(), amount_minor,
                 alpha_code(c), code.empty() ? "-" : code, moved && !repeat ? 1 : 0, repeat ? 1 : 0,
                 about.empty() ? "" : " ", about);
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
