#pragma once
// The binary interface of kevent as user programs see it: takes 26 to 33 of the 2006-2007 patches.
// This is the only place with kernel spellings. Values: "[take29 2/8] kevent: Core files." and the
// cumulative change log "[take30 0/9]".

#include <cstddef>
#include <cstdint>

// NOLINTBEGIN(readability-identifier-naming): the interface's own spellings
namespace kev::abi {

/// kevent_id: what the interest is about; meaning per kind (a descriptor, a time, a user's value).
struct kevent_id {
  std::uint32_t raw[2];
};

/// One event, 40 bytes in all versions: a request on the way in, an occurrence on the way out.
struct ukevent {
  kevent_id id;
  std::uint32_t type;         ///< KEVENT_SOCKET, ...
  std::uint32_t event;        ///< mask of events asked for
  std::uint32_t req_flags;    ///< KEVENT_REQ_*
  std::uint32_t ret_flags;    ///< KEVENT_RET_*
  std::uint32_t ret_data[2];  ///< meaning per kind; ret_data[1] is the errno of a failed request
  std::uint64_t user;         ///< returned unchanged
};
static_assert(sizeof(ukevent) == 40 && offsetof(ukevent, user) == 32);

/// The head of the ring in user memory (takes 25 to 33); the slots follow it.
struct kevent_ring {
  std::uint32_t ring_kidx;  ///< the slot that is filled next
  std::uint32_t ring_over;  ///< how often the committed position has passed the end
};
static_assert(sizeof(kevent_ring) == 8);

/// struct timespec as the 64-bit system calls take it.
struct kevent_timespec {
  std::int64_t tv_sec;
  std::int64_t tv_nsec;
};

enum kevent_type : std::uint32_t {
  KEVENT_SOCKET = 0,
  KEVENT_INODE = 1,
  KEVENT_TIMER = 2,
  KEVENT_POLL = 3,
  KEVENT_NAIO = 4,
  KEVENT_AIO = 5,
  KEVENT_PIPE = 6,
  KEVENT_SIGNAL = 7,
  KEVENT_POSIX_TIMER = 8,
  KEVENT_UNOTIFY = 9,
  KEVENT_MAX = 10
};

// Events of the kinds.
inline constexpr std::uint32_t KEVENT_SOCKET_RECV = 0x1;
inline constexpr std::uint32_t KEVENT_SOCKET_ACCEPT = 0x2;
inline constexpr std::uint32_t KEVENT_SOCKET_SEND = 0x4;
inline constexpr std::uint32_t KEVENT_INODE_CREATE = 0x1;
inline constexpr std::uint32_t KEVENT_INODE_REMOVE = 0x2;
inline constexpr std::uint32_t KEVENT_TIMER_FIRED = 0x1;
inline constexpr std::uint32_t KEVENT_POLL_POLLIN = 0x1;
inline constexpr std::uint32_t KEVENT_POLL_POLLPRI = 0x2;
inline constexpr std::uint32_t KEVENT_POLL_POLLOUT = 0x4;
inline constexpr std::uint32_t KEVENT_POLL_POLLERR = 0x8;
inline constexpr std::uint32_t KEVENT_POLL_POLLHUP = 0x10;
inline constexpr std::uint32_t KEVENT_POLL_POLLNVAL = 0x20;
inline constexpr std::uint32_t KEVENT_POLL_POLLRDNORM = 0x40;
inline constexpr std::uint32_t KEVENT_POLL_POLLRDBAND = 0x80;
inline constexpr std::uint32_t KEVENT_POLL_POLLWRNORM = 0x100;
inline constexpr std::uint32_t KEVENT_POLL_POLLWRBAND = 0x200;
inline constexpr std::uint32_t KEVENT_POLL_POLLMSG = 0x400;
inline constexpr std::uint32_t KEVENT_POLL_POLLREMOVE = 0x1000;
inline constexpr std::uint32_t KEVENT_POLL_POLLRDHUP = 0x2000;
inline constexpr std::uint32_t KEVENT_SIGNAL_DELIVERY = 0x1;
/// In id.raw[1], bit 63 of the id: not delivered to the program as well.
inline constexpr std::uint32_t KEVENT_SIGNAL_NOMASK = 0x80000000;
inline constexpr std::uint32_t KEVENT_AIO_BIO = 0x1;
inline constexpr std::uint32_t KEVENT_MASK_ALL = 0xffffffff;

inline constexpr std::uint32_t KEVENT_REQ_ONESHOT = 0x01;       ///< removed once delivered
inline constexpr std::uint32_t KEVENT_REQ_WAKEUP_ALL = 0x02;    ///< ready even if not the first
inline constexpr std::uint32_t KEVENT_REQ_ET = 0x04;            ///< cleared once delivered
inline constexpr std::uint32_t KEVENT_REQ_LAST_CHECK = 0x08;    ///< checked again at delivery
inline constexpr std::uint32_t KEVENT_REQ_ALWAYS_QUEUE = 0x10;  ///< never returned by ADD itself
inline constexpr std::uint32_t KEVENT_REQ_READY = 0x20;         ///< ready as soon as added

inline constexpr std::uint32_t KEVENT_RET_BROKEN = 0x1;  ///< the request or its origin failed
inline constexpr std::uint32_t KEVENT_RET_DONE = 0x2;    ///< it happened
inline constexpr std::uint32_t KEVENT_RET_COPY_FAILED =
    0x4;  ///< it could not be copied to the ring

enum kevent_command : std::uint32_t {
  KEVENT_CTL_ADD = 0,
  KEVENT_CTL_REMOVE = 1,
  KEVENT_CTL_MODIFY = 2,
  KEVENT_CTL_READY = 3
};

/// Of kevent_init (for all waits), kevent_get_events and kevent_wait: timeouts are instants of the
/// real-time clock.
inline constexpr std::uint32_t KEVENT_FLAGS_ABSTIME = 0x1;

}  // namespace kev::abi
// NOLINTEND(readability-identifier-naming)
