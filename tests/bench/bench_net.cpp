// How many TCP segments a second the simulated network moves, data segments and acknowledgements
// counted: bulk transfers between a Peer and a Socket through the whole path (system call code with
// the socket lock, TCP, card, interrupt, softirq, link), in timing mode.
//   bench_net [--benchmark_filter=download] ...
// download: the server sends pages; upload: the server reads. Argument: how many connections at
// once. wire: one bulk transfer between two endpoints without a kernel around them, 100 Mbit/s,
// 20 ms, 60 s simulated: what ns-3 3.37 does at 36 000 (newreno) to 39 000 (cubic) segments a
// second on 2 cores of an AMD EPYC; "ns3" is the ratio to 39 000.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "sim/net/network.hpp"
#include "sim/validate/tcp_wire.hpp"

namespace {

constexpr std::uint32_t page_bytes = 4096;
constexpr std::uint64_t total_bytes = 64 << 20;

/// All pages hold the same, and stay.
sim::ContentRun page_content(void*, std::uint32_t offset, std::uint32_t length) {
  return {1, offset, length, 0};
}
void keep_page(void*) {}

class Client final : public sim::PeerHandler {
 public:
  void on_connected(sim::Peer& peer) override {
    if (upload == 0) return;
    peer.send_message({2, 0, static_cast<std::uint32_t>(upload), 0});
    peer.close();
  }
  void on_data(sim::Peer&, std::span<const sim::ContentRun> runs) override {
    for (const sim::ContentRun& run : runs) bytes += run.length;
  }
  void on_closed(sim::Peer& peer, int) override { peer.close(); }

  std::uint64_t bytes = 0;
  std::uint64_t upload = 0;
};

sim::KernelOptions kernel_options() {
  sim::KernelOptions options;
  options.costs = sim::find_cost_profile("modern");
  return options;
}

sim::NetworkOptions network_options() {
  sim::NetworkOptions options;
  options.link.rate_bits_per_s = 10'000'000'000;
  options.link.queue_packets = 100'000;
  options.client.receive_buffer = options.server.tcp.receive_buffer = 256 << 10;
  return options;
}

struct Counts {
  std::int64_t segments = 0;
  std::uint64_t events = 0;
};

/// One run: `connections` transfers of equal length at once.
Counts transfer(std::size_t connections, bool upload) {
  sim::Engine engine;
  sim::Recorder recorder(engine);
  sim::PlainChooser chooser;
  sim::StackPool stacks;
  sim::Kernel kernel(engine, recorder, chooser, stacks, kernel_options());
  sim::Network network(kernel, sim::Random(1), network_options());
  const std::uint64_t each = total_bytes / connections;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < connections; ++i) {
    clients.push_back(std::make_unique<Client>());
    if (upload) clients.back()->upload = each;
    network.create_peer(*clients.back()).connect(80);
  }
  std::uint64_t received = 0;
  char page = 0;
  const auto serve = [&](sim::Socket& socket) {
    const sim::PageFrag frag{&page, page_content, keep_page, keep_page};
    std::vector<sim::ContentRun> runs;
    if (upload) {
      while (true) {
        runs.clear();
        const long got = socket.receive(runs, 65536);
        if (got <= 0) break;
        received += static_cast<std::uint64_t>(got);
      }
    } else {
      for (std::uint64_t at = 0; at < each; at += page_bytes)
        socket.send_page(frag, 0, page_bytes, {});
    }
    socket.put();
  };
  kernel.spawn("listener", sim::ContextKind::process, [&] {
    sim::Socket& listener = network.create_socket();
    listener.listen(80, 1024);
    for (std::size_t i = 0; i < connections; ++i) {
      sim::Socket* socket = listener.accept().socket;
      kernel.spawn("server", sim::ContextKind::process, [&serve, socket] { serve(*socket); });
    }
    listener.put();
  });
  kernel.run();
  kernel.shut_down();
  if (!upload)
    for (const auto& client : clients) received += client->bytes;
  if (received != each * connections || !kernel.violations().empty()) {
    std::fprintf(stderr, "bench_net: the transfer failed\n");
    std::exit(1);
  }
  Counts counts;
  counts.segments = network.link().stats(sim::LinkDirection::to_client).packets +
                    network.link().stats(sim::LinkDirection::to_server).packets;
  counts.events = engine.fired();
  return counts;
}

void run(benchmark::State& state, bool upload) {
  Counts all;
  for (auto _ : state) {
    const Counts counts = transfer(static_cast<std::size_t>(state.range(0)), upload);
    all.segments += counts.segments;
    all.events += counts.events;
  }
  state.SetItemsProcessed(all.segments);
  state.counters["events/segment"] =
      static_cast<double>(all.events) / static_cast<double>(all.segments);
}

void download(benchmark::State& state) {
  run(state, false);
}
void upload(benchmark::State& state) {
  run(state, true);
}

void wire(benchmark::State& state, const char* congestion) {
  constexpr double ns3_segments_per_s = 39'000;
  sim::TcpSetup setup;
  setup.stack = sim::find_net_stack("linux-6.1");
  setup.congestion = sim::find_congestion_control(congestion);
  setup.bytes = INT64_MAX / 4;
  setup.delay_us = 10'000;
  setup.rate = 100'000'000;
  setup.receive_buffer = setup.send_buffer = 4 << 20;
  setup.until_us = 60'000'000;
  std::int64_t segments = 0;
  for (auto _ : state) segments += sim::measure_wire(setup, 1).segments_sent;
  state.SetItemsProcessed(segments);
  state.counters["ns3"] = benchmark::Counter(static_cast<double>(segments) / ns3_segments_per_s,
                                             benchmark::Counter::kIsRate);
}

BENCHMARK(download)->Arg(1)->Arg(64)->Arg(1024)->Unit(benchmark::kMillisecond);
BENCHMARK(upload)->Arg(1)->Arg(64)->Arg(1024)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(wire, newreno, "newreno")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(wire, cubic, "cubic")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
