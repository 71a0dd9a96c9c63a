#pragma once
// The unit of disk addresses, in every part of the block layer.

#include <cstdint>

namespace sim {

inline constexpr std::uint32_t sector_bytes = 512;

}  // namespace sim
