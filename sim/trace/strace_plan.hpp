#pragma once
// Decides, call by call, what a captured server did, and builds the replay plan from it. The rules
// are in replay_plan.hpp; a system call that needs a rule of its own is a row in the table of
// strace_plan.cpp, one that does not is a row in strace_ignored.cpp.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/replay_plan.hpp"
#include "sim/trace/strace_accounts.hpp"
#include "sim/trace/strace_advice.hpp"
#include "sim/trace/strace_connections.hpp"
#include "sim/trace/strace_descriptors.hpp"
#include "sim/trace/strace_fields.hpp"
#include "sim/trace/strace_files.hpp"
#include "sim/trace/strace_reader.hpp"

namespace sim {

class PlanBuilder final : public StraceSink {
 public:
  void call(const Syscall& call) override;
  void broken(const BrokenCall& call) override;
  void begun(const Syscall& call) override;
  void exited(int pid, kev::Instant when) override;

  [[nodiscard]] ReplayPlan finish(const StraceReader::Finished& capture);

 private:
  using Handler = void (PlanBuilder::*)(const Syscall&);
  /// What a call of which only a part is known may have carried.
  enum class Role : std::uint8_t { input, output, ending, bookkeeping };
  struct Rule {
    std::string_view name;
    Handler handler;
    Role role;
  };
  static const Rule rules[];
  [[nodiscard]] static const Rule* rule_of(std::string_view name);

  enum class Meaning : std::uint8_t {
    connection,  ///< accepted in this capture
    file,
    listener,
    outgoing,  ///< a connection that the program made itself
    socket,    ///< a stream socket that neither listens nor is connected
    foreign,   ///< a TCP connection that was not accepted in this capture
    other,     ///< pipe, local socket, terminal, event descriptor
    unknown,
  };
  struct Target {
    Meaning meaning = Meaning::unknown;
    int connection = -1;
    int record = -1;     ///< of a file
    int open_file = -1;  ///< -1 when the file is known only by its -yy text
    int number = -1;
    bool in_table = false;
  };

  // strace_plan.cpp: processes, descriptors, calls without a rule
  void meet(int pid);
  void adopt(int parent, int child, bool shares_table);
  void release(const DescriptorEntry& entry, kev::Instant when);
  void assign(int pid, int number, DescriptorEntry entry, kev::Instant when);
  [[nodiscard]] bool agrees(const DescriptorEntry& entry, std::string_view note) const;
  [[nodiscard]] Target resolve(int pid, std::string_view argument);
  [[nodiscard]] Target resolve_by_note(const Descriptor& descriptor);
  [[nodiscard]] Target close_descriptor(const Syscall& call);
  void unmatched(const Syscall& call, std::string reason, Carries carries = Carries::workload);
  void no_rule(const Syscall& call);
  void not_a_client(const Syscall& call, const Target& target);

  // strace_plan_io.cpp: connections and what goes over them
  void on_accept(const Syscall& call);
  void on_read(const Syscall& call);
  void on_write(const Syscall& call);
  void on_sendfile(const Syscall& call);
  void on_close(const Syscall& call);
  void on_close_range(const Syscall& call);
  void on_shutdown(const Syscall& call);
  void on_splice(const Syscall& call);
  void on_message_batch(const Syscall& call);
  void on_io_uring(const Syscall& call);
  void read_from_client(const Syscall& call, int connection);
  void read_from_file(const Syscall& call, const Target& file);
  void write_to_client(const Syscall& call, int connection);
  void send_to_client(const Syscall& call, int connection, const Target& file);
  [[nodiscard]] bool plausible_transfer(const Syscall& call);
  [[nodiscard]] std::string_view argument(std::size_t index) const {
    return index < arguments_.size() ? arguments_[index] : std::string_view();
  }

  // strace_advice.cpp
  void on_advise(const Syscall& call);

  // strace_plan_setup.cpp: what makes, describes and copies descriptors
  void on_open(const Syscall& call);
  void on_stat(const Syscall& call);
  void on_seek(const Syscall& call);
  void on_duplicate(const Syscall& call);
  void on_fcntl(const Syscall& call);
  void on_socket(const Syscall& call);
  void on_pair(const Syscall& call);
  void on_own_descriptor(const Syscall& call);
  void on_connect(const Syscall& call);
  void on_listen(const Syscall& call);
  void on_set_option(const Syscall& call);
  void on_get_option(const Syscall& call);
  void on_clone(const Syscall& call);
  [[nodiscard]] int record_of_path(std::string_view directory, std::string_view path);

  CallAccounts accounts_;
  ConnectionLog connections_;
  FileLog files_;
  AdviceLog advice_;
  DescriptorTables tables_;
  std::map<int, bool> cloning_;  ///< parents within clone: whether the child shares the table
  int last_cloning_ = -1;
  std::map<int, Target> closing_;  ///< by process: what the close it is in the middle of closes
  bool serving_ = false;           ///< a connection was accepted
  std::int64_t send_buffer_bytes_ = 0;
  std::vector<std::string_view> arguments_;  ///< of the call being looked at
};

}  // namespace sim
