// A queue whose process is killed: waiters leave, interests that are ready, pending or just firing
// go with it, and nothing stays behind.

#include <catch2/catch.hpp>

#include "tests/support/queue_user.hpp"

using namespace kev::literals;
using test::QueueUser;
using test::TestMachine;
namespace abi = kev::abi;

namespace {

void nothing(void*, kev::Duration) {}

/// Two threads wait, a third makes interests of several kinds and lets them fire, and somebody
/// kills them: in timing mode after `delay`, explored at any time.
void run_and_kill(TestMachine& m, kev::Duration delay) {
  m->process.set_init(&nothing, nullptr);
  m.thread("program", [&m, delay] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    for (int i = 0; i < 2; ++i)
      m.thread("waiter", [&m, queue] {
        QueueUser mine(m);
        for (;;) mine.wait(queue, 1, 1);
      });
    m.kernel().spawn("killer", sim::ContextKind::kernel_thread, [&m, delay] {
      m.kernel().spend_time(delay);
      m->process.kill(1_ms);
    });
    const auto [read_end, write_end] = m.calls().pipe();
    const auto reader = static_cast<std::uint32_t>(read_end);
    user.add(queue, QueueUser::request(abi::KEVENT_POLL, reader, 0, 1));
    user.add(queue, QueueUser::unotify(1));
    user.add(queue, QueueUser::unotify(2, abi::KEVENT_REQ_ONESHOT));
    abi::ukevent timer = QueueUser::request(abi::KEVENT_TIMER, 0);
    timer.id = {{0, 1000}};
    user.add(queue, timer);
    user.ready(queue, QueueUser::unotify(2));
    m.calls().write(write_end, {1, 0, 10, 0});
    for (;;) user.wait(queue, 1, 1);
  });
  // The timer of a queue that was not closed would go on for ever.
  if (m.kernel().exploring())
    m.kernel().run();
  else
    m.kernel().run_events(50'000);
}

}  // namespace

TEST_CASE("a killed process leaves nothing of its queue, whenever it is struck") {
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t seed = i < 20 ? 0 : static_cast<std::uint64_t>(i);
    TestMachine m(2, seed);
    run_and_kill(m, kev::Duration(500) * i);
    INFO("number " << i << ' ' << m.violation());
    REQUIRE(m.violation().empty());
    REQUIRE(m.all_ended());
    REQUIRE(m->allocator.live() == 0);
    REQUIRE(m->files.open_count() == 0);
    REQUIRE(m->rcu.idle());
    REQUIRE(m->engine.pending() == 0);
  }
}
