// Which request advice about a file goes with.

#include <catch2/catch.hpp>

#include "tests/trace/capture.hpp"

using sim::ReplayAdvice;
using sim::ReplayPlan;
using trace_test::Capture;
using trace_test::ignored;
using trace_test::matched;
using Kind = sim::ReplayAdvice::Kind;

namespace {

const char* const accepted =
    R"(accept4(3<TCP:[a:1]>, {sa_family=AF_INET}, [16], 0) = 5<TCP:[a:1->b:9]> <0.000010>)";
const char* const opened = R"(openat(AT_FDCWD</>, "/srv/a", O_RDONLY) = 6</srv/a> <0.000010>)";
const char* const asked =
    R"(recvfrom(5<TCP:[a:1->b:9]>, "GET /a HTTP/1.1"..., 1024, 0, NULL, NULL) = 47 <0.000010>)";
const char* const header =
    R"(writev(5<TCP:[a:1->b:9]>, [{iov_base="HTTP/1.1 200 OK", iov_len=200}], 1) = 200 <0.000010>)";
const char* const first_part =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [400], 1000) = 400 <0.000010>)";
const char* const last_part =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [400] => [1000], 600) = 600 <0.000010>)";

ReplayPlan plan_of(std::initializer_list<const char*> lines) {
  Capture capture;
  for (const char* line : lines) capture.line(line);
  return capture.plan();
}

struct Told {
  Kind kind;
  std::int64_t offset, count, after;
  friend bool operator==(const Told&, const Told&) = default;
};

std::vector<Told> told(const sim::ReplayRequest& request) {
  std::vector<Told> result;
  for (const ReplayAdvice& advice : request.advice)
    result.push_back({advice.kind, advice.offset, advice.count, advice.after});
  return result;
}

}  // namespace

TEST_CASE("advice goes with the request that the file is sent for, at its place in the body") {
  const ReplayPlan plan = plan_of({
      accepted,
      asked,
      opened,
      "fadvise64(6</srv/a>, 0, 0, POSIX_FADV_SEQUENTIAL) = 0 <0.000010>",
      "fadvise64(6</srv/a>, 0, 1000, POSIX_FADV_WILLNEED) = 0 <0.000010>",
      header,
      first_part,
      "readahead(6</srv/a>, 400, 600) = 0 <0.000010>",
      last_part,
      "fadvise64(6</srv/a>, 0, 1000, POSIX_FADV_DONTNEED) = 0 <0.000010>",
      "close(6</srv/a>) = 0 <0.000010>",
  });
  CHECK(plan.unmatched.empty());
  REQUIRE(plan.connections[0].requests.size() == 1);
  CHECK(told(plan.connections[0].requests[0]) ==
        std::vector<Told>{{Kind::sequential, 0, 0, 0},
                          {Kind::will_need, 0, 1000, 0},
                          {Kind::readahead, 400, 600, 400},
                          {Kind::dont_need, 0, 1000, 1000}});
  CHECK(matched(plan, "fadvise64") == 3);
  CHECK(matched(plan, "readahead") == 1);
}

TEST_CASE("how a descriptor is read is told for each request on it, what pages are needed once") {
  const ReplayPlan plan = plan_of({
      accepted,
      opened,
      "fadvise64(6</srv/a>, 0, 0, POSIX_FADV_RANDOM) = 0 <0.000010>",
      "fadvise64(6</srv/a>, 0, 500, POSIX_FADV_WILLNEED) = 0 <0.000010>",
      asked,
      header,
      first_part,
      last_part,
      asked,
      header,
      first_part,
      last_part,
  });
  const auto& requests = plan.connections[0].requests;
  REQUIRE(requests.size() == 2);
  CHECK(told(requests[0]) ==
        std::vector<Told>{{Kind::random, 0, 0, 0}, {Kind::will_need, 0, 500, 0}});
  CHECK(told(requests[1]) == std::vector<Told>{{Kind::random, 0, 0, 0}});
  CHECK(matched(plan, "fadvise64") == 2);
}

TEST_CASE("pages may be asked for through another descriptor of the file, its reading may not") {
  const ReplayPlan plan = plan_of({
      accepted,
      asked,
      R"(openat(AT_FDCWD</>, "/srv/a", O_RDONLY) = 7</srv/a> <0.000010>)",
      "readahead(7</srv/a>, 0, 1000) = 0 <0.000010>",
      "fadvise64(7</srv/a>, 0, 0, POSIX_FADV_RANDOM) = 0 <0.000010>",
      opened,
      header,
      first_part,
      last_part,
  });
  CHECK(told(plan.connections[0].requests[0]) == std::vector<Told>{{Kind::readahead, 0, 1000, 0}});
  CHECK(matched(plan, "readahead") == 1);
  CHECK(ignored(plan, "fadvise64") == 1);
}

TEST_CASE("advice that was refused, or is about what is not sent, is ignored") {
  const ReplayPlan plan = plan_of({
      accepted,
      asked,
      opened,
      "fadvise64(6</srv/a>, 0, 0, POSIX_FADV_WILLNEED) = -1 EINVAL (Invalid argument) <0.000010>",
      R"(openat(AT_FDCWD</>, "/srv/b", O_RDONLY) = 7</srv/b> <0.000010>)",
      "readahead(7</srv/b>, 0, 1000) = 0 <0.000010>",
      "fadvise64(9<pipe:[7]>, 0, 0, POSIX_FADV_WILLNEED) = 0 <0.000010>",
      header,
      first_part,
      last_part,
      "fadvise64(6</srv/a>, 0, 0, 0x9 /* POSIX_FADV_??? */) = 0 <0.000010>",
  });
  CHECK(plan.connections[0].requests[0].advice.empty());
  CHECK(ignored(plan, "fadvise64") == 2);
  CHECK(ignored(plan, "readahead") == 1);
  REQUIRE(plan.unmatched.size() == 1);
  CHECK_FALSE(plan.unmatched[0].workload);
}
