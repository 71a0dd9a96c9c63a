// Waits with a time: that may run out at any moment, and the clock then shows it.
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

int main() {
  std::mutex mutex;
  std::condition_variable changed;
  std::timed_mutex timed;
  std::shared_timed_mutex shared;
  bool done = false;
  std::thread worker([&] {
    std::this_thread::sleep_for(5ms);
    {
      const std::unique_lock lock(timed, 1ms);
    }
    {
      const std::shared_lock lock(shared, 1ms);
    }
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  });
  {
    const std::lock_guard a(timed);
    const std::unique_lock b(shared, 1ms);
    const auto begin = Clock::now();
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, 10ms, [&] { return done; })) assert(Clock::now() - begin >= 10ms);
  }
  // Looks again and again, with a pause.
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      if (done) break;
    }
    std::this_thread::sleep_for(1ms);
  }
  {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, 1ms, [&] { return done; })) {
    }
  }
  worker.join();
  return 0;
}
