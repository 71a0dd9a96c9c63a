#include "sim/world/server_process.hpp"

namespace sim {

ServerProcess::ServerProcess(const Design& design, const ServerContext& context)
    : design_(design), context_(context), restart_(*this) {
  context.platform.machine().process.set_init(&on_gone, this);
  start();
}

ServerProcess::~ServerProcess() {
  context_.platform.machine().engine.cancel(restart_);
}

void ServerProcess::on_gone(void* self, kev::Duration downtime) {
  auto& process = *static_cast<ServerProcess*>(self);
  const kev::Duration pause = downtime == kev::Duration(0) ? respawn : downtime;
  process.context_.platform.machine().engine.schedule_after(process.restart_, pause);
}

void ServerProcess::start() {
  server_ = design_.start(context_);
}

}  // namespace sim
