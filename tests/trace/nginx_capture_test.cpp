// The importer on the whole of a real capture: nginx serving files, against nginx's own access log.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/trace/gzip_reader.hpp"
#include "tests/trace/capture.hpp"

using sim::ReplayConnection;
using sim::ReplayPlan;
using sim::ReplayRequest;

namespace {

struct LoggedRequest {
  std::string path;
  std::int64_t bytes = 0;
  auto operator<=>(const LoggedRequest&) const = default;
};

ReplayPlan load_plan() {
  auto plan = sim::plan_from_strace(KEVSIM_SOURCE_DIR "/traces/nginx-sendfile.strace.gz");
  REQUIRE(plan.has_value());
  return std::move(*plan);
}

// 127.0.0.1 - - [23/Nov/2026:01:42:11 +0000] "GET /f0.bin HTTP/1.1" 200 53248 "-" "-"
std::vector<LoggedRequest> load_log() {
  std::vector<LoggedRequest> log;
  auto reader = sim::GzipReader::open(KEVSIM_SOURCE_DIR "/traces/nginx-access.log.gz");
  REQUIRE(reader.has_value());
  std::string_view line;
  while (reader->next(line) == sim::GzipReader::Got::line) {
    const std::size_t path = line.find("GET ") + 4;
    const std::size_t path_end = line.find(' ', path);
    const std::size_t bytes = line.find("\" 200 ") + 6;
    log.push_back({std::string(line.substr(path, path_end - path)),
                   std::stoll(std::string(line.substr(bytes, line.find(' ', bytes) - bytes)))});
  }
  return log;
}

// All requests of all connections, in the order in which their responses ended.
std::vector<ReplayRequest> finished_order(const ReplayPlan& plan) {
  std::vector<ReplayRequest> requests;
  for (const ReplayConnection& connection : plan.connections)
    requests.insert(requests.end(), connection.requests.begin(), connection.requests.end());
  std::sort(requests.begin(), requests.end(),
            [](const auto& a, const auto& b) { return a.finished < b.finished; });
  return requests;
}

LoggedRequest logged(const ReplayPlan& plan, const ReplayRequest& request) {
  const std::string& path = plan.files.at(static_cast<std::size_t>(request.file)).path;
  const std::string_view root = "/srv/www";
  REQUIRE(path.starts_with(root));
  return {path.substr(root.size()), request.length};
}

using Rows = std::map<std::pair<std::string, std::string>, std::int64_t>;

Rows rows(const std::vector<sim::CallCount>& counts) {
  Rows result;
  for (const sim::CallCount& row : counts) result[{row.call, row.reason}] = row.count;
  return result;
}

}  // namespace

TEST_CASE("nginx: connections, files and send buffer") {
  const ReplayPlan plan = load_plan();
  REQUIRE(plan.connections.size() == 9);
  CHECK(plan.files.size() == 191);
  CHECK(plan.send_buffer_bytes == 131072);
  CHECK(plan.connections[0].requests.empty());
  for (std::size_t i = 1; i < 9; ++i) CHECK(plan.connections[i].requests.size() > 100);
  for (const ReplayConnection& connection : plan.connections) CHECK(connection.closed_by_peer);
}

TEST_CASE("nginx: every call is placed") {
  const ReplayPlan plan = load_plan();
  CHECK(plan.calls == 10'384);
  CHECK(plan.unmatched.empty());
  CHECK(plan.calls_matched + plan.calls_ignored == plan.calls);
  const Rows expected = {
      {{"accept4", "connection opened"}, 9},
      {{"close", "connection closed"}, 9},
      {{"close", "file sent to a client"}, 953},
      {{"getsockopt", "connection lost"}, 1},
      {{"newfstatat", "file sent to a client"}, 953},
      {{"openat", "file sent to a client"}, 953},
      {{"recvfrom", "closed by the peer"}, 3},
      {{"recvfrom", "request"}, 953},
      {{"sendfile", "connection lost"}, 5},
      {{"sendfile", "response body"}, 2150},
      {{"sendfile", "response body (socket full)"}, 115},
      {{"setsockopt", "send buffer size"}, 1},
      {{"writev", "response written"}, 953},
  };
  CHECK(rows(plan.matched) == expected);
  CHECK(rows(plan.ignored).at({"write", "logging and other file output"}) == 954 - 1);
  CHECK(trace_test::ignored(plan, "epoll_wait") == 159);
}

TEST_CASE("nginx: requests are those of the access log, byte for byte") {
  const ReplayPlan plan = load_plan();
  const std::vector<LoggedRequest> log = load_log();
  const std::vector<ReplayRequest> requests = finished_order(plan);
  REQUIRE(log.size() == 953);
  REQUIRE(requests.size() == 953);

  // Six responses were cut short when the clients left. nginx logged those as it found out, one
  // only after others had ended: they are compared without their order.
  std::vector<LoggedRequest> all;
  std::vector<LoggedRequest> complete;
  for (const ReplayRequest& request : requests) {
    all.push_back(logged(plan, request));
    if (!request.cut_short) complete.push_back(all.back());
  }
  CHECK(complete.size() == 947);
  std::vector<LoggedRequest> log_complete;
  for (const LoggedRequest& line : log) {
    const auto file = std::find_if(plan.files.begin(), plan.files.end(), [&](const auto& it) {
      return it.path == "/srv/www" + line.path;
    });
    REQUIRE(file != plan.files.end());
    if (line.bytes == file->size) log_complete.push_back(line);
  }
  CHECK(complete == log_complete);

  std::vector<LoggedRequest> log_sorted = log;
  std::sort(log_sorted.begin(), log_sorted.end());
  std::sort(all.begin(), all.end());
  CHECK(all == log_sorted);
}

TEST_CASE("nginx: responses are whole files behind a header") {
  const ReplayPlan plan = load_plan();
  std::int64_t sendfile_calls = 0;
  std::int64_t body_bytes = 0;
  for (const ReplayRequest& request : finished_order(plan)) {
    const std::int64_t size = plan.files.at(static_cast<std::size_t>(request.file)).size;
    CHECK(request.offset == 0);
    CHECK(request.cut_short == (request.length < size));
    CHECK(request.length <= size);
    CHECK((request.request_bytes >= 47 && request.request_bytes <= 49));
    CHECK((request.header_bytes >= 242 && request.header_bytes <= 246));
    sendfile_calls += request.sendfile_calls;
    body_bytes += request.length;
  }
  CHECK(sendfile_calls == 2150 + 115 + 5);
  CHECK(body_bytes == 478'436'920);
}

TEST_CASE("nginx: connections are closed loops in time") {
  const ReplayPlan plan = load_plan();
  for (const ReplayConnection& connection : plan.connections) {
    kev::Instant before = connection.opened;
    for (const ReplayRequest& request : connection.requests) {
      CHECK(before < request.arrived);
      CHECK(request.arrived < request.finished);
      before = request.finished;
    }
    CHECK(before < connection.closed);
  }
  // accept4 on line 282 began 1.900718 s after the first line and took 23 us.
  CHECK(plan.connections[0].opened == kev::Instant(1'900'741'000));
}
