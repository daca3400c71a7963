#include "cli/bank/teller.hpp"

#include "schema/hash.hpp"
#include "schema/limits.hpp"
#include "schema/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace oncepay::cli {

namespace {

constexpr currency yuan{156};

bool is_question(channel_question q) {
  return q == channel_question::enquire || q == channel_question::enquire_refund;
}

/// The fault that this hash falls upon, by their shares.
template <class Fault>
Fault draw(const hash128& drawn, const std::map<Fault, uint32_t>& shares_ppm) {
  uint64_t at = 0;
  for (size_t i = 0; i < 8; ++i)
    at = at << 8 | static_cast<uint64_t>(drawn[i]);
  at %= limits::rate_ppm_max;
  for (const auto& [fault, share_ppm] : shares_ppm) {
    if (at < share_ppm)
      return fault;
    at -= share_ppm;
  }
  return Fault::none;
}

/// "2026-11-20 21:40:43" in Beijing.
std::string beijing(instant at) {
  auto text = to_string(plus_ms(at, int64_t{8} * 3'600'000)).substr(0, 19);
  text[10] = ' ';
  return text;
}

} // namespace

std::string_view name(trade_state s) {
  switch (s) {
  case trade_state::paid:
    return "paid";
  case trade_state::confirming:
    return "confirming";
  case trade_state::declined:
    return "declined";
  case trade_state::closed:
    return "closed";
  case trade_state::reversed:
    return "reversed";
  }
  return {};
}

int64_t trade::refunded_minor() const {
  int64_t sum = 0;
  for (const auto& [id, minor] : refunds)
    sum += minor; // each was checked against the amount, which bounds the sum
  return sum;
}

bank_fault teller::choose_fault(const bank_request& r) {
  if (asked_.size() >= limits::bank_memory_attempts)
    asked_.clear(); // a repeat then meets the first one's fault again
  const uint64_t times = asked_[r.id + std::string(name(r.what))]++;
  if (!is_question(r.what))
    if (const auto script = config_.scripts.find(r.amount_minor); script != config_.scripts.end())
      return script->second;
  return draw(hash_parts_128({std::to_string(config_.seed), r.id, name(r.what), std::to_string(times)}),
              is_question(r.what) ? config_.enquiry_faults_ppm : config_.payment_faults_ppm);
}

notice_fault teller::fault_of(const owed_notice& n, const trade& t) const {
  if (const auto script = config_.notice_scripts.find(t.amount_minor); script != config_.notice_scripts.end())
    return script->second;
  return draw(hash_parts_128({std::to_string(config_.seed), n.id, "notice"}), config_.notice_faults_ppm);
}

/// A payer who typed long enough has paid.
void teller::settle(instant now, const bank_request& r, trade& t) {
  if (t.state != trade_state::confirming || now < t.decided_at)
    return;
  t.state = trade_state::paid;
  note(now, {r.account, r.payment_id}, t);
}

bank_word teller::pay(instant now, const bank_request& r, bank_fault fault) {
  if (trades_.size() >= limits::bank_memory_attempts)
    return {bank_result::system_error, r.id, {}, {}, 0, fault};
  trade t{now, r.amount_minor, trade_state::paid, {}, {}, {}, {}};
  if (fault == bank_fault::decline) {
    t.state = trade_state::declined;
    t.code = "NOTENOUGH";
  } else if (fault == bank_fault::payer_confirms) {
    t.state = trade_state::confirming;
    t.decided_at = plus_ms(now, config_.payer_confirms_ms);
  }
  note(now, {r.account, r.id}, t);
  trades_.emplace(trade_key{r.account, r.id}, t);
  if (!r.notices_url.empty()) {
    const owed_notice owed{r.account, r.id, r.notices_url, r.give_back, std::max(now, t.decided_at)};
    note_owed(now, owed);
    owed_.emplace(trade_key{r.account, r.id}, owed);
  }
  return {t.state == trade_state::declined ? bank_result::refused : bank_result::done, r.id, t, {}, 0, fault};
}

bank_word teller::refund(instant now, const bank_request& r, trade& t) {
  bank_word word{bank_result::done, r.payment_id, t, r.id, r.amount_minor, bank_fault::none};
  if (const auto before = t.refunds.find(r.id); before != t.refunds.end())
    word.result = before->second == r.amount_minor ? bank_result::repeated : bank_result::refused;
  else if (t.state != trade_state::paid || r.amount_minor <= 0 || r.amount_minor > t.amount_minor - t.refunded_minor())
    word.result = bank_result::refused;
  else {
    t.refunds.emplace(r.id, r.amount_minor);
    t.refunded_at.emplace(r.id, now);
    note_refund(now, {r.account, r.payment_id}, r.id, r.amount_minor);
  }
  word.told = t;
  return word;
}

bank_word teller::answer_about(instant now, const bank_request& r, trade& t) {
  const auto say = [&](bank_result result) {
    return bank_word{result, r.payment_id, t, {}, 0, bank_fault::none};
  };
  const auto change_to = [&](trade_state s) {
    t.state = s;
    note(now, {r.account, r.payment_id}, t);
    return say(bank_result::done);
  };
  switch (r.what) {
  case channel_question::pay:
    return say(t.state == trade_state::declined ? bank_result::refused : bank_result::repeated);
  case channel_question::enquire:
    return say(now < plus_ms(t.at, config_.not_found_ms) ? bank_result::not_found : bank_result::done);
  case channel_question::refund:
    return refund(now, r, t);
  case channel_question::enquire_refund: {
    auto word = say(bank_result::not_found);
    if (const auto found = t.refunds.find(r.id); found != t.refunds.end()) {
      word.result = bank_result::done;
      word.refund_id = r.id;
      word.refund_minor = found->second;
    }
    return word;
  }
  case channel_question::reverse:
    if (t.state == trade_state::reversed)
      return say(bank_result::repeated);
    return t.refunds.empty() && t.state != trade_state::closed ? change_to(trade_state::reversed)
                                                               : say(bank_result::refused);
  case channel_question::close:
    if (t.state == trade_state::closed || t.state == trade_state::reversed)
      return say(bank_result::repeated);
    return t.state == trade_state::paid ? say(bank_result::refused) : change_to(trade_state::closed);
  }
  return say(bank_result::system_error);
}

/// WeChat is asked about a refund by the refund's number alone.
std::string teller::payment_of(const bank_request& r) const {
  if (!r.payment_id.empty())
    return r.payment_id;
  const auto found = std::find_if(trades_.begin(), trades_.end(), [&](const auto& known) {
    return known.first.first == r.account && known.second.refunds.contains(r.id);
  });
  return found == trades_.end() ? std::string() : found->first.second;
}

tl::expected<bank_word, std::string> teller::ask(instant now, const bank_request& asked) {
  bank_request r = asked;
  r.payment_id = payment_of(asked);
  if (r.what == channel_question::pay || r.what == channel_question::refund)
    unwritten_ += fmt::format("A {} {} {} {} {}\n", now.ns, r.account, r.id, name(r.what), r.amount_minor);
  const bank_fault fault = choose_fault(r);
  const auto found = trades_.find({r.account, r.payment_id});
  bank_word word{bank_result::not_found, r.payment_id, {}, {}, 0, fault};
  if (fault == bank_fault::drop_before) {
    word.result = bank_result::system_error;
  } else if (fault == bank_fault::refuse && found == trades_.end() && r.what == channel_question::pay) {
    word.result = bank_result::refused;
  } else if (fault == bank_fault::system_error && found == trades_.end()) {
    word.result = bank_result::system_error;
  } else if (fault == bank_fault::recall && r.what == channel_question::reverse) {
    word.result = bank_result::done; // of being told: nothing has changed
  } else if (found != trades_.end()) {
    settle(now, r, found->second);
    word = answer_about(now, r, found->second);
    word.fault = fault;
    if (fault == bank_fault::system_error)
      word.result = bank_result::system_error;
  } else if (r.what == channel_question::pay) {
    word = pay(now, r, fault);
  }
  if (auto written = write_book(); !written)
    return tl::unexpected(written.error());
  return word;
}

// --- what is told of its own accord ---

std::vector<owed_notice> teller::new_notices() {
  std::vector<owed_notice> owed;
  for (auto& [key, notice] : owed_)
    owed.push_back(std::move(notice));
  owed_.clear();
  return owed;
}

tl::expected<trade, std::string> teller::trade_now(instant now, const owed_notice& n) {
  trade& t = trades_.at({n.account, n.id});
  settle(now, {channel_question::enquire, n.account, n.id, n.id, 0}, t);
  if (auto written = write_book(); !written)
    return tl::unexpected(written.error());
  return t;
}

tl::expected<void, std::string> teller::notice_done(instant now, const owed_notice& n, bool acknowledged) {
  unwritten_ += fmt::format("D {} {} {} {}\n", now.ns, n.account, n.id, acknowledged ? "acknowledged" : "given_up");
  return write_book();
}

// --- the book, a line each: "A time account id pay|refund amount" of whatever it was asked to do, done or not; "T time
// account id amount state decided code" of a trade and each change; "R time account payment refund amount" of a refund;
// "N time account id url give_back" of what is to be told of a trade's end, and "D time account id how" once it is

void teller::note(instant at, const trade_key& key, const trade& t) {
  unwritten_ += fmt::format("T {} {} {} {} {} {} {}\n", at.ns, key.first, key.second, t.amount_minor, name(t.state),
                            t.decided_at.ns, t.code.empty() ? "-" : t.code);
}

void teller::note_refund(instant at, const trade_key& key, const std::string& id, int64_t amount_minor) {
  unwritten_ += fmt::format("R {} {} {} {} {}\n", at.ns, key.first, key.second, id, amount_minor);
}

void teller::note_owed(instant at, const owed_notice& n) {
  unwritten_ +=
      fmt::format("N {} {} {} {} {}\n", at.ns, n.account, n.id, n.url, n.give_back.empty() ? "-" : n.give_back);
}

tl::expected<void, std::string> teller::read_book(const std::string& text) {
  std::istringstream lines(text);
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream in(line);
    std::string kind;
    std::string account;
    std::string id;
    int64_t at_ns = 0;
    in >> kind >> at_ns >> account >> id;
    bool is_sound = false;
    if (kind == "A") {
      is_sound = !in.fail();
    } else if (kind == "T") {
      trade t;
      std::string state;
      in >> t.amount_minor >> state >> t.decided_at.ns >> t.code;
      t.at = {at_ns};
      for (const auto s : {trade_state::paid, trade_state::confirming, trade_state::declined, trade_state::closed,
                           trade_state::reversed})
        if (name(s) == state) {
          t.state = s;
          is_sound = !in.fail();
        }
      if (t.code == "-")
        t.code.clear();
      if (const auto [known, is_new] = trades_.emplace(trade_key{account, id}, t); !is_new) {
        known->second.state = t.state;
        known->second.decided_at = t.decided_at;
      }
    } else if (kind == "N") {
      owed_notice n{account, id, {}, {}, {}};
      in >> n.url >> n.give_back;
      is_sound = !in.fail() && trades_.contains({account, id});
      if (n.give_back == "-")
        n.give_back.clear();
      owed_.emplace(trade_key{account, id}, std::move(n));
    } else if (kind == "D") {
      is_sound = !in.fail();
      owed_.erase({account, id});
    } else if (const auto paid = trades_.find({account, id}); kind == "R" && paid != trades_.end()) {
      std::string refund_id;
      int64_t amount_minor = 0;
      in >> refund_id >> amount_minor;
      paid->second.refunds[refund_id] = amount_minor;
      paid->second.refunded_at[refund_id] = {at_ns};
      is_sound = !in.fail();
    }
    if (!is_sound)
      return tl::unexpected(fmt::format("the bank's book {} is damaged in line {}; restore it from a copy, or begin "
                                        "another one",
                                        config_.book, number));
  }
  return {};
}

tl::expected<teller, std::string> teller::open(const bank_config& config) {
  teller t(config);
  t.fd_ = ::open(config.book.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (t.fd_ < 0)
    return tl::unexpected(fmt::format("the bank's book {} can't be opened: {}", config.book, std::strerror(errno)));
  // Two banks on one book would each take payments that the other one has.
  if (::flock(t.fd_, LOCK_EX | LOCK_NB) != 0)
    return tl::unexpected(fmt::format("the bank's book {} is in use by another bank", config.book));
  std::ifstream in(config.book, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  const size_t whole = text.rfind('\n') + 1; // none: 0
  const bool is_cut = whole != text.size();
  text.resize(whole);
  if (auto read = t.read_book(text); !read)
    return tl::unexpected(read.error());
  for (auto& [key, owed] : t.owed_)
    owed.due = t.trades_.at(key).decided_at;
  if (is_cut && ::ftruncate(t.fd_, static_cast<off_t>(whole)) != 0)
    return tl::unexpected(fmt::format("the bank's book {} can't be mended: {}", config.book, std::strerror(errno)));
  return t;
}

tl::expected<void, std::string> teller::write_book() {
  size_t done = 0;
  while (done < unwritten_.size()) {
    const ssize_t n = ::write(fd_, unwritten_.data() + done, unwritten_.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return tl::unexpected(fmt::format("the bank's book {} can't be written: {}", config_.book, std::strerror(errno)));
    done += static_cast<size_t>(n);
  }
  if (done > 0 && ::fdatasync(fd_) != 0)
    return tl::unexpected(fmt::format("the bank's book {} can't be synced: {}", config_.book, std::strerror(errno)));
  unwritten_.clear();
  return {};
}

teller::teller(teller&& other) noexcept
    : config_(std::move(other.config_)), trades_(std::move(other.trades_)), asked_(std::move(other.asked_)),
      owed_(std::move(other.owed_)), unwritten_(std::move(other.unwritten_)), fd_(std::exchange(other.fd_, -1)) {}

teller& teller::operator=(teller&& other) noexcept {
  std::swap(config_, other.config_);
  std::swap(trades_, other.trades_);
  std::swap(asked_, other.asked_);
  std::swap(owed_, other.owed_);
  std::swap(unwritten_, other.unwritten_);
  std::swap(fd_, other.fd_);
  return *this;
}

teller::~teller() {
  if (fd_ >= 0)
    ::close(fd_);
}

std::string teller::statement(std::string_view account, std::string_view day) const {
  std::string csv = "time,kind,payment_id,refund_id,amount,currency\n";
  const auto row = [&](instant at, std::string_view kind, const std::string& id, std::string_view refund,
                       int64_t minor) {
    if (const auto when = beijing(at); when.starts_with(day))
      csv += fmt::format("{},{},{},{},{},CNY\n", when, kind, id, refund, decimal({minor, yuan}));
  };
  for (const auto& [key, t] : trades_) {
    if (key.first != account)
      continue;
    if (t.state == trade_state::paid || t.state == trade_state::reversed)
      row(t.at, t.state == trade_state::paid ? "SUCCESS" : "REVOKED", key.second, "", t.amount_minor);
    for (const auto& [refund_id, minor] : t.refunds)
      row(t.refunded_at.at(refund_id), "REFUND", key.second, refund_id, minor);
  }
  return csv;
}

} // namespace oncepay::cli
