#pragma once
// The seam between an origin of events (a socket, a file, a timer) and whoever listens to it.
//
// In the 2006 patches each origin embeds a struct kevent_storage and its state machine calls
// kevent_storage_ready() at its activity points. Here an origin owns an OriginListener, which the
// queue's code implements (model/kevent/storage.hpp), so that sockets and files do not depend on
// the queue. An origin calls it in any context: process, softirq or hardirq, with its locks held.

#include <cstdint>
#include <memory>

namespace kev {

class OriginListener {
 public:
  virtual ~OriginListener() = default;
  /// Something happened; `mask` says what (values: model/abi/ukevent.hpp). Must not sleep.
  virtual void on_activity(std::uint32_t mask) = 0;
  /// As on_activity, for an origin that must know whether somebody takes it: true if an interest
  /// shows it, or will (the event that it is merged into has not been delivered).
  virtual bool offer(std::uint32_t mask) {
    on_activity(mask);
    return false;
  }
  /// The origin is about to go: no activity will follow. Called once, before destruction.
  virtual void on_close() = 0;
};

/// Whether a signal that becomes an event is delivered to the program as well.
enum class SignalDelivery : bool { as_well, suppressed };

/// Makes the listener of a new origin; null when nobody will ever listen.
using OriginFactory = std::unique_ptr<OriginListener> (*)(void* machine);

}  // namespace kev
