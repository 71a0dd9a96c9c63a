#include "sim/instrument/crashes.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <exception>

#include "sim/instrument/runtime.hpp"

namespace sim {

namespace {

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segmentation fault";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "arithmetic error";
    default:
      return "illegal instruction";
  }
}

/// Runs on a stack of its own, which is left for good: the execution ends on the host's stack.
void on_fault(int signal, siginfo_t* info, void*) {
  if (active == nullptr) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  Runtime& runtime = *active;
  active = nullptr;
  runtime.violate("crash", fmt::format("{} in {}, address {:#x}", name_of(signal),
                                       runtime.thread_name(runtime.current().id),
                                       reinterpret_cast<std::uintptr_t>(info->si_addr) < 4096
                                           ? reinterpret_cast<std::uintptr_t>(info->si_addr)
                                           : 0));
}

void on_terminate() {
  if (active == nullptr) std::abort();
  Runtime& runtime = *active;
  active = nullptr;
  runtime.violate("uncaught_exception",
                  fmt::format("an exception leaves {}", runtime.thread_name(runtime.current().id)));
}

}  // namespace

void catch_crashes() {
  constexpr std::size_t stack_bytes = 64 * 1024;
  stack_t stack = {};
  stack.ss_sp = std::malloc(stack_bytes);  // for as long as the process lives
  stack.ss_size = stack_bytes;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
  std::set_terminate(&on_terminate);
}

}  // namespace sim
