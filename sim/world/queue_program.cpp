#include "sim/world/queue_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/spec/history_table.hpp"
#include "model/spec/spec_queue.hpp"

namespace sim {

namespace spec = kev::spec;
namespace abi = kev::abi;

ProgramSocket::ProgramSocket(SimPlatform& platform, bool& alive)
    : FileObject(platform.kernel(), Kind::socket, platform.make_listener()), alive_(alive) {
  alive_ = true;
}

QueueProgramRun::QueueProgramRun(const QueueProgram& program, Chooser& chooser,
                                 const MachineOptions& options, MakePlatform make_platform)
    : program_(program),
      machine_(chooser, options),
      platform_(make_platform == nullptr ? std::make_unique<SimPlatform>(machine_)
                                         : make_platform(machine_)),
      calls_(*platform_) {}

QueueProgramRun::~QueueProgramRun() {
  machine_.kernel.shut_down();
  for (Origin& origin : origins_)
    if (origin.alive) delete origin.file;
}

Thread& QueueProgramRun::spawn(std::string name, std::function<void()> body) {
  return machine_.kernel.spawn(std::move(name), ContextKind::process, std::move(body));
}

void QueueProgramRun::run() {
  Kernel& kernel = machine_.kernel;
  spawn("program", [this] { begin(); });
  kernel.run();
  if (kernel.violations().empty()) check_rest();
  if (!kernel.violations().empty()) return;
  spawn("end", [this] { end(); });
  kernel.run();
  if (kernel.violations().empty()) check_end();
}

void QueueProgramRun::begin() {
  spec::History& history = watch_.history();
  const auto workers = static_cast<std::uint32_t>(program_.threads.size());
  history.threads = workers + 1;
  history.ring_size = program_.world.ring_slots;
  const std::size_t slots = history.ring_size * sizeof(abi::ukevent);
  if (slots != 0) ring_ = machine_.user.map(sizeof(abi::kevent_ring) + slots);
  queue_ = calls_.kevent_init(ring_, history.ring_size);
  make_origins();
  users_.resize(workers + 1);
  for (User& user : users_) {
    user.requests = machine_.user.map(call_capacity * sizeof(abi::ukevent));
    user.events = machine_.user.map(call_capacity * sizeof(abi::ukevent));
  }
  for (const ProgramStep& operation : program_.before) perform(workers, operation);
  for (const FaultRule& fault : program_.world.faults) machine_.faults.add(fault);
  for (std::uint32_t t = 0; t < workers; ++t) {
    if (program_.threads[t].empty()) continue;
    const std::string name =
        t < program_.names.size() ? program_.names[t] : fmt::format("thread {}", t);
    users_[t].thread = &spawn(name, [this, t] {
      for (const ProgramStep& operation : program_.threads[t]) perform(t, operation);
    });
  }
}

void QueueProgramRun::make_origins() {
  origins_.resize(program_.world.sockets);
  for (Origin& origin : origins_) {
    origin.file = new ProgramSocket(*platform_, origin.alive);
    origin.file->get();
    origin.descriptor = machine_.files.install(*origin.file);
    watch_.history().origins.push_back({static_cast<std::uint32_t>(origin.descriptor), 0});
  }
}

// -- the end --------------------------------------------------------------------------------------

bool QueueProgramRun::ended(std::uint32_t thread) {
  const Thread* worker = users_[thread].thread;
  if (worker == nullptr) return true;
  if (worker->state() != ThreadState::dead) return false;
  machine_.kernel.acquire(worker);
  return true;
}

bool QueueProgramRun::all_ended() {
  for (std::uint32_t t = 0; t < program_.threads.size(); ++t)
    if (!ended(t)) return false;
  return true;
}

/// Threads may sleep for ever, but only in a wait, and only for what is not there.
void QueueProgramRun::check_rest() {
  watch_.at_rest();
  report_broken();
  bool waiting = false;
  for (const spec::CallRecord& record : history().calls) {
    if (record.ended() || !machine_.kernel.violations().empty()) continue;
    waiting = true;
    const spec::CallKind kind = record.call.kind;
    if (kind != spec::CallKind::get_events && kind != spec::CallKind::wait)
      machine_.kernel.violate("deadlock",
                              "nobody can go on, and a call that does not wait has not "
                              "ended");
  }
  if (waiting && machine_.kernel.violations().empty()) judge(true);
}

void QueueProgramRun::end() {
  machine_.faults.stop();
  const auto self = static_cast<std::uint32_t>(users_.size() - 1);
  let_sleepers_go(self);
  fetch_what_is_left(self);
  calls_.close(queue_);
  for (Origin& origin : origins_) {
    calls_.close(origin.descriptor);
    if (!origin.dropped) origin.file->put();
  }
}

void QueueProgramRun::let_sleepers_go(std::uint32_t self) {
  ProgramStep signal;
  signal.kind = spec::CallKind::signal;
  while (!all_ended()) {
    for (signal.target = 0; signal.target < self; ++signal.target)
      if (!ended(signal.target)) perform(self, signal);
    machine_.kernel.current_thread().set_state(ThreadState::interruptible);
    machine_.kernel.schedule_timeout(kev::Duration(1000));
  }
}

void QueueProgramRun::fetch_what_is_left(std::uint32_t self) {
  ProgramStep fetch;
  fetch.kind = spec::CallKind::get_events;
  fetch.max = call_capacity;
  perform(self, fetch);
  perform(self, fetch);
  fetch.kind = spec::CallKind::ring_look;
  perform(self, fetch);
}

void QueueProgramRun::check_end() {
  watch_.closed(
      {machine_.allocator.live(), static_cast<std::int64_t>(machine_.files.open_count())});
  report_broken();
  if (!machine_.kernel.violations().empty()) return;
  judge(false);
  // What the watch cannot see.
  const bool origin =
      std::any_of(origins_.begin(), origins_.end(), [](const Origin& each) { return each.alive; });
  if (machine_.kernel.violations().empty() && (origin || !machine_.rcu.idle() || !all_ended()))
    machine_.kernel.violate(
        "conservation",
        "at the end somebody has a reference to a socket, or waits for an RCU grace period");
}

/// Whether some order of the calls explains all answers.
void QueueProgramRun::judge(bool at_rest) {
  const spec::LinearizeResult result = spec::judge(history(), at_rest);
  switch (result.verdict) {
    case spec::Verdict::linearizable:
      return;
    case spec::Verdict::unknown:
      undecided_ = true;
      return;
    case spec::Verdict::restless:
      return machine_.kernel.violate("no_lost_wakeup",
                                     "somebody sleeps who would find what he waits for");
    case spec::Verdict::not_linearizable:
      return machine_.kernel.violate("linearizable", "no order of the calls explains the answers");
  }
}

void QueueProgramRun::report_broken() {
  if (watch_.broken().empty()) return;
  const spec::Broken& first = watch_.broken().front();
  machine_.kernel.violate(std::string(first.promise), first.message);
}

std::string QueueProgramRun::failure() {
  const std::vector<Violation>& violations = machine_.kernel.violations();
  if (violations.empty()) return {};
  std::string text = violations.front().property + ": " + violations.front().message + "\n";
  for (const auto& thread : machine_.kernel.threads())
    if (thread->state() != ThreadState::dead && *thread->waiting_for != 0)
      text += fmt::format("  {} is in '{}'\n", thread->name(), thread->waiting_for);
  if (violations.front().property == "linearizable")
    return text + explain(history(), {spec::Verdict::not_linearizable});
  return text + table_of(history(), spec::never);
}

}  // namespace sim
