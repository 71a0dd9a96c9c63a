#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/trace/recorder.hpp"

namespace {

namespace fs = std::filesystem;

struct TempFolder {
  fs::path path;
  /// Other cases may run at the same time.
  explicit TempFolder(const std::string& name)
      : path(fs::path(KEVSIM_BINARY_DIR) / "recorder_test" / name) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~TempFolder() { fs::remove_all(path); }
};

std::string content(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::uint64_t record(sim::Recorder& recorder) {
  recorder.name(3, "kaio/\"0\"");
  recorder.set_context(3);
  recorder.emit(sim::Ev::kevent_ready, 1, 9, 7, 2);
  recorder.set_context(0);
  recorder.emit(sim::Ev::thread_exit, 3);
  return recorder.fingerprint();
}

}  // namespace

TEST_CASE("a trace has a header and one line an event, with the fields of its kind") {
  const TempFolder folder("lines");
  const fs::path path = folder.path / "t.ktrace";
  sim::Engine engine;
  sim::Recorder recorder(engine);
  REQUIRE(recorder.open(path.string(), 7, "a \"quoted\" name").has_value());
  record(recorder);
  CHECK_FALSE(fs::exists(path));  // not before it is complete
  REQUIRE(recorder.close().has_value());
  CHECK(content(path) ==
        "{\"ktrace\":1,\"seed\":7,\"scenario\":\"a \\\"quoted\\\" name\"}\n"
        "{\"name\":3,\"is\":\"kaio/\\\"0\\\"\"}\n"
        "{\"t\":0,\"cx\":3,\"ev\":\"kevent.ready\",\"queue\":1,\"kind\":9,\"id\":7,\"flags\":2}\n"
        "{\"t\":0,\"cx\":0,\"ev\":\"thread.exit\",\"thread\":3}\n");
}

TEST_CASE("the fingerprint is that of the events, whether or not they are written") {
  const TempFolder folder("fingerprint");
  sim::Engine engine;
  sim::Recorder written(engine);
  REQUIRE(written.open((folder.path / "t.ktrace").string(), 1, "x").has_value());
  sim::Recorder unwritten(engine);
  CHECK(record(written) == record(unwritten));
  sim::Recorder other(engine);
  other.emit(sim::Ev::thread_exit, 4);
  CHECK(other.fingerprint() != unwritten.fingerprint());
}

TEST_CASE("a trace that is not completed leaves nothing, and one that cannot be opened says why") {
  const TempFolder folder("incomplete");
  sim::Engine engine;
  {
    sim::Recorder recorder(engine);
    REQUIRE(recorder.open((folder.path / "t.ktrace").string(), 1, "x").has_value());
    record(recorder);
  }
  CHECK(fs::is_empty(folder.path));
  sim::Recorder recorder(engine);
  const auto opened = recorder.open((folder.path / "no" / "t.ktrace").string(), 1, "x");
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().front().message.find("No such file or directory") != std::string::npos);
}

TEST_CASE("a trace into a link is written where the link points, and the link stays") {
  const TempFolder folder("link");
  const fs::path link = folder.path / "link.ktrace";
  const fs::path target = folder.path / "target.ktrace";
  fs::create_symlink(target, link);
  sim::Engine engine;
  sim::Recorder recorder(engine);
  REQUIRE(recorder.open(link.string(), 1, "x").has_value());
  record(recorder);
  REQUIRE(recorder.close().has_value());
  CHECK(fs::is_symlink(link));
  CHECK(content(target).find("kevent.ready") != std::string::npos);
}

TEST_CASE("a trace into a device that is full says so and leaves the device alone") {
  const TempFolder folder("full");
  const fs::path link = folder.path / "full.ktrace";  // a bug here must not cost the machine's own
  fs::create_symlink("/dev/full", link);
  sim::Engine engine;
  sim::Recorder recorder(engine);
  REQUIRE(recorder.open(link.string(), 1, "x").has_value());
  record(recorder);
  const auto closed = recorder.close();
  REQUIRE_FALSE(closed.has_value());
  CHECK(closed.error().front().message.find("No space left on device") != std::string::npos);
  CHECK(fs::is_character_file(link));
}
