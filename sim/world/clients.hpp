#pragma once
// The clients of a workload: one remote peer a connection, which asks, checks every byte position
// of the answer, and asks again. They cost the simulated machine nothing. If there are several
// hosts, clients are dealt to them like cards.
//
// Property byte_stream: what a client receives is, position by position, the header of its request
// and then the bytes asked for, and nothing else; each page of them as the file had it when the
// request was sent, or later (sim/vfs/file_changes.hpp). A connection that ends before its answer
// is complete - so ends that of a file which became shorter - fails that request; the client
// connects anew for the next one. After three failed attempts in a row it gives up. If nobody
// listens it tries again after 100 ms, 200 ms, and so on; after the tenth time it gives up.
// Faults (peer.*) strike when bytes of an answer arrive; their target is the client's number. A
// client that resets its connection counts the request as failed and connects anew.

#include <memory>
#include <vector>

#include "sim/faults/faults.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/net/network.hpp"
#include "sim/vfs/file_system.hpp"
#include "sim/world/server.hpp"
#include "sim/world/workload.hpp"

namespace sim {

class Clients {
 public:
  Clients(Kernel& kernel, Network& network, FileSystem& files, RequestSource& source,
          Ledger& ledger);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  /// Asked when bytes arrive; must outlive the clients.
  void set_faults(Faults& faults) { faults_ = &faults; }
  /// The workload's clock starts at `origin`.
  void start(kev::Instant origin);
  /// Called once, when the last client is done with its last request.
  void on_all_done(std::function<void()> function) { all_done_ = std::move(function); }
  [[nodiscard]] bool all_done() const { return running_ == 0; }

 private:
  class Client;

  void client_done();

  Kernel& kernel_;
  Network& network_;
  FileSystem& files_;
  RequestSource& source_;
  Ledger& ledger_;
  Faults* faults_ = nullptr;
  kev::Instant origin_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::size_t running_ = 0;
  std::function<void()> all_done_;
};

}  // namespace sim
