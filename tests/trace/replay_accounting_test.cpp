// Where each call is counted: matched, ignored with a reason, or unmatched.

#include <catch2/catch.hpp>

#include "tests/trace/capture.hpp"

using sim::ReplayPlan;
using trace_test::Capture;
using trace_test::ignored;
using trace_test::matched;

namespace {

const char* const accepted =
    R"(accept4(3<TCP:[a:1]>, {sa_family=AF_INET}, [16], 0) = 5<TCP:[a:1->b:9]> <0.000010>)";

struct Placed {
  bool unmatched = false;
  bool workload = false;
  std::string reason;
};

// Where the last of these lines was counted.
Placed place(std::initializer_list<const char*> lines) {
  Capture capture;
  for (const char* line : lines) capture.line(line);
  const ReplayPlan plan = capture.plan();
  if (plan.unmatched.empty()) return {};
  const sim::UnmatchedCall& last = plan.unmatched.back();
  CHECK(last.line == static_cast<int>(lines.size()));
  CHECK_FALSE(last.text.empty());
  return {true, last.workload, last.reason};
}

}  // namespace

TEST_CASE("calls outside the workload are ignored with a reason") {
  struct Row {
    const char* line;
    const char* call;
    const char* reason;
  };
  const Row rows[] = {
      {"execve(\"/bin/x\", [\"x\"], 0x7f /* 3 vars */) = 0", "execve", "process start-up"},
      {"mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f09f2caf000", "mmap", "memory"},
      {"rt_sigaction(SIGHUP, NULL, NULL, 8) = 0", "rt_sigaction", "signals"},
      {"epoll_wait(8<anon_inode:[eventpoll]>, [], 512, -1) = 0", "epoll_wait", "event loop"},
      {"write(4</var/log/access.log>, \"1.1.1.1\", 7) = 7", "write", "logging"},
      {"write(2, \"hello\", 5) = 5", "write", "inside the program"},
      {"read(4<pipe:[1]>, \"x\", 1) = 1", "read", "inside the program"},
      {"openat(AT_FDCWD</>, \"/x\", O_RDONLY) = -1 ENOENT (No such file)", "openat",
       "opened nothing"},
      {"exit_group(0) = ?", "exit_group", "processes"},
      {"stat(\"/srv\", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0", "stat", "no regular file"},
      {"close(9) = -1 EBADF (Bad file descriptor)", "close", "closed nothing"},
      {"close_range(3, 9, CLOSE_RANGE_CLOEXEC) = 0", "close_range", "closed nothing"},
      {"sendfile(4</srv/b>, 3</srv/a>, NULL, 10) = 10", "sendfile", "copy from file to file"},
      {"splice(4<pipe:[1]>, NULL, 3</srv/a>, NULL, 10, 0) = 10", "splice", "inside the program"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const ReplayPlan plan = Capture().line(row.line).plan();
    REQUIRE(plan.ignored.size() == 1);
    CHECK(plan.ignored[0].call == row.call);
    CHECK_THAT(plan.ignored[0].reason, Catch::Contains(row.reason));
    CHECK(plan.calls_ignored == 1);
  }
}

TEST_CASE("files are part of the workload only when they are sent") {
  Capture capture;
  capture.line(accepted);
  for (const char* path : {"/srv/sent", "/srv/kept"}) {
    capture.line(fmt::format(R"(openat(AT_FDCWD</>, "{0}", O_RDONLY) = 6<{0}> <0.000010>)", path));
    capture.line(
        fmt::format(R"(fstat(6<{}>, {{st_mode=S_IFREG|0644, st_size=10, ...}}) = 0)", path));
    if (std::string_view(path) == "/srv/sent")
      capture.line(R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/sent>, [0] => [10], 10) = 10 <0.000010>)");
    capture.line(fmt::format("close(6<{}>) = 0", path));
  }
  const ReplayPlan plan = capture.plan();
  REQUIRE(plan.files.size() == 1);
  CHECK(plan.files[0].path == "/srv/sent");
  CHECK(matched(plan, "openat") == 1);
  CHECK(matched(plan, "fstat") == 1);
  CHECK(matched(plan, "close") == 1);
  CHECK(ignored(plan, "openat") == 1);
  CHECK(ignored(plan, "fstat") == 1);
  CHECK(ignored(plan, "close") == 1);
}

TEST_CASE("every stat gives sizes") {
  const char* const stats[] = {
      R"(stat("/srv/a", {st_mode=S_IFREG|0644, st_size=1234, ...}) = 0)",
      R"(newfstatat(AT_FDCWD</srv>, "a", {st_mode=S_IFREG|0644, st_size=1234, ...}, 0) = 0)",
      R"(newfstatat(6</srv/a>, "", {st_mode=S_IFREG|0644, st_size=1234, ...}, AT_EMPTY_PATH) = 0)",
      R"(fstat(6</srv/a>, {st_mode=S_IFREG|0644, st_size=1234, ...}) = 0)",
      R"(statx(6</srv/a>, "", 0, 0, {stx_mode=S_IFREG|0644, stx_size=1234, ...}) = 0)",
  };
  for (const char* const stat : stats) {
    CAPTURE(stat);
    const ReplayPlan plan =
        Capture()
            .line(accepted)
            .line(R"(openat(AT_FDCWD</>, "/srv/a", O_RDONLY) = 6</srv/a> <0.000010>)")
            .line(stat)
            .line(R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [10], 10) = 10)")
            .plan();
    CHECK(plan.unmatched.empty());
    CHECK(plan.files.at(0).size == 1234);
    CHECK(plan.calls_matched == 4);
  }
}

TEST_CASE("without a size, a file ends where sending it ended") {
  const ReplayPlan plan =
      Capture()
          .line(accepted)
          .line(R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [7] => [17], 10) = 10)")
          .plan();
  CHECK(plan.unmatched.empty());
  CHECK(plan.files.at(0).path == "/srv/a");
  CHECK(plan.files.at(0).size == 17);
}

TEST_CASE("payload that cannot be placed makes the replay incomplete") {
  const char* const bad[] = {
      R"(sendfile(9, 6</srv/a>, [0] => [10], 10) = 10 <0.000010>)",
      R"(sendfile(9<TCP:[a:1->c:9]>, 6</srv/a>, [0] => [10], 10) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 12, [0] => [10], 10) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 12<pipe:[1]>, [0] => [10], 10) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [11], 10) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [20], 10) = 20 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, NULL, 10) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0]) = 10 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0], 10) = -1 EIO (Input/output error) <0.000010>)",
      R"(recvfrom(9<TCP:[a:1->c:9]>, "GET", 1024, 0, NULL, NULL) = 3 <0.000010>)",
      R"(recvfrom(5<TCP:[a:1->b:9]>, "GET", 1024, 0, NULL, NULL) = 3000 <0.000010>)",
      R"(writev(5<TCP:[a:1->b:9]>, [], 1) = 9223372036854775807 <0.000010>)",
      R"(write(19, "GET", 3) = 3 <0.000010>)",
      R"(close(9<TCP:[a:1->c:9]>) = 0 <0.000010>)",
      R"(close(x) = 0 <0.000010>)",
      R"(splice(7<pipe:[1]>, NULL, 5<TCP:[a:1->b:9]>, NULL, 10, 0) = 10 <0.000010>)",
      R"(sendmmsg(5<TCP:[a:1->b:9]>, [], 1, 0) = 1 <0.000010>)",
      R"(io_uring_enter(4<anon_inode:[io_uring]>, 1, 1, 0, NULL, 8) = 1)",
      R"(newcall(5<TCP:[a:1->b:9]>, 10) = 1 <0.000010>)",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [10], 10 = 10 <0.000010>)",
      R"(accept4(3<TCP:[a:1]>, {sa_family=AF_INET, [16], 0) = 6 <0.000010>)",
      R"(accept4(3<TCP:[a:1]>, NULL, NULL, 0) = 99999999999 <0.000010>)",
      R"(writev(5<TCP:[a:1->b:9]>,  <unfinished ...>)",
      R"(<... sendfile resumed>[0] => [10], 10) = 10 <0.000010>)",
      R"(garbage)",
  };
  for (const char* const line : bad) {
    CAPTURE(line);
    const Placed placed = place({accepted, line});
    CHECK(placed.unmatched);
    CHECK(placed.workload);
    CHECK_FALSE(placed.reason.empty());
  }
}

TEST_CASE("other calls that cannot be placed are listed, and the replay is complete without them") {
  const char* const bad[] = {
      "newcall(1, 2, 3) = 0 <0.000010>",
      "newcall(7<pipe:[1]>) = 0 <0.000010>",
      R"(read(5<TCP:[a:1->b:9]>,  <unfinished ...>)",
      R"(epoll_wait(8, [{events=EPOLLIN], 512, -1) = 1 <0.000010>)",
  };
  for (const char* const line : bad) {
    CAPTURE(line);
    const Placed placed = place({accepted, line});
    CHECK(placed.unmatched);
    CHECK_FALSE(placed.workload);
  }
}

TEST_CASE("halves of calls that would be ignored anyway are ignored") {
  CHECK_FALSE(place({"epoll_wait(8<anon_inode:[eventpoll]>,  <unfinished ...>"}).unmatched);
  CHECK_FALSE(place({"<... epoll_wait resumed>[], 512, -1) = 0 <0.5>"}).unmatched);
}

TEST_CASE("a capture whose last line is cut lists that line") {
  Capture capture;
  capture.line(accepted);
  capture.line(R"(recvfrom(5<TCP:[a:1->b:9]>, "GET", 1024, 0, NULL, NULL) = 300 <0.000010>)");
  const std::string& text = capture.text();
  for (const std::size_t cut : {2u, 12u, 30u, 60u}) {
    CAPTURE(cut);
    const auto plan =
        sim::plan_from_text(std::string_view(text).substr(0, text.size() - cut), "cut");
    REQUIRE(plan.has_value());
    CHECK(plan->calls == 2);
    REQUIRE(plan->unmatched.size() == 1);
    CHECK(plan->unmatched[0].line == 2);
    CHECK(plan->unmatched[0].workload);
    CHECK_THAT(plan->unmatched[0].reason, Catch::Contains("ends within this line"));
  }
}
