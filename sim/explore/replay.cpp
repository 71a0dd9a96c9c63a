#include "sim/explore/replay.hpp"

#include "sim/explore/finding.hpp"
#include "sim/explore/follow.hpp"

namespace sim {

namespace {

constexpr std::string_view prefix = "replay:";

enum class Follows : bool { whole, part };

class Replay final : public Strategy {
 public:
  Replay(std::shared_ptr<const Finding> finding, const Subject& subject,
         std::unique_ptr<Strategy> walk, Follows follows)
      : finding_(std::move(finding)),
        walk_(std::move(walk)),
        follow_(finding_->tape, subject, walk_.get()),
        follows_(follows) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    follow_.begin(seed);
    if (follows_ == Follows::part) follow_.follow_only(random().below(finding_->tape.size() + 1));
  }
  std::uint32_t pick(const Crossroads& at) override { return follow_.pick(at); }
  std::uint32_t choose(ChoiceKind kind, std::uint32_t options, Operation operation) override {
    return follow_.choose(kind, options, operation);
  }
  [[nodiscard]] std::string_view name() const override { return "replay"; }

 private:
  std::shared_ptr<const Finding> finding_;
  std::unique_ptr<Strategy> walk_;
  FollowStrategy follow_;
  Follows follows_;
};

}  // namespace

kev::Result<Strategies> strategies_for(std::string_view text, const Subject& subject) {
  if (!text.starts_with(prefix)) return make_strategies(text);
  kev::Result<Finding> read = read_finding(std::string(text.substr(prefix.size())));
  if (!read) return tl::unexpected<kev::Errors>(read.error());
  const auto finding = std::make_shared<const Finding>(std::move(*read));
  Strategies parts;
  for (const Follows follows : {Follows::whole, Follows::part}) {
    auto walk = make_strategies("random");
    if (!walk) return walk;
    parts.push_back(std::make_unique<Replay>(finding, subject, std::move(walk->front()), follows));
  }
  return parts;
}

}  // namespace sim
