#pragma once
// Network AIO: aio_send and aio_recv between a user's buffer and a stream socket, ended by one
// event of kind NAIO. Source: "[2/4] kevent: network AIO, socket notifications", 26 Jul 2006.
//
// The buffer's pages are pinned at submission (get_user_pages). Sending attaches them to the socket
// without copying; receiving copies into them. The socket must have asked for it (SO_ASYNC_SOCK).
//
// When a request ends:
//   aio_send  when the other side has acknowledged the last byte: only then may the program use the
//             buffer again. The original ended when the last byte was queued in the socket, and the
//             program could overwrite what was still to be sent, or to be sent again.
//   aio_recv  when the buffer is full.
//   either    BROKEN: the connection failed (ret_data[1] the errno), or the stream ended before the
//             buffer was full (ret_data[1] is 0). What was transferred until then counts.
// ret_data[0] is the number of bytes; id.raw[0] the socket, id.raw[1] a number; user the buffer.
// (The original had the size in id.raw[1], so that two transfers of one size on a socket were the
// same interest.)
//
// Progress is made by the kaio threads, kicked by the socket's wait queue. The original worked in
// the notification itself, in softirq context, and dropped every notification that came while
// another one was at work; a kick that comes during a step repeats the step (kaio_pool.hpp).
// Requests on one socket and in one direction are served one after the other, in the order of
// submission: their bytes do not mix.
//
// References to a request: one of the submitter's until it ends, one while the network holds pages.

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cerrno>
#include <cstdint>

#include "model/aio/kaio_pool.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

enum class NaioDirection : std::uint8_t { receive, send };

template <class P>
class Naio {
 public:
  explicit Naio(P& platform)
      : platform_(platform), lock_(platform, "naio: requests"), pool_(platform) {}
  ~Naio() { active_.clear(); }
  Naio(const Naio&) = delete;
  Naio& operator=(const Naio&) = delete;

  /// 0, and an event will come; or -EBADF, -ENOTSOCK, -ESOCKTNOSUPPORT (not asked for on this
  /// socket), -EINVAL (no bytes), -EFAULT, -ENOMEM, and no event. Process context, may sleep.
  int submit(Queue<P>& queue, int socket, UserAddress buffer, std::uint32_t bytes,
             NaioDirection direction);

 private:
  class Request;
  using List =
      boost::intrusive::list<Request,
                             boost::intrusive::base_hook<boost::intrusive::list_base_hook<>>>;

  int check_socket(typename P::File& file);
  /// It is the oldest of its socket and direction.
  bool first(Request& request);
  /// It has transferred all it will: the next one's turn.
  void leave(Request& request);

  P& platform_;
  typename P::SpinLock lock_;
  List active_;  ///< in order of submission
  KaioPool<P> pool_;
  std::atomic<std::uint32_t> next_number_{1};
};

template <class P>
class Naio<P>::Request : public KaioItem<P>, public boost::intrusive::list_base_hook<> {
 public:
  Request(P& platform, Naio& naio, Queue<P>& queue, typename P::File& file, UserAddress buffer,
          std::uint32_t bytes, NaioDirection direction)
      : platform_(platform),
        naio_(naio),
        queue_(queue),
        file_(file),
        direction_(direction),
        bytes_(bytes),
        pages_(platform, buffer, bytes, &Request::on_held, &Request::on_released, this),
        waiter_(platform, &Request::on_change, this) {}

  int pin() { return platform_.pin(pages_); }
  void set_event(Kevent<P>& event) { event_ = &event; }
  [[nodiscard]] bool same_stream(const Request& other) const {
    return &file_ == &other.file_ && direction_ == other.direction_;
  }
  void put() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) platform_.destroy(*this);
  }

 private:
  KaioStep step() override;
  /// False: the socket's waiter is armed. True: all is transferred, or no more will be.
  bool transfer();
  std::int64_t try_once();
  KaioStep wait_for_acknowledgement();
  KaioStep finish();

  static void on_change(void* self) { static_cast<Request*>(self)->kick(); }
  static void on_held(void* self) {
    static_cast<Request*>(self)->references_.fetch_add(1, std::memory_order_relaxed);
  }
  /// The kick before the reference: the request may be over already.
  static void on_released(void* self) {
    static_cast<Request*>(self)->kick();
    static_cast<Request*>(self)->put();
  }

  P& platform_;
  Naio& naio_;
  Queue<P>& queue_;
  typename P::File& file_;
  Kevent<P>* event_ = nullptr;
  const NaioDirection direction_;
  const std::uint32_t bytes_;
  std::uint32_t done_ = 0;
  bool transferred_ = false;  ///< as much as will be
  int error_ = 0;             ///< positive errno
  std::atomic<std::int32_t> references_{1};
  typename P::PinnedPages pages_;
  typename P::SpaceWaiter waiter_;
};

}  // namespace kev
