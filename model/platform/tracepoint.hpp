#pragma once
// Named places in the code under test. A platform may record them, charge their cost and count
// them; the code itself never computes time.

#include <cstdint>

namespace kev {

// name, and the meaning of its up to four values
#define KEV_TRACEPOINTS(row)                                  \
  row(kevent_add)         /* queue, kind, id, result */       \
      row(kevent_ready)   /* queue, kind, id, flags */        \
      row(kevent_deliver) /* queue, kind, id, flags */        \
      row(kevent_remove)  /* queue, kind, id */               \
      row(aio_submit)     /* request, file, offset, bytes */  \
      row(aio_step)       /* request, sent, window, result */ \
      row(aio_done)       /* request, sent, error */

enum class Tracepoint : std::uint8_t {
#define KEV_TRACEPOINT_ENUM(name) name,
  KEV_TRACEPOINTS(KEV_TRACEPOINT_ENUM)
#undef KEV_TRACEPOINT_ENUM
};

}  // namespace kev
