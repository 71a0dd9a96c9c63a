// Faults that strike the server's process. What they do: sim/world/system_calls.hpp, and the two
// servers (blocking_server.cpp, event_server.cpp).

#include <cerrno>

#include "sim/faults/fault_point.hpp"

namespace sim {

namespace {

using enum FaultPoint;
using namespace kev::literals;

constexpr FaultPointInfo process_rows[] = {
    {process_signal, FaultPlace::system_call, Verdict::fail, "process.signal",
     "a signal comes in at a system call: what sleeps in it is interrupted", EINTR},
    {process_close, FaultPlace::request, Verdict::drop, "process.close",
     "the server closes a connection while a request on it is under way"},
    {process_reuse, FaultPlace::request, Verdict::drop, "process.reuse",
     "the same, and its descriptors name other files at once"},
    {process_kill, FaultPlace::server_call, Verdict::drop, "process.kill",
     "the server is killed at a system call, and started again after delay", 0, 50_ms},
};

}  // namespace

std::span<const FaultPointInfo> process_faults() {
  return process_rows;
}

}  // namespace sim
