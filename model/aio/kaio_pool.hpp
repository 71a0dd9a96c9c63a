#pragma once
// The kernel threads that run asynchronous requests: a pool, of 8 in takes 31 to 33 ("kaio").
//
// A request is a small state machine; a step runs it in process context until it must wait. Whoever
// ends that wait - a disk completion, buffer space, somebody else's page - kicks the request from
// any context. A request stays with the thread it was given at submission (round robin), so that
// its steps never run side by side.
//
// The kick protocol loses nothing: a request is idle, queued, running, or running and to be run
// again.
//   kick:   idle -> queued, and wakes the thread; running -> again; otherwise nothing to do
//   thread: queued -> running; after the step running -> idle, again -> queued at the end
// (take31 cleared one PENDING bit after the step and lost kicks that came before; take33 never
// cleared it and polled. The order is first in, first out: take33 popped what it had pushed last,
// and starved older requests.)

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/bugs/bug.hpp"
#include "model/platform/platform.hpp"

namespace kev {

enum class KaioState : std::uint8_t { idle, queued, running, again };

/// What a step leaves behind.
enum class KaioStep : std::uint8_t {
  waiting,  ///< somebody will kick it, or has already
  more,     ///< it could go on at once: others first
  finished  ///< it must not be touched any more
};

template <class P>
class KaioThread;

/// A request as the pool sees it.
template <class P>
class KaioItem {
 public:
  virtual ~KaioItem() = default;
  /// Any context. Requires: submitted, and not finished.
  void kick() { thread_->kick(*this); }

 protected:
  virtual KaioStep step() = 0;

 private:
  friend class KaioThread<P>;
  boost::intrusive::list_member_hook<> hook_;
  KaioThread<P>* thread_ = nullptr;
  KaioState state_ = KaioState::idle;  ///< under the thread's lock
};

template <class P>
class KaioThread {
 public:
  KaioThread(P& platform, const char* name)
      : platform_(platform), lock_(platform, "kaio: requests"), wait_(platform, "kaio: thread") {
    platform_.spawn(name, [this] { loop(); });
  }
  KaioThread(const KaioThread&) = delete;
  KaioThread& operator=(const KaioThread&) = delete;

  void submit(KaioItem<P>& item) {
    item.thread_ = this;
    kick(item);
  }

  void kick(KaioItem<P>& item) {
    {
      typename P::IrqGuard guard(lock_);
      if (item.state_ == KaioState::running && !bug(platform_, Bug::kick_during_step_lost))
        item.state_ = KaioState::again;
      if (item.state_ != KaioState::idle) return;
      item.state_ = KaioState::queued;
      queued_.push_back(item);
    }
    wait_.wake(1);
  }

 private:
  using List = boost::intrusive::list<
      KaioItem<P>, boost::intrusive::member_hook<KaioItem<P>, boost::intrusive::list_member_hook<>,
                                                 &KaioItem<P>::hook_>>;

  void loop() {
    while (!platform_.ending()) {
      KaioItem<P>* item = next();
      if (item == nullptr) continue;
      const KaioStep result = item->step();
      if (result != KaioStep::finished) settle(*item, result);
    }
  }

  /// The oldest queued request, now running; sleeps while there is none.
  KaioItem<P>* next() {
    typename P::WaitEntry entry(platform_);
    for (;;) {
      wait_.prepare(entry, Sleep::interruptible);
      KaioItem<P>* item = nullptr;
      {
        typename P::IrqGuard guard(lock_);
        if (!queued_.empty()) {
          item = &queued_.front();
          queued_.pop_front();
          item->state_ = KaioState::running;
        }
      }
      if (item != nullptr || platform_.ending()) {
        wait_.finish(entry);
        return item;
      }
      platform_.schedule();
    }
  }

  void settle(KaioItem<P>& item, KaioStep result) {
    typename P::IrqGuard guard(lock_);
    if (result == KaioStep::more || item.state_ == KaioState::again) {
      item.state_ = KaioState::queued;
      queued_.push_back(item);
    } else {
      item.state_ = KaioState::idle;
    }
  }

  P& platform_;
  typename P::SpinLock lock_;
  List queued_;
  typename P::WaitQueue wait_;
};

template <class P>
class KaioPool {
 public:
  static constexpr int default_threads = 8;  // KAIO_THREAD_NUM

  /// Requires: threads > 0.
  explicit KaioPool(P& platform, int threads = default_threads) {
    for (int i = 0; i < threads; ++i) {
      const std::string name = "kaio/" + std::to_string(i);
      threads_.push_back(std::make_unique<KaioThread<P>>(platform, name.c_str()));
    }
  }

  void submit(KaioItem<P>& item) {
    const std::uint32_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
    threads_[turn % threads_.size()]->submit(item);
  }

 private:
  std::vector<std::unique_ptr<KaioThread<P>>> threads_;
  std::atomic<std::uint32_t> turn_{0};
};

}  // namespace kev
