#pragma once
// What a socket tells its listener (kev::OriginListener) at its activity points. The values equal
// those of the event queue's interface (model/abi/ukevent.hpp: KEVENT_SOCKET_RECV, _ACCEPT, _SEND).

#include <cstdint>

namespace sim::socket_events {

inline constexpr std::uint32_t receive = 1;
inline constexpr std::uint32_t accept = 2;
inline constexpr std::uint32_t send = 4;

}  // namespace sim::socket_events
