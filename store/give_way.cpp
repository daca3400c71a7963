#include "store/give_way.hpp"

#include "schema/assert.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace oncepay {

namespace {

constexpr int niceness = 10;
constexpr int64_t rests_after_ns = 500'000;
constexpr int64_t rests_for_at_most_ns = 2'000'000; ///< Of work.
constexpr int64_t rest_per_work_most = 7;
constexpr int64_t rest_ns_least = 50'000; ///< To fall asleep and wake up takes as long.

thread_local bool gives_way = false;
thread_local unhurried_work* under_way = nullptr;
thread_local uint32_t pieces = 0;

int64_t time_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * ns_per_s + now.tv_nsec;
}

int64_t processor_time_ns() {
  return time_ns(CLOCK_THREAD_CPUTIME_ID);
}

} // namespace

void give_way() {
  // Linux keeps a niceness for each thread and takes a thread's id for a process's.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), niceness);
  gives_way = true;
}

unhurried_work::unhurried_work(std::function<double()> leisure)
    : leisure_(std::move(leisure)), rested_at_ns_(processor_time_ns()) {
  ONCEPAY_ASSERT(under_way == nullptr);
  under_way = gives_way ? this : nullptr;
}

unhurried_work::~unhurried_work() {
  under_way = nullptr;
}

void unhurried_work::rest_if_due() {
  const int64_t worked_ns = std::min(processor_time_ns() - rested_at_ns_, rests_for_at_most_ns);
  if (worked_ns < rests_after_ns)
    return;
  const auto rest_ns = static_cast<int64_t>(static_cast<double>(worked_ns * rest_per_work_most) * leisure_());
  if (rest_ns >= rest_ns_least) {
    const int64_t from_ns = time_ns(CLOCK_MONOTONIC);
    std::this_thread::sleep_for(std::chrono::nanoseconds(rest_ns));
    rested_ns_ += time_ns(CLOCK_MONOTONIC) - from_ns;
  }
  rested_at_ns_ = processor_time_ns();
}

void breathe() {
  if (under_way != nullptr && ++pieces % pieces_per_look == 0)
    under_way->rest_if_due();
}

} // namespace oncepay
