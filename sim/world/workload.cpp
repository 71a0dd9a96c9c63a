#include "sim/world/workload.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sim {

namespace {

// What wrk sends and what nginx 1.22 answers with, measured in traces/nginx-sendfile.strace.gz.
constexpr std::int64_t typical_request_bytes = 48;
constexpr std::int64_t typical_header_bytes = 244;

/// uniform | sequential | zipf:EXPONENT
class Popularity {
 public:
  Popularity(const std::string& text, std::int64_t files, Random random)
      : files_(static_cast<std::uint64_t>(files)), random_(random) {
    constexpr std::string_view zipf = "zipf:";
    sequential_ = text == "sequential";
    if (!text.starts_with(zipf)) return;
    double exponent = 0;
    std::from_chars(text.data() + zipf.size(), text.data() + text.size(), exponent);
    zipf_ = std::make_unique<Zipf>(files_, exponent);
  }
  int pick() {
    if (sequential_) return static_cast<int>(turn_++ % files_);
    const std::uint64_t rank = zipf_ != nullptr ? zipf_->sample(random_) : random_.below(files_);
    return static_cast<int>(rank);
  }

 private:
  std::uint64_t files_;
  Random random_;
  std::unique_ptr<Zipf> zipf_;
  bool sequential_ = false;
  std::uint64_t turn_ = 0;
};

class FileServer final : public RequestSource {
 public:
  FileServer(const WorkloadSpec& spec, const RandomStreams& streams)
      : spec_(spec),
        popularity_(spec.files.popularity, spec.files.count, streams.stream("workload.files")),
        left_(spec.requests) {
    // Clients do not come at one instant: they connect within the first ten milliseconds.
    Random arrivals = streams.stream("workload.arrivals");
    for (std::int64_t i = 0; i < spec.clients; ++i)
      opens_.emplace_back(static_cast<std::int64_t>(arrivals.below(10'000'000)));
  }
  [[nodiscard]] int connections() const override { return static_cast<int>(opens_.size()); }
  [[nodiscard]] kev::Instant opens(int connection) const override {
    return opens_[static_cast<std::size_t>(connection)];
  }
  std::optional<PlannedRequest> next(int) override {
    if (left_ == 0) return std::nullopt;
    --left_;
    PlannedRequest request;
    request.file = popularity_.pick();
    request.length = spec_.files.size_bytes;
    request.request_bytes = typical_request_bytes;
    request.header_bytes = typical_header_bytes;
    return request;
  }
  [[nodiscard]] kev::Duration think_time() const override { return spec_.think_time; }
  [[nodiscard]] std::vector<std::int64_t> file_sizes() const override {
    return std::vector<std::int64_t>(static_cast<std::size_t>(spec_.files.count),
                                     spec_.files.size_bytes);
  }

 private:
  WorkloadSpec spec_;
  Popularity popularity_;
  std::int64_t left_;
  std::vector<kev::Instant> opens_;
};

class Replay final : public RequestSource {
 public:
  Replay(const ReplayPlan& plan, const ReplayOptions& options)
      : plan_(plan), options_(options), next_(plan.connections.size(), 0) {
    // The workload's clock starts when the first connection was accepted.
    for (const ReplayConnection& connection : plan.connections)
      begin_ = std::min(begin_, connection.opened);
  }
  [[nodiscard]] int connections() const override { return static_cast<int>(next_.size()); }
  [[nodiscard]] kev::Instant opens(int connection) const override {
    return at(plan_.connections[static_cast<std::size_t>(connection)].opened);
  }
  std::optional<PlannedRequest> next(int connection) override {
    const auto c = static_cast<std::size_t>(connection);
    const std::vector<ReplayRequest>& requests = plan_.connections[c].requests;
    while (next_[c] < requests.size() && unanswered(requests[next_[c]])) ++next_[c];
    if (next_[c] == requests.size()) return std::nullopt;
    const ReplayRequest& recorded = requests[next_[c]++];
    PlannedRequest request;
    request.file = recorded.file;
    request.offset = recorded.offset;
    request.length = recorded.length;
    request.request_bytes = std::max<std::int64_t>(recorded.request_bytes, 1);
    request.header_bytes = recorded.header_bytes;
    request.not_before = at(recorded.arrived);
    request.advice = recorded.advice;
    return request;
  }
  [[nodiscard]] std::vector<std::int64_t> file_sizes() const override {
    std::vector<std::int64_t> sizes;
    sizes.reserve(plan_.files.size());
    for (const ReplayFile& file : plan_.files) sizes.push_back(file.size);
    return sizes;
  }

 private:
  /// The capture ends before its answer: to ask would be to wait for ever.
  static bool unanswered(const ReplayRequest& request) {
    return request.header_bytes == 0 && request.length == 0;
  }
  [[nodiscard]] kev::Instant at(kev::Instant recorded) const {
    if (options_.timing == ReplayTiming::asap) return kev::Instant(0);
    const std::int64_t since = (recorded - begin_).ns();
    if (options_.timing == ReplayTiming::recorded) return kev::Instant(since);
    return kev::Instant(std::llround(static_cast<double>(since) * options_.factor));
  }

  const ReplayPlan& plan_;
  ReplayOptions options_;
  kev::Instant begin_ = kev::Instant::never();
  std::vector<std::size_t> next_;
};

}  // namespace

std::unique_ptr<RequestSource> make_file_server(const WorkloadSpec& spec,
                                                const RandomStreams& streams) {
  return std::make_unique<FileServer>(spec, streams);
}

std::unique_ptr<RequestSource> make_replay(const ReplayPlan& plan, const ReplayOptions& options) {
  return std::make_unique<Replay>(plan, options);
}

}  // namespace sim
