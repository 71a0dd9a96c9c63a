#pragma once
// A bio: one contiguous transfer between memory and a disk, as the submitter sees it.
//
// Invariants: owned by the submitter, untouched by it from submit() until end_io; end_io is called
// exactly once for each submitted bio, by whoever received the completed chain (the kernel, in its
// interrupt). The queue owns `next` in between.
// Units: sectors of 512 bytes. Errors: negative errno in `error`, 0 when all went well.
// Shape: struct bio of Linux 2.6, without the page vector (contents are not the block layer's
// concern).

#include <cstdint>

#include "sim/block/io_priority.hpp"
#include "sim/block/sector.hpp"

namespace sim {

struct Bio {
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  bool write = false;
  bool sync = false;               ///< somebody waits for it now: submit() unplugs (BIO_RW_SYNC)
  bool awaited = false;            ///< a write of fsync: synchronous to elevators (PF_SYNCWRITE)
  int error = 0;                   ///< set by the queue
  void (*end_io)(Bio&) = nullptr;  ///< the queue never calls it
  void* owner = nullptr;           ///< the submitter's own
  std::uint32_t id = 0;            ///< unique in the execution: names it in traces and choices
  std::uint32_t process = 0;       ///< who submits it, to elevators that tell processes apart
  IoPriority priority{};           ///< of that process
  Bio* next = nullptr;             ///< the next bio of the same request, in sector order

  [[nodiscard]] bool synchronous() const { return !write || sync || awaited; }
  [[nodiscard]] std::uint64_t end_sector() const { return sector + sectors; }
  [[nodiscard]] std::uint64_t bytes() const { return std::uint64_t{sectors} * sector_bytes; }
};

}  // namespace sim
