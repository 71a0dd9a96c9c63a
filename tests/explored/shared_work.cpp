#include "tests/explored/shared_work.hpp"

#include <atomic>

namespace test {

namespace {

using P = sim::SimPlatform;

struct Object : P::RcuNode {
  Object(P& its_platform, int its_value) : platform(its_platform), value(its_value) {}
  P& platform;
  int value;
};

class Work final : public SharedWork {
 public:
  explicit Work(P& platform)
      : platform_(platform),
        lock_(platform, "shared work"),
        mutex_(platform, "shared work in process context"),
        timer_(platform, "shared work", &Work::on_timer, this),
        softirq_(platform, "shared work", &Work::on_timer, this) {}

  void add() override { ++plain_; }
  void add_locked() override {
    const P::IrqGuard guard(lock_);
    ++plain_;
  }
  void add_in_mutex() override {
    const P::MutexGuard guard(mutex_);
    ++plain_;
  }
  int sum() override { return plain_; }

  void add_atomically() override { atomic_.fetch_add(1, std::memory_order_relaxed); }
  void add_in_two_steps() override {
    atomic_.store(atomic_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint32_t atomic_sum() override { return atomic_.load(std::memory_order_relaxed); }
  void publish_released() override {
    plain_ = 1;
    atomic_.store(1, std::memory_order_release);
  }
  void publish_relaxed() override {
    plain_ = 1;
    atomic_.store(1, std::memory_order_relaxed);
  }
  int look() override { return atomic_.load(std::memory_order_acquire) != 0 ? plain_ : 0; }

  void read_object() override {
    const P::RcuReadGuard guard(platform_);
    const Object* object = object_.load(std::memory_order_acquire);
    if (object == nullptr) return;
    platform_.kernel().point({"reading", 0});
    atomic_.store(static_cast<std::uint32_t>(object->value), std::memory_order_relaxed);
  }
  void read_object_unasked() override {
    const Object* object = object_.load(std::memory_order_acquire);
    atomic_.store(static_cast<std::uint32_t>(object->value), std::memory_order_relaxed);
  }
  void replace_after_grace_period() override {
    Object* old = replace();
    if (old != nullptr) platform_.call_rcu(*old, &Work::free_object);
  }
  void replace_at_once() override {
    Object* old = replace();
    if (old != nullptr) platform_.destroy(*old);
  }
  void free_twice() override {
    number_ = new int(1);
    delete number_;
    delete number_;  // NOLINT: what is tested
  }

  void start_timer() override { timer_.start(platform_.now() + kev::Duration(1)); }
  void stop_timer() override { timer_.cancel(); }
  void raise_softirq() override { softirq_.raise(); }

  void spin(bool& gone) override {
    struct Teller {
      bool& gone;
      ~Teller() { gone = true; }
    };
    const Teller teller{gone};
    while (atomic_.load() != 1'000'000) {
      atomic_.fetch_add(1);
      add_locked();
    }
  }

 private:
  Object* replace() {
    Object* made = platform_.make<Object>(kev::Allocation::atomic, platform_, 7);
    return object_.exchange(made, std::memory_order_acq_rel);
  }
  static void free_object(P::RcuNode& node) {
    auto& object = static_cast<Object&>(node);
    object.platform.kernel().point({"freeing", 0});
    object.platform.destroy(object);
  }
  static void on_timer(void* self) { ++static_cast<Work*>(self)->plain_; }

  P& platform_;
  P::SpinLock lock_;
  P::Mutex mutex_;
  P::HrTimer timer_;
  P::Softirq softirq_;
  int* volatile number_ = nullptr;  // volatile: else the compiler sees that nobody needs it
  int plain_ = 0;
  std::atomic<std::uint32_t> atomic_{0};
  std::atomic<Object*> object_{nullptr};
};

}  // namespace

std::unique_ptr<SharedWork> make_shared_work(sim::SimPlatform& platform) {
  return std::make_unique<Work>(platform);
}

}  // namespace test
