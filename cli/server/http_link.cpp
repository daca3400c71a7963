#include "cli/server/http_link.hpp"

#include "cli/server/http_connection.hpp"
#include "schema/limits.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace oncepay::cli {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// A channel's addresses are asked for again after so long.
constexpr milliseconds addresses_hold{30'000};
/// Then the old ones are used while it goes on.
constexpr milliseconds addresses_patience{1'000};

class http_link;

/// One request on its way. Only the outbound thread touches it.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(asio::io_context& io, link_request what, steady_clock::time_point entered,
           std::function<void(link_answer)> answered)
      : what_(std::move(what)), leave_by_(entered + milliseconds(what_.leave_within_ms)),
        reply_by_(entered + milliseconds(what_.reply_within_ms)), answered_(std::move(answered)), timer_(io) {}

  void begin(std::shared_ptr<http_link> link);
  void use(std::shared_ptr<http_connection>);
  void connect(std::shared_ptr<http_connection>, const std::vector<tcp::endpoint>&);
  /// Ends it, wherever it stands.
  void fail(const std::string& why);

private:
  void write();
  void read();
  void finish(link_answer, bool connection_is_sound);
  template <class Then>
  auto guarded(Then then) {
    // What is under way on a connection needs it to its end, whoever has it by then.
    return [self = shared_from_this(), keep = connection_, then](error_code failed, auto&&...) {
      if (self->answered_)
        (self.get()->*then)(failed);
    };
  }
  void connected(error_code);
  void written(error_code);
  void was_read(error_code);

  link_request what_;
  steady_clock::time_point leave_by_;
  steady_clock::time_point reply_by_;
  std::function<void(link_answer)> answered_; ///< Empty once it was called.
  asio::steady_timer timer_;
  std::shared_ptr<http_link> link_;
  std::shared_ptr<http_connection> connection_;
  bool left_ = false; ///< Its first byte may have been handed to the network.
  http::request<http::string_body> request_;
  std::optional<http_connection::response_parser> parser_;
};

using exchange_ptr = std::shared_ptr<exchange>;

/// What all links share with the thread.
struct thread_state {
  asio::io_context io{1};
  std::mutex mutex;
  bool stopped = false;                      ///< Under the mutex.
  std::vector<std::weak_ptr<http_link>> all; ///< Under the mutex.

  /// False where the thread is ending: then it is never run.
  template <class Job>
  bool post(Job job) {
    const std::lock_guard hold(mutex);
    if (!stopped)
      asio::post(io, std::move(job));
    return !stopped;
  }
};

class http_link final : public channel_link, public std::enable_shared_from_this<http_link> {
public:
  http_link(std::shared_ptr<thread_state> thread, http_link_options options, std::shared_ptr<asio::ssl::context> trust)
      : thread_(std::move(thread)), options_(std::move(options)), trust_(std::move(trust)), resolver_(thread_->io),
        sweep_(thread_->io), patience_(thread_->io) {}

  void carry(link_request what, std::function<void(link_answer)> answered) override {
    auto e = std::make_shared<exchange>(thread_->io, std::move(what), steady_clock::now(), answered);
    if (!thread_->post([self = shared_from_this(), e] { e->begin(self); }))
      answered({link_fate::never_left, 0, {}, "the server is stopping"});
  }

  // --- on the thread ---

  void admit(const exchange_ptr& e) {
    if (closing_)
      return e->fail("the server is stopping");
    under_way_.insert(e);
    if (auto idle = take_idle())
      return e->use(std::move(idle));
    if (open_ < options_.connections_max)
      return open_for(e);
    if (waiting_.size() >= options_.connections_max)
      return e->fail("every connection is in use, and as many requests wait for one");
    waiting_.push_back(e);
  }

  /// It is over, and its connection comes back, if it had one; an unsound one makes room for another.
  void done(const exchange_ptr& e, std::shared_ptr<http_connection> connection, bool is_sound) {
    under_way_.erase(e);
    std::erase(waiting_, e);
    if (std::erase(resolving_for_, e) > 0 || (connection && (!is_sound || closing_))) {
      --open_;
    } else if (connection) {
      connection->idle_since = steady_clock::now();
      idle_.push_back(std::move(connection));
      if (idle_.size() == 1)
        sweep_later();
    }
    serve_next();
  }

  void close() {
    closing_ = true;
    resolver_.cancel();
    sweep_.cancel();
    patience_.cancel();
    idle_.clear();
    const auto ending = under_way_;
    for (const exchange_ptr& e : ending)
      e->fail("the server is stopping");
  }

  const http_url& url() const { return options_.url; }

private:
  std::shared_ptr<http_connection> take_idle() {
    while (!idle_.empty()) {
      auto newest = std::move(idle_.back());
      idle_.pop_back();
      if (steady_clock::now() - newest->idle_since < milliseconds(limits::idle_connection_ms_max) && newest->is_quiet())
        return newest;
      --open_;
    }
    return nullptr;
  }

  void serve_next() {
    while (!waiting_.empty() && (!idle_.empty() || open_ < options_.connections_max)) {
      const exchange_ptr e = waiting_.front();
      waiting_.pop_front();
      if (auto idle = take_idle())
        e->use(std::move(idle));
      else
        open_for(e);
    }
  }

  void open_for(const exchange_ptr& e) {
    ++open_;
    if (!addresses_.empty() && steady_clock::now() - resolved_at_ < addresses_hold)
      return connect(e);
    if (!looking_up_)
      look_up(); // the same answer serves them all
    // Old addresses are better than none: name servers that don't answer must not stop a channel that does.
    if (!addresses_.empty() && steady_clock::now() - look_up_began_ >= addresses_patience)
      return connect(e);
    resolving_for_.push_back(e);
    if (addresses_.empty() || resolving_for_.size() > 1)
      return;
    patience_.expires_at(look_up_began_ + addresses_patience);
    patience_.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled)
        self->serve_resolved({});
    });
  }

  /// One at a time, also where nobody waits for it any more: it queues behind those of all other links.
  void look_up() {
    looking_up_ = true;
    look_up_began_ = steady_clock::now();
    resolver_.async_resolve(options_.url.host, std::to_string(options_.url.port),
                            [self = shared_from_this()](error_code failed, const tcp::resolver::results_type& found) {
                              self->looking_up_ = false;
                              if (!failed) {
                                self->addresses_.assign(found.begin(), found.end());
                                self->resolved_at_ = steady_clock::now();
                              }
                              self->patience_.cancel();
                              self->serve_resolved(self->addresses_.empty() ? failed : error_code());
                            });
  }

  void serve_resolved(error_code failed) {
    const auto asked_for = std::exchange(resolving_for_, {});
    if (failed)
      open_ -= asked_for.size();
    for (const exchange_ptr& waiting : asked_for)
      if (failed)
        waiting->fail("no address of " + options_.url.host + ": " + failed.message());
      else
        connect(waiting);
  }

  void connect(const exchange_ptr& e) {
    e->connect(std::make_shared<http_connection>(thread_->io, *trust_, options_.url), addresses_);
  }

  void sweep_later() {
    sweep_.expires_after(milliseconds(limits::idle_connection_ms_max));
    sweep_.async_wait([weak = weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self)
        return;
      const auto old = steady_clock::now() - milliseconds(limits::idle_connection_ms_max);
      while (!self->idle_.empty() && self->idle_.front()->idle_since <= old) {
        self->idle_.pop_front();
        --self->open_;
      }
      if (!self->idle_.empty())
        self->sweep_later();
    });
  }

  std::shared_ptr<thread_state> thread_;
  http_link_options options_;
  std::shared_ptr<asio::ssl::context> trust_;
  tcp::resolver resolver_;
  asio::steady_timer sweep_;
  std::vector<tcp::endpoint> addresses_;
  steady_clock::time_point resolved_at_{};
  bool looking_up_ = false;
  steady_clock::time_point look_up_began_{};
  asio::steady_timer patience_; ///< With a look-up, where older addresses are known.
  std::set<exchange_ptr> under_way_;
  std::deque<exchange_ptr> waiting_; ///< For a connection to be free.
  std::vector<exchange_ptr> resolving_for_;
  std::deque<std::shared_ptr<http_connection>> idle_; ///< In the order of their last use.
  size_t open_ = 0;                                   ///< Connections, those that are only being opened included.
  bool closing_ = false;
};

// --- one request ------------------------------------------------------------------------------------------------

void exchange::begin(std::shared_ptr<http_link> link) {
  link_ = std::move(link);
  request_.method(http::verb::post);
  request_.version(11);
  request_.target(link_->url().prefix + what_.what.path);
  request_.set(http::field::host, link_->url().host_field());
  request_.set(http::field::user_agent, "oncepay");
  request_.set(http::field::content_type, what_.what.content_type);
  for (const http_header& h : what_.what.headers)
    request_.set(h.name, h.value);
  request_.body() = std::move(what_.what.body);
  request_.keep_alive(true);
  request_.prepare_payload();
  timer_.expires_at(leave_by_);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && !self->left_)
      self->fail("it couldn't leave in time");
  });
  link_->admit(shared_from_this());
}

void exchange::use(std::shared_ptr<http_connection> connection) {
  connection_ = std::move(connection);
  write();
}

void exchange::connect(std::shared_ptr<http_connection> connection, const std::vector<tcp::endpoint>& addresses) {
  connection_ = std::move(connection);
  connection_->connect(addresses, guarded(&exchange::connected));
}

void exchange::connected(error_code failed) {
  if (failed)
    return fail("can't connect: " + failed.message());
  write();
}

void exchange::write() {
  if (!answered_)
    return;
  if (steady_clock::now() >= leave_by_)
    return fail("it couldn't leave in time");
  left_ = true; // from here on nobody can prove that it wasn't heard
  timer_.expires_at(reply_by_);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled)
      self->fail("no reply in time");
  });
  connection_->write(request_, guarded(&exchange::written));
}

void exchange::written(error_code failed) {
  if (failed)
    return fail("the connection broke: " + failed.message());
  read();
}

void exchange::read() {
  parser_.emplace();
  parser_->body_limit(limits::message_bytes_max);
  parser_->header_limit(http_connection::header_bytes_max);
  connection_->read(*parser_, guarded(&exchange::was_read));
}

void exchange::was_read(error_code failed) {
  if (failed)
    return fail("no whole reply: " + failed.message());
  auto& reply = parser_->get();
  if (reply.result() == http::status::switching_protocols)
    return fail("it speaks another protocol than it was asked in");
  // "Go on", "wait": the answer is still to come, and would be taken for the next request's.
  if (http::to_status_class(reply.result_int()) == http::status_class::informational)
    return read();
  const bool is_sound = parser_->keep_alive() && connection_->is_quiet();
  finish({link_fate::replied, static_cast<int>(reply.result_int()), std::move(reply.body()), {}}, is_sound);
}

void exchange::fail(const std::string& why) {
  finish({left_ ? link_fate::no_reply : link_fate::never_left, 0, {}, why}, false);
}

void exchange::finish(link_answer a, bool connection_is_sound) {
  if (!answered_)
    return;
  const auto answered = std::exchange(answered_, nullptr);
  timer_.cancel();
  if (connection_ && !connection_is_sound)
    connection_->close();
  answered(std::move(a));
  link_->done(shared_from_this(), std::move(connection_), connection_is_sound);
}

} // namespace

struct outbound::implementation : thread_state {
  /// Of a link that asks for nothing particular: what this machine trusts is read once, not for every merchant.
  std::shared_ptr<asio::ssl::context> usual_trust;

  tl::expected<std::shared_ptr<asio::ssl::context>, std::string> trust_for(const http_link_options& options) {
    const bool is_usual = options.authorities.empty() && options.identity.certificate.empty();
    const std::lock_guard hold(mutex);
    if (is_usual && usual_trust)
      return usual_trust;
    auto context = client_context(options.authorities, options.identity);
    if (!context)
      return tl::unexpected(context.error());
    auto shared = std::make_shared<asio::ssl::context>(std::move(*context));
    if (is_usual)
      usual_trust = shared;
    return shared;
  }

  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;
};

outbound::outbound() : impl_(std::make_shared<implementation>()) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

outbound::~outbound() {
  stop();
}

tl::expected<channel_link_ptr, std::string> outbound::open(http_link_options options) {
  auto trust = impl_->trust_for(options);
  if (!trust)
    return tl::unexpected(trust.error());
  auto link = std::make_shared<http_link>(impl_, std::move(options), std::move(*trust));
  const std::lock_guard hold(impl_->mutex);
  std::erase_if(impl_->all, [](const auto& weak) { return weak.expired(); });
  impl_->all.push_back(link);
  return link;
}

void outbound::stop() {
  {
    const std::lock_guard hold(impl_->mutex);
    if (impl_->stopped)
      return;
    impl_->stopped = true;
    // One that is opened while these end has sent nothing, and will send nothing: nothing is posted any more.
    asio::post(impl_->io, [impl = impl_.get(), all = impl_->all] {
      for (const auto& weak : all)
        if (const auto link = weak.lock())
          link->close();
      impl->work.reset();
    });
  }
  impl_->thread.join();
}

} // namespace oncepay::cli
