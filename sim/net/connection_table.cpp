#include "sim/net/connection_table.hpp"

namespace sim {

namespace {

constexpr std::uint16_t header_bytes = 52;

std::size_t index(Side side) {
  return static_cast<std::size_t>(side);
}

}  // namespace

ConnectionTable::ConnectionTable(Engine& engine, kev::Duration time_wait)
    : engine_(engine), time_wait_(time_wait), expiry_(engine, &ConnectionTable::on_expiry, this) {}

ConnectionTable::Entry& ConnectionTable::take_entry(ConnectionKey& key) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
  }
  key = {free_.back(), next_serial_++, 0};
  free_.pop_back();
  Entry& entry = entries_[key.slot];
  entry = {};
  entry.serial = key.serial;
  return entry;
}

ConnectionKey ConnectionTable::open(PeerConnection& client, std::uint32_t host) {
  ConnectionKey key;
  take_entry(key).client = &client;
  key.host = host;
  return key;
}

ConnectionKey ConnectionTable::open(Sock& client) {
  ConnectionKey key;
  take_entry(key).local_client = &client;
  return key;
}

Sock* ConnectionTable::local_client(ConnectionKey key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->local_client : nullptr;
}

Sock* ConnectionTable::server(ConnectionKey key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->server : nullptr;
}

PeerConnection* ConnectionTable::client(ConnectionKey key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->client : nullptr;
}

void ConnectionTable::set_server(ConnectionKey key, Sock& sock) {
  Entry* entry = find(key);
  KEV_CHECK(entry != nullptr && entry->server == nullptr);
  entry->server = &sock;
}

void ConnectionTable::remove(ConnectionKey key, Side side) {
  Entry* entry = find(key);
  KEV_CHECK(entry != nullptr);
  if (side == Side::server)
    entry->server = nullptr;
  else
    entry->client = nullptr;
  if (side == Side::client) entry->local_client = nullptr;
  free_if_unused(key);
}

void ConnectionTable::free_if_unused(ConnectionKey key) {
  Entry& entry = *find(key);
  if (entry.server != nullptr || entry.client != nullptr || entry.local_client != nullptr) return;
  if (entry.time_wait[0].active || entry.time_wait[1].active) return;
  entry.serial = 0;
  free_.push_back(key.slot);
}

void ConnectionTable::begin_time_wait(ConnectionKey key, Side side, std::uint64_t next,
                                      std::uint64_t expected) {
  Entry* entry = find(key);
  KEV_CHECK(entry != nullptr);
  const kev::Instant until = engine_.now() + time_wait_;
  entry->time_wait[index(side)] = {true, next, expected, until};
  waiting_.push_back({key, side, until});
  if (waiting_.size() == 1) expiry_.set(until);
}

void ConnectionTable::on_expiry(void* self) {
  auto& table = *static_cast<ConnectionTable*>(self);
  while (!table.waiting_.empty()) {
    const Waiting first = table.waiting_.front();
    if (first.due > table.engine_.now()) {
      table.expiry_.set(first.due);
      return;
    }
    table.waiting_.pop_front();
    TimeWait& wait = table.find(first.key)->time_wait[index(first.side)];
    if (wait.until > table.engine_.now()) {
      table.waiting_.push_back({first.key, first.side, wait.until});
      continue;
    }
    wait.active = false;
    table.free_if_unused(first.key);
  }
}

ConnectionTable::Late ConnectionTable::on_late_segment(const Segment& segment, Side side,
                                                       Segment& answer) {
  Late late;
  Entry* entry = find(segment.connection);
  if (entry == nullptr || !entry->time_wait[index(side)].active) return late;
  TimeWait& wait = entry->time_wait[index(side)];
  late.in_time_wait = true;
  if (segment.has(tcp_flags::rst)) return late;
  // A bare acknowledgement of what is known says nothing. All else is a segment sent again because
  // our last acknowledgement was lost.
  if (segment.end() == segment.seq && segment.seq == wait.expected) return late;
  late.needs_answer = true;
  wait.until = engine_.now() + time_wait_;
  answer.connection = segment.connection;
  answer.flags = tcp_flags::ack;
  answer.seq = wait.next;
  answer.ack = wait.expected;
  answer.header_bytes = header_bytes;
  answer.echo = segment.timestamp;
  return late;
}

bool make_reset(const Segment& segment, Segment& answer) {
  if (segment.has(tcp_flags::rst)) return false;
  answer.connection = segment.connection;
  answer.header_bytes = header_bytes;
  answer.flags = tcp_flags::rst;
  if (segment.has(tcp_flags::ack)) {
    answer.seq = segment.ack;
  } else {
    answer.flags |= tcp_flags::ack;
    answer.ack = segment.end();
  }
  return true;
}

}  // namespace sim
