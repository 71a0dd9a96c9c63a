// The C++ library's threads, used well: nothing may be reported.
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

class Channel {
 public:
  void put(std::string text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    texts_.push_back(std::move(text));
    filled_.notify_one();
  }
  std::string take() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return !texts_.empty(); });
    std::string text = std::move(texts_.front());
    texts_.pop_front();
    return text;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::string> texts_;
};

std::vector<int> made_before_main(1000, 7);

int& counter() {
  static std::unique_ptr<int> value = std::make_unique<int>(0);
  return *value;
}

/// Made by whoever comes first; the others look at its guard, and at nothing else.
const int& made_once() {
  static const int made = *std::make_unique<int>(5);
  return made;
}

/// Waits by writing what is there already.
class Spinlock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

}  // namespace

int main() {
  Channel channel;
  Spinlock spinlock;
  int spun = 0;
  std::atomic<int> flag{0};
  int plain = 0;
  std::mutex guard;
  auto shared = std::make_shared<const int>(3);
  std::thread sharer([&, shared] {
    assert(*shared == 3 && made_once() == 5);
    const std::lock_guard<Spinlock> lock(spinlock);
    ++spun;
  });
  shared.reset();
  assert(made_once() == 5);
  {
    const std::lock_guard<Spinlock> lock(spinlock);
    ++spun;
  }
  std::thread producer([&] {
    for (int i = 0; i < 2; ++i) channel.put(std::string(100, 'a') + std::to_string(i));
    plain = 1;
    flag.store(1, std::memory_order_release);
    const std::lock_guard<std::mutex> lock(guard);
    ++counter();
  });
  std::thread waiter([&] {
    {
      const std::lock_guard<std::mutex> lock(guard);
      ++counter();
    }
    flag.wait(0);
    assert(plain == 1);
  });
  assert(channel.take() == std::string(100, 'a') + "0");
  assert(channel.take().back() == '1');
  producer.join();
  sharer.join();
  flag.notify_all();
  waiter.join();
  assert(spun == 2);
  try {
    throw std::string("thrown and caught");
  } catch (const std::string& text) {
    assert(text.size() == 17);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  assert(counter() == 2);
  assert(made_before_main.size() == 1000);
  made_before_main.push_back(1);
  return 0;
}
