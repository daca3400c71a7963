#include "cli/server/worker_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <caf/detail/set_thread_name.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <thread>
#include <vector>

namespace oncepay::cli {

namespace asio = boost::asio;

namespace {

/// CAF's scheduler, with Asio's queue for a queue.
class worker_pool : public caf::scheduler::abstract_coordinator {
public:
  explicit worker_pool(caf::actor_system& system)
      : abstract_coordinator(system), config_(dynamic_cast<const pooled_actors_config&>(system.config())) {}

  /// As `caf::actor_system_config::load` wants it.
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new worker_pool(system);
  }

  void enqueue(caf::resumable* job) override {
    asio::post(sockets_, [this, job] { run(job); });
  }

  caf::actor_clock& clock() noexcept override { return clock_; }

protected:
  void start() override {
    sockets_.restart();
    for (size_t i = 0; i < num_workers(); ++i)
      workers_.emplace_back([this] { serve(); });
    timer_ = std::thread([this] { tell_time(); });
    abstract_coordinator::start();
  }

  /// All actors but CAF's own have ended.
  void stop() override {
    stop_actors();
    stays_.reset();
    sockets_.stop();
    for (std::thread& worker : workers_)
      worker.join();
    clock_.cancel_dispatch_loop();
    timer_.join();
    is_over_ = true;
    sockets_.restart();
    run_sockets([this] { sockets_.poll(); });
  }

private:
  struct worker_unit : caf::execution_unit {
    explicit worker_unit(worker_pool& of) : execution_unit(&of.system()), pool(of) {}
    void exec_later(caf::resumable* job) override { pool.enqueue(job); }
    worker_pool& pool;
  };

  void serve() {
    caf::detail::set_thread_name("oncepay.worker");
    system().thread_started();
    worker_unit unit(*this);
    this_thread_ = &unit;
    run_sockets([this] { sockets_.run(); });
    this_thread_ = nullptr;
    system().thread_terminates();
  }

  /// Handlers that throw are told of, and the others run.
  template <class Run>
  void run_sockets(Run&& run_some) {
    for (bool again = true; again;) {
      again = false;
      try {
        run_some();
      } catch (const std::exception& e) {
        config_.failed()(e);
        again = true;
      }
    }
  }

  void tell_time() {
    caf::detail::set_thread_name("caf.clock");
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  }

  void run(caf::resumable* job) {
    if (is_over_)
      return cleanup_and_release(job);
    switch (job->resume(this_thread_, max_throughput())) {
    case caf::resumable::resume_later:
      return enqueue(job);
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
    case caf::resumable::shutdown_execution_unit:
      return caf::intrusive_ptr_release(job);
    }
  }

  static inline thread_local worker_unit* this_thread_ = nullptr;

  const pooled_actors_config& config_;
  asio::io_context& sockets_ = config_.sockets();
  asio::executor_work_guard<asio::io_context::executor_type> stays_{sockets_.get_executor()};
  caf::detail::thread_safe_actor_clock clock_;
  std::vector<std::thread> workers_;
  std::thread timer_;
  bool is_over_ = false; ///< No thread works any more: what is left is released.
};

} // namespace

pooled_actors_config::pooled_actors_config(std::function<void(const std::exception&)> failed)
    : failed_(std::move(failed)) {
  constexpr unsigned threads_min = 2;
  set("scheduler.max-threads", size_t{std::max(threads_min, std::thread::hardware_concurrency())});
  load<worker_pool>();
}

} // namespace oncepay::cli
