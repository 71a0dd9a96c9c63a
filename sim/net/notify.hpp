#pragma once
// What a socket tells its listener (kev::OriginListener) at its activity points. The values equal
// those of the event queue's interface (model/abi/ukevent.hpp: KEVENT_SOCKET_RECV, _ACCEPT, _SEND);
// and what it tells those who wait in poll().

#include <cstdint>

namespace sim::socket_events {

inline constexpr std::uint32_t receive = 1;
inline constexpr std::uint32_t accept = 2;
inline constexpr std::uint32_t send = 4;

}  // namespace sim::socket_events

/// For which poll() bits a wake-up is (the keys of sock_def_readable and its kin); any: it does not
/// say. Who waits for other bits sleeps on.
namespace sim::wake_keys {

inline constexpr std::uint32_t any = 0;
inline constexpr std::uint32_t readable = 0x001 | 0x002 | 0x040 | 0x080;
inline constexpr std::uint32_t writable = 0x004 | 0x100 | 0x200;
inline constexpr std::uint32_t error = 0x008;

}  // namespace sim::wake_keys
