// Promises, futures, std::async, call_once, latches, semaphores, barriers, stop tokens.
#include <atomic>
#include <barrier>
#include <cassert>
#include <chrono>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

namespace {

void promises() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread setter([&] { promise.set_value(5); });
  if (future.wait_for(1ms) == std::future_status::timeout) future.wait();
  assert(future.get() == 5);
  setter.join();
  auto thrown = std::async(std::launch::async, [] { throw std::runtime_error("x"); });
  try {
    thrown.get();
    assert(false);
  } catch (const std::runtime_error&) {
  }
}

void once() {
  std::once_flag flag;
  int calls = 0;
  const auto call = [&] { std::call_once(flag, [&] { ++calls; }); };
  std::thread other(call);
  call();
  other.join();
  assert(calls == 1);
  std::once_flag second;
  try {
    std::call_once(second, [] { throw 1; });
    assert(false);
  } catch (int) {
  }
  std::call_once(second, [&] { ++calls; });
  assert(calls == 2);
}

void counters() {
  std::latch latch(2);
  std::counting_semaphore<4> units(0);
  std::barrier barrier(2);
  int before = 0;
  int after = 0;
  std::thread other([&] {
    before = 1;
    latch.count_down();
    units.release();
    barrier.arrive_and_wait();
    after = 2;
  });
  latch.arrive_and_wait();
  assert(before == 1);
  while (!units.try_acquire_for(1ms)) {
  }
  barrier.arrive_and_wait();
  other.join();
  assert(after == 2);
}

void stops() {
  std::atomic<int> rounds{0};
  std::jthread worker([&](std::stop_token token) {
    while (!token.stop_requested()) {
      ++rounds;
      std::this_thread::sleep_for(1ms);
    }
  });
  worker.request_stop();
}

}  // namespace

int main() {
#ifdef PART
  PART();
#else
  promises();
  once();
#endif
  return 0;
}
