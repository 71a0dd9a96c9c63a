#pragma once
// The part of an instantiation of the code under test that file-to-socket designs need; the rest is
// in sim/machine/code_under_test.hpp.

#include <cstdint>
#include <memory>

#include "model/aio/naio.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/net/content.hpp"

namespace sim {

/// model/aio/aio_sendfile.hpp.
class AioSendfile {
 public:
  AioSendfile() = default;
  virtual ~AioSendfile() = default;
  AioSendfile(const AioSendfile&) = delete;
  AioSendfile& operator=(const AioSendfile&) = delete;
  virtual std::int64_t submit(KeventQueue& queue, int socket, int file, std::int64_t offset,
                              std::int64_t count, std::uint64_t user, const ContentRun& header) = 0;
};

/// model/aio/naio.hpp.
class NetworkAio {
 public:
  NetworkAio() = default;
  virtual ~NetworkAio() = default;
  NetworkAio(const NetworkAio&) = delete;
  NetworkAio& operator=(const NetworkAio&) = delete;
  virtual int submit(KeventQueue& queue, int socket, kev::UserAddress buffer, std::uint32_t bytes,
                     kev::NaioDirection direction) = 0;
};

class AioCode {
 public:
  virtual ~AioCode() = default;

  // `platform` is of the type that the code was compiled for. `threads`: of the kernel's pool.
  virtual std::unique_ptr<AioSendfile> make_sendfile(SimPlatform& platform, int threads) const = 0;
  virtual std::unique_ptr<NetworkAio> make_naio(SimPlatform& platform) const = 0;
  /// SyncSendfile::send.
  virtual std::int64_t sendfile(SimPlatform& platform, FileObject& socket, FileObject& file,
                                std::int64_t offset, std::int64_t count) const = 0;
};

const AioCode& aio_code(const SimPlatform& platform);

}  // namespace sim
