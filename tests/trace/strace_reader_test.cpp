#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "sim/trace/strace_reader.hpp"

using sim::BrokenCall;
using sim::BrokenCallKind;
using sim::LineEnd;
using sim::StraceReader;
using sim::Syscall;

namespace {

struct Broken {
  BrokenCallKind kind;
  int line;
  int column;
  std::string name;
};

// Keeps what it is handed.
struct Log final : sim::StraceSink {
  void call(const Syscall& call) override { calls.push_back(call); }
  void broken(const BrokenCall& call) override {
    brokens.push_back({call.kind, call.line, call.column, std::string(call.name)});
  }
  void begun(const Syscall& call) override { begun_lines.push_back(call.line); }
  void exited(int pid, kev::Instant) override { exits.push_back(pid); }

  std::vector<Syscall> calls;
  std::vector<Broken> brokens;
  std::vector<int> begun_lines;
  std::vector<int> exits;
};

struct Reading {
  Log log;
  sim::StraceCounts counts;
  kev::Instant last;
  kev::Errors errors;
};

Reading read(const std::vector<std::string>& lines, LineEnd last_end = LineEnd::newline) {
  Reading reading;
  StraceReader reader("some.strace", reading.log);
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!reader.add_line(lines[i], i + 1 == lines.size() ? last_end : LineEnd::newline)) break;
  const auto finished = reader.finish();
  if (finished) {
    reading.counts = finished->counts;
    reading.last = finished->last;
  } else {
    reading.errors = finished.error();
  }
  return reading;
}

}  // namespace

TEST_CASE("times are relative to the first line") {
  const Reading reading = read({"1 1795398129.900000 getpid() = 1 <0.000010>",
                                "1 1795398131.000001 getpid() = 1 <0.000020>"});
  REQUIRE(reading.log.calls.size() == 2);
  CHECK(reading.log.calls[0].start == kev::Instant(0));
  CHECK(reading.log.calls[0].end() == kev::Instant(10'000));
  CHECK(reading.log.calls[1].start == kev::Instant(1'100'001'000));
  CHECK(reading.log.calls[1].took == kev::Duration(20'000));
  CHECK(reading.last == kev::Instant(1'100'001'000));
}

TEST_CASE("a clock that is set back does not go below the first line") {
  const Reading reading = read({"1 100.5 getpid() = 1", "1 99.0 getpid() = 1"});
  REQUIRE(reading.log.calls.size() == 2);
  CHECK(reading.log.calls[1].start == kev::Instant(0));
}

TEST_CASE("halves of a call are joined per process") {
  const Reading reading = read({
      "7 10.000000 read(3<pipe:[1]>,  <unfinished ...>",
      "8 10.000100 read(4<pipe:[2]>,  <unfinished ...>",
      "7 10.500000 <... read resumed>\"ab\", 10) = 2 <0.499990>",
      "8 10.600000 <... read resumed>\"abc\", 10) = 3 <0.599900>",
  });
  REQUIRE(reading.log.calls.size() == 2);
  const Syscall& call = reading.log.calls[0];
  CHECK(call.pid == 7);
  CHECK(call.line == 1);
  CHECK(call.arguments == "3<pipe:[1]>, \"ab\", 10");
  CHECK(call.result == 2);
  CHECK(call.start == kev::Instant(0));
  CHECK(call.took == kev::Duration(499'990'000));
  CHECK(reading.log.calls[1].pid == 8);
  CHECK(reading.log.calls[1].result == 3);
  CHECK(reading.log.begun_lines == std::vector<int>{1, 2});
  CHECK(reading.counts.joined == 2);
  CHECK(reading.counts.calls == 2);
}

TEST_CASE("without durations, the second half tells how long a call took") {
  const Reading reading =
      read({"7 10.0 read(3,  <unfinished ...>", "7 10.25 <... read resumed>0x7f, 10) = 0"});
  REQUIRE(reading.log.calls.size() == 1);
  CHECK(reading.log.calls[0].took == kev::Duration(250'000'000));
}

TEST_CASE("a call that its process does not survive has no result") {
  const Reading reading = read({
      "7 10.0 read(4<pipe:[30628]>,  <unfinished ...>",
      "7 10.1 <... read resumed> <unfinished ...>) = ?",
      "7 10.2 +++ exited with 0 +++",
  });
  REQUIRE(reading.log.calls.size() == 1);
  CHECK(reading.log.calls[0].outcome == sim::Outcome::none);
  CHECK(reading.log.exits == std::vector<int>{7});
  CHECK(reading.log.brokens.empty());
}

TEST_CASE("halves without their counterpart are handed over as broken") {
  const Reading reading = read({
      "7 10.0 <... epoll_wait resumed>[], 512, -1) = 0 <0.5>",  // began before the capture
      "8 10.1 read(3,  <unfinished ...>",
      "8 10.2 getpid() = 8",  // so the read never came back
      "9 10.3 write(5,  <unfinished ...>",
      "9 10.4 +++ killed by SIGKILL +++",
      "6 10.5 read(3,  <unfinished ...>",
      "6 10.6 <... write resumed>\"a\", 1) = 1",  // of another call
      "5 10.7 accept4(3,  <detached ...>",
  });
  REQUIRE(reading.log.brokens.size() == 6);
  const auto is = [&](std::size_t i, BrokenCallKind kind, int line, const char* name) {
    CAPTURE(i);
    CHECK(reading.log.brokens[i].kind == kind);
    CHECK(reading.log.brokens[i].line == line);
    CHECK(reading.log.brokens[i].name == name);
  };
  is(0, BrokenCallKind::no_beginning, 1, "epoll_wait");
  is(1, BrokenCallKind::no_end, 2, "read");
  is(2, BrokenCallKind::no_end, 4, "write");
  is(3, BrokenCallKind::no_end, 6, "read");
  is(4, BrokenCallKind::no_beginning, 7, "write");
  is(5, BrokenCallKind::no_end, 8, "accept4");
  CHECK(reading.counts.calls == 7);
}

TEST_CASE("every line is counted once") {
  const Reading reading = read({
      "strace: Process 7 attached",
      "7 10.0 getpid() = 7",
      "",
      "7 10.1 --- SIGPIPE {si_signo=SIGPIPE} ---",
      "7 10.2 read(3,  <unfinished ...>",
      "7 10.3 <... read resumed>\"\", 10) = 0",
      "what is this",
      "7 10.4 +++ exited with 0 +++",
  });
  CHECK(reading.counts.lines == 8);
  CHECK(reading.counts.blank == 1);
  CHECK(reading.counts.marks == 3);
  CHECK(reading.counts.joined == 1);
  CHECK(reading.counts.calls == 3);
  REQUIRE(reading.log.brokens.size() == 1);
  CHECK(reading.log.brokens[0].kind == BrokenCallKind::unreadable);
  CHECK(reading.log.brokens[0].line == 7);
  CHECK(reading.log.brokens[0].column == 1);
}

TEST_CASE("a last line without its end is not trusted") {
  const std::string first = "7 10.0 getpid() = 7 <0.000010>";
  const auto last = [&](const char* text) { return read({first, text}, LineEnd::end_of_file); };

  const Reading cut_in_result = last("7 10.1 sendfile(5, 6, [0] => [53248], 53248) = 532");
  REQUIRE(cut_in_result.log.brokens.size() == 1);
  CHECK(cut_in_result.log.brokens[0].kind == BrokenCallKind::cut_off);
  CHECK(cut_in_result.log.brokens[0].name == "sendfile");

  CHECK(last("7 10.1 sendfile(5, 6, [0").log.brokens[0].kind == BrokenCallKind::cut_off);
  CHECK(last("7 10.1 send").log.brokens[0].kind == BrokenCallKind::cut_off);
  CHECK(last("7 179").log.brokens[0].kind == BrokenCallKind::cut_off);

  CHECK(last("7 10.1 close(5) = 0 <0.000010>").log.brokens.empty());
  CHECK(last("7 10.1 +++ exited with 0 +++").log.brokens.empty());

  const Reading cut_second_half =
      read({first, "7 10.1 read(5,  <unfinished ...>", "7 10.2 <... read resumed>\"a\", 512) = 12"},
           LineEnd::end_of_file);
  REQUIRE(cut_second_half.log.brokens.size() == 1);
  CHECK(cut_second_half.log.brokens[0].kind == BrokenCallKind::cut_off);
}

TEST_CASE("carriage returns at line ends do not matter") {
  CHECK(read({"7 10.0 getpid() = 7 <0.000010>\r"}).log.calls.size() == 1);
}

TEST_CASE("something that is no capture is refused with the place of its first line") {
  std::vector<std::string> lines{"", "once upon a time"};
  for (int i = 0; i < 40; ++i) lines.emplace_back("and so on");
  const Reading reading = read(lines);
  REQUIRE(reading.errors.size() == 1);
  const kev::Error& error = reading.errors[0];
  CHECK(error.place.file == "some.strace");
  CHECK(error.place.line == 2);
  CHECK(error.place.column == 1);
  CHECK_THAT(error.message, Catch::Contains("not an strace capture"));
  CHECK_THAT(error.hint, Catch::Contains("strace -f -ttt -T -yy -s 32"));
  CHECK(error.source_line == "once upon a time");
}

TEST_CASE("a capture without time stamps is refused, with the option that is missing") {
  const Reading reading =
      read({"22073 execve(\"/bin/true\", [\"true\"], 0x7f) = 0", "22073 brk(NULL) = 0x5601"});
  REQUIRE(reading.errors.size() == 1);
  CHECK_THAT(reading.errors[0].message, Catch::Contains("-ttt"));
  CHECK(reading.errors[0].place.line == 1);
  CHECK(reading.errors[0].place.column == 7);
}

TEST_CASE("a few unreadable lines at the beginning do not make it something else") {
  std::vector<std::string> lines(19, "noise");
  lines.emplace_back("7 10.0 getpid() = 7");
  const Reading reading = read(lines);
  CHECK(reading.errors.empty());
  CHECK(reading.log.brokens.size() == 19);
  CHECK(reading.log.calls.size() == 1);
  CHECK(reading.counts.calls == 20);
}

TEST_CASE("a capture without calls is refused") {
  CHECK_THAT(read({}).errors.at(0).message, Catch::Contains("empty"));
  CHECK_THAT(read({"", "  "}).errors.at(0).message, Catch::Contains("empty"));
}
