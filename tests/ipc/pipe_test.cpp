#include <catch2/catch.hpp>

#include <cerrno>

#include "tests/support/explore.hpp"

using namespace test;

namespace {

using Runs = std::vector<sim::ContentRun>;

sim::ContentRun text(std::uint64_t source, std::uint32_t length, std::uint64_t offset = 0) {
  return {source, offset, length, 0};
}

std::uint64_t bytes(const Runs& runs) {
  std::uint64_t sum = 0;
  for (const sim::ContentRun& run : runs) sum += run.length;
  return sum;
}

void in_process(const std::function<void(TestMachine&, sim::ProcessCalls&)>& body) {
  TestMachine m;
  m.thread("program", [&] { body(m, m.calls()); });
  m.run();
  INFO(m.violation());
  CHECK(m.violation().empty());
  CHECK(m.all_ended());
}

}  // namespace

TEST_CASE("what is written is read in order, until the writer closes") {
  in_process([](TestMachine&, sim::ProcessCalls& calls) {
    const auto [in, out] = calls.pipe();
    CHECK(calls.write(out, text(1, 100)) == 100);
    CHECK(calls.write(out, text(1, 5000, 100)) == 5000);
    Runs runs;
    CHECK(calls.read(in, runs, 50) == 50);
    CHECK(calls.close(out) == 0);
    CHECK(calls.read(in, runs, 100'000) == 5050);
    CHECK(calls.read(in, runs, 100) == 0);
    REQUIRE(runs.size() == 1);
    CHECK(runs.front().offset == 0);
    CHECK(bytes(runs) == 5100);
    CHECK(calls.close(in) == 0);
  });
}

TEST_CASE("a pipe has 16 pages; small writes share one") {
  in_process([](TestMachine&, sim::ProcessCalls& calls) {
    const auto [in, out] = calls.pipe();
    CHECK(calls.set_nonblocking(out) == 0);
    CHECK(calls.set_nonblocking(in) == 0);
    Runs runs;
    CHECK(calls.read(in, runs, 1) == -EAGAIN);
    CHECK(calls.write(out, text(1, 70'000)) == 65'536);
    CHECK(calls.write(out, text(1, 1)) == -EAGAIN);
    CHECK(calls.read(in, runs, 4095) == 4095);
    CHECK(calls.write(out, text(2, 1)) == -EAGAIN);  // the page is still in use
    CHECK(calls.read(in, runs, 1) == 1);
    for (int i = 0; i < 4096; ++i) CHECK(calls.write(out, text(2, 1)) == 1);
    CHECK(calls.write(out, text(2, 1)) == -EAGAIN);
    calls.close(in);
    CHECK(calls.write(out, text(2, 1)) == -EPIPE);
    calls.close(out);
  });
}

TEST_CASE("the ends know their direction, and other files are no pipes") {
  in_process([](TestMachine&, sim::ProcessCalls& calls) {
    const auto [in, out] = calls.pipe();
    Runs runs;
    CHECK(calls.read(out, runs, 1) == -EBADF);
    CHECK(calls.write(in, text(1, 1)) == -EBADF);
    CHECK(calls.read(99, runs, 1) == -EBADF);
    const int queue = calls.kevent_init();
    CHECK(calls.read(queue, runs, 1) == -EINVAL);
    for (const int descriptor : {in, out, queue}) calls.close(descriptor);
  });
}

TEST_CASE("a signal ends a wait for bytes or for room, and what was written is told") {
  in_process([](TestMachine& m, sim::ProcessCalls& calls) {
    const auto ends = calls.pipe();
    sim::Thread& reader = m.thread("reader", [&m, in = ends[0]] {
      Runs runs;
      CHECK(m.calls().read(in, runs, 1) == -EINTR);
    });
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(kev::Duration(1000));
    m.kernel().signal(reader);
    sim::Thread& writer = m.thread(
        "writer", [&m, out = ends[1]] { CHECK(m.calls().write(out, text(1, 100'000)) == 65'536); });
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(kev::Duration(1'000'000));
    m.kernel().signal(writer);
  });
}

TEST_CASE("writers and readers under any schedule: all bytes come, small writes stay whole") {
  Runs runs;
  under_all(
      [&runs](TestMachine& m) {
        runs.clear();
        m.thread("program", [&m, &runs] {
          const auto [in, out] = m.calls().pipe();
          auto writing = std::make_shared<int>(2);
          for (std::uint64_t w = 1; w <= 2; ++w)
            m.thread("writer", [&m, w, writing, write_end = out] {
              for (std::uint64_t n = 0; n < 10; ++n)
                CHECK(m.calls().write(write_end, text(w, 4000, n * 4000)) == 4000);
              if (--*writing == 0) m.calls().close(write_end);
            });
          while (m.calls().read(in, runs, 3000) > 0) continue;
          m.calls().close(in);
        });
      },
      [&runs](TestMachine&) {
        REQUIRE(bytes(runs) == 80'000);
        std::uint64_t next[3] = {0, 0, 0};
        for (const sim::ContentRun& run : runs) {
          REQUIRE(run.offset == next[run.source]);
          next[run.source] += run.length;
          // Another writer's bytes begin only where a write has ended.
          if (&run != &runs.back()) REQUIRE(next[run.source] % 4000 == 0);
        }
      },
      100);
}

TEST_CASE("dup2 puts another file in a descriptor's place, under a reader's hands, too") {
  in_process([](TestMachine& m, sim::ProcessCalls& calls) {
    const auto asleep = calls.pipe();
    const auto other = calls.pipe();
    CHECK(calls.write(other[1], text(2, 10)) == 10);
    m.thread("reader", [&calls, asleep] {
      Runs runs;
      // The call has the pipe already; the next one gets the other.
      CHECK(calls.read(asleep[0], runs, 100) == 5);
      CHECK(calls.read(asleep[0], runs, 100) == 10);
      calls.close(asleep[0]);
    });
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(kev::Duration(1'000'000));
    CHECK(calls.dup2(other[0], asleep[0]) == asleep[0]);
    CHECK(calls.write(asleep[1], text(1, 5)) == 5);
    CHECK(calls.dup2(other[0], other[0]) == other[0]);
    CHECK(calls.dup2(77, asleep[1]) == -EBADF);
    CHECK(calls.dup2(other[0], -1) == -EBADF);
    CHECK(calls.dup2(other[0], 20) == 20);
    for (const int descriptor : {20, asleep[1], other[0], other[1]})
      CHECK(calls.close(descriptor) == 0);
  });
}
