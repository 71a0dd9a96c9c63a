#include "tests/property/queue_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "model/spec/history_table.hpp"
#include "model/spec/spec_queue.hpp"
#include "model/spec/watch.hpp"
#include "tests/support/machine_fixture.hpp"

namespace test {

namespace {

namespace spec = kev::spec;
using spec::Answer;
using spec::Call;

constexpr std::size_t capacity = 8;  ///< requests or events of one call

/// Something behind a descriptor that is ready for what the test says.
class TestOrigin final : public sim::FileObject {
 public:
  explicit TestOrigin(sim::SimPlatform& platform, bool& alive)
      : FileObject(platform.kernel(), Kind::socket, platform.make_listener()), alive_(alive) {
    alive_ = true;
  }
  ~TestOrigin() override { alive_ = false; }
  std::uint32_t poll() override { return bits; }
  std::uint32_t bits = 0;

 private:
  bool& alive_;
};

class QueueRun {
 public:
  QueueRun(const Program& program, sim::Chooser& chooser, sim::OrderWatch* watch)
      : program_(program),
        machine_(chooser, options(watch)),
        platform_(watch == nullptr ? std::make_unique<sim::SimPlatform>(machine_)
                                   : sim::make_explored_platform(machine_)),
        calls_(*platform_) {}

  ~QueueRun() {
    machine_.kernel.shut_down();
    for (Origin& origin : origins_)
      if (origin.alive) delete origin.file;
  }
  QueueRun(const QueueRun&) = delete;
  QueueRun& operator=(const QueueRun&) = delete;

  std::string run() {
    spawn("program", [this] { begin(); });
    machine_.kernel.run();
    if (!machine_.kernel.violations().empty()) return violation();
    watch_.at_rest();
    if (!watch_.broken().empty()) return broken();
    if (std::string why = judge_rest(); !why.empty()) return why;
    spawn("end", [this] { end(); });
    machine_.kernel.run();
    if (!machine_.kernel.violations().empty()) return violation();
    watch_.closed(
        {machine_.allocator.live(), static_cast<std::int64_t>(machine_.files.open_count())});
    if (!watch_.broken().empty()) return broken();
    const spec::History& history = watch_.history();
    if (std::string why = explain(history, judge(history, false)); !why.empty()) return why;
    return leftovers();
  }

  const spec::History& history() { return watch_.history(); }

 private:
  struct Origin {
    TestOrigin* file = nullptr;
    int descriptor = -1;
    bool alive = false;
  };
  struct User {
    sim::Thread* thread = nullptr;
    kev::UserAddress requests = 0;
    kev::UserAddress events = 0;
  };

  static sim::MachineOptions options(sim::OrderWatch* watch) {
    sim::MachineOptions options = exploring(2, watch);
    options.kernel.step_limit = 200'000;
    return options;
  }
  sim::Thread& spawn(std::string name, std::function<void()> body) {
    return machine_.kernel.spawn(std::move(name), sim::ContextKind::process, std::move(body));
  }

  void begin() {
    spec::History& history = watch_.history();
    const auto workers = static_cast<std::uint32_t>(program_.threads.size());
    history.threads = workers + 1;
    history.ring_size = program_.world.ring_slots;
    if (history.ring_size != 0)
      ring_ =
          machine_.user.map(sizeof(abi::kevent_ring) + history.ring_size * sizeof(abi::ukevent));
    queue_ = calls_.kevent_init(ring_, history.ring_size);
    origins_.resize(program_.world.origins);
    for (Origin& origin : origins_) {
      origin.file = new TestOrigin(*platform_, origin.alive);
      origin.file->get();
      origin.descriptor = machine_.files.install(*origin.file);
      history.origins.push_back({static_cast<std::uint32_t>(origin.descriptor), 0});
    }
    if (program_.world.copies_fault) {
      machine_.faults.add({sim::FaultPoint::copy_to_user, 0, 0});
      machine_.faults.add({sim::FaultPoint::copy_from_user, 0, 0});
    }
    if (program_.world.memory_fails) machine_.faults.add({sim::FaultPoint::alloc, 0, 0});
    users_.resize(workers + 1);
    for (User& user : users_) {
      user.requests = machine_.user.map(capacity * sizeof(abi::ukevent));
      user.events = machine_.user.map(capacity * sizeof(abi::ukevent));
    }
    for (std::uint32_t t = 0; t < workers; ++t)
      users_[t].thread = &spawn(fmt::format("thread {}", t), [this, t] {
        for (const Command& command : program_.threads[t]) perform(t, command);
      });
  }

  // -- commands -----------------------------------------------------------------------------------

  void perform(std::uint32_t t, const Command& command) {
    switch (command.kind) {
      case CallKind::add:
      case CallKind::remove:
      case CallKind::modify:
      case CallKind::ready:
        return control(t, command);
      case CallKind::get_events:
        return get_events(t, command);
      case CallKind::wait:
        return wait(t, command);
      case CallKind::commit:
        return commit(t, command);
      case CallKind::ring_look:
        return ring_look(t);
      default:
        return other(t, command);
    }
  }

  /// Makes a call whose answer is a number.
  template <class Body>
  void plain(std::uint32_t t, Call call, Body body) {
    const std::uint32_t index = watch_.begin(t, std::move(call));
    Answer answer;
    answer.value = body();
    watch_.end(index, std::move(answer));
  }

  [[nodiscard]] spec::Hazards hazards(bool bad_address) const {
    const bool copies = program_.world.copies_fault || bad_address;
    return {copies, copies, program_.world.memory_fails};
  }

  abi::ukevent request(const Item& item) {
    abi::ukevent made{};
    made.type = item.type;
    made.id = {{item.id, 0}};
    if (item.type == abi::KEVENT_TIMER) made.id = {{0, item.id}};
    if (item.type == abi::KEVENT_SOCKET && item.id <= origins_.size())
      made.id.raw[0] = static_cast<std::uint32_t>(origins_[item.id - 1].descriptor);
    made.event = item.mask;
    made.req_flags = item.flags;
    made.user = ++last_user_;
    return made;
  }

  static std::uint32_t command_number(CallKind kind) {
    switch (kind) {
      case CallKind::add:
        return abi::KEVENT_CTL_ADD;
      case CallKind::remove:
        return abi::KEVENT_CTL_REMOVE;
      case CallKind::modify:
        return abi::KEVENT_CTL_MODIFY;
      default:
        return abi::KEVENT_CTL_READY;
    }
  }

  void control(std::uint32_t t, const Command& command) {
    Call call;
    call.kind = command.kind;
    if (command.items.empty() && command.kind == CallKind::ready) call.kind = CallKind::kick;
    for (const Item& item : command.items) call.requests.push_back(request(item));
    call.hazards = hazards(command.bad_address);
    const std::size_t bytes = call.requests.size() * sizeof(abi::ukevent);
    const auto count = static_cast<std::uint32_t>(call.requests.size());
    void* memory = machine_.user.at(users_[t].requests, capacity * sizeof(abi::ukevent));
    if (bytes != 0) std::memcpy(memory, call.requests.data(), bytes);
    Answer answer;
    answer.requests = call.requests;
    const std::uint32_t index = watch_.begin(t, std::move(call));
    answer.value = calls_.kevent_ctl(queue_, command_number(command.kind), count,
                                     command.bad_address ? 0 : users_[t].requests);
    if (bytes != 0) std::memcpy(answer.requests.data(), memory, bytes);
    watch_.end(index, std::move(answer));
  }

  static abi::kevent_timespec timespec(const Command& command) {
    if (command.bad_time) return {0, -1};
    if (command.timeout == Timeout::endless) return sim::to_timespec(kev::Duration::max());
    return {0, command.timeout == Timeout::none ? 0 : 100};
  }

  void get_events(std::uint32_t t, const Command& command) {
    Call call;
    call.kind = CallKind::get_events;
    call.min = command.min;
    call.max = std::min<std::uint32_t>(command.max, capacity);
    call.timeout = command.timeout;
    call.bad_time = command.bad_time;
    call.hazards = hazards(command.bad_address);
    const std::uint32_t max = call.max;
    const std::uint32_t index = watch_.begin(t, std::move(call));
    Answer answer;
    answer.value = calls_.kevent_get_events(queue_, command.min, max, timespec(command),
                                            command.bad_address ? 0 : users_[t].events);
    if (answer.value > 0) {
      answer.events.resize(static_cast<std::size_t>(std::min<long>(answer.value, capacity)));
      const std::size_t bytes = answer.events.size() * sizeof(abi::ukevent);
      std::memcpy(answer.events.data(), machine_.user.at(users_[t].events, bytes), bytes);
    }
    watch_.end(index, std::move(answer));
  }

  void wait(std::uint32_t t, const Command& command) {
    const std::uint32_t slots = program_.world.ring_slots;
    Call call;
    call.kind = CallKind::wait;
    call.max = command.max;
    call.timeout = command.timeout;
    call.bad_time = command.bad_time;
    call.uidx = slots == 0 ? 0 : static_cast<std::uint32_t>(committed_ % slots);
    if (command.twist != 0) ++call.uidx;
    call.hazards = hazards(false);
    const Call made = call;
    plain(t, std::move(call),
          [&] { return calls_.kevent_wait(queue_, made.max, made.uidx, timespec(command)); });
  }

  void commit(std::uint32_t t, const Command& command) {
    const std::uint32_t slots = program_.world.ring_slots;
    const std::uint64_t target = committed_ + command.ahead;
    Call call;
    call.kind = CallKind::commit;
    call.uidx = slots == 0 ? command.ahead : static_cast<std::uint32_t>(target % slots);
    if (command.twist == 2) call.uidx = slots;
    call.over = slots == 0 ? 0 : static_cast<std::uint32_t>(target / slots);
    call.over += static_cast<std::uint32_t>(command.twist);
    call.hazards = hazards(false);
    const Call made = call;
    long freed = 0;
    plain(t, std::move(call),
          [&] { return freed = calls_.kevent_commit(queue_, made.uidx, made.over); });
    if (freed > 0 && command.twist == 0) committed_ = std::max(committed_, target);
  }

  void ring_look(std::uint32_t t) {
    Answer answer;
    Call call;
    call.kind = CallKind::ring_look;
    const std::uint32_t slots = program_.world.ring_slots;
    const std::uint32_t index = watch_.begin(t, std::move(call));
    if (slots != 0) {
      const std::size_t bytes = slots * sizeof(abi::ukevent);
      const auto* memory =
          static_cast<const std::byte*>(machine_.user.at(ring_, sizeof(abi::kevent_ring) + bytes));
      abi::kevent_ring header{};
      std::memcpy(&header, memory, sizeof header);
      answer.kidx = header.ring_kidx;
      answer.over = header.ring_over;
      answer.events.resize(slots);
      std::memcpy(answer.events.data(), memory + sizeof header, bytes);
    }
    watch_.end(index, std::move(answer));
  }

  void other(std::uint32_t t, const Command& command) {
    Call call;
    call.kind = command.kind;
    switch (command.kind) {
      case CallKind::kick:
        return plain(t, std::move(call),
                     [&] { return calls_.kevent_ctl(queue_, abi::KEVENT_CTL_READY, 0, 0); });
      case CallKind::signal: {
        call.target = command.target % static_cast<std::uint32_t>(program_.threads.size());
        sim::Thread& target = *users_[call.target].thread;
        return plain(t, std::move(call), [&] {
          machine_.kernel.signal(target);
          return 0;
        });
      }
      case CallKind::close:
        return plain(t, std::move(call), [&] { return calls_.close(queue_); });
      default:
        break;
    }
    if (origins_.empty()) return;
    call.target = command.target % static_cast<std::uint32_t>(origins_.size());
    call.bits = command.bits;
    Origin& origin = origins_[call.target];
    plain(t, std::move(call), [&] {
      if (command.kind == CallKind::origin_close) return calls_.close(origin.descriptor);
      origin.file->bits = command.bits;
      origin.file->notify(abi::KEVENT_MASK_ALL);
      return 0;
    });
  }

  // -- the end ------------------------------------------------------------------------------------

  [[nodiscard]] bool workers_done() const {
    return std::all_of(users_.begin(), users_.end() - 1, [](const User& user) {
      return user.thread->state() == sim::ThreadState::dead;
    });
  }

  /// Threads may sleep for ever, but only in a wait, and only for what is not there.
  std::string judge_rest() {
    const spec::History& history = watch_.history();
    bool waiting = false;
    for (const spec::CallRecord& record : history.calls) {
      if (record.ended()) continue;
      waiting = true;
      if (record.call.kind != CallKind::get_events && record.call.kind != CallKind::wait)
        return "deadlock: nobody can go on, and a call that does not wait has not ended\n" +
               table_of(history, spec::never);
    }
    return waiting ? explain(history, judge(history, true)) : std::string();
  }

  void end() {
    machine_.faults.stop();
    const auto last = static_cast<std::uint32_t>(users_.size() - 1);
    Command command;
    for (command.kind = CallKind::signal; !workers_done();) {
      for (command.target = 0; command.target < last; ++command.target)
        if (users_[command.target].thread->state() != sim::ThreadState::dead)
          perform(last, command);
      machine_.kernel.current_thread().set_state(sim::ThreadState::interruptible);
      machine_.kernel.schedule_timeout(kev::Duration(1000));
    }
    command.kind = CallKind::get_events;
    command.max = capacity;
    perform(last, command);
    perform(last, command);
    command.kind = CallKind::ring_look;
    perform(last, command);
    calls_.close(queue_);
    for (Origin& origin : origins_) {
      calls_.close(origin.descriptor);
      origin.file->put();
    }
  }

  std::string violation() {
    const sim::Violation& first = machine_.kernel.violations().front();
    std::string threads;
    for (const auto& thread : machine_.kernel.threads())
      if (thread->state() != sim::ThreadState::dead)
        threads += fmt::format("  {} is in '{}'\n", thread->name(), thread->waiting_for);
    return first.property + ": " + first.message + "\n" + threads +
           table_of(watch_.history(), spec::never);
  }

  std::string broken() {
    const spec::Broken& first = watch_.broken().front();
    return std::string(first.promise) + ": " + first.message + "\n" +
           table_of(watch_.history(), spec::never);
  }

  /// What the watch cannot see.
  std::string leftovers() {
    const bool origin = std::any_of(origins_.begin(), origins_.end(),
                                    [](const Origin& each) { return each.alive; });
    if (!origin && machine_.rcu.idle() && workers_done()) return "";
    return "conservation: at the end somebody still has a reference to an origin, or waits for " +
           std::string("an RCU grace period\n") + table_of(watch_.history(), spec::never);
  }

  const Program& program_;
  sim::Machine machine_;
  std::unique_ptr<sim::SimPlatform> platform_;
  sim::QueueCalls calls_;
  spec::Watch watch_;
  std::vector<Origin> origins_;
  std::vector<User> users_;
  kev::UserAddress ring_ = 0;
  int queue_ = -1;
  std::uint64_t last_user_ = 0;
  std::uint64_t committed_ = 0;  ///< as far as the threads know
};

}  // namespace

std::unique_ptr<sim::OrderWatch> run_watch() {
  return sim::make_watch();
}

std::string run_program(const Program& program, sim::Chooser& chooser, sim::OrderWatch* watch) {
  return QueueRun(program, chooser, watch).run();
}

kev::spec::History history_of(const Program& program, sim::Chooser& chooser) {
  QueueRun run(program, chooser, nullptr);
  KEV_CHECK(run.run().empty());
  return run.history();
}

}  // namespace test
