#pragma once
// The bodies of Naio, for the file that instantiates them.

#include "model/aio/naio.hpp"

namespace kev {

template <class P>
int Naio<P>::check_socket(typename P::File& file) {
  if (!platform_.is_socket(file)) return -ENOTSOCK;
  return platform_.is_async(file) ? 0 : -ESOCKTNOSUPPORT;
}

template <class P>
int Naio<P>::submit(Queue<P>& queue, int socket, UserAddress buffer, std::uint32_t bytes,
                    NaioDirection direction) {
  if (bytes == 0) return -EINVAL;
  typename P::File* file = platform_.file_get(socket);
  if (file == nullptr) return -EBADF;
  int error = check_socket(*file);
  Request* request = nullptr;
  if (error == 0) {
    request = platform_.template make<Request>(Allocation::may_sleep, platform_, *this, queue,
                                               *file, buffer, bytes, direction);
    error = request == nullptr ? -ENOMEM : request->pin();
  }
  if (error == 0) {
    abi::ukevent event{};
    event.id = {
        {static_cast<std::uint32_t>(socket), next_number_.fetch_add(1, std::memory_order_relaxed)}};
    event.type = abi::KEVENT_NAIO;
    event.event = abi::KEVENT_MASK_ALL;
    event.req_flags = abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_ALWAYS_QUEUE;
    event.user = buffer;
    Kevent<P>* completion = queue.add_for_kernel(event, &error);
    if (completion != nullptr) {
      queue.get();
      request->set_event(*completion);
      // Both at once: from the moment it is in line it may be kicked.
      typename P::IrqGuard guard(lock_);
      active_.push_back(*request);
      pool_.submit(*request);
      return 0;
    }
  }
  if (request != nullptr) request->put();
  platform_.file_put(*file);
  return error;
}

template <class P>
bool Naio<P>::first(Request& request) {
  typename P::IrqGuard guard(lock_);
  for (Request& other : active_)
    if (other.same_stream(request)) return &other == &request;
  return false;
}

template <class P>
void Naio<P>::leave(Request& request) {
  typename P::IrqGuard guard(lock_);
  auto next = active_.erase(active_.iterator_to(request));
  for (; next != active_.end(); ++next) {
    if (!next->same_stream(request)) continue;
    next->kick();
    return;
  }
}

template <class P>
KaioStep Naio<P>::Request::step() {
  waiter_.disarm();
  if (!transferred_) {
    // Whoever goes before it kicks it when its turn has come.
    if (!naio_.first(*this)) return KaioStep::waiting;
    if (!transfer()) return KaioStep::waiting;
    transferred_ = true;
    naio_.leave(*this);
  }
  if (direction_ == NaioDirection::send && error_ == 0) return wait_for_acknowledgement();
  return finish();
}

/// Bytes, 0 at the end of the stream, or a negative errno.
template <class P>
std::int64_t Naio<P>::Request::try_once() {
  if (direction_ == NaioDirection::receive)
    return platform_.receive_pinned(file_, pages_, done_, bytes_ - done_);
  return platform_.send_pinned(file_, pages_, done_, bytes_ - done_);
}

template <class P>
bool Naio<P>::Request::transfer() {
  while (done_ < bytes_) {
    std::int64_t result = try_once();
    if (result == -EAGAIN) {
      // Armed first, tried again second: what came in between would wake nobody.
      waiter_.arm(file_);
      result = try_once();
      if (result == -EAGAIN) return false;
      waiter_.disarm();
    }
    if (result < 0) error_ = static_cast<int>(-result);
    if (result <= 0) return true;
    done_ += static_cast<std::uint32_t>(result);
  }
  return true;
}

/// The network gives its pages back when they are acknowledged. If the connection fails first, it
/// may keep them until the socket is closed.
template <class P>
KaioStep Naio<P>::Request::wait_for_acknowledgement() {
  constexpr std::uint32_t failed = 0x008 | 0x010;  // POLLERR, POLLHUP
  if (platform_.held(pages_)) {
    waiter_.arm(file_);
    if ((platform_.poll(file_) & failed) == 0 && platform_.held(pages_)) return KaioStep::waiting;
    waiter_.disarm();
    if (platform_.held(pages_)) error_ = ECONNRESET;
  }
  return finish();
}

/// One event, and everything given back.
template <class P>
KaioStep Naio<P>::Request::finish() {
  const bool complete = error_ == 0 && done_ == bytes_;
  platform_.file_put(file_);
  queue_.complete(*event_, complete ? 1 : -1, done_, static_cast<std::uint32_t>(error_));
  queue_.put_kevent(*event_);
  queue_.put();
  put();
  return KaioStep::finished;
}

}  // namespace kev
