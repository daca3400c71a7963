// For threads whose work may lag: they take the processors that payments leave.
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace oncepay {

/// The calling thread, from here on. A refusal changes nothing but the order in which things are done.
inline void give_way() {
  constexpr int niceness = 10;
  // Linux keeps a niceness for each thread and takes a thread's id for a process's.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), niceness);
}

} // namespace oncepay
