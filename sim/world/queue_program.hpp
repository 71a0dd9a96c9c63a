#pragma once
// One execution of a small concurrent program of one event queue, and its judgement: what the
// workload `queue-program` and the tests of random programs share.
//
// An execution writes the history of its calls, with the monitors of model/spec on. When nothing
// can happen any more the history must be explained by the specification, and by an explanation in
// which nobody sleeps for nothing. Then the world is taken down - sleepers are let go, what is left
// is fetched, everything is closed - and nothing may be left over. All this, and the kernel's own
// rules, are violations of the kernel that the execution runs on.

#include <memory>
#include <string>
#include <vector>

#include "model/spec/watch.hpp"
#include "sim/machine/queue_file.hpp"
#include "sim/world/program.hpp"

namespace sim {

/// Something behind a descriptor that is ready for what the program says. `alive` is true until its
/// last reference is gone.
class ProgramSocket final : public FileObject {
 public:
  ProgramSocket(SimPlatform& platform, bool& alive);
  std::uint32_t poll() override { return bits; }
  std::uint32_t bits = 0;

 private:
  void release() override { alive_ = false; }
  void destroy() override { bury(); }
  bool& alive_;
};

/// One execution of a program, on a machine made for it.
class QueueProgramRun {
 public:
  /// Which instantiation of the code under test runs.
  using MakePlatform = std::unique_ptr<SimPlatform> (*)(Machine& machine);

  /// The program and the chooser must outlive it. Without a maker the plain platform is used.
  QueueProgramRun(const QueueProgram& program, Chooser& chooser, const MachineOptions& options,
                  MakePlatform make_platform = nullptr);
  ~QueueProgramRun();
  QueueProgramRun(const QueueProgramRun&) = delete;
  QueueProgramRun& operator=(const QueueProgramRun&) = delete;

  /// To the end, or to the first violation.
  void run();

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] const kev::spec::History& history() { return watch_.history(); }
  /// The search for an explanation of the history was given up: nothing is known of it.
  [[nodiscard]] bool undecided() const { return undecided_; }
  /// The first violation, with where each thread is and the history as a table; empty without one.
  [[nodiscard]] std::string failure();

 private:
  struct Origin {
    ProgramSocket* file = nullptr;
    int descriptor = -1;
    bool alive = false;
    bool dropped = false;  ///< the program has no reference any more
  };
  struct User {
    Thread* thread = nullptr;  ///< null: it has nothing to do
    kev::UserAddress requests = 0;
    kev::UserAddress events = 0;
    std::uint64_t seen = 0;  ///< the committed position when it looked at the ring last
  };

  Thread& spawn(std::string name, std::function<void()> body);
  void begin();
  void make_origins();
  void end();
  void let_sleepers_go(std::uint32_t self);
  void fetch_what_is_left(std::uint32_t self);
  void check_rest();
  void check_end();
  void judge(bool at_rest);
  void report_broken();
  /// Whoever is told so comes after what the thread has done.
  [[nodiscard]] bool ended(std::uint32_t thread);
  [[nodiscard]] bool all_ended();

  // queue_program_calls.cpp: each makes an operation's calls and records them.
  void perform(std::uint32_t thread, const ProgramStep& operation);
  template <class Body>
  void plain(std::uint32_t thread, kev::spec::Call call, Body body);
  [[nodiscard]] kev::spec::Hazards hazards(const ProgramStep& operation) const;
  kev::abi::kevent_timespec timespec(const ProgramStep& operation);
  kev::abi::ukevent request(const ProgramItem& item);
  void control(std::uint32_t thread, const ProgramStep& operation);
  void get_events(std::uint32_t thread, const ProgramStep& operation);
  void wait(std::uint32_t thread, const ProgramStep& operation);
  void commit(std::uint32_t thread, const ProgramStep& operation);
  void look(std::uint32_t thread);
  void consume(std::uint32_t thread, const ProgramStep& operation);
  void other(std::uint32_t thread, const ProgramStep& operation);
  void origin_call(std::uint32_t thread, const ProgramStep& operation);
  long commit_to(std::uint32_t thread, std::uint64_t target, std::int32_t twist);
  [[nodiscard]] kev::spec::Answer read_ring();

  const QueueProgram& program_;
  Machine machine_;
  std::unique_ptr<SimPlatform> platform_;
  QueueCalls calls_;
  kev::spec::Watch watch_;
  std::vector<Origin> origins_;
  std::vector<User> users_;
  std::vector<std::uint64_t> consumed_;  ///< events taken from the ring: what they carry as `user`
  kev::UserAddress ring_ = 0;
  int queue_ = -1;
  std::uint64_t last_user_ = 0;
  std::uint64_t committed_ = 0;  ///< as far as the threads know
  bool undecided_ = false;
};

}  // namespace sim
