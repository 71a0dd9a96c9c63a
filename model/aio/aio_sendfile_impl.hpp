#pragma once
// The bodies of AioSendfile, for the file that instantiates them.

#include "model/aio/aio_sendfile.hpp"
#include "model/bugs/bug.hpp"

namespace kev {

template <class P>
std::int64_t AioSendfile<P>::submit(Queue<P>& queue, int socket, int file, std::int64_t offset,
                                    std::int64_t count, std::uint64_t user,
                                    const typename P::Message& header) {
  if (offset < 0 || count < 0) return -EINVAL;
  typename P::File* in = platform_.file_get(file);
  if (in == nullptr) return -EBADF;
  typename P::File* out = platform_.file_get(socket);
  std::int64_t error = out == nullptr ? -EBADF : 0;
  if (error == 0 && (platform_.inode_of(*in) == nullptr || !platform_.is_socket(*out)))
    error = -EINVAL;
  Request* request = nullptr;
  if (error == 0) {
    request = platform_.template make<Request>(Allocation::may_sleep, *this, queue, *out, *in,
                                               header, offset, count);
    if (request == nullptr) error = -ENOMEM;
  }
  if (error != 0) {
    if (out != nullptr) platform_.file_put(*out);
    platform_.file_put(*in);
    return error;
  }
  queue.get();

  // Unique while requests live: the upper half keeps cookies positive and apart from descriptors.
  const std::uint32_t number = next_cookie_.fetch_add(1, std::memory_order_relaxed);
  abi::ukevent event{};
  event.id = {{number, 1}};
  event.type = abi::KEVENT_AIO;
  event.event = abi::KEVENT_MASK_ALL;
  event.req_flags = abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_ALWAYS_QUEUE;
  event.user = user;
  int failed = 0;
  Kevent<P>* completion = queue.add_for_kernel(event, &failed);
  if (completion == nullptr) {
    platform_.file_put(*out);
    platform_.file_put(*in);
    queue.put();
    request->put();
    return failed;
  }
  request->set_event(*completion);
  platform_.trace(Tracepoint::aio_submit, number, file, offset, count);
  enter(*request);
  return static_cast<std::int64_t>(std::uint64_t{1} << 32 | number);
}

template <class P>
void AioSendfile<P>::enter(Request& request) {
  // Both at once: from the moment it is in line it may be kicked.
  typename P::IrqGuard guard(lock_);
  void*& last = platform_.last_sender(request.socket_);
  if (last == nullptr)
    request.turn_.store(true);
  else
    static_cast<Request*>(last)->next_ = &request;
  last = &request;
  pool_.submit(request);
}

template <class P>
void AioSendfile<P>::leave(Request& request) {
  typename P::IrqGuard guard(lock_);
  if (request.next_ == nullptr) {
    platform_.last_sender(request.socket_) = nullptr;
    return;
  }
  request.next_->turn_.store(true);
  request.next_->kick();
}

template <class P>
void AioSendfile<P>::Request::put() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  platform_.destroy(*this);
}

/// On its thread: goes on until something is missing.
template <class P>
KaioStep AioSendfile<P>::Request::step() {
  page_waiter_.disarm();
  space_waiter_.disarm();
  if (!turn_.load()) {
    read_ahead();
    return KaioStep::waiting;  // whoever goes before it kicks it
  }
  bool blocked = false;
  const std::int64_t sent = send_what_is_there(&blocked);
  platform_.trace(Tracepoint::aio_step, event_->key.id[0], sent_, window_, sent);
  if (sent < 0) return finish(sent);
  if (position_ >= end() && !blocked) {
    if (position_ < wanted_end_ && bug(platform_, Bug::end_of_file_retried))
      return KaioStep::waiting;
    return finish(0);
  }
  window_ = sent == 0 ? std::max(window_ / 2, window_min) : std::min(window_ * 2, window_max);
  const std::uint64_t asked_for = next_read_;
  read_ahead();
  if (next_read_ == asked_for && bug(platform_, Bug::second_post_in_flight)) post_again();
  if (blocked) return KaioStep::waiting;  // the space waiter is armed
  if (sent >= std::int64_t{pages_per_step} * page_size) return KaioStep::more;
  int error = 0;
  if (wait_for_page(&error)) return KaioStep::waiting;
  return error != 0 ? finish(error) : KaioStep::more;
}

/// Bytes handed to the socket, or a negative errno. *blocked: the socket is full, and its waiter
/// armed.
template <class P>
std::int64_t AioSendfile<P>::Request::send_what_is_there(bool* blocked) {
  const std::int64_t before = sent_;
  while (platform_.bytes_of(header_) != 0 && !*blocked) {
    const std::int64_t result = try_to_send(
        [&] { return platform_.send_message(socket_, header_, {true, position_ < end()}); },
        blocked);
    if (result < 0) return result;
    sent_ += result;
  }
  const std::int64_t first = position_;
  for (int pages = 0; pages < pages_per_step && position_ < end() && !*blocked; ++pages) {
    typename P::Page* page = platform_.find_get_page(inode_, position_page());
    if (page == nullptr) break;
    if (!may_send(*page)) {
      if (bug(platform_, Bug::async_wait_after_partial_copy)) position_ = first;
      platform_.put_page(*page);
      break;
    }
    const std::int64_t result = try_to_send([&] { return send_one(*page); }, blocked);
    platform_.put_page(*page);
    if (result < 0) return result;
    position_ += result;
    sent_ += result;
  }
  if (*blocked && bug(platform_, Bug::partial_send_forgotten)) position_ = first;
  return sent_ - before;
}

/// Bytes sent, or a negative errno.
template <class P>
template <class Send>
std::int64_t AioSendfile<P>::Request::try_to_send(Send send, bool* blocked) {
  std::int64_t result = send();
  if (result != -EAGAIN) return result;
  // Armed first, tried again second: space that came in between would wake nobody.
  space_waiter_.arm(socket_);
  result = send();
  *blocked = result == -EAGAIN;
  if (*blocked) return 0;
  space_waiter_.disarm();
  return result;
}

template <class P>
bool AioSendfile<P>::Request::may_send(typename P::Page& page) {
  if (platform_.uptodate(page)) return true;
  // With the bug a page whose read has failed is taken for ready.
  return bug(platform_, Bug::ready_despite_error) && !platform_.locked(page);
}

template <class P>
std::int64_t AioSendfile<P>::Request::send_one(typename P::Page& page) {
  std::int64_t in_page = position_ % page_size;
  if (bug(platform_, Bug::resend_from_page_start)) in_page = 0;
  // A page that was found before its file became shorter has nothing to send.
  const std::int64_t end = this->end();
  const std::int64_t length = std::min(page_size - in_page, end - position_);
  if (length <= 0) return 0;
  if (in_page == 0) platform_.mark_accessed(page);
  return platform_.send_page(socket_, page, static_cast<std::uint32_t>(in_page),
                             static_cast<std::uint32_t>(length),
                             SendFlags{true, position_ + length < end});
}

/// Keeps the disk busy for this request: a new batch when half of the window is used up.
template <class P>
void AioSendfile<P>::Request::read_ahead() {
  next_read_ = std::max(next_read_, position_page());
  const auto window = static_cast<std::uint64_t>(window_);
  if (next_read_ - position_page() > window / 2) return;
  const std::uint64_t end = end_page();
  if (next_read_ < end) read_batch(next_read_, std::min(window, end - next_read_));
}

/// How many of the pages a read was started for; the others are cached, or there is no memory.
template <class P>
int AioSendfile<P>::Request::read_batch(std::uint64_t first, std::uint64_t count) {
  std::array<typename P::Page*, window_max> pages;
  int allocated = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    typename P::Page* page = platform_.allocate_page();
    if (page == nullptr) break;
    platform_.place_page(*page, first + i);
    pages[static_cast<std::size_t>(allocated++)] = page;
  }
  next_read_ = first + static_cast<std::uint64_t>(allocated);
  if (allocated == 0) return 0;
  const int started = platform_.read_pages(file_, pages.data(), allocated, hooks());
  // Nobody will sleep on these pages, which is what makes the disk start otherwise.
  platform_.start_reads(file_);
  return started;
}

template <class P>
typename P::ReadHooks AioSendfile<P>::Request::hooks() {
  typename P::ReadHooks hooks;
  hooks.on_bio = &Request::on_bio;
  hooks.end_io = &Request::end_io;
  hooks.owner = this;
  return hooks;
}

template <class P>
void AioSendfile<P>::Request::on_bio(void* self, typename P::Bio&) {
  auto& request = *static_cast<Request*>(self);
  request.reads_.fetch_add(1);
  if (bug(request.platform_, Bug::pages_unlocked_before_reference)) return;
  request.references_.fetch_add(1, std::memory_order_relaxed);
}

/// Softirq context. Unlock, count, kick, and the reference last: the request may end meanwhile.
template <class P>
void AioSendfile<P>::Request::end_io(void* self, typename P::ReadBio& bio) {
  auto& request = *static_cast<Request*>(self);
  P& platform = request.platform_;
  const bool holds = !bug(platform, Bug::pages_unlocked_before_reference);
  platform.finish_pages(bio);
  if (!holds) platform.expect_alive(&request, "the request whose read has ended");
  request.reads_.fetch_sub(1);
  request.kick();
  if (holds) request.put();
}

/// The next page is not there. Either a read of ours will kick, or whoever has it locked will, or
/// it must be read (again).
template <class P>
bool AioSendfile<P>::Request::wait_for_page(int* error) {
  typename P::Page* page = platform_.find_page_again(inode_, position_page());
  // Each end of a read kicks: what it brought is looked at then.
  const bool reading = reads_.load() != 0;
  if (page == nullptr) {
    // Evicted before it was sent, or there was no memory for it.
    if (!reading) *error = read_single_page();
    return reading;
  }
  bool wait = reading;
  if (!reading && !platform_.uptodate(*page)) {
    if (!bug(platform_, Bug::foreign_pages_never_kick)) page_waiter_.arm(*page);
    wait = platform_.locked(*page);
    if (!wait) {
      page_waiter_.disarm();
      if (!platform_.uptodate(*page) && !platform_.truncated(*page)) *error = reread(*page);
    }
  }
  platform_.put_page(*page);
  return wait;
}

template <class P>
int AioSendfile<P>::Request::read_single_page() {
  const std::uint64_t page = position_page();
  read_batch(page, 1);
  return next_read_ > page ? 0 : -ENOMEM;
}

/// A page's read failed, ours or a stranger's. It is read once more before that is believed.
template <class P>
int AioSendfile<P>::Request::reread(typename P::Page& page) {
  const auto index = static_cast<std::int64_t>(position_page());
  if (reread_page_ == index) return -EIO;
  if (!platform_.try_lock_page(page)) return 0;  // somebody else is at it
  if (platform_.uptodate(page) || platform_.truncated(page)) {
    platform_.unlock_page(page);
    return 0;
  }
  reread_page_ = index;
  platform_.read_page(page, hooks());
  platform_.start_reads(file_);
  return 0;
}

/// For Bug::second_post_in_flight: a read of ours that is under way, once more.
template <class P>
void AioSendfile<P>::Request::post_again() {
  if (reads_.load() == 0) return;
  typename P::Page* page = platform_.find_page_again(inode_, position_page());
  if (page == nullptr) return;
  if (platform_.locked(*page) && !platform_.uptodate(*page)) platform_.read_page(*page, hooks());
  platform_.put_page(*page);
}

/// One event, and everything given back.
template <class P>
KaioStep AioSendfile<P>::Request::finish(std::int64_t error) {
  page_waiter_.disarm();
  space_waiter_.disarm();
  aio_.leave(*this);
  const auto sent = static_cast<std::uint64_t>(sent_);
  platform_.trace(Tracepoint::aio_done, event_->key.id[0], sent_, error, 0);
  if (!bug(platform_, Bug::files_kept_at_the_end)) {
    platform_.file_put(file_);
    platform_.file_put(socket_);
  }
  if (error != 0 && bug(platform_, Bug::no_event_on_error)) {
    put();
    return KaioStep::finished;
  }
  if (error == 0)
    queue_.complete(*event_, 1, static_cast<std::uint32_t>(sent),
                    static_cast<std::uint32_t>(sent >> 32));
  else
    queue_.complete(*event_, -1, static_cast<std::uint32_t>(sent),
                    static_cast<std::uint32_t>(-error));
  queue_.put_kevent(*event_);
  queue_.put();
  put();
  return KaioStep::finished;
}

}  // namespace kev
