// Network AIO on a machine with a network, and its events.

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>

#include "sim/schedule/random_chooser.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/system_calls.hpp"
#include "tests/support/machine_fixture.hpp"
#include "tests/support/small_scenario.hpp"

using namespace kev::literals;
namespace abi = kev::abi;
using test::exploring;
using test::timing;

namespace {

/// The other side: keeps what it gets, in one piece if it is one.
class Client final : public sim::PeerHandler {
 public:
  explicit Client(sim::Network& network) : peer(network.create_peer(*this)) {}
  void on_connected(sim::Peer&) override {}
  void on_data(sim::Peer&, std::span<const sim::ContentRun> data) override {
    for (const sim::ContentRun& run : data) {
      bytes += run.length;
      if (!runs.empty() && runs.back().continues(run))
        runs.back().length += run.length;
      else
        runs.push_back(run);
    }
  }
  void on_closed(sim::Peer&, int error) override {
    if (error == 0) peer.close();
  }

  sim::Peer& peer;
  std::uint64_t bytes = 0;
  std::vector<sim::ContentRun> runs;
};

/// A server program with one connection. In timing mode if seed is 0.
class NaioWorld {
 public:
  explicit NaioWorld(std::uint64_t seed = 0)
      : scenario_(test::small_scenario()),
        random_(seed),
        watch_(seed == 0 ? nullptr : sim::make_watch()),
        machine(seed == 0 ? static_cast<sim::Chooser&>(plain_) : random_,
                seed == 0 ? timing(2) : exploring(2, watch_.get())),
        platform_(seed == 0 ? std::make_unique<sim::SimPlatform>(machine)
                            : sim::make_explored_platform(machine)),
        platform(*platform_),
        calls(platform) {
    scenario_.tcp.send_buffer_bytes = 8192;
    machine.devices = {new sim::Devices(platform, scenario_), [](sim::Devices* d) { delete d; }};
    client = std::make_unique<Client>(machine.devices->network);
    results_ = machine.user.map(sizeof(abi::ukevent));
  }
  ~NaioWorld() { machine.kernel.shut_down(); }

  /// Runs `body` as the program, with a connection and a queue; then all must be given back.
  void run(std::function<void()> body) {
    bool ended = false;
    machine.kernel.spawn("program", sim::ContextKind::process, [&] {
      aio = sim::aio_code(platform).make_naio(platform);
      const int listener = calls.listen_on(80, 8);
      client->peer.connect(80);
      socket = calls.accept(listener, false);
      queue = calls.kevent_init();
      calls.set_async(socket);
      body();
      if (socket >= 0) calls.close(socket);
      calls.close(queue);
      calls.close(listener);
      ended = true;
    });
    machine.kernel.run();
    INFO(violation());
    REQUIRE(violation().empty());
    REQUIRE(ended);
    REQUIRE(machine.allocator.live() == 0);
    machine.kernel.shut_down();
  }
  std::string violation() {
    const auto& all = machine.kernel.violations();
    return all.empty() ? "" : all.front().property + ": " + all.front().message;
  }
  /// A new buffer that holds these bytes.
  kev::UserAddress buffer(std::uint32_t bytes, std::uint64_t source, std::uint64_t offset = 0) {
    const kev::UserAddress made = machine.user.map(bytes);
    fill(made, bytes, source, offset);
    return made;
  }
  void fill(kev::UserAddress at, std::uint32_t bytes, std::uint64_t source, std::uint64_t offset) {
    contents(at) = {{source, offset, bytes, 0}};
  }
  std::vector<sim::ContentRun>& contents(kev::UserAddress at) {
    return machine.devices->user_contents[at];
  }
  int send(kev::UserAddress from, std::uint32_t bytes) {
    return calls.aio_send(*aio, queue, socket, from, bytes);
  }
  int receive(kev::UserAddress to, std::uint32_t bytes) {
    return calls.aio_recv(*aio, queue, socket, to, bytes);
  }
  /// The next event; type KEVENT_MAX when there is none in time.
  abi::ukevent event(kev::Duration timeout = kev::Duration::max()) {
    abi::ukevent out{};
    out.type = abi::KEVENT_MAX;
    if (calls.kevent_get_events(queue, 1, 1, sim::to_timespec(timeout), results_) == 1)
      std::memcpy(&out, machine.user.at(results_, sizeof out), sizeof out);
    return out;
  }
  void close_socket() {
    calls.close(socket);
    socket = -1;
  }

 private:
  sim::Scenario scenario_;
  sim::PlainChooser plain_;
  sim::RandomChooser random_;
  std::unique_ptr<sim::OrderWatch> watch_;

 public:
  sim::Machine machine;

 private:
  std::unique_ptr<sim::SimPlatform> platform_;

 public:
  sim::SimPlatform& platform;
  sim::SystemCalls calls;
  std::unique_ptr<Client> client;
  std::unique_ptr<sim::NetworkAio> aio;
  int queue = -1;
  int socket = -1;

 private:
  kev::UserAddress results_ = 0;
};

constexpr std::uint32_t broken = abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN;

}  // namespace

TEST_CASE("aio_send ends when all was acknowledged: then the buffer can be used again") {
  NaioWorld world;
  world.run([&] {
    const kev::UserAddress buffer = world.buffer(100'000, 1);
    CHECK(world.send(buffer, 100'000) == 0);
    const abi::ukevent event = world.event();
    CHECK(event.type == abi::KEVENT_NAIO);
    CHECK(event.ret_flags == abi::KEVENT_RET_DONE);
    CHECK(event.ret_data[0] == 100'000);
    CHECK(event.user == buffer);
    CHECK(event.id.raw[0] == static_cast<std::uint32_t>(world.socket));
    CHECK(world.client->bytes == 100'000);
    world.fill(buffer, 100'000, 9, 0);
    CHECK(world.event(1_s).type == abi::KEVENT_MAX);  // one event
  });
  REQUIRE(world.client->runs.size() == 1);
  CHECK(world.client->runs.front().source == 1);
}

TEST_CASE("aio_recv ends when the buffer is full, with the bytes in their order") {
  NaioWorld world;
  world.run([&] {
    const kev::UserAddress first = world.buffer(5000, 0);
    const kev::UserAddress second = world.buffer(5000, 0);
    CHECK(world.receive(first, 5000) == 0);
    CHECK(world.receive(second, 5000) == 0);
    CHECK(world.event(1_ms).type == abi::KEVENT_MAX);
    world.client->peer.send_message({7, 0, 7000, 0});
    abi::ukevent event = world.event();
    CHECK(event.user == first);
    CHECK(event.ret_data[0] == 5000);
    CHECK(world.event(100_ms).type == abi::KEVENT_MAX);
    world.client->peer.send_message({7, 7000, 3000, 0});
    event = world.event();
    CHECK(event.user == second);
    CHECK(event.ret_flags == abi::KEVENT_RET_DONE);
    CHECK(world.contents(first).front().offset == 0);
    CHECK(world.contents(second).front().offset == 5000);
  });
}

TEST_CASE("a stream that ends early breaks aio_recv, with what came and no errno") {
  NaioWorld world;
  world.run([&] {
    CHECK(world.receive(world.buffer(5000, 0), 5000) == 0);
    world.client->peer.send_message({7, 0, 1000, 0});
    world.client->peer.shutdown_send();
    const abi::ukevent event = world.event();
    CHECK(event.ret_flags == broken);
    CHECK(event.ret_data[0] == 1000);
    CHECK(event.ret_data[1] == 0);
  });
}

TEST_CASE("a reset breaks what is under way, each request once") {
  NaioWorld world;
  world.run([&] {
    world.client->peer.stop_reading();
    CHECK(world.send(world.buffer(50'000'000, 1), 50'000'000) == 0);
    CHECK(world.send(world.buffer(100, 2), 100) == 0);
    CHECK(world.receive(world.buffer(100, 0), 100) == 0);
    CHECK(world.event(1_s).type == abi::KEVENT_MAX);
    world.client->peer.abort();
    for (int i = 0; i < 3; ++i) CHECK(world.event().ret_flags == broken);
    CHECK(world.event(1_s).type == abi::KEVENT_MAX);
  });
}

TEST_CASE("aio_send and aio_recv refuse what cannot be done, and send no event") {
  NaioWorld world;
  world.run([&] {
    const kev::UserAddress buffer = world.buffer(100, 1);
    const auto [in, out] = world.calls.pipe();
    auto send_on = [&](int socket, kev::UserAddress from, std::uint32_t bytes) {
      return world.calls.aio_send(*world.aio, world.queue, socket, from, bytes);
    };
    CHECK(send_on(99, buffer, 100) == -EBADF);
    CHECK(send_on(out, buffer, 100) == -ENOTSOCK);
    const int plain = world.calls.listen_on(81, 8);
    CHECK(send_on(plain, buffer, 100) == -ESOCKTNOSUPPORT);
    CHECK(send_on(world.socket, buffer, 0) == -EINVAL);
    CHECK(send_on(world.socket, buffer, 5000) == -EFAULT);
    CHECK(world.calls.aio_recv(*world.aio, in, world.socket, buffer, 100) == -EINVAL);
    CHECK(world.calls.aio_recv(*world.aio, 99, world.socket, buffer, 100) == -EBADF);
    CHECK(world.calls.set_async(in) == -ENOTSOCK);
    world.machine.faults.add({sim::FaultPoint::alloc, 1.0, ENOMEM});
    CHECK(send_on(world.socket, buffer, 100) == -ENOMEM);
    world.machine.faults.stop();
    CHECK(world.event(1_ms).type == abi::KEVENT_MAX);
    for (const int descriptor : {in, out, plain}) world.calls.close(descriptor);
  });
}

TEST_CASE("pinning is paid for by the page") {
  std::int64_t busy[2];
  for (int i = 0; i < 2; ++i) {
    NaioWorld world;
    world.run([&] {
      const std::uint32_t bytes = i == 0 ? 4096 : 4096 * 1001;
      const kev::UserAddress buffer = world.buffer(bytes, 1);
      world.client->peer.stop_reading();
      const auto& cpus = world.machine.kernel.cpus();
      const auto total = [&] { return cpus[0]->busy().ns() + cpus[1]->busy().ns(); };
      const std::int64_t before = total();
      CHECK(world.machine.user.pin(buffer, bytes));
      busy[i] = total() - before;
    });
  }
  const std::int64_t pin_ns =
      sim::find_cost_profile("athlon64-3500")->of(sim::Cost::pin_page) / 1000;
  CHECK(busy[1] - busy[0] == 1000 * pin_ns);
}

TEST_CASE("the socket and the queue may be closed while requests are under way") {
  NaioWorld world;
  world.run([&] {
    CHECK(world.send(world.buffer(50'000, 1), 50'000) == 0);
    CHECK(world.receive(world.buffer(10, 0), 10) == 0);
    world.close_socket();
    CHECK(world.event().ret_flags == abi::KEVENT_RET_DONE);  // the request holds the socket
    world.client->peer.close();
    CHECK(world.event().ret_flags == broken);
  });
  CHECK(world.client->bytes == 50'000);
}

TEST_CASE("network AIO under any schedule: no notification is lost, no byte out of place") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    NaioWorld world(seed);
    INFO("seed " << seed);
    const bool reset = seed % 5 == 0;
    world.run([&] {
      for (std::uint32_t i = 0; i < 2; ++i) {
        CHECK(world.send(world.buffer(6000, 1, 6000 * i), 6000) == 0);
        CHECK(world.receive(world.buffer(1000, 0), 1000) == 0);
      }
      world.client->peer.send_message({7, 0, 1500, 0});
      if (reset)
        world.client->peer.abort();
      else
        world.client->peer.send_message({7, 1500, 500, 0});
      for (int i = 0; i < 4; ++i) {
        const abi::ukevent event = world.event();
        if (!reset) CHECK(event.ret_flags == abi::KEVENT_RET_DONE);
      }
      CHECK(world.event(0_ns).type == abi::KEVENT_MAX);
    });
    if (reset) continue;
    REQUIRE(world.client->runs.size() == 1);
    REQUIRE(world.client->bytes == 12'000);
  }
}
