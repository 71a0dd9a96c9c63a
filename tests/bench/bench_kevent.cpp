// What the event queue itself costs, with so many interests registered: adding one, from an
// origin's activity to the event in the program's buffer, modifying one. Beside it epoll with
// eventfds on the running kernel, for scale: that includes a system call each, this does not.

#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "model/kevent/queue_impl.hpp"
#include "tests/bench/one_thread_platform.hpp"

namespace abi = kev::abi;

namespace {

using Queue = kev::Queue<bench::OneThread>;

static_assert(kev::QueuePlatform<bench::OneThread>);

void check(bool good) {
  if (good) return;
  std::fputs("bench_kevent: a call failed\n", stderr);
  std::abort();
}

kev::UserAddress address(const void* memory) {
  return reinterpret_cast<kev::UserAddress>(memory);
}

abi::ukevent request(std::uint32_t descriptor, std::uint32_t flags = 0) {
  abi::ukevent made{};
  made.type = abi::KEVENT_SOCKET;
  made.id = {{descriptor, 0}};
  made.event = abi::KEVENT_SOCKET_RECV;
  made.req_flags = flags;
  return made;
}

/// A queue with one interest in each of so many descriptors.
class Crowd {
 public:
  explicit Crowd(std::uint32_t interests, std::uint32_t flags = abi::KEVENT_REQ_ET)
      : interests_(interests) {
    int error = 0;
    queue_ = Queue::create(platform_, 1, {}, &error);
    for (std::uint32_t i = 0; i <= interests; ++i) platform_.open();
    for (std::uint32_t i = 0; i < interests; ++i) control(abi::KEVENT_CTL_ADD, request(i, flags));
  }
  ~Crowd() { queue_->release(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void control(abi::kevent_command command, abi::ukevent one) {
    check(queue_->control(command, 1, address(&one)) == 0);
  }
  void fire(std::uint32_t descriptor) {
    bench::OneThread::File& file = *platform_.file_get(static_cast<int>(descriptor));
    file.ready = 1;
    file.storage.on_activity(abi::KEVENT_SOCKET_RECV);
    file.ready = 0;
  }
  void fetch(std::uint32_t count) {
    events_.resize(count);
    check(queue_->get_events(count, count, {0, 0}, address(events_.data()), 0) == count);
  }
  /// Descriptors in an order that no cache likes; the same in every run.
  std::uint32_t next() {
    at_ = static_cast<std::uint32_t>((std::uint64_t{at_} + stride) % interests_);
    return at_;
  }
  [[nodiscard]] std::uint32_t interests() const { return interests_; }
  bench::OneThread& platform() { return platform_; }

 private:
  static constexpr std::uint32_t stride = 7'919 * 31;  // prime to the sizes used
  bench::OneThread platform_;
  Queue* queue_ = nullptr;
  std::uint32_t interests_;
  std::uint32_t at_ = 0;
  std::vector<abi::ukevent> events_;
};

std::uint32_t size_of(const benchmark::State& state) {
  return static_cast<std::uint32_t>(state.range(0));
}

/// One more interest, and away with it.
void kevent_add_remove(benchmark::State& state) {
  Crowd crowd(size_of(state));
  for (auto _ : state) {
    crowd.control(abi::KEVENT_CTL_ADD, request(crowd.interests()));
    crowd.control(abi::KEVENT_CTL_REMOVE, request(crowd.interests()));
    crowd.platform().end_grace_period();
  }
  state.SetItemsProcessed(state.iterations());
}

void kevent_ready_to_delivered(benchmark::State& state) {
  Crowd crowd(size_of(state));
  constexpr std::uint32_t batch = 64;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < batch; ++i) crowd.fire(crowd.next());
    crowd.fetch(batch);
  }
  state.SetItemsProcessed(state.iterations() * batch);
}

void kevent_modify(benchmark::State& state) {
  Crowd crowd(size_of(state));
  for (auto _ : state)
    crowd.control(abi::KEVENT_CTL_MODIFY, request(crowd.next(), abi::KEVENT_REQ_ET));
  state.SetItemsProcessed(state.iterations());
}

/// The running kernel: eventfds in an epoll set, edge-triggered.
class Epoll {
 public:
  explicit Epoll(std::uint32_t interests) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < interests + 16) return;
    epoll_ = epoll_create1(0);
    for (std::uint32_t i = 0; i < interests; ++i) {
      files_.push_back(eventfd(0, EFD_NONBLOCK));
      if (files_.back() < 0) return;
      control(EPOLL_CTL_ADD, files_.back());
    }
    complete_ = true;
  }
  ~Epoll() {
    for (const int file : files_)
      if (file >= 0) close(file);
    if (epoll_ >= 0) close(epoll_);
  }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  [[nodiscard]] bool complete() const { return complete_; }
  void control(int command, int file) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = file;
    check(epoll_ctl(epoll_, command, file, &event) == 0);
  }
  int next() {
    at_ = (at_ + 245'489) % files_.size();
    return files_[at_];
  }
  void fire(int file) {
    const std::uint64_t one = 1;
    check(write(file, &one, sizeof one) == sizeof one);
  }
  void fetch(int count) {
    epoll_event events[64];
    check(epoll_wait(epoll_, events, count, 0) == count);
  }

 private:
  int epoll_ = -1;
  std::vector<int> files_;
  std::size_t at_ = 0;
  bool complete_ = false;
};

void epoll_ready_to_delivered(benchmark::State& state) {
  Epoll epoll(size_of(state));
  if (!epoll.complete()) return state.SkipWithError("not so many descriptors allowed here");
  constexpr int batch = 64;
  for (auto _ : state) {
    for (int i = 0; i < batch; ++i) epoll.fire(epoll.next());
    epoll.fetch(batch);
  }
  state.SetItemsProcessed(state.iterations() * batch);
}

void epoll_modify(benchmark::State& state) {
  Epoll epoll(size_of(state));
  if (!epoll.complete()) return state.SkipWithError("not so many descriptors allowed here");
  for (auto _ : state) epoll.control(EPOLL_CTL_MOD, epoll.next());
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgName("interests")->Arg(100)->Arg(10'000)->Arg(1'000'000);
}

BENCHMARK(kevent_add_remove)->Apply(sizes);
BENCHMARK(kevent_ready_to_delivered)->Apply(sizes);
BENCHMARK(kevent_modify)->Apply(sizes);
BENCHMARK(epoll_ready_to_delivered)->Apply(sizes);
BENCHMARK(epoll_modify)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
