#include "cli/server/worker_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using namespace oncepay::cli;

namespace {

using std::chrono::milliseconds;

void none_fail(const std::exception& e) {
  FAIL_CHECK(e.what());
}

/// A test that hangs tells nobody why, and an actor system waits for actors that aren't woken.
template <class T>
T must_come(std::future<T> what) {
  if (what.wait_for(std::chrono::seconds(30)) == std::future_status::ready)
    return what.get();
  std::fputs("what must come never came\n", stderr);
  std::_Exit(1);
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
  std::promise<void> held;
  std::promise<void> release;
  pooled_actors_config config(none_fail);
  caf::actor_system system(config);
  boost::asio::post(config.sockets(), [&held, released = release.get_future().share()] {
    held.set_value();
    released.wait();
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
  // More than there are threads.
  const int thrown = 4 * static_cast<int>(std::thread::hardware_concurrency()) + 4;
  std::atomic<int> failures = 0;
  std::promise<void> all_told;
  pooled_actors_config config([&](const std::exception& e) {
    CHECK(std::string(e.what()) == "no memory for a buffer");
    if (++failures == thrown)
      all_told.set_value();
  });
  caf::actor_system system(config);
  for (int i = 0; i < thrown; ++i)
    boost::asio::post(config.sockets(), [] { throw std::runtime_error("no memory for a buffer"); });
  must_come(all_told.get_future());
  auto told = std::make_shared<std::promise<int>>();
  caf::actor sum = system.spawn(adder, told);
  caf::anon_send(sum, 3);
  caf::anon_send(sum, 0);
  CHECK(must_come(told->get_future()) == 3);
}

TEST_CASE("a worker pool ends with its actor system, with whatever waits in its queue, and serves the next one") {
  pooled_actors_config config(none_fail);
  const unsigned threads = std::max(2U, std::thread::hardware_concurrency());
  for (int i = 0; i < 2; ++i) {
    std::weak_ptr<std::promise<int>> watched;
    std::atomic<unsigned> held = 0;
    std::promise<void> all_held;
    {
      caf::actor_system system(config);
      for (unsigned n = 0; n < threads; ++n)
        boost::asio::post(config.sockets(), [&] {
          if (++held == threads)
            all_held.set_value();
          while (!config.sockets().stopped())
            std::this_thread::yield();
        });
      must_come(all_held.get_future());
      auto told = std::make_shared<std::promise<int>>();
      watched = told;
      // Nobody waits for a hidden actor: its job is left where no thread comes to it.
      caf::anon_send(system.spawn<caf::hidden>(adder, std::move(told)), 1);
    }
    CHECK(watched.expired());
  }
}
