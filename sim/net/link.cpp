#include "sim/net/link.hpp"

#include <algorithm>
#include <utility>

#include "sim/net/switch.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

constexpr std::int64_t ethernet_header_bytes = 14;  // what a queue discipline sees, too

/// A stream of a direction's own.
Random stream_of(Random random, int direction) {
  std::uint64_t seed = 0;
  for (int i = 0; i < direction; ++i) seed = random.next();
  return Random(seed);
}

}  // namespace

Link::Link(Engine& engine, Recorder& recorder, Chooser& chooser, SegmentPool& pool, Random loss,
           const LinkOptions& options, bool explore)
    : engine_(engine),
      recorder_(recorder),
      chooser_(chooser),
      pool_(pool),
      loss_(loss),
      options_(options),
      explore_(explore),
      emulates_(options.netem.active()),
      lanes_{Lane(Netem(options.netem, stream_of(loss, 1))),
             Lane(Netem(options.netem, stream_of(loss, 2)))} {
  KEV_CHECK(options_.rate_bits_per_s >= 0);
  KEV_CHECK(options_.rtt >= Duration(0));
  for (const LinkDirection direction : {LinkDirection::to_server, LinkDirection::to_client}) {
    lane(direction).queue_packets = options_.queue_packets;
    lane(direction).exit.link = this;
    lane(direction).exit.direction = direction;
  }
}

void Link::limit_queue(LinkDirection direction, std::uint32_t packets, PacketMemory* memory) {
  lane(direction).queue_packets = packets;
  lane(direction).memory = memory;
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

/// What happens to a packet by itself.
Verdict Link::fate(LinkDirection direction) {
  if (explore_) return choose_fate(direction);
  return options_.loss > 0 && loss_.chance(options_.loss) ? Verdict::drop : Verdict::pass;
}

Verdict Link::choose_fate(LinkDirection direction) {
  const NetemOptions& netem = options_.netem;
  const bool loses = options_.loss > 0 || netem.loss.kind != LossModel::Kind::none;
  struct Row {
    bool possible;
    const char* name;
    Verdict verdict;
  };
  const Row rows[] = {{loses, "link.loss", Verdict::drop},
                      {!netem.corrupt.off(), "link.corrupt", Verdict::corrupt},
                      {!netem.duplicate.off(), "link.duplicate", Verdict::duplicate},
                      {!netem.reorder.off(), "link.reorder", Verdict::reorder}};
  for (const Row& row : rows) {
    if (!row.possible) continue;
    const Operation asked{row.name, static_cast<std::uint32_t>(direction)};
    if (chooser_.choose(ChoiceKind::fault, 2, asked) == 1) return row.verdict;
  }
  return Verdict::pass;
}

void Link::drop(LinkDirection direction, Segment& segment, LinkDrop reason) {
  const std::int64_t where =
      std::int64_t{2} * options_.number + static_cast<std::int64_t>(direction);
  recorder_.emit(Ev::link_drop, where, segment.payload, static_cast<std::int64_t>(reason));
  pool_.give(segment);
}

/// What netem does before it queues; false when the packet is gone.
bool Link::emulate(LinkDirection direction, Segment& segment) {
  Lane& lane = this->lane(direction);
  const bool lost = lane.netem.loses();
  const bool corrupt = lane.netem.corrupts();
  if (lane.netem.duplicates() && !lost) {
    Segment& copy = pool_.take();
    copy.copy_part(segment, 0, segment.payload);
    copy.piece = segment.piece;
    enter_netem(direction, copy);
  }
  if (!lost && !corrupt) return true;
  ++lane.stats.losses;
  drop(direction, segment, lost ? LinkDrop::loss : LinkDrop::corruption);
  return false;
}

/// Through netem's own queue, if it has one.
void Link::enter_netem(LinkDirection direction, Segment& segment) {
  Lane& lane = this->lane(direction);
  if (!lane.netem.has_queue()) {
    enqueue(direction, segment);
    return;
  }
  if (lane.netem.full()) {
    ++lane.stats.queue_drops;
    drop(direction, segment, LinkDrop::queue);
    return;
  }
  const std::int64_t bytes =
      (segment.header_bytes + ethernet_header_bytes) * pieces_of(segment) + segment.payload;
  segment.destination_ = &lane.exit;
  engine_.schedule_at(segment.arrival_, lane.netem.admit(engine_.now(), bytes));
}

void Link::leave_netem(LinkDirection direction, Segment& segment) {
  lane(direction).netem.released();
  enqueue(direction, segment);
}

void Link::send(LinkDirection direction, Segment& segment) {
  if (!emulates_ || explore_) {
    enqueue(direction, segment);
    return;
  }
  if (emulate(direction, segment)) enter_netem(direction, segment);
}

/// How many packets it is on the wire.
std::int64_t Link::pieces_of(const Segment& segment) {
  if (segment.piece == 0) return 1;
  return (std::int64_t{segment.payload} + segment.piece - 1) / segment.piece;
}

/// At its arrival a piece of several segments is cut up.
void Link::deliver(Lane& lane, Segment& segment, Instant at) {
  const std::uint32_t piece = segment.piece;
  if (piece == 0 || segment.payload <= piece) {
    segment.destination_ = lane.sink;
    engine_.schedule_at(segment.arrival_, at);
    return;
  }
  for (std::uint32_t done = 0; done < segment.payload; done += piece) {
    Segment& part = pool_.take();
    part.copy_part(segment, done, std::min(piece, segment.payload - done));
    part.destination_ = lane.sink;
    engine_.schedule_at(part.arrival_, at);
  }
  pool_.give(segment);
}

/// False: it is gone. May change its delay.
bool Link::survives_faults(LinkDirection direction, Segment& segment, Duration& delay) {
  Lane& lane = this->lane(direction);
  const Instant now = engine_.now();
  FaultSubject subject;
  subject.object = segment.connection.serial;
  subject.target = static_cast<std::int64_t>(direction);
  const bool cut = now < cut_until_;
  const FaultVerdict verdict = cut ? FaultVerdict() : faults_->ask(FaultPlace::packet, subject);
  if (verdict.is(FaultPoint::link_partition)) cut_until_ = now + verdict.delay;
  if (cut || verdict.is(FaultPoint::link_partition)) {
    ++lane.stats.losses;
    drop(direction, segment, LinkDrop::partition);
    return false;
  }
  if (verdict.verdict() == Verdict::delay) delay += verdict.delay;
  return survives(direction, segment, verdict.verdict(), delay);
}

/// False: it is gone.
bool Link::survives(LinkDirection direction, Segment& segment, Verdict verdict, Duration& delay) {
  Lane& lane = this->lane(direction);
  switch (verdict) {
    case Verdict::reorder:
      delay = Duration(0);
      return true;
    case Verdict::duplicate: {
      Segment& copy = pool_.take();
      copy.copy_part(segment, 0, segment.payload);
      copy.piece = segment.piece;
      ++lane.stats.packets;
      deliver(lane, copy, lane.free_at + delay);
      return true;
    }
    case Verdict::drop:
    case Verdict::corrupt:
      ++lane.stats.losses;
      drop(direction, segment, verdict == Verdict::drop ? LinkDrop::loss : LinkDrop::corruption);
      return false;
    case Verdict::pass:
    case Verdict::delay:
    case Verdict::fail:
      return true;
  }
  return true;
}

bool Link::queue_is_full(Lane& lane, std::int64_t packet_bytes) {
  const Instant now = engine_.now();
  while (!lane.departures.empty() && lane.departures.front() <= now) lane.departures.pop_front();
  if (lane.departures.size() > lane.queue_packets) return true;
  return lane.memory != nullptr && !lane.memory->fits(packet_bytes, now);
}

void Link::enqueue(LinkDirection direction, Segment& segment) {
  Lane& lane = this->lane(direction);
  const Instant now = engine_.now();
  const std::uint64_t number = lane.offered++;
  const std::int64_t pieces = pieces_of(segment);
  const std::int64_t packet = std::max<std::int64_t>(
      std::int64_t{segment.header_bytes} * pieces + segment.payload, options_.min_packet_bytes);
  if (queue_is_full(lane, packet)) {
    ++lane.stats.queue_drops;
    drop(direction, segment, LinkDrop::queue);
    return;
  }
  const std::int64_t wire_bytes = packet + options_.frame_bytes * pieces;
  if (lane.free_at <= now) {
    lane.free_at = now;
    lane.carried = 0;
  }
  const Duration sending = serialise(lane, wire_bytes);
  lane.free_at += sending;
  lane.sending += sending;
  if (sending > Duration(0)) {
    lane.departures.push_back(lane.free_at);
    if (lane.memory != nullptr) lane.memory->hold(packet, lane.free_at);
  }
  lane.stats.wire_bytes += wire_bytes;
  lane.stats.payload_bytes += segment.payload;

  const Duration half = options_.rtt / 2;
  Duration delay = direction == LinkDirection::to_server ? half : options_.rtt - half;
  if (emulates_ && !explore_ && !lane.netem.has_queue()) {
    delay = std::max(delay + lane.netem.jitter(), Duration(0));
    if (lane.netem.reorders()) delay = Duration(0);
  }
  if (lane.script_at < lane.script.size() && lane.script[lane.script_at].packet == number) {
    const LinkScriptStep& step = lane.script[lane.script_at++];
    if (step.drop) {
      ++lane.stats.losses;
      drop(direction, segment, LinkDrop::script);
      return;
    }
    delay += step.extra_delay;
  }
  if (!survives(direction, segment, fate(direction), delay)) return;
  if (faults_ != nullptr && !survives_faults(direction, segment, delay)) return;
  ++lane.stats.packets;
  deliver(lane, segment, lane.free_at + delay);
}

}  // namespace sim
