#pragma once
// The file of a TCP socket on the server: what descriptors name and event queues watch.
//
// Calls follow Linux 2.6.18: bytes or a negative errno, blocking unless the file is non-blocking or
// the call says so. They are made in process context. The protocol's part, which outlives the file,
// is sim/net/sock.hpp.
// Activity is told to the listener at the points of the 2006 kevent patches (take29): a segment put
// on the backlog (receive); state changes, errors, arrived data, freed send space, and a socket
// given back while others wait for it (receive and send); reordered data that fell into place
// (receive); an arriving SYN (accept) and, unlike the patches, an established connection (all
// three).

#include <memory>
#include <vector>

#include "model/platform/platform.hpp"
#include "sim/kernel/file.hpp"
#include "sim/net/send_queue.hpp"
#include "sim/net/sock.hpp"

namespace sim {

class Socket;

/// A new connection's socket with one reference, or null and a negative errno.
struct AcceptResult {
  Socket* socket = nullptr;
  int error = 0;
};

class Socket final : public FileObject {
 public:
  /// Takes over one reference to the Sock.
  Socket(ServerStack& stack, Sock& sock, std::unique_ptr<kev::OriginListener> listener);
  ~Socket() override;

  /// 0, -EADDRINUSE, or -EINVAL when it is connected. Again: only changes the backlog.
  int listen(std::uint16_t port, std::uint32_t backlog);
  /// -EAGAIN, -EINTR, -EINVAL.
  AcceptResult accept();
  /// To a listener on this machine; results: Sock::connect.
  int connect(std::uint16_t port) { return sock_->connect(port, !nonblocking); }

  /// Attaches a part of a page, without copying; takes references of its own to the page. Bytes
  /// taken, fewer than asked when the buffer is full and the call may not wait. The caller pays
  /// for attaching the page (Cost::send_page).
  /// -EAGAIN, -EPIPE, -ECONNRESET, -ETIMEDOUT, -EINTR.
  long send_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length,
                 kev::SendFlags flags = {});
  /// Copies bytes in, and pays for it.
  long send_message(const ContentRun& run, kev::SendFlags flags = {});
  /// Appends what it reads to `runs`, and pays for copying it; 0 is the end of the stream.
  /// -EAGAIN, -ECONNRESET, -ETIMEDOUT, -ENOTCONN, -EINTR.
  long receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool dont_wait = false);
  /// MSG_PEEK and MSG_OOB; -EINVAL when there is no urgent byte.
  long receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes, ReceiveMode mode);
  /// Copies bytes in; the last one is urgent (MSG_OOB).
  long send_urgent(const ContentRun& run) { return sock_->send_urgent(run, !nonblocking); }
  /// 0 or -ENOTCONN.
  int shutdown(Shutdown how) { return sock_->shutdown(how); }
  /// TCP_CORK: hold back a last segment that is not full.
  void set_cork(bool corked) { sock_->set_cork(corked); }
  /// TCP_NODELAY: no Nagle.
  void set_nodelay(bool nodelay) { sock_->set_nodelay(nodelay); }
  /// SO_ERROR: the pending error, positive, which is told once.
  int take_error() { return sock_->take_error(); }

  /// SO_ASYNC_SOCK: the program means to use network AIO on it.
  bool async = false;
  /// Of the asynchronous requests that send on it, the newest: theirs to use.
  void* last_sender = nullptr;

  /// tcp_poll; a look that finds no send space asks to be told when there is some.
  std::uint32_t poll() override { return sock_->poll(); }
  WaitQueue* pollers() override { return &pollers_; }
  /// Where to wait for activity, with a WaitEntry; look at poll() after adding it.
  [[nodiscard]] WaitQueue& sleepers() { return sock_->sleepers(); }

  /// SO_LINGER, SO_SNDBUF and the like.
  [[nodiscard]] Sock& sock() { return *sock_; }
  [[nodiscard]] const Sock& sock() const { return *sock_; }
  /// What the protocol is doing.
  [[nodiscard]] const TcpEndpoint& endpoint() const { return sock_->endpoint(); }
  /// The connection's number, as in traces; 0 for a listening socket.
  [[nodiscard]] std::uint32_t connection() const { return sock_->key().serial; }

 protected:
  void release() override;

 private:
  friend class ServerStack;
  ServerStack& stack_;
  Sock* sock_;
  WaitQueue pollers_;
  Socket* next_ = nullptr;  ///< in the stack's list of open sockets
  Socket* previous_ = nullptr;
};

}  // namespace sim
