#include "sim/net/link.hpp"

#include <algorithm>
#include <utility>

namespace sim {

using kev::Duration;
using kev::Instant;

Link::Link(Engine& engine, Recorder& recorder, Chooser& chooser, SegmentPool& pool, Random loss,
           const LinkOptions& options, bool explore)
    : engine_(engine),
      recorder_(recorder),
      chooser_(chooser),
      pool_(pool),
      loss_(loss),
      options_(options),
      explore_(explore) {
  KEV_CHECK(options_.rate_bits_per_s >= 0);
  KEV_CHECK(options_.rtt >= Duration(0));
}

void Link::script(LinkDirection direction, std::vector<LinkScriptStep> steps) {
  lane(direction).script = std::move(steps);
  lane(direction).script_at = 0;
}

Duration Link::busy(LinkDirection direction) const {
  const Lane& lane = this->lane(direction);
  const Instant now = engine_.now();
  return lane.free_at > now ? lane.sending - (lane.free_at - now) : lane.sending;
}

Duration Link::serialise(Lane& lane, std::int64_t wire_bytes) {
  if (options_.rate_bits_per_s == 0) return Duration(0);
  const std::int64_t work = wire_bytes * 8 * 1'000'000'000 + lane.carried;
  lane.carried = work % options_.rate_bits_per_s;
  return Duration(work / options_.rate_bits_per_s);
}

bool Link::is_lost(LinkDirection direction) {
  if (options_.loss <= 0) return false;
  if (!explore_) return loss_.chance(options_.loss);
  return chooser_.choose(ChoiceKind::fault, 2,
                         {"link.loss", static_cast<std::uint32_t>(direction)}) == 1;
}

void Link::drop(LinkDirection direction, Segment& segment, LinkDrop reason) {
  recorder_.emit(Ev::link_drop, static_cast<std::int64_t>(direction), segment.payload,
                 static_cast<std::int64_t>(reason));
  pool_.give(segment);
}

void Link::send(LinkDirection direction, Segment& segment) {
  Lane& lane = this->lane(direction);
  const Instant now = engine_.now();
  const std::uint64_t number = lane.offered++;

  while (!lane.departures.empty() && lane.departures.front() <= now) lane.departures.pop_front();
  if (lane.departures.size() > options_.queue_packets) {
    ++lane.stats.queue_drops;
    drop(direction, segment, LinkDrop::queue);
    return;
  }

  const std::int64_t packet = std::max<std::int64_t>(
      std::int64_t{segment.header_bytes} + segment.payload, options_.min_packet_bytes);
  const std::int64_t wire_bytes = packet + options_.frame_bytes;
  if (lane.free_at <= now) {
    lane.free_at = now;
    lane.carried = 0;
  }
  const Duration sending = serialise(lane, wire_bytes);
  lane.free_at += sending;
  lane.sending += sending;
  if (sending > Duration(0)) lane.departures.push_back(lane.free_at);
  lane.stats.wire_bytes += wire_bytes;
  lane.stats.payload_bytes += segment.payload;

  const Duration half = options_.rtt / 2;
  Duration delay = direction == LinkDirection::to_server ? half : options_.rtt - half;
  if (lane.script_at < lane.script.size() && lane.script[lane.script_at].packet == number) {
    const LinkScriptStep& step = lane.script[lane.script_at++];
    if (step.drop) {
      ++lane.stats.losses;
      drop(direction, segment, LinkDrop::script);
      return;
    }
    delay += step.extra_delay;
  }
  if (is_lost(direction)) {
    ++lane.stats.losses;
    drop(direction, segment, LinkDrop::loss);
    return;
  }
  ++lane.stats.packets;
  segment.destination_ = lane.sink;
  engine_.schedule_at(segment.arrival_, lane.free_at + delay);
}

}  // namespace sim
