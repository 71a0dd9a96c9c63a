#include "sim/net/peer.hpp"

#include "sim/net/peer_connection.hpp"

namespace sim {

Peer::~Peer() = default;

void Peer::connect(std::uint16_t port) {
  KEV_CHECK(connection_ == nullptr);
  connection_ = &stack_.open(*this, port);
}

void Peer::send_message(const ContentRun& run) {
  KEV_CHECK(connection_ != nullptr);
  connection_->send(run);
}

void Peer::shutdown_send() {
  if (connection_ != nullptr) connection_->shutdown_send();
}

void Peer::close() {
  if (connection_ != nullptr) connection_->close();
}

void Peer::abort() {
  if (connection_ != nullptr) connection_->abort();
}

void Peer::read_automatically() {
  reading_ = Reading::automatic;
  if (connection_ != nullptr) connection_->reconsider_reading();
}

void Peer::read_paced(std::int64_t bytes_per_second, std::uint32_t chunk) {
  KEV_CHECK(bytes_per_second > 0);
  KEV_CHECK(chunk > 0);
  reading_ = Reading::paced;
  chunk_ = chunk;
  chunk_time_ = kev::Duration(std::int64_t{chunk} * 1'000'000'000 / bytes_per_second);
  if (connection_ != nullptr) connection_->reconsider_reading();
}

void Peer::stop_reading() {
  reading_ = Reading::stopped;
}

std::uint32_t Peer::connection() const {
  return connection_ != nullptr ? connection_->key().serial : 0;
}

const TcpEndpoint* Peer::endpoint() const {
  return connection_ != nullptr ? &connection_->endpoint() : nullptr;
}

}  // namespace sim
