// What each fault of the link does to the packets on it.

#include <catch2/catch.hpp>

#include "sim/net/link.hpp"

using namespace kev::literals;
using sim::FaultPoint;
using sim::LinkDirection;

namespace {

using Numbers = std::vector<std::uint64_t>;

/// Sends a packet a millisecond to the clients, over a link of 10 ms; which ones arrive, in order.
struct Bench final : sim::SegmentSink {
  explicit Bench(const sim::FaultRule& rule)
      : pool(engine),
        faults(recorder, chooser, sim::Random(1), false),
        link(engine, recorder, chooser, pool, sim::Random(1), options(), false) {
    link.connect(LinkDirection::to_client, *this);
    link.connect(LinkDirection::to_server, *this);
    link.set_faults(faults);
    faults.add(rule);
    on_turn();
    engine.run();
  }
  static sim::LinkOptions options() {
    sim::LinkOptions made;
    made.rate_bits_per_s = 0;
    made.rtt = 20_ms;
    return made;
  }
  void on_segment(sim::Segment& segment) override {
    CHECK(segment.payload == 100);
    arrived.push_back(segment.seq);
    pool.give(segment);
  }
  void on_turn() {
    sim::Segment& segment = pool.take();
    segment.header_bytes = 40;
    segment.seq = next++;
    segment.add_run({1, 0, 100, 0});
    link.send(LinkDirection::to_client, segment);
    if (next < 6) engine.schedule_after(turn, 1_ms);
  }

  sim::Engine engine;
  sim::Recorder recorder{engine};
  sim::PlainChooser chooser;
  sim::SegmentPool pool;
  sim::Faults faults;
  sim::Link link;
  sim::MemberEvent<Bench, &Bench::on_turn> turn{*this};
  std::uint64_t next = 0;
  Numbers arrived;
};

/// The second packet is struck.
sim::FaultRule second(FaultPoint point, kev::Duration delay = kev::Duration(0)) {
  sim::FaultRule rule;
  rule.point = point;
  rule.nth = 2;
  rule.delay = delay;
  return rule;
}

Numbers arrived(const sim::FaultRule& rule) {
  Bench bench(rule);
  CHECK(bench.faults.struck() == 1);
  CHECK(bench.pool.live() == 0);
  return bench.arrived;
}

}  // namespace

TEST_CASE("faults of the link lose, double, hurry and delay one packet") {
  CHECK(arrived(second(FaultPoint::link_loss)) == Numbers{0, 2, 3, 4, 5});
  CHECK(arrived(second(FaultPoint::link_corrupt)) == Numbers{0, 2, 3, 4, 5});
  CHECK(arrived(second(FaultPoint::link_duplicate)) == Numbers{0, 1, 1, 2, 3, 4, 5});
  CHECK(arrived(second(FaultPoint::link_reorder)) == Numbers{1, 0, 2, 3, 4, 5});
  CHECK(arrived(second(FaultPoint::link_delay, 2'500_us)) == Numbers{0, 2, 3, 1, 4, 5});
}

TEST_CASE("a partition loses everything while it lasts") {
  CHECK(arrived(second(FaultPoint::link_partition, 3_ms)) == Numbers{0, 4, 5});
}

TEST_CASE("a fault of the other direction does not strike") {
  sim::FaultRule rule;
  rule.point = FaultPoint::link_loss;
  rule.target = static_cast<std::int64_t>(LinkDirection::to_server);
  Bench bench(rule);
  CHECK(bench.faults.struck() == 0);
  CHECK(bench.arrived.size() == 6);
}
