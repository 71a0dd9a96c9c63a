// The parts of the network, each alone.

#include <catch2/catch.hpp>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using kev::Duration;
using kev::Instant;
using sim::ContentRun;
using sim::LinkDirection;
using test::message;
using test::TestPage;

TEST_CASE("a ring keeps the order while it grows and turns") {
  sim::Ring<int> ring;
  int in = 0;
  int out = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < round % 7 + 2; ++i) ring.push_back(in++);
    for (int i = 0; i < round % 5 + 1 && !ring.empty(); ++i) {
      CHECK(ring.front() == out++);
      ring.pop_front();
    }
  }
  CHECK(ring.size() == static_cast<std::size_t>(in - out));
  ring.insert(1, -5);
  CHECK(ring[0] == out);
  CHECK(ring[1] == -5);
  CHECK(ring[2] == out + 1);
  CHECK(ring.back() == in - 1);
}

TEST_CASE("a segment joins runs that continue each other, and can be cut at the front") {
  sim::Engine engine;
  sim::SegmentPool pool(engine);
  sim::Segment& segment = pool.take();
  segment.seq = 100;
  segment.add_run({1, 0, 50, 0});
  segment.add_run({1, 50, 50, 0});
  segment.add_run({1, 100, 50, 1});  // another version
  segment.add_run({2, 0, 10, 0});
  REQUIRE(segment.runs().size() == 3);
  CHECK(segment.payload == 160);
  segment.flags = sim::tcp_flags::fin;
  CHECK(segment.end() == 261);
  segment.trim_front(120);
  CHECK(segment.seq == 220);
  CHECK(segment.end() == 261);
  REQUIRE(segment.runs().size() == 2);
  CHECK(segment.runs()[0].offset == 120);
  CHECK(segment.runs()[0].length == 30);
  segment.trim_front(30);
  CHECK(segment.runs()[0].source == 2);
  pool.give(segment);
  CHECK(pool.live() == 0);
  sim::Segment& again = pool.take();
  CHECK(&again == &segment);
  CHECK(again.payload == 0);
  CHECK(again.runs().empty());
  pool.give(again);
}

// -- queues ---------------------------------------------------------------------------------------

namespace {

std::vector<ContentRun> content(const sim::SendQueue& queue, std::size_t index) {
  sim::Engine engine;
  sim::SegmentPool pool(engine);
  sim::Segment& segment = pool.take();
  queue.fill(queue[index], segment);
  std::vector<ContentRun> runs(segment.runs().begin(), segment.runs().end());
  pool.give(segment);
  return runs;
}

}  // namespace

TEST_CASE("a send queue cuts, splits, and releases a page with its last segment") {
  sim::SendQueue queue;
  queue.start(1);
  TestPage page(5);
  CHECK(queue.needs_segment(1000));
  CHECK(queue.append_message(message(9, 300), 1000) == 300);
  CHECK(!queue.needs_segment(1000));
  std::uint32_t at = 0;
  while (at < 2500) at += queue.append_page(page.frag(), at, 2500 - at, 1000);
  REQUIRE(queue.size() == 3);
  CHECK(queue[0].length == 1000);
  CHECK(queue[2].seq == 2001);
  CHECK(queue[2].length == 800);
  CHECK(queue.charged_bytes() == 2800 + 3 * sim::segment_overhead_bytes);
  CHECK(page.acquired == 1);

  SECTION("segments hold what was appended, also after a split") {
    for (const std::uint32_t cut : {1U, 299U, 300U, 301U, 999U}) {
      sim::SendQueue other;
      other.start(1);
      other.append_message(message(9, 300), 1000);
      other.append_page(page.frag(), 0, 700, 1000);
      other.append_fin();
      other.split(0, cut);
      REQUIRE(other.size() == 2);
      CHECK(other[0].end() == 1 + cut);
      CHECK(!other[0].fin);
      CHECK(other[1].fin);
      std::vector<ContentRun> all = content(other, 0);
      for (const ContentRun& run : content(other, 1)) all.push_back(run);
      std::uint64_t from_message = 0;
      std::uint64_t from_page = 0;
      for (const ContentRun& run : all) {
        std::uint64_t& next = run.source == 9 ? from_message : from_page;
        CHECK(run.offset == next);
        next += run.length;
      }
      CHECK(from_message == 300);
      CHECK(from_page == 700);
      CHECK(other.charged_bytes() == 1000 + 2 * sim::segment_overhead_bytes);
      other.purge();
    }
    CHECK(page.references == 2);
  }
  SECTION("acknowledging segment by segment") {
    for (int i = 0; i < 3; ++i) queue.mark_sent();
    queue.pop_acknowledged();
    queue.pop_acknowledged();
    CHECK(page.released == 0);
    queue.pop_acknowledged();
    CHECK(page.released == 1);
    CHECK(queue.charged_bytes() == 0);
  }
  queue.purge();
  CHECK(page.references == 1);
}

TEST_CASE("a receive queue reads across runs and joins what continues") {
  sim::RunQueue queue;
  const ContentRun first[] = {{1, 0, 100, 0}, {1, 100, 100, 0}, {2, 0, 50, 0}};
  queue.push(first);
  CHECK(queue.bytes() == 250);
  std::vector<ContentRun> runs;
  CHECK(queue.read(runs, 150) == 150);
  CHECK(queue.read(runs, 1000) == 100);
  CHECK(queue.read(runs, 1000) == 0);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].length == 200);
  CHECK(runs[1].source == 2);
}

TEST_CASE("early segments come out in order, and what is held twice is held once") {
  sim::Engine engine;
  sim::SegmentPool pool(engine);
  sim::ReorderQueue early(pool);
  const auto add = [&](std::uint64_t seq, std::uint32_t length) {
    sim::Segment& segment = pool.take();
    segment.seq = seq;
    segment.add_run({1, seq, length, 0});
    early.insert(segment);
  };
  for (const std::uint64_t seq : {500U, 300U, 700U, 400U, 300U}) add(seq, 100);
  add(350, 50);  // inside 300..399
  CHECK(early.bytes() == 400);
  CHECK(pool.live() == 4);
  CHECK(early.take_ready(299) == nullptr);
  std::vector<std::uint64_t> order;
  std::uint64_t expected = 300;
  while (sim::Segment* segment = early.take_ready(expected)) {
    order.push_back(segment->seq);
    expected = segment->end();
    pool.give(*segment);
  }
  CHECK(order == std::vector<std::uint64_t>{300, 400, 500});
  CHECK(!early.empty());
  early.clear();
  CHECK(pool.live() == 0);
  CHECK(early.bytes() == 0);
}

// -- estimates ------------------------------------------------------------------------------------

TEST_CASE("the timeout is three seconds at first, then the mean plus 200 ms at least") {
  sim::RttEstimator rtt({});
  CHECK(rtt.timeout() == 3_s);
  rtt.sample(40_ms, 1, 1000);
  CHECK(rtt.mean() == 40_ms);
  CHECK(rtt.timeout() == 240_ms);
  for (std::uint64_t i = 0; i < 100; ++i) rtt.sample(40_ms, i * 1000, i * 1000 + 1000);
  CHECK(rtt.timeout() == 240_ms);
  SECTION("a jump raises the variance at once") {
    rtt.sample(1_s, 200'000, 201'000);
    // mean 40 + 960/8 = 160 ms; the deviation, nearly 0 by now, grows by a quarter of 960 ms (times
    // 4)
    CHECK(rtt.mean() == 160_ms);
    CHECK(rtt.timeout() > 1100_ms);
    CHECK(rtt.timeout() < 1130_ms);
  }
  SECTION("a fall below the mean raises it by an eighth of that only") {
    rtt.sample(1_ms, 200'000, 201'000);
    CHECK(rtt.timeout() < 240_ms);
  }
  SECTION("never above two minutes") {
    for (std::uint64_t i = 0; i < 50; ++i) rtt.sample(200_s, i * 1000, i * 1000 + 1000);
    CHECK(rtt.timeout() == 120_s);
  }
}

// -- the link -------------------------------------------------------------------------------------

namespace {

struct LinkBench final : sim::SegmentSink {
  explicit LinkBench(const sim::LinkOptions& options)
      : recorder(engine),
        pool(engine),
        link(engine, recorder, chooser, pool, sim::Random(1), options, false) {
    link.connect(LinkDirection::to_client, *this);
    link.connect(LinkDirection::to_server, *this);
  }
  void on_segment(sim::Segment& segment) override {
    at.push_back(engine.now().ns());
    ids.push_back(segment.seq);
    pool.give(segment);
  }
  void send(std::uint32_t payload, LinkDirection direction = LinkDirection::to_client) {
    sim::Segment& segment = pool.take();
    segment.header_bytes = 40;
    segment.seq = next++;
    if (payload != 0) segment.add_run({1, 0, payload, 0});
    link.send(direction, segment);
  }

  sim::Engine engine;
  sim::Recorder recorder;
  sim::PlainChooser chooser;
  sim::SegmentPool pool;
  sim::Link link;
  std::uint64_t next = 0;
  std::vector<std::int64_t> at;
  std::vector<std::uint64_t> ids;
};

}  // namespace

TEST_CASE("a packet arrives after its sending time and half a round trip") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 100'000'000;
  options.rtt = 1_ms;
  LinkBench bench(options);
  bench.send(1460);  // 1538 bytes on the wire: 123 040 ns
  bench.send(1460);
  bench.send(0);  // padded: 84 bytes, 6 720 ns
  bench.send(1460, LinkDirection::to_server);
  bench.engine.run();
  CHECK(bench.at == std::vector<std::int64_t>{623'040, 623'040, 746'080, 752'800});
  const sim::LinkStats& stats = bench.link.stats(LinkDirection::to_client);
  CHECK(stats.packets == 3);
  CHECK(stats.wire_bytes == 1538 * 2 + 84);
  CHECK(bench.link.busy(LinkDirection::to_client) == Duration(252'800));
  CHECK(bench.link.busy(LinkDirection::to_server) == Duration(123'040));
}

TEST_CASE("sending times add up exactly at any rate") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 7'000'003;
  options.rtt = 0_ms;
  options.queue_packets = 10'000;
  LinkBench bench(options);
  for (int i = 0; i < 7000; ++i) bench.send(1);
  bench.engine.run();
  // 7000 frames of 84 bytes: 4 704 000 bits
  const std::int64_t exact = 4'704'000LL * 1'000'000'000 / 7'000'003;
  CHECK(bench.at.back() == exact);
  CHECK(bench.link.busy(LinkDirection::to_client) == Duration(exact));
}

TEST_CASE("the time spent sending is counted until now, not ahead") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 8'000'000;
  options.rtt = 0_ms;
  LinkBench bench(options);
  for (int i = 0; i < 10; ++i) bench.send(22);  // 100 bytes: 100 us
  CHECK(bench.link.busy(LinkDirection::to_client) == Duration(0));
  bench.engine.run({.until = Instant(250'000)});
  CHECK(bench.link.busy(LinkDirection::to_client) == 250_us);
  bench.engine.run();
  bench.engine.run({.until = Instant(5'000'000)});
  CHECK(bench.link.busy(LinkDirection::to_client) == 1000_us);
}

TEST_CASE("a queue takes what it may hold behind the packet that is being sent") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 8'000'000;
  options.queue_packets = 3;
  LinkBench bench(options);
  for (int i = 0; i < 6; ++i) bench.send(22);
  CHECK(bench.link.stats(LinkDirection::to_client).queue_drops == 2);
  bench.engine.run();
  CHECK(bench.ids == std::vector<std::uint64_t>{0, 1, 2, 3});
  // When one has left there is room for one.
  for (int i = 0; i < 4; ++i) bench.send(22);
  bench.engine.run({.until = bench.engine.now() + 150_us});
  bench.send(22);
  bench.send(22);
  bench.engine.run();
  CHECK(bench.link.stats(LinkDirection::to_client).queue_drops == 3);
  CHECK(bench.pool.live() == 0);
}

TEST_CASE("a script drops and delays single packets") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 0;
  LinkBench bench(options);
  bench.link.script(LinkDirection::to_client,
                    {{.packet = 1}, {.packet = 2, .drop = false, .extra_delay = 1_ms}});
  for (int i = 0; i < 5; ++i) bench.send(100);
  bench.engine.run();
  CHECK(bench.ids == std::vector<std::uint64_t>{0, 3, 4, 2});
  CHECK(bench.link.stats(LinkDirection::to_client).losses == 1);
  CHECK(bench.link.offered(LinkDirection::to_client) == 5);
}

TEST_CASE("random loss comes at its rate, and from its stream") {
  sim::LinkOptions options;
  options.rate_bits_per_s = 0;
  options.loss = 0.1;
  std::vector<std::uint64_t> first;
  for (int round = 0; round < 2; ++round) {
    LinkBench bench(options);
    for (int i = 0; i < 10'000; ++i) bench.send(100);
    bench.engine.run();
    const std::int64_t lost = bench.link.stats(LinkDirection::to_client).losses;
    CHECK(lost > 900);
    CHECK(lost < 1100);
    if (round == 0) first = bench.ids;
    CHECK(bench.ids == first);
  }
}

// -- time -----------------------------------------------------------------------------------------

TEST_CASE("a deadline that moves to later costs no event, and comes when it is due") {
  struct Owner {
    sim::Engine engine;
    std::vector<std::int64_t> at;
    sim::Deadline deadline{engine,
                           [](void* self) {
                             auto& owner = *static_cast<Owner*>(self);
                             owner.at.push_back(owner.engine.now().ns());
                           },
                           this};
  } owner;
  for (int i = 0; i < 1000; ++i) owner.deadline.set(Instant(1000 + i));
  CHECK(owner.engine.pending() == 1);
  owner.engine.run();
  CHECK(owner.at == std::vector<std::int64_t>{1999});
  CHECK(owner.engine.fired() == 2);

  owner.deadline.set(Instant(5000));
  owner.deadline.set(Instant(3000));  // to earlier
  owner.engine.run();
  CHECK(owner.at.back() == 3000);
  owner.deadline.set(Instant(6000));
  owner.deadline.clear();
  owner.engine.run();
  CHECK(owner.at.size() == 2);
  owner.deadline.set(Instant(1));  // the past means now
  owner.engine.run();
  CHECK(owner.at.size() == 3);
}

TEST_CASE("a kernel timer runs in softirq context, after the interrupt, on the CPU that set it") {
  test::NetOptions options;
  options.costs = "athlon64-3500";
  test::NetWorld world(options);
  struct Owner {
    test::NetWorld& world;
    std::vector<std::int64_t> at;
    sim::ContextKind kind = sim::ContextKind::process;
  } owner{world, {}, sim::ContextKind::process};
  sim::SoftTimers timers(world.kernel);
  sim::SoftTimer timer(
      timers,
      [](void* self) {
        auto& o = *static_cast<Owner*>(self);
        o.at.push_back(o.world.engine.now().ns());
        o.kind = o.world.kernel.current()->kind();
      },
      &owner);
  world.run([&] {
    timer.set(world.kernel.now() + 1_ms);
    timer.set(world.kernel.now() + 2_ms);
    world.sleep(5_ms);
    timer.set(world.kernel.now() + 1_ms);
    timer.clear();
    world.sleep(5_ms);
  });
  REQUIRE(owner.at.size() == 1);
  CHECK(owner.at[0] >= 2'000'000);
  CHECK(owner.at[0] < 2'010'000);
  CHECK(owner.kind == sim::ContextKind::softirq);
  timer.drop();
}

TEST_CASE("a connection's place is used again, its number never") {
  sim::Engine engine;
  sim::ConnectionTable table(engine, 60_s);
  // Only its address is kept.
  alignas(sim::PeerConnection) std::array<std::byte, sizeof(sim::PeerConnection)> place{};
  auto* nobody = reinterpret_cast<sim::PeerConnection*>(place.data());
  const sim::ConnectionKey first = table.open(*nobody);
  CHECK(table.client(first) == nobody);
  CHECK(table.server(first) == nullptr);
  table.remove(first, sim::Side::client);
  CHECK(!table.is_live(first));
  const sim::ConnectionKey second = table.open(*nobody);
  CHECK(second.slot == first.slot);
  CHECK(second.serial == first.serial + 1);
  CHECK(table.client(first) == nullptr);
  CHECK(table.live() == 1);

  table.begin_time_wait(second, sim::Side::client, 50, 70);
  table.remove(second, sim::Side::client);
  CHECK(table.live() == 1);
  sim::SegmentPool pool(engine);
  sim::Segment& late = pool.take();
  sim::Segment& answer = pool.take();
  late.connection = second;
  late.seq = 69;
  late.flags = sim::tcp_flags::fin | sim::tcp_flags::ack;
  engine.run({.until = Instant(30'000'000'000)});
  CHECK(!table.on_late_segment(late, sim::Side::server, answer).in_time_wait);
  const auto result = table.on_late_segment(late, sim::Side::client, answer);
  CHECK(result.in_time_wait);
  CHECK(result.needs_answer);
  CHECK(answer.seq == 50);
  CHECK(answer.ack == 70);
  // That began the minute anew.
  engine.run({.until = Instant(80'000'000'000)});
  CHECK(table.live() == 1);
  engine.run();
  CHECK(table.live() == 0);
  pool.give(late);
  pool.give(answer);
}
