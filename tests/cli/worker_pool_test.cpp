#include "cli/server/worker_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using namespace oncepay::cli;

namespace {

using std::chrono::milliseconds;

void none_fail(const std::exception& e) {
  FAIL_CHECK(e.what());
}

/// Throws after far longer than anything here takes: a test that hangs tells nobody why.
template <class T>
T must_come(std::future<T> what) {
  if (what.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
    throw std::runtime_error("it never came");
  return what.get();
}

/// Adds up what it is sent, and tells the sum when it is sent a zero.
caf::behavior adder(caf::event_based_actor* self, const std::shared_ptr<std::promise<int>>& told) {
  auto sum = std::make_shared<int>(0);
  return {
      [self, told, sum](int more) {
        *sum += more;
        if (more != 0)
          return;
        told->set_value(*sum);
        self->quit();
      },
  };
}

} // namespace

TEST_CASE("a worker pool's actor hears what a socket's handler sends it, in order") {
  pooled_actors_config config(none_fail);
  caf::actor_system system(config);
  auto told = std::make_shared<std::promise<int>>();
  caf::actor sum = system.spawn(adder, told);
  boost::asio::post(config.sockets(), [sum] {
    for (int i = 1000; i >= 0; --i)
      caf::anon_send(sum, i);
  });
  CHECK(must_come(told->get_future()) == 500'500);
}

TEST_CASE("a worker pool that sleeps on its sockets is woken by an actor's message, and by its clock") {
  pooled_actors_config config(none_fail);
  caf::actor_system system(config);
  boost::asio::steady_timer never(config.sockets(), std::chrono::hours(1));
  never.async_wait([](boost::system::error_code) {});
  auto told = std::make_shared<std::promise<int>>();
  caf::actor sum = system.spawn(adder, told);
  caf::anon_send(sum, 1);
  caf::delayed_anon_send(sum, milliseconds(20), 0);
  CHECK(must_come(told->get_future()) == 1);
}

TEST_CASE("while one of a worker pool's threads is held up, another serves sockets and actors") {
  pooled_actors_config config(none_fail);
  caf::actor_system system(config);
  std::promise<void> release;
  std::promise<void> held;
  boost::asio::post(config.sockets(), [&] {
    held.set_value();
    release.get_future().wait();
  });
  must_come(held.get_future());
  auto told = std::make_shared<std::promise<int>>();
  caf::actor sum = system.spawn(adder, told);
  boost::asio::post(config.sockets(), [sum] {
    caf::anon_send(sum, 7);
    caf::anon_send(sum, 0);
  });
  CHECK(must_come(told->get_future()) == 7);
  release.set_value();
}

TEST_CASE("what a socket's handler throws is told, and its thread serves on") {
  std::atomic<int> failures = 0;
  pooled_actors_config config([&](const std::exception& e) {
    CHECK(std::string(e.what()) == "no memory for a buffer");
    ++failures;
  });
  caf::actor_system system(config);
  // More than there are threads.
  const int thrown = 4 * static_cast<int>(std::thread::hardware_concurrency()) + 4;
  for (int i = 0; i < thrown; ++i)
    boost::asio::post(config.sockets(), [] { throw std::runtime_error("no memory for a buffer"); });
  auto told = std::make_shared<std::promise<int>>();
  caf::actor sum = system.spawn(adder, told);
  caf::anon_send(sum, 3);
  caf::anon_send(sum, 0);
  CHECK(must_come(told->get_future()) == 3);
  CHECK(failures == thrown);
}

TEST_CASE("a worker pool ends with its actor system, whatever still lies in its queue") {
  auto kept = std::make_shared<int>(0);
  std::weak_ptr<int> watched = kept;
  {
    pooled_actors_config config(none_fail);
    boost::asio::steady_timer never(config.sockets(), std::chrono::hours(1));
    {
      caf::actor_system system(config);
      never.async_wait([kept = std::move(kept)](boost::system::error_code) {});
      auto told = std::make_shared<std::promise<int>>();
      caf::anon_send(system.spawn(adder, told), 0);
    }
    CHECK(config.sockets().stopped() == false); // it could be run again
  }
  CHECK(watched.expired());
}
