#pragma once
// Recorded scenarios of sockets and pipes under epoll: what a program called, what came back, what
// poll() then said of each watched end, and which edge-triggered events epoll delivered.
//
//   == 05 peer shutdown(WR) half-close                    a scenario; NAME=VALUE: a socket option
//     c send 5      r=5 | c:poll=OUT s:poll=IN|OUT | ET: s=IN|OUT
//     s recv        r=-1 EAGAIN | s:poll=OUT | ET: -
//     drained=4096 outq=83656 inq=108857 POLLOUT=1 ET=sIN|OUT
//
// The ends: c and s of a TCP connection, L a listener, r and w of a pipe, a and b of a UNIX pair.
// A step's label is a call in words, in any order: an end, a verb, a number, a flag; words of no
// meaning are remarks (verbs: epoll_case.cpp). What a label leaves out: the end is the one that
// does such a thing first (c, a, w send; s, b, r receive); the number of bytes is the recorded
// result. `drained`: reads of 4096 bytes at s up to so many in all, without a settling pause.
// "autotune off" in a title: both buffers are set to 65536.
// A companion NAME.setup tells what the recording does not: lines of a scenario's number and
// options. Errors: a line in other words is one, with its place.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct EpollCall {
  enum class Verb : std::uint8_t {
    start,
    socket,
    listen,
    connect,
    new_connection,  ///< a socket of its own, connected to L
    accept,
    watch,
    modify,
    send,
    receive,
    peek,
    fill,
    drain,
    shutdown,
    close,
    close_original,  ///< the watched descriptor, of which there is a copy
    take_error,
    tcp_state,
    send_queue,
    receive_queue,
    add_regular_file,
    nothing,
  };
  Verb verb = Verb::nothing;
  char end = 0;                         ///< 0: the label does not say
  std::optional<std::uint32_t> amount;  ///< bytes
  bool urgent = false;                  ///< OOB
  bool reset = false;                   ///< RST: SO_LINGER of 0
  bool one_shot = false;
  bool all = false;               ///< until there is no more
  bool after_last_close = false;  ///< closes the last copy of the watched end first
  unsigned halves = 2;            ///< shutdown: 1 RD, 2 WR
};

struct EpollStep {
  EpollCall call;
  std::string label;
  int line = 0;
  std::string result;  ///< "5", "-1 EAGAIN"
  /// (end, mask) in recorded order.
  std::vector<std::pair<char, std::string>> polls;
  std::string edges;  ///< "c=OUT s=IN|OUT", "-" for none
  /// Of a drain: everything after "drained=N", in words of the recording.
  std::string queues;
};

struct EpollScenario {
  std::string number;
  std::string title;
  int line = 0;
  std::map<std::string, std::uint32_t> options;
  std::vector<EpollStep> steps;

  [[nodiscard]] bool mentions(char end) const;
  [[nodiscard]] bool has(EpollCall::Verb verb) const;
};

kev::Result<std::vector<EpollScenario>> parse_epoll_recording(const std::string& path,
                                                              std::string_view text);
/// Adds the options of a companion file.
kev::Result<bool> add_epoll_setup(const std::string& path, std::string_view text,
                                  std::vector<EpollScenario>& scenarios);

}  // namespace sim
