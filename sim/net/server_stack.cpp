#include "sim/net/server_stack.hpp"

#include <algorithm>

namespace sim {

ServerStack::ServerStack(Kernel& kernel, SegmentPool& pool, ConnectionTable& connections,
                         Link& link, const ServerOptions& options, kev::OriginFactory factory,
                         void* machine)
    : kernel_(kernel),
      pool_(pool),
      connections_(connections),
      options_(options),
      factory_(factory),
      machine_(machine),
      timers_(kernel),
      nic_(kernel, link, pool, options.nic, &ServerStack::deliver, this),
      loopback_(kernel, &ServerStack::deliver, this) {
  link.connect(LinkDirection::to_server, nic_);
}

ServerStack::~ServerStack() {
  KEV_CHECK(open_ == nullptr || kernel_.ending());
  while (open_ != nullptr) delete open_;
}

// -- files ----------------------------------------------------------------------------------------

Socket& ServerStack::create_socket() {
  Sock& sock = take_sock();
  sock.begin(options_.tcp);
  return make_socket(sock);
}

Socket& ServerStack::make_socket(Sock& sock) {
  if (kernel_.current() != nullptr) kernel_.spend(Cost::allocate);
  if (sock.key().serial != 0) ++stats_.accepted;
  return *new Socket(*this, sock, factory_ != nullptr ? factory_(machine_) : nullptr);
}

void ServerStack::add_open(Socket& socket) {
  socket.next_ = open_;
  if (open_ != nullptr) open_->previous_ = &socket;
  open_ = &socket;
  ++open_count_;
}

void ServerStack::remove_open(Socket& socket) {
  (socket.previous_ == nullptr ? open_ : socket.previous_->next_) = socket.next_;
  if (socket.next_ != nullptr) socket.next_->previous_ = socket.previous_;
  --open_count_;
}

// -- socks ----------------------------------------------------------------------------------------

Sock& ServerStack::take_sock() {
  if (free_.empty()) {
    socks_.push_back(std::make_unique<Sock>(*this));
    return *socks_.back();
  }
  Sock& sock = *free_.back();
  free_.pop_back();
  return sock;
}

void ServerStack::free_sock(Sock& sock) {
  KEV_CHECK(sock.endpoint_.state() == TcpState::closed);
  sock.retransmit_timer_.drop();
  sock.delayed_ack_timer_.drop();
  sock.fin_wait2_timer_.drop();
  KEV_CHECK(sock.backlog_.empty());
  sock.endpoint_.purge();
  free_.push_back(&sock);
}

bool ServerStack::bind(std::uint16_t port, Sock& listener) {
  if (find_listener(port) != nullptr) return false;
  listeners_.emplace_back(port, &listener);
  return true;
}

void ServerStack::unbind(std::uint16_t port) {
  std::erase_if(listeners_, [port](const auto& entry) { return entry.first == port; });
}

Sock* ServerStack::find_listener(std::uint16_t port) const {
  for (const auto& [number, sock] : listeners_)
    if (number == port) return sock;
  return nullptr;
}

// -- segments -------------------------------------------------------------------------------------

void ServerStack::record_sent(const Segment& segment) {
  kernel_.recorder().emit(Ev::tcp_send, segment.connection.serial,
                          static_cast<std::int64_t>(segment.seq), segment.payload, segment.flags);
}

void ServerStack::transmit(Segment& segment) {
  record_sent(segment);
  nic_.transmit(segment);
}

void ServerStack::transmit_locally(Segment& segment) {
  record_sent(segment);
  loopback_.transmit(segment);
}

void ServerStack::deliver(void* self, Segment& segment) {
  static_cast<ServerStack*>(self)->receive(segment);
}

Sock* ServerStack::find_sock(const Segment& segment) const {
  return segment.to_client ? connections_.local_client(segment.connection)
                           : connections_.server(segment.connection);
}

/// Softirq.
void ServerStack::receive(Segment& segment) {
  kernel_.recorder().emit(Ev::tcp_receive, segment.connection.serial,
                          static_cast<std::int64_t>(segment.seq), segment.payload,
                          static_cast<std::int64_t>(segment.ack));
  Sock* sock = find_sock(segment);
  if (sock != nullptr) {
    sock = &sock->keeper();
  } else {
    Segment& answer = pool_.take();
    const auto late = connections_.on_late_segment(
        segment, segment.to_client ? Side::client : Side::server, answer);
    if (late.in_time_wait) {
      if (!late.needs_answer)
        pool_.give(answer);
      else
        send_answer(answer, segment);
      pool_.give(segment);
      return;
    }
    pool_.give(answer);
    if (segment.has(tcp_flags::syn) && !segment.has(tcp_flags::ack))
      sock = find_listener(segment.port);
  }
  if (sock == nullptr) {
    reject(segment);
    return;
  }
  sock->get();
  sock->receive(segment);
  sock->put();
}

/// Back to where the segment came from.
void ServerStack::send_answer(Segment& answer, const Segment& segment) {
  if (!segment.local) {
    transmit(answer);
    return;
  }
  answer.local = true;
  answer.to_client = !segment.to_client;
  transmit_locally(answer);
}

void ServerStack::reject(Segment& segment) {
  Segment& answer = pool_.take();
  if (make_reset(segment, answer)) {
    ++stats_.resets;
    send_answer(answer, segment);
  } else {
    pool_.give(answer);
  }
  pool_.give(segment);
}

}  // namespace sim
