#include "cli/bank/notifier.hpp"

#include "cli/bank/voices.hpp"
#include "cli/server/http_link.hpp"
#include "cli/server/system_clock.hpp"
#include "schema/hash.hpp"
#include "schema/http_url.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>

namespace oncepay::cli {

namespace {

constexpr size_t connections_per_url_max = 64;
constexpr int64_t reply_within_ms = 5'000;
constexpr int duplicates = 5;

/// One thing to tell: the truth, but for what is wrong with it.
struct telling {
  notice_fault lie = notice_fault::none;
  int copies = 1;
  bool once = false; ///< Not told again, acknowledged or not.
};

std::deque<telling> tellings_of(notice_fault f) {
  switch (f) {
  case notice_fault::none:
    return {{}};
  case notice_fault::lost:
    return {};
  case notice_fault::duplicate:
    return {{notice_fault::none, duplicates}};
  case notice_fault::contradict:
    return {{}, {notice_fault::contradict}};
  case notice_fault::wrong_signature:
    return {{notice_fault::wrong_signature, 1, true}, {}};
  case notice_fault::other_amount:
    return {{notice_fault::other_amount}, {}};
  case notice_fault::stray:
    return {{notice_fault::stray}, {}};
  }
  return {};
}

bank_notice words_for(const telling& what, const owed_notice& owed, const trade& t, instant now) {
  bank_notice n{owed.id, t.amount_minor, t.state == trade_state::paid, owed.give_back, now, false};
  switch (what.lie) {
  case notice_fault::contradict:
    n.is_paid = !n.is_paid;
    break;
  case notice_fault::wrong_signature:
    n.wrong_signature = true;
    break;
  case notice_fault::other_amount:
    ++n.amount_minor;
    break;
  case notice_fault::stray:
    n.id = base32(hash_parts_128({"stray", owed.id}));
    break;
  case notice_fault::none:
  case notice_fault::lost:
  case notice_fault::duplicate:
    break;
  }
  return n;
}

} // namespace

bool can_tell_of(const bank_request& r) {
  const auto url = http_url::parse(r.notices_url);
  const auto is_plain = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  };
  return url && !url->tls && is_plain(r.notices_url) && is_plain(r.give_back);
}

struct notifier::implementation : std::enable_shared_from_this<implementation> {
  /// All there is to tell of one payment.
  struct job {
    job(boost::asio::io_context& io, owed_notice o) : owed(std::move(o)), timer(io) {}
    owed_notice owed;
    trade about;
    std::deque<telling> left;
    boost::asio::steady_timer timer;
    uint32_t times = 0; ///< Of the first that is left.
    int unanswered = 0; ///< Copies of it.
    bool acknowledged = false;
  };
  using job_ptr = std::shared_ptr<job>;

  implementation(boost::asio::io_context& i, const bank_config& c, teller& t, std::function<void(std::string)> b)
      : io(i), config(c), money(t), broken(std::move(b)) {}

  boost::asio::io_context& io;
  const bank_config& config;
  teller& money;
  const std::function<void(std::string)> broken;
  system_clock clock;
  outbound ways_out;
  std::map<std::string, channel_link_ptr> links; ///< By URL.

  void look() {
    for (owed_notice& owed : money.new_notices()) {
      const int64_t waits_ms = std::max<int64_t>(0, (owed.due.ns - clock.now().ns) / ns_per_ms + 1);
      later(std::make_shared<job>(io, std::move(owed)), waits_ms + config.notice_after_ms, &implementation::begin);
    }
  }

  void later(const job_ptr& j, int64_t ms, void (implementation::*then)(const job_ptr&)) {
    j->timer.expires_after(std::chrono::milliseconds(ms));
    j->timer.async_wait([self = shared_from_this(), j, then](boost::system::error_code cancelled) {
      if (!cancelled)
        (self.get()->*then)(j);
    });
  }

  void begin(const job_ptr& j) {
    auto now_so = money.trade_now(clock.now(), j->owed);
    if (!now_so)
      return broken(now_so.error());
    j->about = std::move(*now_so);
    // What was closed or called back meanwhile has been told by that.
    if (j->about.state == trade_state::paid || j->about.state == trade_state::declined)
      j->left = tellings_of(money.fault_of(j->owed, j->about));
    tell_next(j);
  }

  void tell_next(const job_ptr& j) {
    if (j->left.empty())
      return finish(j);
    const auto who = std::find_if(config.accounts.begin(), config.accounts.end(),
                                  [&](const bank_account& a) { return a.account == j->owed.account; });
    if (who == config.accounts.end())
      return; // an account that isn't served any more; its notices wait for one that is
    const bool in_xml = who->dialect == "wechat-v2";
    const auto n = words_for(j->left.front(), j->owed, j->about, clock.now());
    const std::string body = in_xml ? notice_in_wechat(*who, n) : notice_in_alipay(*who, n);
    const auto acknowledges = in_xml ? acknowledges_in_wechat : acknowledges_in_alipay;
    const auto format = in_xml ? body_format::xml : body_format::form;
    ++j->times;
    j->acknowledged = false;
    j->unanswered = j->left.front().copies;
    const auto link = link_to(j->owed.url);
    const std::string path = http_url::parse(j->owed.url)->prefix.empty() ? "/" : ""; // else it is the link's prefix
    for (int copy = 0; copy < j->left.front().copies; ++copy)
      link->carry({{path, std::string(content_type(format)), body}, reply_within_ms, reply_within_ms},
                  [self = shared_from_this(), j, acknowledges](const link_answer& a) {
                    const bool yes = a.fate == link_fate::replied && a.status == 200 && acknowledges(a.body);
                    boost::asio::post(self->io, [self, j, yes] { self->answered(j, yes); });
                  });
  }

  channel_link_ptr link_to(const std::string& url) {
    auto& link = links[url];
    if (!link)
      link = *ways_out.open({*http_url::parse(url), {}, connections_per_url_max});
    return link;
  }

  void answered(const job_ptr& j, bool acknowledged) {
    j->acknowledged = j->acknowledged || acknowledged;
    if (--j->unanswered > 0)
      return;
    const bool over = j->acknowledged || j->left.front().once;
    if (!over && j->times < config.notice_times_max)
      return later(j, int64_t{config.notice_again_ms} << (j->times - 1), &implementation::tell_next);
    j->left.pop_front();
    j->times = 0;
    if (j->left.empty())
      return finish(j);
    later(j, config.notice_after_ms, &implementation::tell_next);
  }

  void finish(const job_ptr& j) {
    if (auto written = money.notice_done(clock.now(), j->owed, j->acknowledged); !written)
      broken(written.error());
  }
};

notifier::notifier(boost::asio::io_context& io, const bank_config& config, teller& money,
                   std::function<void(std::string)> broken)
    : impl_(std::make_shared<implementation>(io, config, money, std::move(broken))) {}

notifier::~notifier() {
  impl_->ways_out.stop();
}

void notifier::look() {
  impl_->look();
}

} // namespace oncepay::cli
