#pragma once
// A pair of connected UNIX stream sockets, as socketpair(AF_UNIX, SOCK_STREAM) makes them
// (net/unix/af_unix.c; the rules are the same in 2.6.18 and 6.18 but for what is said there).
//
// What is sent lies in the receiver's queue and is charged to the sender's buffer, message by
// message, until it has been read. Writable: at most a quarter of the buffer is charged. The end of
// a side's reading ends the other one's writing; a side that goes with unread bytes leaves
// ECONNRESET behind.
// Activity is told at the points of the 2006 kevent patches: arrived bytes (receive), bytes that
// were read (the other side: send), shutdown and close (both sides, both).
// Errors: negative errno. SIGPIPE is ignored. Locks: one mutex of the pair around all changes;
// listeners and waiters are told after it is given back. Process context.

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "sim/kernel/file.hpp"
#include "sim/net/content.hpp"

namespace sim {

class UnixSocket final : public FileObject {
 public:
  static constexpr std::uint32_t send_buffer = 212992;  ///< net.core.wmem_default
  static constexpr std::uint32_t overhead = 832;        ///< charged for a message besides its bytes

  /// The halves that can be shut down, with the kernel's bits.
  enum Half : unsigned { receiving = 1, sending = 2 };

  UnixSocket(Kernel& kernel, std::shared_ptr<Mutex> mutex,
             std::unique_ptr<kev::OriginListener> listener);

  /// Bytes taken, fewer than asked if it may not wait. -EAGAIN, -EPIPE, -ECONNRESET, -EINTR.
  long send(const ContentRun& run);
  /// Appends what it reads to `runs`; 0: nothing more will come. -EAGAIN, -ECONNRESET, -EINTR.
  long receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes);
  /// Ends halves of the connection (bits of Half).
  int shutdown(unsigned halves);
  /// SO_ERROR.
  int take_error() { return std::exchange(error_, 0); }
  [[nodiscard]] std::uint32_t readable_bytes() const { return bytes_; }

  std::uint32_t poll() override;
  WaitQueue* pollers() override { return &pollers_; }

 private:
  friend std::pair<UnixSocket*, UnixSocket*> make_unix_pair(
      Kernel& kernel, std::unique_ptr<kev::OriginListener> first,
      std::unique_ptr<kev::OriginListener> second);
  struct Message {
    ContentRun run;
    std::uint32_t charge = 0;
  };

  void release() override;
  [[nodiscard]] bool writable() const { return charged_ * 4 <= send_buffer; }
  void changed(std::uint32_t key);
  int wait();
  long send_error();

  std::shared_ptr<Mutex> mutex_;
  WaitQueue waiters_;
  WaitQueue pollers_;
  UnixSocket* peer_ = nullptr;
  std::deque<Message> queue_;
  std::uint32_t bytes_ = 0;
  std::uint32_t charged_ = 0;  ///< of what we sent and the other side has not read
  unsigned shut_ = 0;
  int error_ = 0;
};

/// socketpair(2); each with one reference.
std::pair<UnixSocket*, UnixSocket*> make_unix_pair(Kernel& kernel,
                                                   std::unique_ptr<kev::OriginListener> first,
                                                   std::unique_ptr<kev::OriginListener> second);

}  // namespace sim
