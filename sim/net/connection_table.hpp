#pragma once
// All connections between the server and its peers: who has each end, and what must be remembered
// of an end that is gone (TIME_WAIT).
//
// A segment names its connection by key, so finding it costs an index; there are no addresses and
// no hashing. A place in the table is used again when both ends have gone and their time is over;
// serial numbers count connections and are never used again.
// TIME_WAIT is kept here and not in the endpoints, as Linux keeps it in small "timewait" objects:
// at thousands of connections a second a minute's worth of full endpoints would not fit.

#include <array>
#include <cstdint>
#include <vector>

#include "sim/net/deadline.hpp"
#include "sim/net/ring.hpp"
#include "sim/net/segment.hpp"

namespace sim {

class Sock;
class PeerConnection;

enum class Side : std::uint8_t { server, client };

class ConnectionTable {
 public:
  ConnectionTable(Engine& engine, kev::Duration time_wait);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  /// A new connection of that peer, on the host of that number.
  ConnectionKey open(PeerConnection& client, std::uint32_t host = 0);
  /// A connection of the server with itself.
  ConnectionKey open(Sock& client);
  /// nullptr when that end does not exist (any more).
  [[nodiscard]] Sock* server(ConnectionKey key) const;
  /// The server's own connecting end.
  [[nodiscard]] Sock* local_client(ConnectionKey key) const;
  [[nodiscard]] PeerConnection* client(ConnectionKey key) const;
  /// Somebody still knows it: one of the ends, or TIME_WAIT.
  [[nodiscard]] bool is_live(ConnectionKey key) const { return find(key) != nullptr; }
  /// Requires: live, and no server's end yet.
  void set_server(ConnectionKey key, Sock& sock);
  /// The end is gone; segments for it find nothing from now on.
  void remove(ConnectionKey key, Side side);

  /// An end enters TIME_WAIT: late segments are answered with these sequence numbers.
  void begin_time_wait(ConnectionKey key, Side side, std::uint64_t next, std::uint64_t expected);
  /// Whether that end is in TIME_WAIT. What the other side sends again (its FIN) is to be
  /// acknowledged: then `answer` is filled in and needs_answer is true.
  struct Late {
    bool in_time_wait = false;
    bool needs_answer = false;
  };
  Late on_late_segment(const Segment& segment, Side side, Segment& answer);

  /// Connections opened so far.
  [[nodiscard]] std::uint32_t opened() const { return next_serial_ - 1; }
  /// Places in use, TIME_WAIT included.
  [[nodiscard]] std::size_t live() const { return entries_.size() - free_.size(); }

 private:
  struct TimeWait {
    bool active = false;
    std::uint64_t next = 0;
    std::uint64_t expected = 0;
    kev::Instant until;
  };
  struct Entry {
    std::uint32_t serial = 0;
    Sock* server = nullptr;
    PeerConnection* client = nullptr;
    Sock* local_client = nullptr;
    std::array<TimeWait, 2> time_wait;
  };
  struct Waiting {
    ConnectionKey key;
    Side side = Side::server;
    kev::Instant due;
  };

  /// The entry of a live connection, nullptr when it is over.
  Entry& take_entry(ConnectionKey& key);
  template <class Entries>
  static auto* find_in(Entries& entries, ConnectionKey key) {
    const bool live =
        key.slot < entries.size() && key.serial != 0 && entries[key.slot].serial == key.serial;
    return live ? &entries[key.slot] : nullptr;
  }
  Entry* find(ConnectionKey key) { return find_in(entries_, key); }
  [[nodiscard]] const Entry* find(ConnectionKey key) const { return find_in(entries_, key); }
  void free_if_unused(ConnectionKey key);
  static void on_expiry(void* self);

  Engine& engine_;
  kev::Duration time_wait_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_serial_ = 1;
  /// All wait equally long, so they end in the order they began. One that is prolonged goes to the
  /// end when its first time is over, and so may last a little too long.
  Ring<Waiting> waiting_;
  Deadline expiry_;
};

/// The answer to a segment that belongs to no connection (RFC 793, "reset generation"). False when
/// it is not to be answered, being a reset itself.
bool make_reset(const Segment& segment, Segment& answer);

}  // namespace sim
