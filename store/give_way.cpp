#include "store/give_way.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace oncepay {

namespace {

constexpr int niceness = 10;
constexpr int64_t work_ns = 500'000;
constexpr int64_t rest_per_work = 7;
/// To ask for the thread's time costs as much as a few pieces of work.
constexpr uint32_t pieces_per_look = 16;

struct pace {
  bool rests = false;
  uint32_t pieces = 0;
  int64_t rested_at_ns = 0; ///< Of the processor time of this thread.
};

thread_local pace mine;

int64_t processor_time_ns() {
  constexpr int64_t ns_per_second = 1'000'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * ns_per_second + now.tv_nsec;
}

} // namespace

void give_way() {
  // Linux keeps a niceness for each thread and takes a thread's id for a process's.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), niceness);
  mine = {.rests = true, .rested_at_ns = processor_time_ns()};
}

void breathe() {
  if (!mine.rests || ++mine.pieces % pieces_per_look != 0)
    return;
  const int64_t worked_ns = processor_time_ns() - mine.rested_at_ns;
  if (worked_ns < work_ns)
    return;
  std::this_thread::sleep_for(std::chrono::nanoseconds(worked_ns * rest_per_work));
  mine.rested_at_ns = processor_time_ns();
}

without_rest::without_rest(bool hurries) : before_(mine.rests) {
  mine.rests = mine.rests && !hurries;
}

without_rest::~without_rest() {
  mine.rests = before_;
}

} // namespace oncepay
