#pragma once
// Which file or socket a descriptor number means, process by process.
//
// Rules:
//   clone with CLONE_FILES (threads) shares the parent's table; fork, vfork and clone without it
//   copy the table. A process never seen to be cloned begins with an empty table. The kernel's
//   close-on-exec flag is not followed: a table keeps such descriptors over execve, until their
//   number is used again or the process exits.
// Sharing is by number of users: a table dies, and its descriptors close, with its last process.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sim {

enum class DescriptorKind : std::uint8_t {
  socket,  ///< a stream socket, not yet listening or connected
  listener,
  connection,  ///< accepted; `object` is its index
  outgoing,    ///< connected by the program itself
  file,        ///< `object` is the open file's index
  other,       ///< pipe, local or datagram socket, event descriptor
};

struct DescriptorEntry {
  DescriptorKind kind = DescriptorKind::socket;
  int object = -1;
};

class DescriptorTables {
 public:
  [[nodiscard]] DescriptorEntry* find(int pid, int number);

  /// What the number meant until now, when it was still in use.
  std::optional<DescriptorEntry> set(int pid, int number, DescriptorEntry entry);
  std::optional<DescriptorEntry> close(int pid, int number);

  /// The numbers in use from `first` to `last`, ascending.
  [[nodiscard]] std::vector<int> in_range(int pid, int first, int last);

  [[nodiscard]] bool knows(int pid) const { return tables_.contains(pid); }
  void share(int parent, int child);
  /// The copied entries, so that their objects can count one more user.
  std::vector<DescriptorEntry> copy(int parent, int child);

  /// The entries that closed because `pid` was the last user of its table.
  std::vector<DescriptorEntry> exit(int pid);

 private:
  using Table = std::map<int, DescriptorEntry>;
  Table& table(int pid);

  std::map<int, std::shared_ptr<Table>> tables_;
};

}  // namespace sim
