// What each fault of the link does to the packets on it.

#include <catch2/catch.hpp>

#include "sim/net/link.hpp"

using namespace kev::literals;
using sim::FaultPoint;
using sim::LinkDirection;

namespace {

using Numbers = std::vector<std::uint64_t>;

sim::PlainChooser plain;

/// Sends a packet a millisecond to the clients, over a link of 10 ms; which ones arrive, in order.
struct Bench final : sim::SegmentSink {
  explicit Bench(const sim::FaultRule& rule) : Bench(plain, options(), false) {
    faults.add(rule);
    run();
  }
  /// In exploration.
  Bench(sim::Chooser& chooser, const sim::NetemOptions& netem) : Bench(chooser, with(netem), true) {
    run();
  }
  Bench(sim::Chooser& chooser, const sim::LinkOptions& options, bool explore)
      : pool(engine),
        faults(recorder, chooser, sim::Random(1), explore),
        link(engine, recorder, chooser, pool, sim::Random(1), options, explore) {
    link.connect(LinkDirection::to_client, *this);
    link.connect(LinkDirection::to_server, *this);
    link.set_faults(faults);
  }
  void run() {
    on_turn();
    engine.run();
  }
  static sim::LinkOptions options() {
    sim::LinkOptions made;
    made.rate_bits_per_s = 0;
    made.rtt = 20_ms;
    return made;
  }
  static sim::LinkOptions with(const sim::NetemOptions& netem) {
    sim::LinkOptions made = options();
    made.netem = netem;
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

/// Plain, but says yes the second time that it is asked about one thing.
class SecondTime final : public sim::Chooser {
 public:
  explicit SecondTime(std::string_view name) : name_(name) {}
  std::uint32_t choose(sim::ChoiceKind kind, std::uint32_t count, sim::Operation asked) override {
    CHECK(kind == sim::ChoiceKind::fault);
    CHECK(count == 2);
    ++questions;
    return asked.name == name_ && ++seen_ == 2 ? 1 : 0;
  }
  int questions = 0;

 private:
  std::string_view name_;
  int seen_ = 0;
};

Numbers arrived_by_choice(std::string_view name, const sim::NetemOptions& netem) {
  SecondTime chooser(name);
  Bench bench(chooser, netem);
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

TEST_CASE("explored, what netem may do to a packet is a choice, and nothing happens by itself") {
  sim::NetemOptions all;
  all.loss.kind = sim::LossModel::Kind::gilbert_elliott;
  all.corrupt = all.duplicate = all.reorder = {1, 0};
  CHECK(arrived_by_choice("link.loss", all) == Numbers{0, 2, 3, 4, 5});
  CHECK(arrived_by_choice("link.corrupt", all) == Numbers{0, 2, 3, 4, 5});
  CHECK(arrived_by_choice("link.duplicate", all) == Numbers{0, 1, 1, 2, 3, 4, 5});
  CHECK(arrived_by_choice("link.reorder", all) == Numbers{1, 0, 2, 3, 4, 5});
  CHECK(arrived_by_choice("nothing", all) == Numbers{0, 1, 2, 3, 4, 5});
  // What a link does not do is not asked.
  sim::NetemOptions some;
  some.duplicate = {0.01, 0};
  SecondTime chooser("link.duplicate");
  Bench bench(chooser, some);
  CHECK(chooser.questions == 6);
  CHECK(bench.arrived == Numbers{0, 1, 1, 2, 3, 4, 5});
}
