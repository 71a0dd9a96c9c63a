#pragma once
// BBR version 1 (Cardwell, Cheng, Gunn, Yeganeh, Jacobson: "BBR: congestion-based congestion
// control", ACM Queue 2016), with the rules for the window of Linux 6.18's tcp_bbr.c.
//
// The window follows the product of the largest delivery rate of the last ten round trips and the
// shortest round trip: 2.89 times it until the rate has not grown by a quarter for three rounds,
// twice it from then on. A loss leaves it as it is. Rates are taken a round trip at a time, not a
// segment at a time; there is no pacing and no PROBE_RTT, so a full queue stays full.

#include "sim/net/congestion.hpp"

namespace sim::bbr {

std::uint32_t threshold_after_loss(CongestionWindow& window);
void on_ack(CongestionWindow& window, const AckSample& sample);
void on_sample(CongestionWindow& window, const AckSample& sample);

}  // namespace sim::bbr
