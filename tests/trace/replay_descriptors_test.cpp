// Which descriptor means what, over processes, threads and reuse of numbers.

#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/trace/capture.hpp"

using sim::ReplayPlan;
using trace_test::at_ms;
using trace_test::Capture;
using trace_test::ignored;
using trace_test::matched;

namespace {

std::string accept(int number, int port) {
  return fmt::format(
      "accept4(3<TCP:[a:1]>, NULL, NULL, 0) = {}<TCP:[a:1->b:{}]> "
      "<0.000010>",
      number, port);
}

std::string receive(int number, int port, int bytes = 40) {
  return fmt::format(
      "recvfrom({}<TCP:[a:1->b:{}]>, \"GET\", 1024, 0, NULL, NULL) = {} "
      "<0.000010>",
      number, port, bytes);
}

std::string close(int number, int port) {
  return fmt::format("close({}<TCP:[a:1->b:{}]>) = 0 <0.000010>", number, port);
}

const char* const thread_flags = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD";

}  // namespace

TEST_CASE("a number that is used again means the new connection") {
  const ReplayPlan plan = Capture()
                              .line(accept(5, 1))
                              .line(receive(5, 1, 10))
                              .line(close(5, 1))
                              .line(accept(5, 2))
                              .line(receive(5, 2, 20))
                              .line(close(5, 2))
                              .plan();
  REQUIRE(plan.connections.size() == 2);
  CHECK(plan.connections[0].requests.at(0).request_bytes == 10);
  CHECK(plan.connections[0].closed == at_ms(2));
  CHECK(plan.connections[1].requests.at(0).request_bytes == 20);
  CHECK(plan.connections[1].closed == at_ms(5));
}

TEST_CASE("a file and a connection may have the same number one after the other") {
  const ReplayPlan plan = Capture()
                              .line(accept(5, 1))
                              .line(close(5, 1))
                              .line(R"(openat(AT_FDCWD</>, "/srv/a", O_RDONLY) = 5</srv/a>)")
                              .line(accept(6, 2))
                              .line(receive(6, 2))
                              .line("sendfile(6<TCP:[a:1->b:2]>, 5</srv/a>, [0] => [10], 10) = 10")
                              .line("close(5</srv/a>) = 0")
                              .line(accept(5, 3))
                              .line(receive(5, 3))
                              .plan();
  CHECK(plan.unmatched.empty());
  REQUIRE(plan.connections.size() == 3);
  CHECK(plan.connections[1].requests.at(0).file == 0);
  CHECK(plan.connections[2].requests.size() == 1);
}

TEST_CASE("when number and -yy text disagree, the text is right") {
  // The close of the first connection is not in the capture.
  const ReplayPlan plan = Capture()
                              .line(accept(5, 1))
                              .line(accept(6, 2))
                              .line(receive(5, 2, 22))  // as after a dup that was not seen
                              .line("read(5</srv/a>, \"x\", 1) = 1")
                              .line(accept(5, 3))
                              .line(receive(5, 3, 33))
                              .plan();
  CHECK(plan.unmatched.empty());
  REQUIRE(plan.connections.size() == 3);
  CHECK(plan.connections[0].requests.empty());
  CHECK(plan.connections[0].closed == at_ms(4) + kev::Duration(10'000));
  CHECK(plan.connections[1].requests.at(0).request_bytes == 22);
  CHECK(plan.connections[2].requests.at(0).request_bytes == 33);
}

TEST_CASE("a socket whose addresses are gone from the text is still the same") {
  const ReplayPlan plan = Capture().line(accept(5, 1)).line("close(5<TCP:[120277]>) = 0").plan();
  CHECK(plan.connections.at(0).closed == at_ms(1));
  CHECK(matched(plan, "close") == 1);
}

TEST_CASE("threads share descriptors, processes have their own") {
  const auto serve = [](const std::string& clone) {
    return Capture()
        .line(100, clone)
        .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
        .line(101, "read(5, \"GET\", 100) = 3 <0.000010>")
        .plan();
  };
  const ReplayPlan threads =
      serve(fmt::format("clone3({{flags={}}} => {{parent_tid=[101]}}, 88) = 101", thread_flags));
  CHECK(threads.unmatched.empty());
  CHECK(threads.connections.at(0).requests.size() == 1);

  const ReplayPlan processes =
      serve("clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 101");
  CHECK(processes.connections.at(0).requests.empty());
  REQUIRE(processes.unmatched.size() == 1);
  CHECK(processes.unmatched[0].workload);
}

TEST_CASE("a child inherits what was open when it was forked") {
  const ReplayPlan plan = Capture()
                              .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
                              .line(100, "fork() = 101 <0.000010>")
                              .line(100, "close(5) = 0 <0.000010>")
                              .line(101, "read(5, \"GET\", 100) = 3 <0.000010>")
                              .line(101, "close(5) = 0 <0.000010>")
                              .plan();
  CHECK(plan.unmatched.empty());
  CHECK(plan.connections.at(0).requests.size() == 1);
  CHECK(plan.connections.at(0).closed == at_ms(4));
}

TEST_CASE("a connection is open while one process has it") {
  const ReplayPlan plan = Capture()
                              .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
                              .line(100, "fork() = 101 <0.000010>")
                              .line(100, "close(5) = 0 <0.000010>")
                              .line(101, "getpid() = 101")
                              .plan();
  CHECK(plan.connections.at(0).closed == at_ms(3));
}

TEST_CASE("a child that runs before its clone returns is known") {
  const auto serve = [](const char* clone) {
    return Capture()
        .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
        .line(100, clone)
        .line(101, "read(5, \"GET\", 100) = 3 <0.000010>")
        .line(101, "accept(3, NULL, NULL) = 6 <0.000010>")
        .line(100, "<... clone resumed>) = 101 <0.000010>")
        .line(100, "read(6, \"GET\", 100) = 3 <0.000010>")
        .plan();
  };
  const ReplayPlan thread =
      serve("clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished ...>");
  CHECK(thread.unmatched.empty());
  CHECK(thread.connections.at(1).requests.size() == 1);

  const ReplayPlan process = serve("clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>");
  CHECK(process.connections.at(0).requests.size() == 1);
  CHECK(process.unmatched.size() == 1);  // 6 is the child's alone
}

TEST_CASE("what a process leaves open closes when it exits") {
  const ReplayPlan plan = Capture()
                              .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
                              .line(100, "exit_group(0) = ?")
                              .line(100, "+++ exited with 0 +++")
                              .line(99, "getpid() = 99")
                              .plan();
  CHECK(plan.connections.at(0).closed == at_ms(2));
}

TEST_CASE("a copied descriptor keeps the connection open") {
  const char* const copies[] = {"dup(5) = 7 <0.000010>", "dup2(5, 7) = 7 <0.000010>",
                                "dup3(5, 7, O_CLOEXEC) = 7 <0.000010>",
                                "fcntl(5, F_DUPFD_CLOEXEC, 7) = 7 <0.000010>"};
  for (const char* const copy : copies) {
    CAPTURE(copy);
    const ReplayPlan plan = Capture()
                                .line("accept(3, NULL, NULL) = 5 <0.000010>")
                                .line(copy)
                                .line("close(5) = 0 <0.000010>")
                                .line("read(7, \"GET\", 100) = 3 <0.000010>")
                                .line("close(7) = 0 <0.000010>")
                                .plan();
    CHECK(plan.unmatched.empty());
    CHECK(plan.connections.at(0).requests.size() == 1);
    CHECK(plan.connections.at(0).closed == at_ms(4));
  }
}

TEST_CASE("dup2 over a connection closes it") {
  const ReplayPlan plan = Capture()
                              .line("accept(3, NULL, NULL) = 5 <0.000010>")
                              .line("pipe2([8, 9], O_CLOEXEC) = 0 <0.000010>")
                              .line("dup2(8, 5) = 5 <0.000010>")
                              .line("read(5, \"x\", 1) = 1 <0.000010>")
                              .plan();
  CHECK(plan.connections.at(0).closed == at_ms(2) + kev::Duration(10'000));
  CHECK(plan.connections.at(0).requests.empty());
  REQUIRE(ignored(plan, "read") == 1);
  const auto read = std::find_if(plan.ignored.begin(), plan.ignored.end(),
                                 [](const sim::CallCount& row) { return row.call == "read"; });
  CHECK_THAT(read->reason, Catch::Contains("inside the program"));
}

TEST_CASE("close_range closes connections") {
  const ReplayPlan plan = Capture()
                              .line("accept(3, NULL, NULL) = 5 <0.000010>")
                              .line("close_range(3, 4294967295, 0) = 0 <0.000010>")
                              .line("getpid() = 100")
                              .plan();
  CHECK(plan.connections.at(0).closed == at_ms(1));
  CHECK(matched(plan, "close_range") == 1);

  const ReplayPlan marked = Capture()
                                .line("accept(3, NULL, NULL) = 5 <0.000010>")
                                .line("close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0")
                                .line("getpid() = 100")
                                .plan();
  CHECK(marked.connections.at(0).closed == at_ms(2));
}

TEST_CASE("a number is free as soon as its close begins") {
  const std::string clone =
      fmt::format("clone3({{flags={}}} => {{parent_tid=[101]}}, 88) = 101", thread_flags);
  const ReplayPlan plan = Capture()
                              .line(100, clone)
                              .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
                              .line(100, "close(5 <unfinished ...>")
                              .line(101, "accept(3, NULL, NULL) = 5 <0.000010>")
                              .line(100, "<... close resumed>) = 0 <0.000010>")
                              .line(101, "read(5, \"GET\", 100) = 3 <0.000010>")
                              .plan();
  CHECK(plan.unmatched.empty());
  CHECK(plan.connections.at(0).closed == at_ms(2));
  CHECK(plan.connections.at(1).requests.size() == 1);
  CHECK(matched(plan, "close") == 1);
}

TEST_CASE("a close or clone that never came back has no part in later ones") {
  const ReplayPlan closes = Capture()
                                .line("accept(3, NULL, NULL) = 5 <0.000010>")
                                .line("accept(3, NULL, NULL) = 6 <0.000010>")
                                .line("close(5 <unfinished ...>")
                                .line("close(6) = 0 <0.000010>")
                                .line("getpid() = 100")
                                .plan();
  CHECK(closes.connections.at(0).closed == at_ms(2));
  CHECK(closes.connections.at(1).closed == at_ms(3));

  const ReplayPlan clones =
      Capture()
          .line(100, "accept(3, NULL, NULL) = 5 <0.000010>")
          .line(100, "clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES <unfinished ...>")
          .line(100, "<... clone resumed>) = ? ERESTARTNOINTR (To be restarted)")
          .line(101, "read(5, \"GET\", 100) = 3 <0.000010>")
          .plan();
  CHECK(clones.connections.at(0).requests.empty());
  CHECK(clones.unmatched.size() == 1);
}

TEST_CASE("threads attached to without their clone find connections by the text") {
  const ReplayPlan plan = Capture()
                              .line(100, accept(5, 1))
                              .line(101, receive(5, 1))
                              .line(101, close(5, 1))
                              .line(100, "getpid() = 100")
                              .plan();
  CHECK(plan.unmatched.empty());
  CHECK(plan.connections.at(0).requests.size() == 1);
  CHECK(plan.connections.at(0).closed == at_ms(2));
}

TEST_CASE("connections the program makes itself are not clients") {
  const ReplayPlan plan =
      Capture()
          .line("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 4<TCP:[77]>")
          .line(
              "connect(4<TCP:[77]>, {sa_family=AF_INET}, 16) = -1 EINPROGRESS (Operation now in "
              "progress)")
          .line("sendto(4<TCP:[1.1.1.1:5->9.9.9.9:80]>, \"GET\", 3, 0, NULL, 0) = 3")
          .line("recvfrom(4<TCP:[1.1.1.1:5->9.9.9.9:80]>, \"HTTP\", 100, 0, NULL, NULL) = 4")
          .line("close(4<TCP:[1.1.1.1:5->9.9.9.9:80]>) = 0")
          .plan();
  CHECK(plan.connections.empty());
  CHECK(plan.unmatched.empty());
  CHECK(plan.calls_ignored == 5);
}

TEST_CASE("paths with every kind of character are the same in calls and in the text") {
  const ReplayPlan plan =
      Capture()
          .line(accept(5, 1))
          .line(R"(openat(AT_FDCWD</t>, "/t/a<b>\"c,\303\251(", 0) = 6</t/a\74b\76\"c,\303\251(>)")
          .line(
              R"(fstat(6</t/a\74b\76\"c,\303\251(>, {st_mode=S_IFREG|0644, st_size=50, ...}) = 0)")
          .line(R"(sendfile(5<TCP:[a:1->b:1]>, 6</t/a\74b\76\"c,\303\251(>, NULL, 50) = 50)")
          .plan();
  CHECK(plan.unmatched.empty());
  REQUIRE(plan.files.size() == 1);
  CHECK(plan.files[0].path == "/t/a<b>\"c,\303\251(");
  CHECK(plan.files[0].size == 50);
}
