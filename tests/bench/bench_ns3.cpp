// How many TCP segments a second ns-3 3.37 simulates, and what it says of goodput: the third
// opinion in traces/golden/tcp/goodput.txt. Built when libns3-dev is there (Debian; GPL 2: this
// program is for measuring, and nothing else links it).
//   bench_ns3 [--benchmark_filter=Cubic] ...
// One bulk transfer over a link of 100 Mbit/s and 20 ms round trip, 60 s simulated, for NewReno,
// CUBIC and BIC, without loss and with 0.1 and 1 % of the data packets lost at random. Segments of
// both directions are counted where they leave a device. bench_devices --benchmark_filter=tcp is
// the same for this simulator.

#include <benchmark/benchmark.h>
#include <ns3/applications-module.h>
#include <ns3/core-module.h>
#include <ns3/error-model.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>

#include <cstdint>
#include <string>

namespace {

constexpr double simulated_s = 60;
constexpr std::uint16_t port = 80;

struct Outcome {
  std::int64_t segments = 0;
  double megabits_per_s = 0;
};

/// One packet has left a device.
void count(std::int64_t* segments, ns3::Ptr<const ns3::Packet>) {
  ++*segments;
}

Outcome transfer(const char* congestion, double loss) {
  ns3::RngSeedManager::SetSeed(1);
  ns3::Config::SetDefault("ns3::TcpL4Protocol::SocketType",
                          ns3::TypeIdValue(ns3::TypeId::LookupByName(congestion)));
  ns3::Config::SetDefault("ns3::TcpSocket::SegmentSize", ns3::UintegerValue(1448));
  ns3::Config::SetDefault("ns3::TcpSocket::SndBufSize", ns3::UintegerValue(4 << 20));
  ns3::Config::SetDefault("ns3::TcpSocket::RcvBufSize", ns3::UintegerValue(4 << 20));
  ns3::NodeContainer nodes;
  nodes.Create(2);
  ns3::PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", ns3::StringValue("100Mbps"));
  link.SetChannelAttribute("Delay", ns3::StringValue("10ms"));
  ns3::NetDeviceContainer devices = link.Install(nodes);
  if (loss > 0) {
    auto errors = ns3::CreateObject<ns3::RateErrorModel>();
    errors->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(loss);
    devices.Get(1)->SetAttribute("ReceiveErrorModel", ns3::PointerValue(errors));
  }
  ns3::InternetStackHelper().Install(nodes);
  ns3::Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
  const ns3::Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
  const ns3::InetSocketAddress sink_address(interfaces.GetAddress(1), port);
  ns3::ApplicationContainer sinks =
      ns3::PacketSinkHelper("ns3::TcpSocketFactory", sink_address).Install(nodes.Get(1));
  ns3::BulkSendHelper sender("ns3::TcpSocketFactory", sink_address);
  sender.SetAttribute("MaxBytes", ns3::UintegerValue(0));
  sender.Install(nodes.Get(0));

  Outcome outcome;
  for (std::uint32_t i = 0; i < devices.GetN(); ++i)
    devices.Get(i)->TraceConnectWithoutContext("PhyTxEnd",
                                               ns3::MakeBoundCallback(&count, &outcome.segments));
  ns3::Simulator::Stop(ns3::Seconds(simulated_s));
  ns3::Simulator::Run();
  const auto received = ns3::DynamicCast<ns3::PacketSink>(sinks.Get(0))->GetTotalRx();
  outcome.megabits_per_s = static_cast<double>(received) * 8 / simulated_s / 1e6;
  ns3::Simulator::Destroy();
  return outcome;
}

void bulk(benchmark::State& state, const char* congestion, double loss) {
  Outcome outcome;
  for (auto _ : state) outcome = transfer(congestion, loss);
  state.SetItemsProcessed(outcome.segments);
  state.counters["Mbit/s"] = outcome.megabits_per_s;
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* congestion : {"TcpNewReno", "TcpCubic", "TcpBic"}) {
    for (const double loss : {0.0, 0.001, 0.01}) {
      const std::string type = std::string("ns3::") + congestion;
      const std::string name = std::string(congestion) + "/loss " + std::to_string(loss);
      benchmark::RegisterBenchmark(
          name.c_str(), [type, loss](benchmark::State& state) { bulk(state, type.c_str(), loss); })
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
