#include "cli/server/notice_door.hpp"

#include "actors/domain/dialect/notice.hpp"
#include "actors/domain/dialect/order_address.hpp"
#include "cli/server/http_door.hpp"
#include "cli/server/outside_links.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <thread>
#include <utility>

namespace oncepay::cli {

namespace {

using reason = no_notice::reason;

unsigned status_of(reason why) {
  switch (why) {
  case reason::unreadable:
    return 400;
  case reason::unsigned_body:
  case reason::forged:
    return 403;
  case reason::not_ours:
    return 422;
  }
  return 500;
}

/// Scanners find every door; who signs wrongly, or signs what can't be ours, wants a person.
severity weight_of(reason why) {
  return why == reason::forged || why == reason::not_ours ? severity::alarm : severity::warning;
}

http_answer in_plain_words(unsigned status, const std::string& why) {
  return {status, "text/plain; charset=utf-8", why + "\n", 0, false};
}

/// The dialect's own words.
http_answer in_words(const notice_dialect& d, bool taken) {
  const auto type = d.body == body_format::form ? "text/plain; charset=utf-8" : content_type(d.body);
  return {taken ? 200U : 503U, std::string(type), taken ? d.taken : d.again_later, 0, false};
}

/// The order and the attempt that it is about, as far as the address tells; the order itself compares what it says.
/// What leads to no order goes to its channel, which keeps it.
channel_notice as_delivered(std::string_view environment, const channel_id& channel, told_by_channel told, instant now,
                            std::function<void(bool)> answer) {
  const auto order = order_at(told.order);
  attempt_input what{order ? attempt_with_id(environment, *order, told.id) : 0,
                     evidence::notice,
                     told.what,
                     std::move(told.code),
                     std::move(told.channel_ref),
                     {}};
  what.notice = notice_facts{channel, told.id, told.amount, now};
  return {order ? *order : stream_name::of_channel(channel), std::move(what), std::move(answer)};
}

} // namespace

struct notice_door::implementation {
  struct known_channel {
    channel_id id;
    channel_voice voice;
  };

  implementation(const configuration& config, context_ptr c, desk d)
      : environment(config.environment), ctx(std::move(c)), hand_over(std::move(d)) {
    for (const channel_terms& terms : config.channels)
      if (const auto found = config.outside.find(terms.channel);
          found != config.outside.end() && found->second.speaks.notice)
        channels.emplace(notice_path(terms.channel), known_channel{terms.channel, voice_of(found->second, terms)});
  }

  const std::string environment;
  context_ptr ctx;
  desk hand_over;
  std::map<std::string, known_channel, std::less<>> channels; ///< By path.
  boost::asio::io_context io{1};
  http_door door{io,
                 {limits::notice_connections_max, limits::notice_silence_ms_max},
                 [this](const http_question& q, http_door::answerer answer) { receive(q, std::move(answer)); },
                 [this] {
                   count_refused();
                 }};
  boost::asio::steady_timer ending{io};
  std::chrono::steady_clock::time_point end_by;
  std::thread thread;

  void count_refused() const { ctx->meters->notices.count(notice_fate::refused); }

  void refuse(const http_door::answerer& answer, unsigned status, const std::string& why) const {
    count_refused();
    answer(in_plain_words(status, why));
  }

  void receive(const http_question& q, http_door::answerer answer) {
    const auto found = channels.find(q.path);
    if (found == channels.end())
      return refuse(answer, 404, "no channel's notices are taken here");
    if (q.method != "POST")
      return refuse(answer, 405, "notices are POSTs");
    const auto& [id, voice] = found->second;
    auto told = read_notice(voice, q.body);
    if (!told) {
      ctx->say(weight_of(told.error().why), topic::notice,
               "channel " + id.str() + ": a notice was refused: " + told.error().text);
      return refuse(answer, status_of(told.error().why), told.error().text);
    }
    hand_over(as_delivered(
        environment, id, std::move(*told), ctx->clock->now(),
        [answer = std::move(answer), &words = *voice.speaks.notice](bool taken) { answer(in_words(words, taken)); }));
  }

  void watch_end() {
    if (door.owed() == 0 || std::chrono::steady_clock::now() >= end_by)
      return io.stop();
    ending.expires_after(std::chrono::milliseconds(5));
    ending.async_wait([this](boost::system::error_code) { watch_end(); });
  }
};

notice_door::notice_door(const configuration& config, context_ptr ctx, desk d)
    : impl_(std::make_unique<implementation>(config, std::move(ctx), std::move(d))) {}

notice_door::~notice_door() {
  stop();
}

tl::expected<uint16_t, std::string> notice_door::listen(const std::string& host_port) {
  auto port = impl_->door.listen(host_port, "server.notices");
  if (port)
    impl_->thread = std::thread([this] { impl_->io.run(); });
  return port;
}

void notice_door::stop() {
  impl_->end_by = std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::last_write_ms_max);
  boost::asio::post(impl_->io, [impl = impl_.get()] {
    impl->door.close();
    impl->watch_end();
  });
  if (impl_->thread.joinable())
    impl_->thread.join();
  impl_->hand_over = nullptr;
}

} // namespace oncepay::cli
