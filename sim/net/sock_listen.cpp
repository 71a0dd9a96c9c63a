// A listening socket: requests (SYN received) and the accept queue.
//
// As in Linux 2.6.18: a SYN is dropped when there are too many requests, or when the accept queue
// is full and more than one request is still young; the acknowledgement that would complete a
// connection is dropped when the accept queue is full, and the SYN-ACK's timer tries again. The
// accept queue is full when it holds more than the backlog.

#include <algorithm>
#include <cerrno>

#include "sim/net/notify.hpp"
#include "sim/net/server_stack.hpp"
#include "sim/net/sock.hpp"

namespace sim {

int Sock::listen(std::uint16_t port, std::uint32_t backlog) {
  Owner owner(*this);
  const std::uint32_t limit = std::min(backlog, stack_.options().max_backlog);
  if (listening()) {
    listen_->backlog = limit;
    return 0;
  }
  if (endpoint_.state() != TcpState::closed || connected_) return -EINVAL;
  if (!stack_.bind(port, *this)) return -EADDRINUSE;
  port_ = port;
  listen_ = std::make_unique<ListenQueue>();
  listen_->backlog = limit;
  return 0;
}

Sock* Sock::process_at_listener(Segment& segment) {
  Sock* sock = stack_.connections().server(segment.connection);
  if (sock != nullptr && sock->listener_ == this) {
    process_request(*sock, segment);
    return nullptr;
  }
  if (sock != nullptr) {
    // It was established while the segment waited for the listener.
    sock->get();
    return sock;
  }
  if (segment.has(tcp_flags::syn) && !segment.has(tcp_flags::ack | tcp_flags::rst))
    add_request(segment);
  else
    stack_.reject(segment);
  return nullptr;
}

void Sock::add_request(Segment& syn) {
  if (!stack_.connections().is_live(syn.connection)) {
    // The client gave up meanwhile; it would reset what we answer.
    recycle(syn);
    return;
  }
  // The client has given up while its SYN was on its way: it would answer with a reset.
  const bool gone = syn.local ? stack_.connections().local_client(syn.connection) == nullptr
                              : stack_.connections().client(syn.connection) == nullptr;
  if (gone) {
    recycle(syn);
    return;
  }
  const bool accept_full = listen_->accepted.size() > listen_->backlog;
  if (listen_->requests.size() >= stack_.options().max_requests ||
      (accept_full && listen_->young > 1)) {
    stack_.count_refused();
    recycle(syn);
    return;
  }
  Sock& request = stack_.take_sock();
  TcpOptions options = endpoint_.options();
  if (syn.local) options.mss = Loopback::mss;
  request.begin(options, syn.connection, *this);
  request.local_ = syn.local;
  stack_.connections().set_server(syn.connection, request);
  request.young_ = true;
  ++listen_->young;
  listen_->requests.push_back(request);
  request.endpoint_.accept(syn);
  recycle(syn);
  tell(socket_events::accept);
}

void Sock::process_request(Sock& request, Segment& segment) {
  const bool completes = segment.has(tcp_flags::ack) && !segment.has(tcp_flags::rst);
  if (completes && listen_->accepted.size() > listen_->backlog) {
    stack_.count_refused();
    recycle(segment);
    return;
  }
  request.get();
  request.endpoint_.receive(segment);
  const TcpState state = request.endpoint_.state();
  if (state != TcpState::syn_recv && state != TcpState::closed) {
    end_request(request);
    request.get();
    listen_->accepted.push_back(request);
    if (sleepers_.active()) sleepers_.wake();
    // In the patches only the SYN says "accept", when there is nothing to accept yet; who waits
    // for just that would sleep on. Here the established connection says so too.
    notify(socket_events::receive | socket_events::send | socket_events::accept,
           wake_keys::readable);
  }
  request.put();
}

/// It is established, or has failed.
void Sock::end_request(Sock& request) {
  listen_->requests.remove(request);
  if (request.young_) --listen_->young;
  request.young_ = false;
  request.listener_ = nullptr;
}

/// After a request's timer.
void Sock::no_longer_young() {
  if (listener_ == nullptr || !young_ || endpoint_.syn_ack_resends() == 0) return;
  young_ = false;
  --listener_->listen_->young;
}

/// Requests are forgotten, what waits in the accept queue is reset. Requires: owned.
void Sock::stop_listening() {
  stack_.unbind(port_);
  while (!listen_->requests.empty()) {
    Sock& request = listen_->requests.front();
    request.get();
    request.endpoint_.drop();  // ends the request
    request.put();
  }
  while (!listen_->accepted.empty()) {
    Sock& child = listen_->accepted.pop_front();
    {
      Owner owner(child);
      child.endpoint_.abort();
    }
    child.put();
  }
  listen_.reset();
}

}  // namespace sim
