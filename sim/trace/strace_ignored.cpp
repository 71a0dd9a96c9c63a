#include "sim/trace/strace_ignored.hpp"

namespace sim {

namespace {

struct IgnoredCalls {
  std::string_view reason;
  std::string_view names;  ///< separated and surrounded by blanks
};

constexpr IgnoredCalls ignored_calls[] = {
    {"process start-up",
     " execve execveat arch_prctl set_tid_address set_robust_list get_robust_list rseq prctl "
     "personality getrandom sysinfo uname access faccessat faccessat2 readlink readlinkat getcwd "
     "chdir fchdir chroot umask modify_ldt set_thread_area capget capset seccomp "
     "landlock_create_ruleset landlock_add_rule landlock_restrict_self "},
    {"memory management",
     " brk mmap mmap2 munmap mremap mprotect madvise process_madvise msync mincore mlock mlock2 "
     "munlock mlockall munlockall pkey_alloc pkey_free pkey_mprotect memfd_create mbind "
     "get_mempolicy set_mempolicy membarrier shmget shmat shmdt shmctl "},
    {"signals",
     " rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait "
     "rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack sigreturn sigaction sigprocmask kill tkill "
     "tgkill pause signalfd signalfd4 pidfd_send_signal restart_syscall "},
    {"threads and locks",
     " futex futex_waitv sched_yield sched_getaffinity sched_setaffinity sched_getparam "
     "sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max "
     "sched_get_priority_min getpriority setpriority ioprio_get ioprio_set getcpu semget semop "
     "semtimedop semctl "},
    {"processes",
     " exit exit_group wait4 waitpid waitid pidfd_open ptrace setns unshare setsid setpgid getpgid "
     "getpgrp getsid getpid gettid getppid kcmp "},
    {"users and limits",
     " getuid geteuid getgid getegid setuid seteuid setgid setegid setreuid setregid setresuid "
     "setresgid getresuid getresgid setfsuid setfsgid getgroups setgroups prlimit64 getrlimit "
     "setrlimit getrusage "},
    {"event loop: the simulated server has its own",
     " epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select "
     "_newselect pselect6 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime "},
    {"time",
     " clock_gettime clock_settime clock_getres clock_nanosleep clock_adjtime gettimeofday time "
     "times nanosleep setitimer getitimer alarm timer_create timer_settime timer_gettime "
     "timer_getoverrun timer_delete adjtimex "},
    {"addresses of sockets", " bind getsockname getpeername "},
    {"pipes and local sockets", " pipe pipe2 socketpair "},
    {"directories and names",
     " mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat "
     "getdents getdents64 chmod fchmod fchmodat chown fchown lchown fchownat utime utimes "
     "utimensat "
     "futimesat mknod mknodat statfs fstatfs mount umount2 truncate inotify_init inotify_init1 "
     "inotify_add_watch inotify_rm_watch getxattr lgetxattr fgetxattr listxattr setxattr "
     "name_to_handle_at "},
    {"upkeep of files: the simulated server has its own",
     " fsync fdatasync sync syncfs sync_file_range ftruncate fallocate flock "},
    {"descriptor flags", " ioctl "},
};

}  // namespace

std::string_view why_ignored(std::string_view call) {
  if (call.empty()) return {};
  for (const IgnoredCalls& row : ignored_calls) {
    std::size_t at = row.names.find(call);
    while (at != std::string_view::npos) {
      const std::size_t after = at + call.size();
      if (row.names[at - 1] == ' ' && row.names[after] == ' ') return row.reason;
      at = row.names.find(call, at + 1);
    }
  }
  return {};
}

}  // namespace sim
