#pragma once
// The process of a design's server, and who starts it: an init that starts it again, after a pause,
// when it has been killed or has given up (as "respawn" of inittab(5)).
//
// Asynchronous requests of a dead process go on and end, with nobody to tell of it: they are the
// kernel's.

#include <memory>

#include "sim/engine/event.hpp"
#include "sim/world/server.hpp"

namespace sim {

class ServerProcess {
 public:
  /// Starts it.
  ServerProcess(const Design& design, const ServerContext& context);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  /// Init's own pause when a program ends that was to stay.
  static constexpr kev::Duration respawn{50'000'000};

  static void on_gone(void* self, kev::Duration downtime);
  void start();

  const Design& design_;
  ServerContext context_;
  std::unique_ptr<Server> server_;
  MemberEvent<ServerProcess, &ServerProcess::start> restart_;
};

}  // namespace sim
