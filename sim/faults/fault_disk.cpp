// Faults of disks. What they do: sim/vfs/disk_faults.hpp.

#include <cerrno>

#include "sim/faults/fault_point.hpp"

namespace sim {

namespace {

using enum FaultPoint;
using namespace kev::literals;

constexpr FaultPointInfo disk_rows[] = {
    {disk_read, FaultPlace::disk_read, Verdict::fail, "disk.read",
     "a read request ends with an error", EIO},
    {disk_latent, FaultPlace::disk_read, Verdict::fail, "disk.latent",
     "a sector becomes unreadable: every read of it fails from then on", EIO},
    {disk_torn, FaultPlace::disk_read, Verdict::fail, "disk.torn",
     "a read of several sectors breaks off half-way: what comes after fails", EIO},
    {disk_slow, FaultPlace::disk_request, Verdict::delay, "disk.slow",
     "a read or a write takes longer, by delay", 0, 100_ms},
    {disk_hang, FaultPlace::disk_request, Verdict::delay, "disk.hang",
     "the disk answers nothing for delay, then goes on", 0, 2'000_ms},
    // 30 s: SD_TIMEOUT of Linux 2.6.18, drivers/scsi/sd.c.
    {disk_timeout, FaultPlace::disk_request, Verdict::drop, "disk.timeout",
     "a read or a write is never answered: after delay it fails and the disk is reset", ETIMEDOUT,
     30'000_ms},
    {disk_write, FaultPlace::disk_write, Verdict::fail, "disk.write",
     "a write request ends with an error", EIO},
};

}  // namespace

std::span<const FaultPointInfo> disk_faults() {
  return disk_rows;
}

}  // namespace sim
