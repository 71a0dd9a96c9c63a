#pragma once
// A pipe: a ring of 16 buffers of one page each, between readers and writers (Linux 2.6.18,
// fs/pipe.c, PIPE_BUFFERS).
//
// A write that fits behind the last buffer's bytes goes there, any other into new buffers; so a
// write of up to a page (PIPE_BUF) is never mixed with another one. A read takes what there is and
// blocks only if there is nothing. Each end is a file of its own and counts as a reader or a writer
// while it lives, also when only an event queue still refers to it.
// splice(2) puts pages of a file into buffers as they are, and takes buffers out for a socket
// (2.6.18, fs/splice.c: splice_to_pipe, __splice_from_pipe). A buffer holds its page, which may
// still be being read: who takes it waits, and hears of an error. Who waits in poll() is woken as
// the chosen kernel does it. 2.6.18: both ends' waiters, whenever a byte came or a buffer became
// free. 6.18: of an attempt to write, even one that failed, the reading end's; of a read that found
// all buffers full, the writing end's. Activity is told, as in the 2006 kevent patches, to the one
// listener of the pipe's inode: a reader made room (send), a writer added bytes (receive), an end
// was closed (both).
//
// Invariants: at most 16 buffers, none empty. SIGPIPE is ignored: a write without readers is
// -EPIPE. Locks: mutex_ (Linux: i_mutex) around all changes; poll() looks without it. Listeners and
// waiters are told after it is given back. Process context.

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "sim/kernel/file.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/net/content.hpp"
#include "sim/vfs/page.hpp"

namespace sim {

/// What a pipe tells its listener. The values equal those of the event queue's interface
/// (model/abi/ukevent.hpp: KEVENT_SOCKET_RECV, _SEND).
namespace pipe_activity {
inline constexpr std::uint32_t receive = 1;
inline constexpr std::uint32_t send = 4;
}  // namespace pipe_activity

enum class PipeSide : std::uint8_t { reader, writer };

/// What a buffer holds: a part of a page, or bytes.
struct PipePart {
  Page* page = nullptr;  ///< null: bytes
  std::uint32_t offset = 0;
  ContentRun run{};   ///< of the page's part, too
  bool more = false;  ///< others follow
};

/// Where a splice out of a pipe leads.
class PipeSink {
 public:
  virtual ~PipeSink() = default;
  /// Bytes taken; fewer than there are end the splice. Negative errno.
  virtual long take(const PipePart& part) = 0;
};

/// Which kernel's wake-ups of poll().
enum class PipeRules : std::uint8_t { linux_2_6_18, linux_6_18 };

class Pipe {
 public:
  static constexpr std::size_t buffers_max = 16;
  static constexpr std::uint32_t buffer_bytes = 4096;

  Pipe(Kernel& kernel, std::unique_ptr<kev::OriginListener> listener, PipeRules rules);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

 private:
  friend class PipeEnd;
  struct Buffer {
    std::vector<ContentRun> runs;  ///< none when it holds a page
    std::uint32_t bytes = 0;
    Page* page = nullptr;  ///< with a reference
    std::uint32_t page_offset = 0;
  };

  long read(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool may_wait);
  long write(const ContentRun& run, bool may_wait);
  long wait_for_room(bool may_wait);
  long put_page(Page& page, std::uint32_t offset, std::uint32_t length);
  long move(PipeSink& sink, std::uint64_t max_bytes, bool may_wait);
  void close(PipeSide side);
  /// What a reader found and took.
  struct FreedBuffers {
    std::size_t before = 0;
    std::size_t freed = 0;
  };
  void tell_of_room(const FreedBuffers& buffers);
  /// 0 when there are bytes. Requires: mutex_.
  int wait_for_bytes(bool may_wait);
  /// The first buffer is ready to be taken: 0, or what its page's read came to.
  int confirm_first();
  [[nodiscard]] PipePart first_part(std::uint64_t max_bytes) const;
  void consume(std::uint32_t bytes);
  /// The waiters look again, and the listener hears of it.
  void tell(std::uint32_t mask);
  void wake_pollers(PipeSide side, std::uint32_t key);
  [[nodiscard]] WaitQueue& pollers(PipeSide side) {
    return rules_ == PipeRules::linux_6_18 && side == PipeSide::writer ? write_pollers_ : pollers_;
  }
  std::uint32_t take(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  [[nodiscard]] bool fits_behind(std::uint32_t length) const;
  std::uint32_t append(ContentRun rest);
  /// Gives the mutex back, sleeps, takes it again. 0 or -EINTR. Requires: mutex_.
  int wait();
  [[nodiscard]] std::uint32_t poll(PipeSide side) const;

  Kernel& kernel_;
  Mutex mutex_;
  WaitQueue waiters_;
  WaitQueue pollers_;        ///< of both ends, or of the reading one
  WaitQueue write_pollers_;  ///< of the writing one, where they are apart
  std::unique_ptr<kev::OriginListener> listener_;
  PipeRules rules_;
  std::deque<Buffer> buffers_;
  std::uint32_t readers_ = 1;
  std::uint32_t writers_ = 1;
};

class PipeEnd final : public FileObject {
 public:
  PipeEnd(Kernel& kernel, std::shared_ptr<Pipe> pipe, PipeSide side)
      : FileObject(kernel, Kind::pipe, nullptr), pipe_(std::move(pipe)), side_(side) {}

  /// Appends what it reads to `runs`, and pays for copying it; 0: nothing more will come.
  /// -EBADF (the wrong end), -EAGAIN, -EINTR.
  long read(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  /// Bytes written, fewer than asked if it may not wait or a signal came.
  /// -EBADF (the wrong end), -EAGAIN, -EINTR, -EPIPE.
  long write(const ContentRun& run);

  /// splice(2) into the pipe: the bytes that free buffers hold, at least one page's.
  /// -EBADF, -EAGAIN, -EINTR, -EPIPE.
  long wait_for_room();
  /// A part of a page, with a reference of its own. -EAGAIN (no buffer is free), -EPIPE.
  long put_page(Page& page, std::uint32_t offset, std::uint32_t length);
  /// splice(2) out of it: bytes moved; 0: nothing more will come, or a page was truncated. As
  /// read(), -EIO of a page, and what the sink says.
  long move(PipeSink& sink, std::uint64_t max_bytes);

  std::uint32_t poll() override { return pipe_->poll(side_); }
  WaitQueue* pollers() override { return &pipe_->pollers(side_); }
  [[nodiscard]] std::uint32_t pipe_events() const override {
    return side_ == PipeSide::reader ? pipe_activity::receive : pipe_activity::send;
  }
  [[nodiscard]] kev::OriginListener* inode_listener() const override {
    return pipe_->listener_.get();
  }

 private:
  void release() override { pipe_->close(side_); }

  std::shared_ptr<Pipe> pipe_;
  PipeSide side_;
};

/// pipe(2): the reading and the writing end, each with one reference.
std::pair<PipeEnd*, PipeEnd*> make_pipe(Kernel& kernel,
                                        std::unique_ptr<kev::OriginListener> listener,
                                        PipeRules rules = PipeRules::linux_2_6_18);

}  // namespace sim
