#pragma once
// The life of the simulated process: what happens when it is killed, and what is left of it then.
//
// As in Linux 2.6.18 (kernel/signal.c, do_exit in kernel/exit.c). SIGKILL is pending for every
// thread: interruptible sleeps end, others last until what they wait for has come. A thread never
// goes back to its program. The last one to leave gives the process's memory back (exit_mm) and
// closes all descriptors, lowest first (close_files), in its own context. What the kernel does on
// behalf of the process - asynchronous requests, connections that say goodbye - has references of
// its own and goes on.
// A thread of the simulated program leaves where it would enter the kernel the next time: nobody
// can see what a program computes between two system calls.
//
// Invariants: a process dies once until somebody starts it again; its descriptors are closed once,
// when no thread of it is in the kernel any more.

#include "sim/faults/faults.hpp"
#include "sim/kernel/file.hpp"
#include "sim/kernel/memory.hpp"

namespace sim {

class Process {
 public:
  Process(Kernel& kernel, Faults& faults, UserMemory& memory, FileTable& files);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Who starts it again. `gone` is called when everything that it had has been given back, in its
  /// last thread's context; `downtime`: how long it shall stay away. Without one nobody kills it.
  void set_init(void (*gone)(void* self, kev::Duration downtime), void* self);
  /// SIGKILL to the process, or exit_group(2) of one of its threads. Any context.
  void kill(kev::Duration downtime);
  /// A thread makes a system call: does not return to one whose process is dying. The fault
  /// process.kill strikes here.
  void enter_kernel();
  /// No system call is begun or restarted any more.
  [[nodiscard]] bool dying() const { return dying_; }

 private:
  [[nodiscard]] bool mortal() const {
    return gone_ != nullptr && faults_.planned(FaultPoint::process_kill);
  }
  void point(KernelStep step);
  static void on_leave(void* self, Thread& thread);
  void leave(Thread& thread);
  [[nodiscard]] bool has_threads() const;

  Kernel& kernel_;
  Faults& faults_;
  UserMemory& memory_;
  FileTable& files_;
  std::uint32_t id_ = 0;  ///< exploration
  void (*gone_)(void* self, kev::Duration downtime) = nullptr;
  void* init_ = nullptr;
  kev::Duration downtime_{0};
  bool dying_ = false;
};

}  // namespace sim
