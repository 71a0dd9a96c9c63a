#pragma once
// A TCP socket inside the simulated kernel: struct sock of Linux 2.6.18. It outlives the file that
// names it (sim/net/socket.hpp): after close() it says goodbye to the other side on its own.
//
// Locks: the socket lock has two halves. Softirqs take the spinlock `slock` and do their work under
// it. A thread marks the socket as owned, under slock, and then works without it, so that it may be
// interrupted; a softirq that finds the socket owned puts its segment on the backlog, which the
// owner works off when it gives the socket back. A thread gives it back before it sleeps. A
// connection that is not yet established is guarded by its listener's lock; it gets its own when it
// enters the accept queue. Order: slock, then wait queues, then what listeners
// (kev::OriginListener) take.
//
// There is no prequeue: this is a kernel with net.ipv4.tcp_low_latency=1.
// Invariants: references() counts the protocol (while it is not closed), the file, the accept queue
// and whoever works on it just now; the last one gives the Sock back to its stack.

#include <cstdint>
#include <memory>
#include <vector>

#include "model/platform/platform.hpp"
#include "sim/kernel/wait_queue.hpp"
#include "sim/net/connection_table.hpp"
#include "sim/net/soft_timer.hpp"
#include "sim/net/tcp.hpp"

namespace sim {

class ServerStack;
class Socket;
class Sock;

/// Socks in order, each in at most one list.
class SockList {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] Sock& front() const { return *head_; }
  void push_back(Sock& sock);
  void remove(Sock& sock);
  Sock& pop_front();

 private:
  Sock* head_ = nullptr;
  Sock* tail_ = nullptr;
  std::uint32_t size_ = 0;
};

/// The two directions, with the kernel's bits (RCV_SHUTDOWN, SEND_SHUTDOWN).
/// Which bytes a read takes.
enum class ReceiveMode : std::uint8_t {
  next,    ///< the next ones
  peek,    ///< the next ones, and leaves them there (MSG_PEEK)
  urgent,  ///< the urgent byte (MSG_OOB)
};

/// What becomes of a connection that is closed.
enum class Linger : std::uint8_t { in_background, reset };

enum class Shutdown : std::uint8_t { receive = 1, send = 2, both = 3 };

class Sock final : public TcpHost {
 public:
  explicit Sock(ServerStack& stack);
  Sock(const Sock&) = delete;
  Sock& operator=(const Sock&) = delete;

  /// Starts a new life, with one reference. `listener`: who has received its SYN.
  void begin(const TcpOptions& options);
  void begin(const TcpOptions& options, ConnectionKey key, Sock& listener);
  void get() { ++references_; }
  void put();
  [[nodiscard]] std::int32_t references() const { return references_; }

  // -- calls, in process context; negative errno or a result
  // ---------------------------------------
  int listen(std::uint16_t port, std::uint32_t backlog);
  /// To a port of this same machine. 0, -EINPROGRESS, -EALREADY, -EISCONN, -ECONNREFUSED,
  /// -ECONNABORTED (the last attempt failed; the socket may be used again), -EINTR.
  int connect(std::uint16_t port, bool may_wait);
  /// The first connection of the accept queue, with a reference; null and *error when there is
  /// none.
  Sock* accept(bool may_wait, int& error);
  long send_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length, bool may_wait,
                 bool more);
  long send_message(const ContentRun& run, bool may_wait, bool more);
  /// One byte out of band.
  long send_urgent(const ContentRun& run, bool may_wait);
  long receive_data(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool may_wait,
                    ReceiveMode mode = ReceiveMode::next);
  int shutdown(Shutdown how);
  void set_cork(bool corked);
  void set_nodelay(bool nodelay);
  void set_linger(Linger linger) { linger_ = linger; }
  /// The endpoint, to set options of. Requires: called by the only thread that uses the socket.
  TcpEndpoint& options_of() { return endpoint_; }
  int take_error();
  /// The file goes: gives its reference back.
  void close();
  /// tcp_poll. Any context; a look without the lock, as in Linux.
  std::uint32_t poll();

  // -- the stack's part ---------------------------------------------------------------------------
  /// A segment for this socket, from softirq or process context. Takes it over.
  void receive(Segment& segment);
  /// Whose lock guards it.
  [[nodiscard]] Sock& keeper() { return listener_ != nullptr ? *listener_ : *this; }
  /// The file that names it; null when there is none.
  void attach(Socket* socket) { socket_ = socket; }
  [[nodiscard]] Socket* socket() const { return socket_; }
  /// Threads and others that wait for anything to happen here (sk_sleep).
  [[nodiscard]] WaitQueue& sleepers() { return sleepers_; }
  [[nodiscard]] const TcpEndpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] ConnectionKey key() const { return key_; }
  [[nodiscard]] bool listening() const { return listen_ != nullptr; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  // -- TcpHost ------------------------------------------------------------------------------------
  [[nodiscard]] kev::Instant now() const override;
  Segment& new_segment() override;
  void recycle(Segment& segment) override;
  void transmit(Segment& segment) override;
  void arm(TcpTimer timer, kev::Instant at) override;
  void cancel(TcpTimer timer) override;
  void on_readable() override;
  void on_reordered() override;
  void on_space_freed() override;
  void on_state_change() override;
  void on_error() override;
  void entered(TcpState state) override;
  void resending(const Segment& segment, TcpResend reason) override;

 private:
  friend class SockList;
  friend class ServerStack;

  /// What a listening socket has besides.
  struct ListenQueue {
    std::uint32_t backlog = 0;
    std::uint32_t young = 0;  ///< requests whose SYN-ACK was sent only once
    SockList requests;        ///< SYN received
    SockList accepted;        ///< established, not yet taken by accept()
  };

  /// lock_sock and release_sock, for a scope.
  class Owner {
   public:
    explicit Owner(Sock& sock) : sock_(sock) { sock_.own(); }
    ~Owner() noexcept(false) { sock_.disown(); }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

   private:
    Sock& sock_;
  };

  template <TcpTimer timer>
  static void on_soft_timer(void* self) {
    static_cast<Sock*>(self)->run_timer(timer);
  }
  void run_timer(TcpTimer timer);
  SoftTimer& timer(TcpTimer timer);

  void own();
  void disown();
  void wait_for_ownership();
  /// Works on a segment under the lock. Not null: it belongs to that socket (with a reference).
  [[nodiscard]] Sock* process(Segment& segment);
  bool replaces_last_ack(Segment& segment);
  /// Tells the file's listener only: no wake-up.
  void tell(std::uint32_t mask);
  /// Tells who waits in poll() for a bit of `key`, and the listener.
  void notify(std::uint32_t mask, std::uint32_t key);

  template <class Append>
  long send(std::uint32_t length, bool may_wait, bool more, Append append);
  int wait_for_space(bool may_wait);
  /// Sleeps until something happens. Requires: owned. 0, or -EINTR.
  template <class Condition>
  int wait_for(bool exclusive, Condition condition);
  int send_error(int error);

  int end_of_connect();
  long receive_urgent(std::vector<ContentRun>& runs);

  // sock_listen.cpp
  [[nodiscard]] Sock* process_at_listener(Segment& segment);
  void add_request(Segment& syn);
  void process_request(Sock& request, Segment& segment);
  void end_request(Sock& request);
  void no_longer_young();
  void stop_listening();

  ServerStack& stack_;
  Kernel& kernel_;
  SpinLock slock_;
  WaitQueue owner_wait_;
  WaitQueue sleepers_;
  TcpEndpoint endpoint_;
  SoftTimer retransmit_timer_;
  SoftTimer delayed_ack_timer_;
  SoftTimer fin_wait2_timer_;

  std::int32_t references_ = 0;
  bool owned_ = false;
  bool connected_ = false;  ///< known to the connection table
  bool young_ = false;
  bool connecting_ = false;  ///< connect() has not told its end yet (SS_CONNECTING)
  Linger linger_ = Linger::in_background;
  bool local_ = false;  ///< connected with a socket of this machine
  Side side_ = Side::server;
  bool no_space_ = false;  ///< somebody found no send space (SOCK_NOSPACE)
  std::uint16_t port_ = 0;
  ConnectionKey key_;
  Socket* socket_ = nullptr;
  Sock* listener_ = nullptr;  ///< while it is a request
  SegmentList backlog_;
  std::unique_ptr<ListenQueue> listen_;
  Sock* next_ = nullptr;  ///< in a SockList
  Sock* previous_ = nullptr;
};

}  // namespace sim
