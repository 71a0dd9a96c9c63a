// A server of many threads: each takes a connection and serves it to its end, sleeping wherever the
// kernel sleeps. What people ran before event queues: preforked processes or a thread pool.

#include <algorithm>
#include <string>

#include "sim/world/io_priority.hpp"
#include "sim/world/server.hpp"
#include "sim/world/system_calls.hpp"

namespace sim {

namespace {

class BlockingServer final : public Server {
 public:
  BlockingServer(const ServerContext& context, MakeFileSender make_sender)
      : platform_(context.platform),
        ledger_(context.ledger),
        calls_(context.platform),
        make_sender_(make_sender),
        header_(context.header),
        nodelay_(context.nodelay) {
    const IoPriority priority = context.priority;
    spawn_program(platform_, priority, "server", [this, priority, workers = context.workers] {
      listener_ = calls_.listen_on(server_port, 511);
      KEV_CHECK(listener_ >= 0);
      for (int i = 0; i < workers; ++i)
        spawn_program(platform_, priority, "worker/" + std::to_string(i), [this] { work(); });
    });
  }

 private:
  void work() {
    const std::unique_ptr<FileSender> sender = make_sender_(calls_);
    while (!platform_.ending()) {
      const int connection = calls_.accept(listener_, false);
      if (connection < 0) continue;
      if (nodelay_) calls_.set_tcp(connection, TcpSetting::nodelay);
      serve(connection, *sender);
      calls_.close(connection);
    }
  }

  void serve(int connection, FileSender& sender) {
    RequestReader reader(ledger_);
    std::vector<ContentRun> runs;
    for (;;) {
      reader.reset();
      while (!reader.complete()) {
        runs.clear();
        if (calls_.receive(connection, runs, read_size) <= 0) return;
        if (!reader.take(runs)) return;
      }
      if (!answer(connection, reader.number(), sender)) return;
    }
  }

  /// False when the connection is of no more use.
  bool answer(int connection, std::uint64_t number, FileSender& sender) {
    const PlannedRequest plan = ledger_.at(number).plan;
    const ContentRun header = Ledger::header_bytes(number, plan);
    if (plan.file < 0) return send_all(connection, header, false);
    const int file = calls_.open(static_cast<std::size_t>(plan.file));
    if (file < 0) return false;
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection, TcpSetting::cork);
    const bool good = send_all(connection, header, header_ == HeaderMode::more) &&
                      send_body(connection, file, plan, sender);
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection, TcpSetting::uncork);
    calls_.close(file);
    return good;
  }

  /// Advice that was recorded in the middle of a body cuts it in parts.
  bool send_body(int connection, int file, const PlannedRequest& plan, FileSender& sender) {
    std::int64_t sent = 0;
    for (const ReplayAdvice& advice : plan.advice) {
      const std::int64_t part = std::min(advice.after, plan.length) - sent;
      if (part > 0 && !sender.send(connection, file, plan.offset + sent, part)) return false;
      sent += std::max<std::int64_t>(part, 0);
      calls_.advise(file, advice);
    }
    return sender.send(connection, file, plan.offset + sent, plan.length - sent);
  }

  bool send_all(int connection, ContentRun run, bool more) {
    while (run.length != 0) {
      const long sent = calls_.send_message(connection, run, {false, more});
      if (sent <= 0) return false;
      run.offset += static_cast<std::uint64_t>(sent);
      run.length -= static_cast<std::uint32_t>(sent);
    }
    return true;
  }

  SimPlatform& platform_;
  Ledger& ledger_;
  SystemCalls calls_;
  MakeFileSender make_sender_;
  HeaderMode header_;
  bool nodelay_;
  int listener_ = -1;
};

}  // namespace

std::unique_ptr<Server> start_blocking_server(const ServerContext& context,
                                              MakeFileSender make_sender) {
  return std::make_unique<BlockingServer>(context, make_sender);
}

}  // namespace sim
