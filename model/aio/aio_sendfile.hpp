#pragma once
// kevent-aio-sendfile: asynchronous sendfile as in take33 (17 Jan 2007), with its defects mended.
//
// A request fills the page cache ahead of its send position, sends what is uptodate, and waits for
// whichever it lacks, holding no thread while it waits. Its end is one event of kind AIO on a
// queue.
//
// The window is take33's: how many pages to have ahead; it starts at 128, doubles after a step that
// sent something and halves after one that sent nothing. Mended: it stays within 8 and 128 (it
// could reach 0 and stall), steps run only when something changed (it polled), and sending never
// blocks a thread.
//
// Requests on one socket send one after the other, in the order of submission, each its header and
// then its file: several answers may be under way on a connection. Who waits for its turn already
// reads ahead. (take33's threads sent page by page for whoever was ready, so answers mixed; and
// between a header sent by a call of its own and the file others' bytes may always go out, which is
// why the header was to become a part of the call: Bhattacharya and Polyakov, 17 and 19 Jan 2007.)
//
// References: one of the submitter's until the request ends, one of each of its disk reads. Who
// ends a read marks and unlocks the pages, kicks the request, and only then gives its reference
// back. Invariants: bytes go out in order, each once; sent_ grows; exactly one event ends a
// request.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "model/aio/kaio_pool.hpp"
#include "model/aio/sync_sendfile.hpp"
#include "model/kevent/queue.hpp"

namespace kev {

template <class P>
class AioSendfile {
 public:
  explicit AioSendfile(P& platform, int threads = KaioPool<P>::default_threads)
      : platform_(platform), lock_(platform, "aio_sendfile: turns"), pool_(platform, threads) {}

  /// aio_sendfile(kevent_fd, sock_fd, in_fd, offset, count): starts sending the header and then
  /// file[offset, offset + count) or up to its end. A positive cookie: the id (raw_u64) of the
  /// event that will end the request. That event carries the bytes sent, header included, 64 bits,
  /// in ret_data; if it is BROKEN, the bytes sent (32 bits) in ret_data[0] and the errno in
  /// ret_data[1]. -EBADF, -EINVAL (not a socket, not
  /// a regular file, negative range), -ENOMEM. Process context, may sleep for memory. `user` is
  /// returned with the event.
  std::int64_t submit(Queue<P>& queue, int socket, int file, std::int64_t offset,
                      std::int64_t count, std::uint64_t user,
                      const typename P::Message& header = {});

 private:
  class Request;

  /// Last in line on its socket, and then to a thread.
  void enter(Request& request);
  /// It sends no more: the next one's turn.
  void leave(Request& request);

  P& platform_;
  typename P::SpinLock lock_;  ///< who waits for whom, and each socket's last sender
  KaioPool<P> pool_;
  std::atomic<std::uint32_t> next_cookie_{1};
};

template <class P>
class AioSendfile<P>::Request : public KaioItem<P> {
 public:
  static constexpr int window_max = 128;
  static constexpr int window_min = 8;
  static constexpr int pages_per_step = 64;  ///< then the thread's other requests have their turn

  Request(AioSendfile& aio, Queue<P>& queue, typename P::File& socket, typename P::File& file,
          const typename P::Message& header, std::int64_t offset, std::int64_t count)
      : platform_(aio.platform_),
        aio_(aio),
        queue_(queue),
        header_(header),
        socket_(socket),
        file_(file),
        inode_(*platform_.inode_of(file)),
        wanted_end_(offset + count),
        position_(offset),
        next_read_(static_cast<std::uint64_t>(offset / page_size)),
        page_waiter_(platform_, &Request::on_change, this),
        space_waiter_(platform_, &Request::on_change, this) {}

  /// The event that will end it; takes over the reference.
  void set_event(Kevent<P>& event) { event_ = &event; }
  [[nodiscard]] Kevent<P>& event() { return *event_; }

  void put();

 private:
  friend class AioSendfile;
  KaioStep step() override;
  std::int64_t send_what_is_there(bool* blocked);
  template <class Send>
  std::int64_t try_to_send(Send send, bool* blocked);
  bool may_send(typename P::Page& page);
  std::int64_t send_one(typename P::Page& page);
  void read_ahead();
  int read_batch(std::uint64_t first, std::uint64_t count);
  int read_single_page();
  int reread(typename P::Page& page);
  void post_again();
  typename P::ReadHooks hooks();
  /// Makes sure that somebody will kick; false if what is missing has come meanwhile.
  bool wait_for_page(int* error);
  KaioStep finish(std::int64_t error);

  static void on_change(void* self) { static_cast<Request*>(self)->kick(); }
  static void on_bio(void* self, typename P::Bio& bio);
  static void end_io(void* self, typename P::ReadBio& bio);

  [[nodiscard]] std::uint64_t position_page() const {
    return static_cast<std::uint64_t>(position_ / page_size);
  }
  /// What was asked for, as far as the file goes: it may become shorter or longer meanwhile.
  [[nodiscard]] std::int64_t end() const {
    return std::min(wanted_end_, platform_.size_of(inode_));
  }
  [[nodiscard]] std::uint64_t end_page() const {
    return static_cast<std::uint64_t>((end() + page_size - 1) / page_size);
  }

  P& platform_;
  AioSendfile& aio_;
  Queue<P>& queue_;
  typename P::Message header_;  ///< what of it still has to go out
  typename P::File& socket_;
  typename P::File& file_;
  typename P::Inode& inode_;
  Kevent<P>* event_ = nullptr;
  std::atomic<bool> turn_{false};  ///< nobody on its socket goes before it
  Request* next_ = nullptr;        ///< in line on its socket
  std::int64_t sent_ = 0;
  const std::int64_t wanted_end_;
  std::int64_t position_;    ///< next byte of the file to send
  std::uint64_t next_read_;  ///< next page to read ahead
  int window_ = window_max;
  std::int64_t reread_page_ = -1;  ///< a page whose read failed and was repeated
  std::atomic<std::int32_t> references_{1};
  std::atomic<std::int32_t> reads_{0};  ///< own bios under way
  typename P::PageWaiter page_waiter_;
  typename P::SpaceWaiter space_waiter_;
};

}  // namespace kev
