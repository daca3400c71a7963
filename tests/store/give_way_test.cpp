// What work that may lag takes, on threads of its own: the processor time of a thread is its alone.
#include "store/give_way.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <thread>

using namespace oncepay;

namespace {

constexpr int64_t ms = 1'000'000;
constexpr int64_t longest_rest_ns = 14 * ms;

void work_for(int64_t ns) {
  const auto now_ns = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
  };
  for (const int64_t end = now_ns() + ns; now_ns() < end;) {
  }
}

/// Often enough to be looked at once.
void breathe_once() {
  for (uint32_t i = 0; i < pieces_per_look; ++i)
    breathe();
}

void on_a_thread(const std::function<void()>& run) {
  std::thread(run).join();
}

double all_the_time() {
  return 1;
}

double none() {
  return 0;
}

} // namespace

TEST_CASE("long work rests on a thread that gives way, at most for 14 ms at once, and nowhere else") {
  int64_t gives_way_ns = 0, elsewhere_ns = 0, little_ns = 0;
  on_a_thread([&] {
    give_way();
    unhurried_work work(all_the_time);
    breathe_once();
    little_ns = work.rested_ns();
    work_for(20 * ms);
    breathe_once();
    gives_way_ns = work.rested_ns();
  });
  on_a_thread([&] {
    unhurried_work work(all_the_time);
    work_for(20 * ms);
    breathe_once();
    elsewhere_ns = work.rested_ns();
  });
  CHECK(little_ns == 0);
  CHECK(gives_way_ns >= longest_rest_ns);
  CHECK(gives_way_ns < 10 * longest_rest_ns); // which seven times as long as it worked would be
  CHECK(elsewhere_ns == 0);
}

TEST_CASE("work that hurried owes no rest for it afterwards, in the same piece of work or in the next") {
  int64_t hurried_ns = 0, calmed_ns = 0, next_ns = 0;
  on_a_thread([&] {
    give_way();
    {
      double leisure = 0;
      unhurried_work work([&] { return leisure; });
      work_for(20 * ms);
      breathe_once();
      hurried_ns = work.rested_ns();
      leisure = 1;
      breathe_once();
      calmed_ns = work.rested_ns();
    }
    {
      unhurried_work work(none);
      work_for(20 * ms);
    }
    unhurried_work work(all_the_time);
    breathe_once();
    next_ns = work.rested_ns();
  });
  CHECK(hurried_ns == 0);
  CHECK(calmed_ns == 0);
  CHECK(next_ns == 0);
}

TEST_CASE("the more has piled up the shorter the rests, and none is left where too much has") {
  CHECK(leisure_at(0, 100) == 1);
  CHECK(leisure_at(75, 100) == 0.25);
  CHECK(leisure_at(100, 100) == 0);
  CHECK(leisure_at(1'000, 100) == 0);
  int64_t quarter_ns = 100 * longest_rest_ns;
  on_a_thread([&] {
    give_way();
    // The shortest of many: a thread may be woken late.
    for (int i = 0; i < 20; ++i) {
      unhurried_work work([] { return leisure_at(75, 100); });
      work_for(3 * ms);
      breathe_once();
      quarter_ns = std::min(quarter_ns, work.rested_ns());
    }
  });
  CHECK(quarter_ns >= longest_rest_ns / 4);
  CHECK(quarter_ns < longest_rest_ns);
}
