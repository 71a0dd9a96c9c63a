#pragma once
// A machine with a network and remote peers, for tests of sockets: in timing mode, or, with a seed,
// under a random schedule.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/net/network.hpp"
#include "sim/schedule/random_chooser.hpp"

namespace test {

struct NetOptions {
  int cpus = 1;
  std::uint64_t seed = 0;  ///< 0: timing mode
  std::uint64_t loss_seed = 1;
  std::string costs = "none";
  sim::NetworkOptions network;
};

/// Options for tests that count segments: buffers do not grow by themselves.
inline NetOptions plain_options() {
  NetOptions options;
  options.network.server.tcp.send_buffer_max = options.network.server.tcp.send_buffer = 1 << 20;
  options.network.client.send_buffer_max = options.network.client.send_buffer = 1 << 20;
  options.network.client.receive_buffer = 1 << 20;
  options.network.server.tcp.receive_buffer = 1 << 20;
  return options;
}

/// Bytes of a message: its id, from `offset` on.
inline sim::ContentRun message(std::uint64_t id, std::uint32_t length, std::uint64_t offset = 0) {
  return {id, offset, length, 0};
}

/// Where in a message a stream is right; empty when the runs are message `id` from byte 0,
/// complete.
inline std::string wrong_content(const std::vector<sim::ContentRun>& runs, std::uint64_t id,
                                 std::uint64_t bytes) {
  std::uint64_t at = 0;
  for (const sim::ContentRun& run : runs) {
    if (run.source != id || run.offset != at)
      return "at " + std::to_string(at) + ": " + std::to_string(run.source) + "+" +
             std::to_string(run.offset);
    at += run.length;
  }
  return at == bytes ? "" : "ends at " + std::to_string(at);
}

/// Remembers what a socket told.
class TestListener final : public kev::OriginListener {
 public:
  struct Log {
    std::vector<std::uint32_t> masks;
    int closed = 0;
    std::function<void(std::uint32_t)> on_activity;
  };
  explicit TestListener(Log& log) : log_(log) {}
  void on_activity(std::uint32_t mask) override {
    log_.masks.push_back(mask);
    if (log_.on_activity) log_.on_activity(mask);
  }
  void on_close() override { ++log_.closed; }

 private:
  Log& log_;
};

/// A remote program that remembers what happened and does what the test tells it to.
class TestPeer final : public sim::PeerHandler {
 public:
  explicit TestPeer(sim::Network& network) : peer(network.create_peer(*this)) {}
  TestPeer(sim::Network& network, const sim::TcpOptions& options)
      : peer(network.create_peer(*this, options)) {}
  TestPeer(sim::Network& network, std::size_t host) : peer(network.create_peer_at(host, *this)) {}

  void on_connected(sim::Peer&) override {
    ++connected;
    if (when_connected) when_connected();
  }
  void on_data(sim::Peer&, std::span<const sim::ContentRun> data) override {
    for (const sim::ContentRun& run : data) {
      bytes += run.length;
      if (!runs.empty() && runs.back().continues(run))
        runs.back().length += run.length;
      else
        runs.push_back(run);
    }
    if (when_data) when_data();
  }
  void on_closed(sim::Peer&, int error) override {
    ++closed;
    close_error = error;
    if (close_back) peer.close();
    if (when_closed) when_closed();
  }

  sim::Peer& peer;
  int connected = 0;
  int closed = 0;
  int close_error = 1;
  bool close_back = true;  ///< closes when the server has ended its stream
  std::uint64_t bytes = 0;
  std::vector<sim::ContentRun> runs;
  std::function<void()> when_connected;
  std::function<void()> when_data;
  std::function<void()> when_closed;
};

/// A page of 4096 bytes whose references are counted.
struct TestPage {
  explicit TestPage(std::uint64_t file_id, std::uint64_t page_index = 0)
      : file(file_id), index(page_index) {}
  std::uint64_t file;
  std::uint64_t index;
  std::uint32_t version = 0;
  int references = 1;
  int acquired = 0;
  int released = 0;
  std::function<void()> when_released;

  sim::PageFrag frag() {
    sim::PageFrag out;
    out.page = this;
    out.content = [](void* page, std::uint32_t offset, std::uint32_t length) {
      auto& self = *static_cast<TestPage*>(page);
      return sim::ContentRun{self.file, self.index * 4096 + offset, length, self.version};
    };
    out.acquire = [](void* page) {
      auto& self = *static_cast<TestPage*>(page);
      ++self.references;
      ++self.acquired;
    };
    out.release = [](void* page) {
      auto& self = *static_cast<TestPage*>(page);
      --self.references;
      ++self.released;
      if (self.when_released) self.when_released();
    };
    return out;
  }
};

class NetWorld {
 public:
  explicit NetWorld(const NetOptions& options = {})
      : recorder(engine),
        random_(options.seed),
        kernel(engine, recorder, options.seed == 0 ? static_cast<sim::Chooser&>(plain_) : random_,
               stacks, kernel_options(options)),
        network(kernel, sim::Random(options.loss_seed), options.network, &make_listener, this) {}
  ~NetWorld() { kernel.shut_down(); }
  NetWorld(const NetWorld&) = delete;
  NetWorld& operator=(const NetWorld&) = delete;

  sim::Thread& thread(std::string name, std::function<void()> body) {
    return kernel.spawn(std::move(name), sim::ContextKind::process, std::move(body));
  }
  /// Until nothing happens any more; then what did not end is unwound, so that objects a test made
  /// after the world may go first.
  void run() {
    kernel.run();
    kernel.shut_down();
  }
  /// One thread that does this, to the end.
  void run(std::function<void()> body) {
    thread("test", std::move(body));
    run();
  }
  /// In a thread: lets time pass.
  void sleep(kev::Duration time) {
    kernel.current_thread().set_state(sim::ThreadState::interruptible);
    kernel.schedule_timeout(time);
  }
  [[nodiscard]] std::int64_t now_ms() const { return engine.now().ns() / 1'000'000; }

  /// In a thread: a listening socket.
  sim::Socket& listen(std::uint16_t port = 80, std::uint32_t backlog = 128) {
    sim::Socket& socket = network.create_socket();
    KEV_CHECK(socket.listen(port, backlog) == 0);
    return socket;
  }
  /// In a thread: connects the peer and accepts it.
  sim::Socket& connect(TestPeer& peer, std::uint16_t port = 80) {
    sim::Socket& listener = listen(port);
    peer.peer.connect(port);
    const sim::AcceptResult result = listener.accept();
    KEV_CHECK(result.socket != nullptr);
    listener.put();
    return *result.socket;
  }
  /// In a thread: sends a message completely.
  long send_all(sim::Socket& socket, const sim::ContentRun& run) {
    return socket.send_message(run);
  }
  /// In a thread: reads to the end of the stream; bytes, or a negative errno.
  long read_all(sim::Socket& socket, std::vector<sim::ContentRun>& runs,
                std::uint32_t at_once = 65536) {
    long total = 0;
    for (;;) {
      const long got = socket.receive(runs, at_once);
      if (got < 0) return got;
      if (got == 0) return total;
      total += got;
    }
  }

  /// The first broken property with its message, empty when there is none.
  [[nodiscard]] std::string violation() const {
    if (kernel.violations().empty()) return {};
    const sim::Violation& first = kernel.violations().front();
    return first.property + ": " + first.message;
  }
  [[nodiscard]] bool all_ended() const {
    for (const auto& thread : kernel.threads())
      if (thread->state() != sim::ThreadState::dead) return false;
    return true;
  }
  /// Nothing is left over of any connection.
  [[nodiscard]] bool all_gone() {
    return network.live_segments() == 0 && network.live_peer_connections() == 0 &&
           network.server().live_socks() == 0 && network.connections().live() == 0;
  }

 private:
  static std::unique_ptr<kev::OriginListener> make_listener(void* self) {
    auto& world = *static_cast<NetWorld*>(self);
    world.logs.push_back(std::make_unique<TestListener::Log>());
    return std::make_unique<TestListener>(*world.logs.back());
  }
  static sim::KernelOptions kernel_options(const NetOptions& options) {
    sim::KernelOptions out;
    out.cpus = options.cpus;
    out.explore = options.seed != 0;
    out.costs = sim::find_cost_profile(out.explore ? "none" : options.costs);
    return out;
  }

 public:
  sim::Engine engine;
  sim::Recorder recorder;
  /// What each socket told, in order of creation.
  std::vector<std::unique_ptr<TestListener::Log>> logs;

 private:
  sim::PlainChooser plain_;
  sim::RandomChooser random_;
  sim::StackPool stacks;

 public:
  sim::Kernel kernel;
  sim::Network network;
};

}  // namespace test
