// Several answers under way on one connection: header and file of each must stay together.

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <memory>

#include "sim/schedule/random_chooser.hpp"
#include "sim/world/devices.hpp"
#include "sim/world/system_calls.hpp"
#include "tests/support/machine_fixture.hpp"
#include "tests/support/small_scenario.hpp"

namespace abi = kev::abi;

namespace {

constexpr std::int64_t file_bytes = 20'000;
constexpr std::uint32_t header_bytes = 200;
constexpr std::uint64_t header_source = 1'000'000;

class Client final : public sim::PeerHandler {
 public:
  explicit Client(sim::Network& network) : peer(network.create_peer(*this)) {}
  void on_connected(sim::Peer&) override {}
  void on_data(sim::Peer&, std::span<const sim::ContentRun> data) override {
    for (const sim::ContentRun& run : data) {
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
  std::vector<sim::ContentRun> runs;  ///< what came, joined where it belongs together
};

/// A server with one connection, a queue and two files on its disk. In timing mode if seed is 0.
class Server {
 public:
  explicit Server(std::uint64_t seed)
      : scenario_(test::small_scenario()),
        random_(seed),
        machine_(seed == 0 ? static_cast<sim::Chooser&>(plain_) : random_,
                 seed == 0 ? test::timing(2) : test::exploring(2)),
        platform_(machine_),
        calls(platform_) {
    scenario_.workload.files = {2, file_bytes, "uniform"};
    scenario_.tcp.send_buffer_bytes = 8192;
    machine_.devices = {new sim::Devices(platform_, scenario_), [](sim::Devices* d) { delete d; }};
    for (std::uint64_t& source : files_)
      source = machine_.devices->files.create(file_bytes).value()->id();
    client_ = std::make_unique<Client>(machine_.devices->network);
  }
  ~Server() { machine_.kernel.shut_down(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Answers twice, by one thread an answer, and waits for both ends. True if the client got each
  /// answer in one piece: its header, then its file.
  bool run(const std::function<void(Server&, std::uint32_t)>& answer) {
    int answered = 0;
    machine_.kernel.spawn("program", sim::ContextKind::process, [&] {
      aio = sim::aio_code(platform_).make_sendfile(platform_, 8);
      const kev::UserAddress results = machine_.user.map(sizeof(abi::ukevent));
      queue = calls.kevent_init();
      const int listener = calls.listen_on(80, 8);
      client_->peer.connect(80);
      socket = calls.accept(listener, false);
      for (std::uint32_t i = 0; i < 2; ++i)
        machine_.kernel.spawn("answer/" + std::to_string(i), sim::ContextKind::process,
                              [&, i] { answer(*this, i); });
      for (; answered < 2; ++answered) {
        calls.kevent_get_events(queue, 1, 1, sim::to_timespec(kev::Duration::max()), results);
        abi::ukevent event{};
        std::memcpy(&event, machine_.user.at(results, sizeof event), sizeof event);
        CHECK(event.ret_flags == abi::KEVENT_RET_DONE);
      }
      for (const int descriptor : {socket, listener, queue}) calls.close(descriptor);
    });
    machine_.kernel.run();
    CHECK(machine_.kernel.violations().empty());
    CHECK(answered == 2);
    return in_one_piece(client_->runs);
  }

 private:
  [[nodiscard]] bool in_one_piece(const std::vector<sim::ContentRun>& runs) const {
    if (runs.size() != 4) return false;
    const std::uint64_t first = runs[0].source - header_source;
    if (first > 1) return false;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::uint64_t answer = i == 0 ? first : 1 - first;
      const sim::ContentRun& header = runs[2 * i];
      const sim::ContentRun& file = runs[2 * i + 1];
      if (header.source != header_source + answer || header.length != header_bytes) return false;
      if (file.source != files_[answer] || file.length != file_bytes) return false;
    }
    return true;
  }

  sim::Scenario scenario_;
  sim::PlainChooser plain_;
  sim::RandomChooser random_;
  sim::Machine machine_;
  sim::SimPlatform platform_;
  std::unique_ptr<Client> client_;
  std::uint64_t files_[2] = {};  ///< their contents

 public:
  sim::SystemCalls calls;
  std::unique_ptr<sim::AioSendfile> aio;
  int queue = -1;
  int socket = -1;
};

sim::ContentRun header(std::uint32_t answer) {
  return {header_source + answer, 0, header_bytes, 0};
}

/// Header and file in one call.
void answer_at_once(Server& server, std::uint32_t answer) {
  const int file = server.calls.open(answer);
  CHECK(server.calls.aio_sendfile(*server.aio, server.queue, server.socket, file, 0, file_bytes, 0,
                                  header(answer)) > 0);
  server.calls.close(file);
}

/// The header by itself first, as programs did before the call could take one.
void answer_in_two(Server& server, std::uint32_t answer) {
  CHECK(server.calls.send_message(server.socket, header(answer), {false, true}) == header_bytes);
  const int file = server.calls.open(answer);
  CHECK(server.calls.aio_sendfile(*server.aio, server.queue, server.socket, file, 0, file_bytes,
                                  0) > 0);
  server.calls.close(file);
}

}  // namespace

TEST_CASE("answers that share a connection stay in one piece, under any schedule") {
  for (std::uint64_t seed = 0; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Server server(seed);
    REQUIRE(server.run(&answer_at_once));
  }
}

TEST_CASE("between a header sent by itself and its file another answer may go out") {
  int mixed = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    mixed += Server(seed).run(&answer_in_two) ? 0 : 1;
  CHECK(mixed > 0);
}
