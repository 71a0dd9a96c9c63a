#pragma once
// Open files and the descriptor table of the simulated process.
//
// A FileObject is what Linux calls struct file: regular files, sockets, pipes and event queues
// derive from it. It lives while references to it exist; release() runs when the last one goes, in
// process context. A descriptor names a file object until it is closed, and the number is then used
// again, lowest first, as POSIX says: kernel code that looks a descriptor up twice may see two
// files.

#include <cstdint>
#include <memory>
#include <vector>

#include "model/platform/origin.hpp"
#include "model/platform/watch_graph.hpp"
#include "sim/kernel/wait_queue.hpp"

namespace sim {

/// poll() bits, with Linux' values.
namespace poll_bits {
inline constexpr std::uint32_t in = 0x001;
inline constexpr std::uint32_t pri = 0x002;
inline constexpr std::uint32_t out = 0x004;
inline constexpr std::uint32_t err = 0x008;
inline constexpr std::uint32_t hup = 0x010;
inline constexpr std::uint32_t nval = 0x020;
inline constexpr std::uint32_t rdnorm = 0x040;
inline constexpr std::uint32_t wrnorm = 0x100;
inline constexpr std::uint32_t rdhup = 0x2000;
}  // namespace poll_bits

class FileTable;

class FileObject {
 public:
  enum class Kind : std::uint8_t { regular, socket, unix_socket, pipe, queue };

  FileObject(Kernel& kernel, Kind kind, std::unique_ptr<kev::OriginListener> listener)
      : kernel_(kernel), kind_(kind), id_(kernel.next_id()), listener_(std::move(listener)) {}
  virtual ~FileObject();
  FileObject(const FileObject&) = delete;
  FileObject& operator=(const FileObject&) = delete;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::uint32_t id() const { return id_; }
  /// What it is ready for, as poll(2) would say now. Any context.
  virtual std::uint32_t poll() { return 0; }
  /// Where to wait until poll() may say something new; null: it never does.
  virtual WaitQueue* pollers() { return nullptr; }
  /// Not null: a file that can watch other files.
  virtual kev::WatchNode* watch_node() { return nullptr; }

  /// Of a pipe's end: the activity it can have (KEVENT_SOCKET_RECV, _SEND); 0: no pipe.
  [[nodiscard]] virtual std::uint32_t pipe_events() const { return 0; }
  /// Who listens to the inode behind it, which other files may share; null: no file system's.
  [[nodiscard]] virtual kev::OriginListener* inode_listener() const { return nullptr; }
  /// That inode has lost its last name: nothing will happen to it any more.
  [[nodiscard]] virtual bool unlinked() const { return false; }

  /// Who listens to this origin; null when nobody can.
  [[nodiscard]] kev::OriginListener* listener() const { return listener_.get(); }
  /// Activity that only the listener hears of. Any context.
  void tell(std::uint32_t mask) {
    if (listener_ != nullptr) listener_->on_activity(mask);
  }
  /// Activity: the listener hears of it, and who waits in poll() for one of the bits in `key`
  /// (0: for anything). Any context.
  void notify(std::uint32_t mask, std::uint32_t key = 0) {
    tell(mask);
    WaitQueue* waiting = pollers();
    if (waiting != nullptr && waiting->active()) waiting->wake(1, key);
  }

  void get() { ++references_; }
  /// Gives a reference back; the last one releases and destroys the object. Process context.
  void put();
  /// Breaks use_after_free when it has been released. Without references it may still be asked for
  /// its state: a socket's callbacks do so under its lock, for which its release waits, and only
  /// then is it freed (Linux 2.6.18, __fput).
  void expect_alive(const char* operation);
  [[nodiscard]] std::int32_t references() const { return references_; }

  /// Non-blocking mode (O_NONBLOCK).
  bool nonblocking = false;

 protected:
  /// The last reference is gone: tear down what the outside can still reach.
  virtual void release() {}
  /// Nobody refers to it any more.
  virtual void destroy() { delete this; }
  /// For destroy(): of files that do nothing more when they go (Kernel::bury).
  void bury();

  Kernel& kernel_;

 private:
  friend class FileTable;
  /// The table gives its reference up.
  void unpin();

  Kind kind_;
  std::uint32_t id_;
  std::int32_t references_ = 1;
  bool released_ = false;
  bool pinned_ = false;         ///< the table has a reference
  FileTable* table_ = nullptr;  ///< destroys it at the end; null: its owner does
  std::unique_ptr<kev::OriginListener> listener_;
};

class FileTable {
 public:
  explicit FileTable(Kernel& kernel) : kernel_(kernel), lock_(kernel, "file table") {}
  FileTable(const FileTable&) = delete;
  FileTable& operator=(const FileTable&) = delete;
  /// The process is gone: destroys the queues and pipes that are left and forgets all other files,
  /// which belong to their file system or network. Requires: the kernel has been shut down.
  void abandon();

  /// Takes over the caller's reference; the lowest free descriptor.
  int install(FileObject& file);
  /// With a new reference; null when the descriptor is not open (-EBADF).
  FileObject* get(int descriptor);
  /// Takes over the caller's reference; the descriptor names this file now, and what it named is
  /// closed. Not negative.
  void replace(int descriptor, FileObject& file);
  /// 0 or -EBADF.
  int close(int descriptor);
  /// Every open one, lowest first: the process ends. Process context.
  void close_all();
  /// Open descriptors, for the check at the end.
  [[nodiscard]] std::size_t open_count() const;

 private:
  friend class FileObject;
  FileObject* find(int descriptor);

  Kernel& kernel_;
  SpinLock lock_;
  std::vector<FileObject*> files_;
  /// Those that nobody else destroys, open or not.
  std::vector<FileObject*> without_owner_;
};

}  // namespace sim
