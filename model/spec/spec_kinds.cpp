#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

Source source_of(std::uint32_t type) {
  switch (type) {
    case abi::KEVENT_SOCKET:
      return Source::origin;
    case abi::KEVENT_TIMER:
      return Source::clock;
    case abi::KEVENT_AIO:
      return Source::kernel;
    case abi::KEVENT_UNOTIFY:
      return Source::user;
    default:
      return Source::nobody;
  }
}

int origin_outcome(std::uint32_t mask, std::uint32_t poll_bits) {
  constexpr std::uint32_t in = 0x001 | 0x040;             // POLLIN, POLLRDNORM
  constexpr std::uint32_t out = 0x004 | 0x100;            // POLLOUT, POLLWRNORM
  constexpr std::uint32_t gone = 0x008 | 0x010 | 0x2000;  // POLLERR, POLLHUP, POLLRDHUP
  const bool readable = (poll_bits & in) != 0;
  const bool writable = (poll_bits & out) != 0;
  if (readable && (mask & (abi::KEVENT_SOCKET_RECV | abi::KEVENT_SOCKET_ACCEPT)) != 0) return 1;
  if (writable && (mask & abi::KEVENT_SOCKET_SEND) != 0) return 1;
  return (poll_bits & gone) != 0 ? -1 : 0;
}

bool valid_period(const abi::kevent_id& id) {
  return id.raw[1] < 1'000'000'000 && (id.raw[0] != 0 || id.raw[1] != 0);
}

}  // namespace kev::spec
