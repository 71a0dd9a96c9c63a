#include <catch2/catch.hpp>

#include <string>

#include "sim/trace/strace_line.hpp"

using sim::LineKind;
using sim::Outcome;
using sim::parse_strace_line;
using sim::StraceLine;

namespace {

struct Call {
  const char* text;
  const char* name;
  const char* arguments;
  Outcome outcome;
  std::int64_t value;
  int error;
  const char* note;
};

// All of these were printed by strace 6.1; the time in front is added below.
const Call calls[] = {
    {"brk(NULL)       = 0x5601155b1000 <0.000008>", "brk", "NULL", Outcome::value, 0x5601155b1000,
     0, ""},
    {"umask(022)      = 022 <0.000055>", "umask", "022", Outcome::value, 18, 0, ""},
    {"getpid()        = 22073 <0.000010>", "getpid", "", Outcome::value, 22073, 0, ""},
    {"exit_group(0)   = ?", "exit_group", "0", Outcome::none, 0, 0, ""},
    {"openat(AT_FDCWD</srv/cap>, \"/lib/x\", O_RDONLY|O_CLOEXEC) = 3</usr/lib/x> <0.000209>",
     "openat", "AT_FDCWD</srv/cap>, \"/lib/x\", O_RDONLY|O_CLOEXEC", Outcome::value, 3, 0,
     "/usr/lib/x"},
    {"openat(AT_FDCWD</t>, \"/t/[0] => [5]\", O_RDWR, 0777) = 3</t/[0] =\\76 [5]> <0.000081>",
     "openat", "AT_FDCWD</t>, \"/t/[0] => [5]\", O_RDWR, 0777", Outcome::value, 3, 0,
     "/t/[0] =\\76 [5]"},
    {"openat(AT_FDCWD</t>, \"/t/par(en\", O_RDWR) = 3</t/par(en> <0.000092>", "openat",
     "AT_FDCWD</t>, \"/t/par(en\", O_RDWR", Outcome::value, 3, 0, "/t/par(en"},
    {"openat(AT_FDCWD</t>, \"/t/a->\", O_RDWR) = 3</t/a-\\76> <0.000090>", "openat",
     "AT_FDCWD</t>, \"/t/a->\", O_RDWR", Outcome::value, 3, 0, "/t/a-\\76"},
    {"write(3</t/q\\\"uo,te>(deleted), \"\\\"x\\\", \\\\ <unfinished ...>\", 23) = 23 <0.000056>",
     "write", "3</t/q\\\"uo,te>(deleted), \"\\\"x\\\", \\\\ <unfinished ...>\", 23", Outcome::value,
     23, 0, ""},
    {"accept4(3<TCPv6:[[::1]:59567]>, {sa_family=AF_INET6, inet_pton(AF_INET6, \"::1\", "
     "&sin6_addr)}, "
     "[28], SOCK_CLOEXEC) = 5<TCPv6:[[::1]:59567->[::1]:36554]> <0.000077>",
     "accept4",
     "3<TCPv6:[[::1]:59567]>, {sa_family=AF_INET6, inet_pton(AF_INET6, \"::1\", &sin6_addr)}, "
     "[28], "
     "SOCK_CLOEXEC",
     Outcome::value, 5, 0, "TCPv6:[[::1]:59567->[::1]:36554]"},
    {"sendfile(6<TCP:[1.1.1.1:80->2.2.2.2:81]>, 17</srv/f9>, [9], 8192) = -1 EAGAIN (Resource "
     "temporarily unavailable) <0.000014>",
     "sendfile", "6<TCP:[1.1.1.1:80->2.2.2.2:81]>, 17</srv/f9>, [9], 8192", Outcome::failed, -1, 11,
     ""},
    {"pselect6(6, [5], NULL, NULL, {tv_sec=0, tv_nsec=1}, NULL) = 0 (Timeout) <0.010236>",
     "pselect6", "6, [5], NULL, NULL, {tv_sec=0, tv_nsec=1}, NULL", Outcome::value, 0, 0, ""},
    {"poll([{fd=5<pipe:[9]>, events=POLLIN}], 1, 10) = 1 ([{fd=5, revents=POLLIN}]) <0.000071>",
     "poll", "[{fd=5<pipe:[9]>, events=POLLIN}], 1, 10", Outcome::value, 1, 0, ""},
    {"fcntl(15<TCP:[124672]>, F_GETFL) = 0x2 (flags O_RDWR) <0.000011>", "fcntl",
     "15<TCP:[124672]>, F_GETFL", Outcome::value, 2, 0, ""},
    {"clone3({flags=CLONE_VM|CLONE_FILES, stack=0x7f} => {parent_tid=[22594]}, 88) = 22594 "
     "<0.000075>",
     "clone3", "{flags=CLONE_VM|CLONE_FILES, stack=0x7f} => {parent_tid=[22594]}, 88",
     Outcome::value, 22594, 0, ""},
    {"execve(\"/usr/sbin/nginx\", [\"nginx\", \"-c\"], 0x7fff /* 37 vars */) = 0 <0.002424>",
     "execve", "\"/usr/sbin/nginx\", [\"nginx\", \"-c\"], 0x7fff /* 37 vars */", Outcome::value, 0,
     0, ""},
    {"rt_sigsuspend([], 8) = ? ERESTARTNOHAND (To be restarted if no handler) <3.381677>",
     "rt_sigsuspend", "[], 8", Outcome::none, 0, 514, ""},
    {"read(4, 0x7ffd, 10) = ? <unavailable>", "read", "4, 0x7ffd, 10", Outcome::none, 0, 0, ""},
    {"read(3, \"cut\"..., 832) = 832", "read", "3, \"cut\"..., 832", Outcome::value, 832, 0, ""},
};

std::string timed(const char* body) {
  return std::string("22074 1795398131.803471 ") + body;
}

LineKind kind_of(const char* body) {
  return parse_strace_line(timed(body)).kind;
}

}  // namespace

TEST_CASE("whole calls are taken apart") {
  for (const Call& expected : calls) {
    CAPTURE(expected.text);
    const std::string text = timed(expected.text);
    const StraceLine line = parse_strace_line(text);
    REQUIRE(line.kind == LineKind::call);
    CHECK(line.pid == 22074);
    CHECK(line.time_ns == 1'795'398'131'803'471'000);
    CHECK(line.name == expected.name);
    CHECK(line.arguments == expected.arguments);
    CHECK(line.result.outcome == expected.outcome);
    CHECK(line.result.value == expected.value);
    CHECK(line.result.error == expected.error);
    CHECK(line.result.note == expected.note);
  }
}

TEST_CASE("durations are optional") {
  CHECK(parse_strace_line("1.5 getpid() = 1 <0.000010>").took_ns == 10'000);
  CHECK(parse_strace_line("1.5 getpid() = 1 <0.000010>").has_took);
  CHECK_FALSE(parse_strace_line("1.5 getpid() = 1").has_took);
}

TEST_CASE("halves of calls, signals, exits and messages are told apart") {
  const StraceLine first =
      parse_strace_line("1.5 epoll_wait(8<anon_inode:[eventpoll]>,  <unfinished ...>");
  CHECK(first.kind == LineKind::unfinished);
  CHECK(first.arguments == "8<anon_inode:[eventpoll]>, ");

  const StraceLine second =
      parse_strace_line("1.5 <... epoll_wait resumed>[], 512, -1) = 1 <0.508791>");
  CHECK(second.kind == LineKind::resumed);
  CHECK(second.name == "epoll_wait");
  CHECK(second.rest == "[], 512, -1) = 1 <0.508791>");

  CHECK(kind_of("futex(0x7f, FUTEX_WAIT, 2, NULL <detached ...>") == LineKind::unfinished);
  CHECK(kind_of("--- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER} ---") == LineKind::signal);
  CHECK(kind_of("+++ exited with 0 +++") == LineKind::exit);
  CHECK(kind_of("+++ killed by SIGKILL +++") == LineKind::exit);
  CHECK(parse_strace_line("strace: Process 6899 attached with 2 threads").kind ==
        LineKind::message);
  CHECK(parse_strace_line("").kind == LineKind::blank);
  CHECK(parse_strace_line("   ").kind == LineKind::blank);
}

TEST_CASE("process ids come in every form strace has") {
  CHECK(parse_strace_line("1795414234.632859 getpid() = 1").pid == 0);
  CHECK(parse_strace_line("6814  1795414234.632859 getpid() = 1").pid == 6814);
  CHECK(parse_strace_line("[pid  6814] 1795414234.632859 getpid() = 1").pid == 6814);
  CHECK(parse_strace_line("6814<nginx> 1795414234.632859 getpid() = 1").pid == 6814);
  CHECK(parse_strace_line("[pid 6814<nginx>] 1795414234.632859 getpid() = 1").pid == 6814);
}

TEST_CASE("a line that is none of these says where and why") {
  struct Bad {
    const char* text;
    int column;
    const char* about;
  };
  const Bad table[] = {
      {"hello world", 1, "process id or the time"},
      {"22073 10:15:01.123456 getpid() = 1", 7, "strace -ttt"},
      {"22073 getpid() = 1", 7, "strace -ttt"},
      {"22073 1795398129.871439", 7, "strace -ttt"},
      {"99999999999 1795398129.871439 getpid() = 1", 1, "process id or the time"},
      {"22073 1795398129.871439 getpid = 1", 25, "system call"},
      {"22073 1795398129.871439 7() = 1", 25, "system call"},
      {"22073 1795398129.871439 read(3, \"abc", 30, "no end"},
      {"22073 1795398129.871439 read(3, {a=[1}, 5) = 5", 30, "no end"},
      {"22073 1795398129.871439 close(3) 0", 34, "= result"},
      {"22073 1795398129.871439 close(3)", 33, "= result"},
      {"22073 1795398129.871439 close(3) = ", 36, "number"},
      {"22073 1795398129.871439 close(3) = -1 ENOSUCH (What)", 36, "number"},
      {"22073 1795398129.871439 close(3) = 0 EAGAIN (Odd)", 36, "number"},
      {"22073 1795398129.871439 close(3) = 12x", 36, "number"},
      {"22073 1795398129.871439 <... read 5) = 5", 34, "resumed"},
  };
  for (const Bad& expected : table) {
    CAPTURE(expected.text);
    const StraceLine line = parse_strace_line(expected.text);
    CHECK(line.kind == LineKind::bad);
    CHECK(line.column == expected.column);
    CHECK_THAT(line.problem, Catch::Contains(expected.about));
  }
}
