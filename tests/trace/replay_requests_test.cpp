// How connections and requests are rebuilt from the calls on one connection.

#include <catch2/catch.hpp>

#include "tests/trace/capture.hpp"

using sim::ReplayConnection;
using sim::ReplayPlan;
using sim::ReplayRequest;
using trace_test::at_ms;
using trace_test::Capture;

namespace {

const char* const accepted =
    R"(accept4(3<TCP:[a:1]>, {sa_family=AF_INET}, [16], 0) = 5<TCP:[a:1->b:9]> <0.000010>)";
const char* const opened = R"(openat(AT_FDCWD</>, "/srv/a", O_RDONLY) = 6</srv/a> <0.000010>)";
const char* const status =
    R"(newfstatat(6</srv/a>, "", {st_mode=S_IFREG|0644, st_size=1000, ...}, 0) = 0)";
const char* const asked =
    R"(recvfrom(5<TCP:[a:1->b:9]>, "GET /a HTTP/1.1\r\n"..., 1024, 0, NULL, NULL) = 47 <0.000010>)";
const char* const header =
    R"(writev(5<TCP:[a:1->b:9]>, [{iov_base="HTTP/1.1 200 OK", iov_len=200}], 1) = 200 <0.000010>)";
const char* const whole_body =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [1000], 1000) = 1000 <0.000010>)";
const char* const first_part =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [400], 1000) = 400 <0.000010>)";
const char* const socket_full =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [400], 600) = -1 EAGAIN (Try again) <0.000010>)";
const char* const last_part =
    R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [400] => [1000], 600) = 600 <0.000010>)";
const char* const peer_closed =
    R"(recvfrom(5<TCP:[a:1->b:9]>, "", 1024, 0, NULL, NULL) = 0 <0.000010>)";
const char* const file_closed = R"(close(6</srv/a>) = 0 <0.000010>)";
const char* const closed = R"(close(5<TCP:[a:1->b:9]>) = 0 <0.000010>)";

ReplayPlan plan_of(std::initializer_list<const char*> lines) {
  Capture capture;
  for (const char* line : lines) capture.line(line);
  return capture.plan();
}

// The requests of the only connection.
std::vector<ReplayRequest> requests_of(std::initializer_list<const char*> lines) {
  const ReplayPlan plan = plan_of(lines);
  CHECK(plan.unmatched.empty());
  REQUIRE(plan.connections.size() == 1);
  return plan.connections[0].requests;
}

}  // namespace

TEST_CASE("a request is answered by header and file") {
  const ReplayPlan plan = plan_of(
      {accepted, asked, opened, status, header, whole_body, file_closed, peer_closed, closed});
  REQUIRE(plan.files.size() == 1);
  CHECK(plan.files[0].path == "/srv/a");
  CHECK(plan.files[0].size == 1000);
  REQUIRE(plan.connections.size() == 1);
  const ReplayConnection& connection = plan.connections[0];
  CHECK(connection.opened == kev::Instant(10'000));
  CHECK(connection.closed == at_ms(8));
  CHECK(connection.closed_by_peer);
  REQUIRE(connection.requests.size() == 1);
  const ReplayRequest& request = connection.requests[0];
  CHECK(request.file == 0);
  CHECK(request.offset == 0);
  CHECK(request.length == 1000);
  CHECK(request.request_bytes == 47);
  CHECK(request.header_bytes == 200);
  CHECK(request.arrived == at_ms(1) + kev::Duration(10'000));
  CHECK(request.finished == at_ms(5) + kev::Duration(10'000));
  CHECK(request.sendfile_calls == 1);
  CHECK_FALSE(request.cut_short);
  CHECK(plan.calls == 9);
  CHECK(plan.calls_matched == 9);
}

TEST_CASE("a connection without a request is a connection") {
  const ReplayPlan plan = plan_of({accepted, peer_closed, closed});
  REQUIRE(plan.connections.size() == 1);
  CHECK(plan.connections[0].requests.empty());
  CHECK(plan.connections[0].closed_by_peer);
  CHECK(plan.calls_matched == 3);
}

TEST_CASE("partial sends and waiting for the socket belong to one request") {
  const auto requests =
      requests_of({accepted, asked, opened, status, header, first_part, socket_full, last_part});
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].length == 1000);
  CHECK(requests[0].sendfile_calls == 3);
  CHECK_FALSE(requests[0].cut_short);
}

TEST_CASE("a body that stops before its end is cut short") {
  const auto after_eagain =
      requests_of({accepted, asked, opened, status, header, first_part, socket_full, closed});
  CHECK(after_eagain.at(0).length == 400);
  CHECK(after_eagain.at(0).cut_short);
  const auto after_part =
      requests_of({accepted, asked, opened, status, header, first_part, closed});
  CHECK(after_part.at(0).cut_short);
}

TEST_CASE("a file that is shorter than what was asked for is not cut short") {
  const char* const asks_for_more =
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0] => [1000], 4096) = 1000 <0.000010>)";
  const char* const finds_end =
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [1000], 3096) = 0 <0.000010>)";
  CHECK_FALSE(requests_of({accepted, asked, opened, status, asks_for_more}).at(0).cut_short);
  const auto without_stat = requests_of({accepted, asked, opened, asks_for_more, finds_end});
  CHECK_FALSE(without_stat.at(0).cut_short);
  CHECK(without_stat.at(0).sendfile_calls == 2);
}

TEST_CASE("reads before anything is written are one request") {
  const auto requests =
      requests_of({accepted, asked, asked, opened, status, header, whole_body, asked, header});
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].request_bytes == 94);
  CHECK(requests[0].arrived == at_ms(1) + kev::Duration(10'000));
  CHECK(requests[1].request_bytes == 47);
}

TEST_CASE("a response that is only written has no file") {
  const auto requests = requests_of({accepted, asked, header, header, asked, header});
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].file == -1);
  CHECK(requests[0].length == 0);
  CHECK(requests[0].header_bytes == 400);
  CHECK(requests[1].header_bytes == 200);
}

TEST_CASE("a request that is never answered is kept") {
  const auto requests = requests_of({accepted, asked, closed});
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].header_bytes == 0);
  CHECK(requests[0].finished == requests[0].arrived);
}

TEST_CASE("a second response without new data is a request without bytes") {
  const auto requests = requests_of(
      {accepted, asked, opened, status, header, whole_body, header, whole_body, whole_body});
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].request_bytes == 0);
  CHECK(requests[1].header_bytes == 200);
  CHECK(requests[1].length == 1000);
  CHECK(requests[2].header_bytes == 0);
  CHECK(requests[2].length == 1000);
}

TEST_CASE("a request read while the response before is under way leaves that response whole") {
  const auto requests = requests_of(
      {accepted, asked, opened, status, header, first_part, asked, last_part, header, whole_body});
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].length == 1000);
  CHECK_FALSE(requests[0].cut_short);
  CHECK(requests[1].header_bytes == 200);
  CHECK(requests[1].length == 1000);
}

TEST_CASE("sends from the file's position follow reads, seeks and sends") {
  const char* const sends_here =
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, NULL, 100) = 100 <0.000010>)";
  const char* const reads = R"(read(6</srv/a>, "x"..., 300) = 300 <0.000010>)";
  const char* const seeks = R"(lseek(6</srv/a>, 700, SEEK_SET) = 700 <0.000010>)";
  const auto requests = requests_of(
      {accepted, opened, status, reads, asked, sends_here, sends_here, seeks, asked, sends_here});
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].offset == 300);
  CHECK(requests[0].length == 200);
  CHECK(requests[1].offset == 700);
}

TEST_CASE("a lost peer is seen in every call that can tell") {
  const char* const tellers[] = {
      R"(recvfrom(5<TCP:[a:1->b:9]>, 0x7f, 1024, 0, NULL, NULL) = -1 ECONNRESET (Reset))",
      R"(writev(5<TCP:[a:1->b:9]>, [{iov_base="HTTP", iov_len=4}], 1) = -1 EPIPE (Broken pipe))",
      R"(sendfile(5<TCP:[a:1->b:9]>, 6</srv/a>, [0], 1000) = -1 EPIPE (Broken pipe))",
      R"(getsockopt(5<TCP:[a:1->b:9]>, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0 <0.000010>)",
  };
  CHECK_FALSE(plan_of({accepted, asked, opened, closed}).connections.at(0).closed_by_peer);
  for (const char* const teller : tellers) {
    CAPTURE(teller);
    const ReplayPlan plan = plan_of({accepted, asked, opened, teller, closed});
    CHECK(plan.connections.at(0).closed_by_peer);
    CHECK(plan.unmatched.empty());
  }
  const ReplayPlan no_error =
      plan_of({accepted,
               R"(getsockopt(5<TCP:[a:1->b:9]>, SOL_SOCKET, SO_ERROR, [0], [4]) = 0 <0.000010>)"});
  CHECK_FALSE(no_error.connections.at(0).closed_by_peer);
}

TEST_CASE("calls that carry nothing do not make requests") {
  const ReplayPlan plan = plan_of({
      accepted,
      R"(recvfrom(5<TCP:[a:1->b:9]>, "G", 1, MSG_PEEK, NULL, NULL) = 1 <0.000010>)",
      R"(recvfrom(5<TCP:[a:1->b:9]>, 0x7f, 1024, 0, NULL, NULL) = -1 EAGAIN (Try again))",
      R"(read(5<TCP:[a:1->b:9]>, "", 0) = 0 <0.000010>)",
      R"(read(5<TCP:[a:1->b:9]>, 0x7f, 10) = ? ERESTARTSYS (To be restarted) <0.000010>)",
      R"(accept4(3<TCP:[a:1]>, 0x7f, [16], 0) = -1 EAGAIN (Try again))",
  });
  CHECK(plan.unmatched.empty());
  CHECK(plan.calls_ignored == 5);
  CHECK(plan.connections.at(0).requests.empty());
  CHECK_FALSE(plan.connections.at(0).closed_by_peer);
}

TEST_CASE("a connection that is never closed lasts to the end of the capture") {
  const ReplayPlan plan = plan_of({accepted, asked, header, "getpid() = 100 <0.000010>"});
  CHECK(plan.connections.at(0).closed == at_ms(3));
  CHECK_FALSE(plan.connections.at(0).closed_by_peer);
}

TEST_CASE("the send buffer is what the listening or accepted socket was given") {
  const auto buffer = [](const char* socket, const char* option) {
    Capture capture;
    capture.line(socket).line(option);
    return capture.plan().send_buffer_bytes;
  };
  const char* const tcp =
      R"(socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3<TCP:[77]> <0.000010>)";
  const char* const udp = R"(socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3<UDP:[77]> <0.000010>)";
  const char* const set =
      R"(setsockopt(3<TCP:[77]>, SOL_SOCKET, SO_SNDBUF, [131072], 4) = 0 <0.000010>)";
  CHECK(buffer(tcp, set) == 131072);
  CHECK(buffer(tcp, R"(setsockopt(3<TCP:[77]>, SOL_SOCKET, SO_RCVBUF, [131072], 4) = 0)") == 0);
  CHECK(buffer(tcp,
               R"(setsockopt(3<TCP:[77]>, SOL_SOCKET, SO_SNDBUF, [131072], 4) = -1 EPERM (No))") ==
        0);
  CHECK(buffer(udp, R"(setsockopt(3<UDP:[77]>, SOL_SOCKET, SO_SNDBUF, [131072], 4) = 0)") == 0);

  const ReplayPlan local =
      Capture()
          .line("socket(AF_UNIX, SOCK_STREAM, 0) = 3 <0.000010>")
          .line("listen(3, 511) = 0 <0.000010>")
          .line("setsockopt(3, SOL_SOCKET, SO_SNDBUF, [4096], 4) = 0 <0.000010>")
          .plan();
  CHECK(local.send_buffer_bytes == 4096);
}

TEST_CASE("clock steps do not turn the order of events around") {
  const auto plan = sim::plan_from_text(
      "1 100.0 accept(3, NULL, NULL) = 5 <0.000010>\n"
      "1 190.0 read(5, \"a\", 10) = 1 <0.000010>\n"
      "1 120.0 write(5, \"b\", 1) = 1 <0.000010>\n"
      "1 119.0 read(5, \"a\", 10) = 1 <0.000010>\n"
      "1 110.0 close(5) = 0 <0.000010>\n",
      "steps");
  REQUIRE(plan.has_value());
  const ReplayConnection& connection = plan->connections.at(0);
  REQUIRE(connection.requests.size() == 2);
  CHECK(connection.opened <= connection.requests[0].arrived);
  CHECK(connection.requests[0].arrived <= connection.requests[0].finished);
  CHECK(connection.requests[0].arrived <= connection.requests[1].arrived);
  CHECK(connection.requests[1].finished <= connection.closed);
}
