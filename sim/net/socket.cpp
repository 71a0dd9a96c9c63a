#include "sim/net/socket.hpp"

#include <utility>

#include "sim/net/server_stack.hpp"

namespace sim {

Socket::Socket(ServerStack& stack, Sock& sock, std::unique_ptr<kev::OriginListener> listener)
    : FileObject(stack.kernel(), Kind::socket, std::move(listener)),
      stack_(stack),
      sock_(&sock),
      pollers_(stack.kernel(), "poll waiters") {
  stack_.add_open(*this);
  kernel_.release(this);  // as under sk_callback_lock, in sock_graft()
  sock_->attach(this);
}

Socket::~Socket() {
  stack_.remove_open(*this);
}

void Socket::release() {
  sock_->close();
}

int Socket::listen(std::uint16_t port, std::uint32_t backlog) {
  return sock_->listen(port, backlog);
}

AcceptResult Socket::accept() {
  AcceptResult result;
  Sock* child = sock_->accept(!nonblocking, result.error);
  if (child != nullptr) result.socket = &stack_.make_socket(*child);
  return result;
}

long Socket::send_page(const PageFrag& frag, std::uint32_t offset, std::uint32_t length,
                       kev::SendFlags flags) {
  return sock_->send_page(frag, offset, length, !nonblocking && !flags.dont_wait, flags.more);
}

long Socket::send_message(const ContentRun& run, kev::SendFlags flags) {
  return sock_->send_message(run, !nonblocking && !flags.dont_wait, flags.more);
}

long Socket::receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes, ReceiveMode mode) {
  return sock_->receive_data(runs, max_bytes, !nonblocking, mode);
}

long Socket::receive(std::vector<ContentRun>& runs, std::uint32_t max_bytes, bool dont_wait) {
  return sock_->receive_data(runs, max_bytes, !nonblocking && !dont_wait);
}

}  // namespace sim
