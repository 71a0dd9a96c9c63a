// The code under test for exploration. This file alone is compiled with instrumentation, and its
// object shows nothing but explored_code(): see CMakeLists.txt.

#include "sim/explored/explored_platform.hpp"
#include "sim/world/instantiate_aio.hpp"

namespace sim {

static_assert(kev::AioPlatform<ExploredPlatform>);
static_assert(kev::NaioPlatform<ExploredPlatform>);

namespace {

class ExploredCode final : public CodeFor<ExploredPlatform> {
 public:
  [[nodiscard]] const AioCode* aio() const override { return &aio_; }

 private:
  AioCodeFor<ExploredPlatform> aio_;
};

}  // namespace

const CodeUnderTest& explored_code() {
  static const ExploredCode code;
  return code;
}

}  // namespace sim
