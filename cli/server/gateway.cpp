#include "cli/server/gateway.hpp"

#include "cli/server/open_acceptor.hpp"
#include "cli/server/process_facts.hpp"
#include "cli/server/pulse.hpp"
#include "cli/server/tcp_connection.hpp"
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <list>
#include <map>
#include <utility>
#include <vector>

namespace oncepay::cli {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds pool_asked_every{1'000};

uint64_t clients_among(uint64_t files) {
  const uint64_t most = limits::connections_max;
  return files == 0 ? most : std::min(most, files / 2); // 0: nobody knows
}

} // namespace

struct gateway::implementation {
  implementation(caf::actor_system& actor_system, asio::io_context& of_pool, context_ptr c, system_ptr s)
      : system(actor_system), sockets(of_pool), ctx(std::move(c)), sys(std::move(s)) {}

  struct served {
    std::shared_ptr<tcp_connection> socket;
    session_actor session;
  };

  caf::actor_system& system;
  asio::io_context& sockets;
  context_ptr ctx;
  system_ptr sys;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::signal_set signals{io};
  asio::steady_timer retry{io};
  asio::steady_timer drain{io};
  std::list<std::unique_ptr<asio::steady_timer>> tickers;
  pulse pool{pool_asked_every};
  std::map<uint64_t, served> connections;
  std::shared_ptr<unsent_replies> unsent = std::make_shared<unsent_replies>();
  std::vector<uint64_t> idle_ones; ///< Where all places are taken: who may have to make room, the longest idle last.
  uint64_t next_connection = 1;
  /// Half of the files: channels, notices and tellings need theirs while clients crowd in, or payments fail for want of
  /// a socket.
  const uint64_t clients_max = clients_among(process_facts_now().open_files_max);
  bool stopping = false;
  std::chrono::steady_clock::time_point say_starved_from{}; ///< Once a minute: it lasts, and comes and goes.
  std::chrono::steady_clock::time_point drain_until;

  void accept() {
    acceptor.async_accept(asio::make_strand(sockets), [this](error_code failed, auto socket) {
      if (stopping)
        return;
      if (failed) {
        // Out of descriptors or the like: those who are connected go on; look again shortly.
        say_starved("a connection can't be accepted: " + failed.message());
        retry.expires_after(std::chrono::milliseconds(100));
        retry.async_wait([this](error_code cancelled) {
          if (!cancelled && !stopping)
            accept();
        });
        return;
      }
      serve(std::move(socket));
      accept();
    });
  }

  void say_starved(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    if (now < say_starved_from)
      return;
    say_starved_from = now + std::chrono::minutes(1);
    ctx->say(severity::warning, topic::starved,
             what + "; those who are connected are served on. Raise the limit of open files (ulimit -n) above twice "
                    "the connections you expect");
  }

  void serve(tcp::socket socket) {
    if (connections.size() >= clients_max && !make_room()) {
      if (clients_max < limits::connections_max)
        say_starved("no more connections are taken: " + std::to_string(clients_max) +
                    " are open, half of the files that this process may have");
      return turn_away(std::move(socket));
    }
    ctx->meters->connections.accepted.add();
    const uint64_t number = next_connection++;
    auto connected = std::make_shared<tcp_connection>(
        std::move(socket), unsent, [this, number] { asio::post(io, [this, number] { forget(number); }); });
    auto session = spawn_session(system, ctx, sys, connected);
    connections.emplace(number, served{connected, session});
    ctx->meters->connections.open.set(connections.size());
    connected->start([session](std::vector<std::byte> bytes) { caf::anon_send(session, bytes_in{std::move(bytes)}); });
  }

  static constexpr std::chrono::milliseconds idle_min{limits::idle_client_ms_min};

  /// True where one that nobody uses is closed for a new one.
  bool make_room() {
    const auto now = std::chrono::steady_clock::now();
    while (!idle_ones.empty()) {
      auto it = connections.find(idle_ones.back());
      idle_ones.pop_back();
      if (it == connections.end() || it->second.socket->idle_for(now) < idle_min)
        continue;
      it->second.socket->cut();
      forget(it->first);
      return true;
    }
    return false;
  }

  void list_idle_ones(std::chrono::steady_clock::time_point now) {
    idle_ones.clear();
    if (connections.size() < clients_max)
      return;
    std::multimap<std::chrono::steady_clock::duration, uint64_t> by_time;
    for (auto& [number, c] : connections)
      by_time.emplace(c.socket->idle_for(now), number);
    for (auto it = by_time.lower_bound(idle_min); it != by_time.end(); ++it)
      idle_ones.push_back(it->second);
  }

  void turn_away(tcp::socket socket) {
    ctx->meters->refusals.count(busy_reason::connections);
    reply full;
    full.code = errc::busy;
    full.text = "too many connections";
    // Here and now: the pool may hang, and those who wait to be closed would take the files that channels need.
    const auto frame = encode_frame(full);
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(frame), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void forget(uint64_t number) {
    auto it = connections.find(number);
    if (it == connections.end())
      return;
    caf::anon_send(it->second.session, connection_closed{});
    connections.erase(it);
    ctx->meters->connections.open.set(connections.size());
  }

  void watch_drain() {
    const auto now = std::chrono::steady_clock::now();
    if (ctx->admitted->in_use() == 0 || now >= drain_until) {
      // Through the sessions: a ticket comes back when its reply is on its way to one, not when it is written.
      for (auto& [number, c] : connections)
        caf::anon_send(c.session, close_connection{});
      drain_until = now + std::chrono::milliseconds(limits::last_write_ms_max);
      return watch_closing();
    }
    drain.expires_after(std::chrono::milliseconds(5));
    drain.async_wait([this](error_code) { watch_drain(); });
  }

  void watch_closing() {
    if (connections.empty() || std::chrono::steady_clock::now() >= drain_until)
      return io.stop();
    drain.expires_after(std::chrono::milliseconds(5));
    drain.async_wait([this](error_code) { watch_closing(); });
  }

  void cut_stalled() {
    const auto now = std::chrono::steady_clock::now();
    for (auto& [number, c] : connections)
      c.socket->cut_if_stalled(now);
    list_idle_ones(now);
  }

  void ask_pool() {
    if (auto question = pool.ask(std::chrono::steady_clock::now()))
      asio::post(sockets, [answer = std::move(question)] { answer(std::chrono::steady_clock::now()); });
  }

  void tick(asio::steady_timer& timer, int64_t period_ms, const std::function<void()>& work) {
    timer.expires_after(std::chrono::milliseconds(period_ms));
    timer.async_wait([this, &timer, period_ms, work](error_code cancelled) {
      if (cancelled)
        return;
      work();
      tick(timer, period_ms, work);
    });
  }
};

gateway::gateway(caf::actor_system& system, asio::io_context& sockets, context_ptr ctx, system_ptr sys)
    : impl_(std::make_unique<implementation>(system, sockets, std::move(ctx), std::move(sys))) {}

gateway::~gateway() = default;

tl::expected<uint16_t, std::string> gateway::listen(const std::string& host_port) {
  auto port = open_acceptor(impl_->acceptor, host_port);
  impl_->ctx->meters->connections.most.set(impl_->clients_max);
  if (port)
    impl_->accept();
  return port;
}

void gateway::on_stop_signal(std::function<void()> then) {
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
  impl_->signals.async_wait([this, then = std::move(then)](error_code cancelled, int) {
    if (cancelled)
      return;
    then();
    // Whoever signals twice means it. What was acknowledged is durable.
    impl_->signals.async_wait([](error_code again_cancelled, int signal) {
      if (!again_cancelled)
        std::_Exit(128 + signal);
    });
  });
}

void gateway::every(int64_t period_ms, std::function<void()> work) {
  auto& timer = *impl_->tickers.emplace_back(std::make_unique<asio::steady_timer>(impl_->io));
  impl_->tick(timer, period_ms, work);
}

void gateway::run() {
  every(1'000, [this] { impl_->cut_stalled(); });
  every(pool_asked_every.count(), [this] { impl_->ask_pool(); });
  every(limits::in_hand_wait_ms, [this] {
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    impl_->ctx->admitted->keep_pace(now.count());
  });
  impl_->io.run();
  // What was stopped in the middle, an accept among it, is through with its socket.
  impl_->io.restart();
  impl_->io.poll();
  for (auto& [number, c] : impl_->connections) {
    c.socket->cut();
    caf::anon_send(c.session, connection_closed{});
  }
  impl_->connections.clear();
  // Sessions end in their own time and still hold their sockets; this object outlives the actor system, and so must
  // hold no actor.
  impl_->sys.reset();
}

void gateway::stop(int64_t drain_ms) {
  if (std::exchange(impl_->stopping, true))
    return;
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->retry.cancel();
  impl_->ctx->stopping->store(true);
  impl_->drain_until = std::chrono::steady_clock::now() + std::chrono::milliseconds(drain_ms);
  impl_->watch_drain();
}

int64_t gateway::pool_silent_ms() const {
  return impl_->pool.silent_ms(std::chrono::steady_clock::now());
}

const histogram<commit_bounds_us>& gateway::pool_waited_us() const {
  return impl_->pool.waited_us();
}

bool gateway::is_listening() const {
  return impl_->acceptor.is_open();
}

bool gateway::is_stopping() const {
  return impl_->stopping;
}

asio::io_context& gateway::io() {
  return impl_->io;
}

void gateway::post(std::function<void()> work) {
  asio::post(impl_->io, [this, work = std::move(work)] {
    if (!impl_->stopping)
      work();
  });
}

} // namespace oncepay::cli
