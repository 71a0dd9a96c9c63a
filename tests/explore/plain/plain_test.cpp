// Plain C++ threads, mutexes and condition variables in a test, explored. Nothing here knows of the
// explorer but the call of explore().

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "sim/programs/explore.hpp"

TEST_CASE("a check of the flag outside of the lock loses a wake-up") {
  const kevsim::Result result = kevsim::explore([] {
    std::mutex mutex;
    std::condition_variable changed;
    std::atomic<bool> ready{false};
    std::thread consumer([&] {
      if (ready) return;
      std::unique_lock lock(mutex);
      changed.wait(lock);
    });
    std::thread producer([&] {
      ready = true;
      changed.notify_one();
    });
    consumer.join();
    producer.join();
  });
  INFO(result.table);
  CHECK(result.property == "lost_wakeup");
  CHECK(result.execution < 100);
  CHECK(result.table.find("signal") != std::string::npos);
}

TEST_CASE("the same with the flag under the lock loses none, in any order") {
  const kevsim::Result result = kevsim::explore(
      [] {
        std::mutex mutex;
        std::condition_variable changed;
        bool ready = false;
        std::thread consumer([&] {
          std::unique_lock lock(mutex);
          changed.wait(lock, [&] { return ready; });
        });
        std::thread producer([&] {
          const std::lock_guard lock(mutex);
          ready = true;
          changed.notify_one();
        });
        consumer.join();
        producer.join();
      },
      {.strategy = "odpor", .executions = 1'000'000});
  INFO(result.message);
  CHECK(result.property.empty());
  CHECK(result.complete);
}

TEST_CASE("an unguarded counter is a data race") {
  const kevsim::Result result = kevsim::explore([] {
    int count = 0;
    std::thread other([&] { ++count; });
    ++count;
    other.join();
  });
  CHECK(result.property == "data_race");
}

TEST_CASE("two mutexes in both orders are a deadlock") {
  const kevsim::Result result = kevsim::explore([] {
    std::mutex a;
    std::mutex b;
    std::thread other([&] {
      const std::lock_guard first(b);
      const std::lock_guard second(a);
    });
    {
      const std::lock_guard first(a);
      const std::lock_guard second(b);
    }
    other.join();
  });
  CHECK(result.property == "deadlock");
}

TEST_CASE("correct use of the standard library breaks nothing") {
  const kevsim::Result result = kevsim::explore([] {
    auto shared = std::make_shared<std::vector<int>>();
    std::shared_mutex guard;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([shared, &guard, i] {
        {
          const std::unique_lock lock(guard);
          shared->push_back(i);
        }
        const std::shared_lock lock(guard);
        if (shared->empty()) throw 1;
      });
    for (std::thread& thread : threads) thread.join();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (shared->size() != 3) throw 2;
  });
  INFO(result.message);
  CHECK(result.property.empty());
  CHECK(result.executions == 10'000);
}

TEST_CASE("an exception that nobody catches is told") {
  const kevsim::Result result = kevsim::explore([] {
    std::atomic<int> turn{0};
    std::thread other([&] { turn = 1; });
    if (turn == 1) throw std::string("late");
    other.join();
  });
  CHECK(result.property == "uncaught_exception");
}
