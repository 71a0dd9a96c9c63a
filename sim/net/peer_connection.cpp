#include "sim/net/peer_connection.hpp"

#include <algorithm>
#include <utility>

#include "sim/net/server_stack.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

constexpr Duration postponement(200'000'000);

}  // namespace

PeerConnection::PeerConnection(PeerStack& stack)
    : stack_(stack),
      endpoint_(*this, stack.pool()),
      retransmit_(stack.engine(), &PeerConnection::on_deadline<TcpTimer::retransmit>, this),
      delayed_ack_(stack.engine(), &PeerConnection::on_deadline<TcpTimer::delayed_ack>, this),
      fin_wait2_(stack.engine(), &PeerConnection::on_deadline<TcpTimer::fin_wait2>, this),
      read_time_(stack.engine(), &PeerConnection::on_read_time, this) {}

void PeerConnection::begin(Peer& peer, ConnectionKey key, std::uint16_t port) {
  peer_ = &peer;
  key_ = key;
  port_ = port;
  unsent_.clear();
  told_connected_ = told_end_ = settling_ = false;
  goodbye_ = Goodbye::none;
  endpoint_.reset(peer.options_);
  endpoint_.connect();
}

void PeerConnection::receive(Segment& segment) {
  endpoint_.receive(segment);
  settle();
}

void PeerConnection::run_timer(TcpTimer timer) {
  if (timer == TcpTimer::retransmit && stack_.must_wait()) {
    retransmit_.set(now() + postponement);
    return;
  }
  endpoint_.on_timer(timer);
  settle();
}

// -- what the peer asks for -----------------------------------------------------------------------

void PeerConnection::send(const ContentRun& run) {
  if (run.length == 0) return;
  unsent_.push_back(run);
  settle();
}

void PeerConnection::shutdown_send() {
  goodbye_ = Goodbye::shutdown;
  settle();
}

void PeerConnection::close() {
  goodbye_ = Goodbye::close;
  detach();
  settle();
}

void PeerConnection::abort() {
  unsent_.clear();
  detach();
  endpoint_.abort();
  settle();
}

void PeerConnection::detach() {
  if (peer_ != nullptr) peer_->connection_ = nullptr;
  peer_ = nullptr;
  read_time_.clear();
}

// -- what has happened ----------------------------------------------------------------------------

void PeerConnection::settle() {
  if (settling_) return;  // the handler called us; the outer settle() goes on
  settling_ = true;
  tell();
  send_queued();
  settling_ = false;
  if (peer_ == nullptr && endpoint_.state() == TcpState::closed) stack_.close(*this);
}

void PeerConnection::tell() {
  const bool connected = endpoint_.state() != TcpState::syn_sent &&
                         (endpoint_.state() != TcpState::closed || endpoint_.stream_ended());
  if (peer_ != nullptr && connected && !told_connected_) {
    told_connected_ = true;
    peer_->handler_.on_connected(*peer_);
  }
  if (peer_ != nullptr) read();
  if (peer_ == nullptr || told_end_ || endpoint_.readable_bytes() != 0) return;
  const int error = endpoint_.error();
  const bool ended = endpoint_.stream_ended();
  if (error == 0 && !ended) return;
  told_end_ = true;
  Peer& peer = *peer_;
  if (error != 0 && !ended) detach();
  peer.handler_.on_closed(peer, ended ? 0 : -error);
}

void PeerConnection::read() {
  while (peer_ != nullptr && endpoint_.readable_bytes() != 0) {
    std::uint32_t most = endpoint_.readable_bytes();
    if (peer_->reading_ == Peer::Reading::stopped) return;
    if (peer_->reading_ == Peer::Reading::paced) {
      if (peer_->next_read_ > now()) {
        read_time_.set(peer_->next_read_);
        return;
      }
      most = std::min(most, peer_->chunk_);
      // Shorter reads take as much less time.
      const Duration time = peer_->chunk_time_ * most / peer_->chunk_;
      peer_->next_read_ = now() + std::max(time, Duration(1));
    }
    runs_.clear();
    const std::uint32_t bytes = endpoint_.read(runs_, most);
    peer_->bytes_read_ += bytes;
    endpoint_.after_read(bytes);
    peer_->handler_.on_data(*peer_, runs_);
  }
}

void PeerConnection::send_queued() {
  if (!told_connected_ && peer_ != nullptr) return;
  const TcpState state = endpoint_.state();
  if (state == TcpState::syn_sent) {
    if (goodbye_ == Goodbye::close) endpoint_.close();
    return;
  }
  bool appended = false;
  while (!unsent_.empty() && endpoint_.can_send()) {
    if (endpoint_.needs_segment() && !endpoint_.has_memory()) break;
    ContentRun& first = unsent_.front();
    const std::uint32_t taken = endpoint_.append_message(first);
    first.offset += taken;
    first.length -= taken;
    if (first.length == 0) unsent_.pop_front();
    endpoint_.push_full();
    appended = true;
  }
  if (appended) endpoint_.push(PushMode::normal);
  if (!unsent_.empty() && endpoint_.can_send()) return;
  const Goodbye goodbye = std::exchange(goodbye_, Goodbye::none);
  if (goodbye == Goodbye::shutdown) endpoint_.shutdown_send();
  if (goodbye == Goodbye::close) endpoint_.close();
}

// -- TcpHost --------------------------------------------------------------------------------------

Instant PeerConnection::now() const {
  return stack_.engine().now();
}
Segment& PeerConnection::new_segment() {
  return stack_.pool().take();
}
void PeerConnection::recycle(Segment& segment) {
  stack_.pool().give(segment);
}

void PeerConnection::transmit(Segment& segment) {
  segment.connection = key_;
  segment.port = port_;
  stack_.send(segment);
}

Deadline& PeerConnection::deadline(TcpTimer timer) {
  switch (timer) {
    case TcpTimer::delayed_ack:
      return delayed_ack_;
    case TcpTimer::fin_wait2:
      return fin_wait2_;
    default:
      return retransmit_;
  }
}

void PeerConnection::arm(TcpTimer timer, Instant at) {
  deadline(timer).set(at);
}
void PeerConnection::cancel(TcpTimer timer) {
  deadline(timer).clear();
}

void PeerConnection::entered(TcpState state) {
  if (state == TcpState::time_wait)
    stack_.connections().begin_time_wait(key_, Side::client, endpoint_.send_next(),
                                         endpoint_.receive_next());
  if (state == TcpState::closed) stack_.connections().remove(key_, Side::client);
}

// -- PeerStack ------------------------------------------------------------------------------------

PeerStack::PeerStack(Engine& engine, SegmentPool& pool, ConnectionTable& connections,
                     const Place& place, const ServerStack* waits_for)
    : engine_(engine),
      pool_(pool),
      connections_(connections),
      place_(place),
      waits_for_(waits_for) {
  place.link.connect(LinkDirection::to_client, *this);
}

PeerStack::~PeerStack() = default;

bool PeerStack::must_wait() const {
  return waits_for_ != nullptr && waits_for_->busy();
}

PeerConnection& PeerStack::open(Peer& peer, std::uint16_t port) {
  if (free_.empty()) {
    all_.push_back(std::make_unique<PeerConnection>(*this));
    free_.push_back(all_.back().get());
  }
  PeerConnection& connection = *free_.back();
  free_.pop_back();
  connection.begin(peer, connections_.open(connection, place_.host), port);
  return connection;
}

void PeerStack::close(PeerConnection& connection) {
  connection.retransmit_.drop();
  connection.delayed_ack_.drop();
  connection.fin_wait2_.drop();
  connection.read_time_.drop();
  connection.endpoint_.purge();
  free_.push_back(&connection);
}

void PeerStack::on_segment(Segment& segment) {
  if (PeerConnection* connection = connections_.client(segment.connection)) {
    connection->receive(segment);
    return;
  }
  Segment& answer = pool_.take();
  const auto late = connections_.on_late_segment(segment, Side::client, answer);
  const bool answered = late.in_time_wait ? late.needs_answer : make_reset(segment, answer);
  pool_.give(segment);
  if (answered)
    send(answer);
  else
    pool_.give(answer);
}

}  // namespace sim
