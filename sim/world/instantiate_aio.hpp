#pragma once
// The asynchronous I/O of the code under test for a platform P, behind the interfaces of
// aio_code.hpp: for the files that instantiate it.

#include <memory>

#include "model/aio/aio_sendfile_impl.hpp"
#include "model/aio/naio_impl.hpp"
#include "model/aio/sync_sendfile.hpp"
#include "sim/machine/instantiate.hpp"
#include "sim/world/aio_code.hpp"

namespace sim {

template <class P>
class AioSendfileOf final : public AioSendfile {
 public:
  AioSendfileOf(P& platform, int threads) : code_(platform, threads) {}
  std::int64_t submit(KeventQueue& queue, int socket, int file, std::int64_t offset,
                      std::int64_t count, std::uint64_t user, const ContentRun& header) override {
    return code_.submit(static_cast<KeventQueueOf<P>&>(queue).code(), socket, file, offset, count,
                        user, header);
  }

 private:
  kev::AioSendfile<P> code_;
};

template <class P>
class NetworkAioOf final : public NetworkAio {
 public:
  explicit NetworkAioOf(P& platform) : code_(platform) {}
  int submit(KeventQueue& queue, int socket, kev::UserAddress buffer, std::uint32_t bytes,
             kev::NaioDirection direction) override {
    return code_.submit(static_cast<KeventQueueOf<P>&>(queue).code(), socket, buffer, bytes,
                        direction);
  }

 private:
  kev::Naio<P> code_;
};

template <class P>
class AioCodeFor final : public AioCode {
 public:
  std::unique_ptr<AioSendfile> make_sendfile(SimPlatform& platform, int threads) const override {
    return std::make_unique<AioSendfileOf<P>>(static_cast<P&>(platform), threads);
  }
  std::unique_ptr<NetworkAio> make_naio(SimPlatform& platform) const override {
    return std::make_unique<NetworkAioOf<P>>(static_cast<P&>(platform));
  }
  std::int64_t sendfile(SimPlatform& platform, FileObject& socket, FileObject& file,
                        std::int64_t offset, std::int64_t count) const override {
    return kev::SyncSendfile<P>::send(static_cast<P&>(platform), socket, file, offset, count);
  }
};

}  // namespace sim
