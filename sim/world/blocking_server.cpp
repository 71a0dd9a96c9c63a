// A server of many threads: each takes a connection and serves it to its end, sleeping wherever the
// kernel sleeps. What people ran before event queues: preforked processes or a thread pool.
//
// The faults process.close and process.reuse: another thread of the process closes the connection
// of an answer that is under way. It does so as Java's runtime does, by dup2(2) of something that
// is dead, and the worker waits for it before he gives the number back: a number that is free would
// be the next connection's, and the worker would go on sending there. The call that is under way
// has a reference to the socket and ends as if nothing had happened; the next one finds no socket.

#include <algorithm>
#include <array>
#include <cerrno>
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
        nodelay_(context.nodelay),
        priority_(context.priority) {
    spawn_program(platform_, priority_, "server", [this, workers = context.workers] {
      listener_ = calls_.listen_on(server_port, 511);
      KEV_CHECK(listener_ >= 0);
      for (int i = 0; i < workers; ++i)
        spawn_program(platform_, priority_, "worker/" + std::to_string(i),
                      [this, i] { work(static_cast<std::uint32_t>(i)); });
    });
  }

 private:
  struct Worker {
    std::uint32_t number;
    std::unique_ptr<FileSender> sender;
  };
  /// What names an answer to the kernel.
  struct Descriptors {
    int connection;
    int file;
  };

  void work(std::uint32_t number) {
    const Worker worker{number, make_sender_(calls_)};
    while (!platform_.ending()) {
      const int connection = calls_.accept(listener_, false);
      if (connection < 0) continue;
      if (nodelay_) calls_.set_tcp(connection, TcpSetting::nodelay);
      serve(connection, worker);
      calls_.close(connection);
    }
  }

  void serve(int connection, const Worker& worker) {
    RequestReader reader(ledger_);
    std::vector<ContentRun> runs;
    for (;;) {
      reader.reset();
      while (!reader.complete()) {
        runs.clear();
        if (calls_.receive(connection, runs, read_size) <= 0) return;
        if (!reader.take(runs)) return;
      }
      if (!answer(connection, reader.number(), worker)) return;
    }
  }

  /// False when the connection is of no more use.
  bool answer(int connection, std::uint64_t number, const Worker& worker) {
    const PlannedRequest plan = ledger_.at(number).plan;
    const ContentRun header = Ledger::header_bytes(number, plan);
    if (plan.file < 0) return send_all(connection, header, false);
    const int file = calls_.open(static_cast<std::size_t>(plan.file));
    if (file < 0) return false;
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection, TcpSetting::cork);
    const Descriptors used{connection, file};
    const bool good = send_all(connection, header, header_ == HeaderMode::more) &&
                      send_body_watched(used, plan, worker);
    if (header_ == HeaderMode::cork) calls_.set_tcp(connection, TcpSetting::uncork);
    calls_.close(file);
    return good;
  }

  /// Another thread may close the connection meanwhile.
  bool send_body_watched(const Descriptors& used, const PlannedRequest& plan,
                         const Worker& worker) {
    FaultSubject subject;
    subject.object = worker.number;
    const FaultVerdict verdict = platform_.machine().faults.ask(FaultPlace::request, subject);
    if (verdict.verdict() == Verdict::pass) return send_body(used, plan, *worker.sender);
    const std::array<int, 2> ended = calls_.pipe();
    const bool reuse = verdict.is(FaultPoint::process_reuse);
    const auto other = static_cast<std::size_t>(plan.file);
    spawn_program(platform_, priority_, "closer/" + std::to_string(worker.number),
                  [this, used, ended, other, reuse] {
                    if (reuse)
                      name_others(used, other);
                    else
                      calls_.dup2(ended[0], used.connection);
                    calls_.close(ended[1]);
                  });
    const bool good = send_body(used, plan, *worker.sender);
    std::vector<ContentRun> nothing;
    while (calls_.read(ended[0], nothing, 1) == -EINTR) calls_.run_handlers();
    calls_.close(ended[0]);
    return good;
  }

  /// The connection first: nothing of the other file may get to the client.
  void name_others(const Descriptors& used, std::size_t other) {
    const int opened = calls_.open(other);
    calls_.dup2(opened, used.connection);
    calls_.dup2(opened, used.file);
    calls_.close(opened);
  }

  /// Advice that was recorded in the middle of a body cuts it in parts.
  bool send_body(const Descriptors& used, const PlannedRequest& plan, FileSender& sender) {
    const auto [connection, file] = used;
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
  IoPriority priority_;
  int listener_ = -1;
};

}  // namespace

std::unique_ptr<Server> start_blocking_server(const ServerContext& context,
                                              MakeFileSender make_sender) {
  return std::make_unique<BlockingServer>(context, make_sender);
}

}  // namespace sim
