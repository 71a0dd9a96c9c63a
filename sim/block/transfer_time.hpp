#pragma once
// How long so many bytes take at so many bytes a second, rounded up.

#include <cstdint>

#include "model/base/time.hpp"

namespace sim {

constexpr kev::Duration transfer_time(std::uint64_t bytes, std::int64_t bytes_per_s) {
  const auto scaled = static_cast<std::int64_t>(bytes) * 1'000'000'000;
  return kev::Duration((scaled + bytes_per_s - 1) / bytes_per_s);
}

}  // namespace sim
