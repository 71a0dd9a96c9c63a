#pragma once
// What a packet capture does not tell: the programs at both ends, and what lay between them. One
// text file beside each capture, NAME.setup, a word and a number a line; "#" begins a remark.
//
//   stack linux-6.1              both ends (the only value that is a word)
//   bytes 2000000                that the client sends, then closes
//   write 65536                  bytes a call
//   delay_us 20000               one way, each direction; the capture was made behind both delays
//   rate 10000000                bits a second, from the client on; 0: none
//   limit 50                     packets that wait there
//   receive_buffer 32768         of the server, fixed; 0: grows by itself
//   receive_buffer_max 4194304   how far it could grow
//   send_buffer 0                of the client, fixed; 0: grows by itself
//   reads_from_us 0              when the server begins to read, counted from the SYN
//   until_us 0                   when the capture ended; 0: with the connection
//   order_tolerance 0            segments that may be missing, or be elsewhere
//   ack_tolerance 0              bytes by which an acknowledgement may differ from the nearest one
//   tick_us 10000                the kernel's timer tick; 0: exact timers
//   tick_phase_us 7800           how long before the SYN the tick counter was a multiple of 64
// Errors: another word, or a value that is none, with its place.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "sim/net/congestion.hpp"
#include "sim/net/net_stack.hpp"

namespace sim {

struct TcpSetup {
  const NetStack* stack = &net_stacks().front();
  std::int64_t bytes = 0;
  std::int64_t write = 65536;
  std::int64_t delay_us = 0;
  std::int64_t rate = 0;
  std::int64_t limit = 1000;
  std::int64_t receive_buffer = 0;
  std::int64_t receive_buffer_max = 6'291'456;
  std::int64_t send_buffer = 0;
  std::int64_t reads_from_us = 0;
  std::int64_t until_us = 0;
  std::int64_t order_tolerance = 0;
  std::int64_t ack_tolerance = 0;
  std::int64_t tick_us = 0;
  std::int64_t tick_phase_us = 0;
  const CongestionControl* congestion = nullptr;  ///< nullptr: the stack's
  double loss = 0;                                ///< of what the client sends
};

kev::Result<TcpSetup> parse_tcp_setup(const std::string& path, std::string_view text);

}  // namespace sim
