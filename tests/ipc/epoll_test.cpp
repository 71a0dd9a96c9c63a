// Epoll sets over pipes and UNIX sockets, with the wake-ups of Linux 6.18.

#include <catch2/catch.hpp>

#include <cerrno>

#include "sim/ipc/epoll.hpp"
#include "sim/ipc/pipe.hpp"
#include "sim/ipc/unix_socket.hpp"
#include "tests/support/explore.hpp"

using namespace test;
using namespace sim::poll_bits;

namespace {

constexpr std::uint32_t reading = in | rdhup;
using Runs = std::vector<sim::ContentRun>;

sim::ContentRun text(std::uint32_t length) {
  return {1, 0, length, 0};
}

struct PipePair {
  PipePair(sim::Kernel& kernel, sim::PipeRules rules) {
    const auto [r, w] = sim::make_pipe(kernel, nullptr, rules);
    reader = r;
    writer = w;
    reader->nonblocking = writer->nonblocking = true;
  }
  ~PipePair() {
    reader->put();
    writer->put();
  }
  PipePair(const PipePair&) = delete;
  PipePair& operator=(const PipePair&) = delete;
  sim::PipeEnd* reader = nullptr;
  sim::PipeEnd* writer = nullptr;
};

void in_process(const std::function<void(sim::Kernel&)>& body) {
  TestMachine m;
  m.thread("program", [&] { body(m.machine().kernel); });
  m.run();
  INFO(m.violation());
  CHECK(m.violation().empty());
  CHECK(m.all_ended());
}

std::size_t events(sim::Epoll& epoll) {
  return epoll.wait().size();
}

}  // namespace

TEST_CASE("edge-triggered: an event for each write, none for what is left unread") {
  in_process([](sim::Kernel& kernel) {
    PipePair pipe(kernel, sim::PipeRules::linux_6_18);
    sim::Epoll epoll(kernel);
    CHECK(epoll.add(*pipe.reader, 7, reading, sim::EpollMode::edge) == 0);
    CHECK(epoll.add(*pipe.reader, 7, reading, sim::EpollMode::edge) == -EEXIST);
    CHECK(events(epoll) == 0);
    pipe.writer->write(text(10));
    const auto told = epoll.wait();
    REQUIRE(told.size() == 1);
    CHECK(told[0].data == 7);
    CHECK(told[0].events == in);
    Runs runs;
    CHECK(pipe.reader->read(runs, 4) == 4);
    CHECK(events(epoll) == 0);
    pipe.writer->write(text(1));
    CHECK(events(epoll) == 1);
    CHECK(epoll.modify(*pipe.reader, reading, sim::EpollMode::edge) == 0);
    CHECK(events(epoll) == 1);
    CHECK(epoll.remove(*pipe.reader) == 0);
    CHECK(epoll.remove(*pipe.reader) == -ENOENT);
  });
}

TEST_CASE("level-triggered: again and again; one-shot: once until it is modified") {
  in_process([](sim::Kernel& kernel) {
    PipePair pipe(kernel, sim::PipeRules::linux_6_18);
    sim::Epoll epoll(kernel);
    epoll.add(*pipe.reader, 1, reading, sim::EpollMode::level);
    epoll.add(*pipe.writer, 2, out, sim::EpollMode::one_shot);
    pipe.writer->write(text(10));
    CHECK(events(epoll) == 2);
    CHECK(events(epoll) == 1);
    CHECK(events(epoll) == 1);
    epoll.modify(*pipe.writer, out, sim::EpollMode::one_shot);
    CHECK(events(epoll) == 2);
  });
}

TEST_CASE("6.18 wakes a pipe's writer only when it was full, and a reader even of a failed write") {
  in_process([](sim::Kernel& kernel) {
    PipePair pipe(kernel, sim::PipeRules::linux_6_18);
    CHECK(pipe.writer->write(text(70'000)) == 65'536);
    sim::Epoll epoll(kernel);
    epoll.add(*pipe.reader, 1, reading, sim::EpollMode::edge);
    epoll.add(*pipe.writer, 2, out, sim::EpollMode::edge);
    CHECK(events(epoll) == 1);
    CHECK(pipe.writer->write(text(1)) == -EAGAIN);
    CHECK(events(epoll) == 1);
    Runs runs;
    CHECK(pipe.reader->read(runs, 4096) == 4096);
    CHECK(epoll.wait().at(0).data == 2);
    CHECK(pipe.reader->read(runs, 4096) == 4096);
    CHECK(events(epoll) == 0);
  });
}

TEST_CASE("UNIX sockets: messages both ways, write space when they are read, half-close") {
  in_process([](sim::Kernel& kernel) {
    const auto [a, b] = sim::make_unix_pair(kernel, nullptr, nullptr);
    a->nonblocking = b->nonblocking = true;
    sim::Epoll epoll(kernel);
    epoll.add(*a, 1, in | out | rdhup, sim::EpollMode::edge);
    CHECK(events(epoll) == 1);
    CHECK(a->send(text(10)) == 10);
    CHECK(b->readable_bytes() == 10);
    CHECK(b->shutdown(sim::UnixSocket::receiving) == 0);
    CHECK(a->send(text(1)) == -EPIPE);
    CHECK(events(epoll) == 1);
    Runs runs;
    CHECK(b->receive(runs, 100) == 10);
    CHECK(events(epoll) == 1);
    CHECK(b->receive(runs, 100) == 0);
    long total = 0;
    for (long sent = 1; sent > 0; total += sent) sent = std::max(b->send(text(4096)), 0L);
    CHECK(total > 100'000);
    CHECK((b->poll() & out) == 0);
    b->put();
    CHECK((a->poll() & (in | hup | rdhup)) == (in | hup | rdhup));
    epoll.remove(*a);
    a->put();
  });
}

TEST_CASE("whoever goes with unread bytes leaves an error behind") {
  in_process([](sim::Kernel& kernel) {
    const auto [a, b] = sim::make_unix_pair(kernel, nullptr, nullptr);
    a->send(text(10));
    b->put();
    CHECK((a->poll() & err) == err);
    Runs runs;
    CHECK(a->receive(runs, 10) == -ECONNRESET);
    CHECK(a->receive(runs, 10) == 0);
    a->put();
  });
}
