#include <catch2/catch.hpp>
#include <cerrno>

#include "sim/ipc/pipe.hpp"
#include "sim/vfs/file_read.hpp"
#include "tests/support/vfs_world.hpp"

using test::VfsWorld;

namespace {

constexpr std::uint64_t page = sim::page_bytes;

struct IntoPipe final : sim::PageTaker {
  explicit IntoPipe(sim::PipeEnd& end) : pipe(end) {}
  long take(sim::Page& what, std::uint32_t offset, std::uint32_t length) override {
    return pipe.put_page(what, offset, length);
  }
  sim::PipeEnd& pipe;
};

/// Takes at most `room` bytes of each part, and writes down what it saw.
struct Sink final : sim::PipeSink {
  long take(const sim::PipePart& part) override {
    const long taken = std::min<long>(room, part.run.length);
    bytes += static_cast<std::uint64_t>(taken);
    pages += part.page != nullptr ? 1 : 0;
    last_more = part.more;
    uptodate = uptodate && (part.page == nullptr || part.page->uptodate());
    return taken;
  }
  long room = 1 << 20;
  std::uint64_t bytes = 0;
  int pages = 0;
  bool last_more = true;
  bool uptodate = true;
};

/// A thread with a file of 40 pages and a pipe.
void with_pipe(VfsWorld& w,
               const std::function<void(sim::RegularFile&, sim::PipeEnd&, sim::PipeEnd&)>& body) {
  sim::Inode& file = w.file(40);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    const auto [reader, writer] = sim::make_pipe(w.kernel, nullptr);
    body(*open, *reader, *writer);
    reader->put();
    writer->put();
    w.sleep(kev::Duration(1'000'000'000));  // what is read ahead comes
    // Nothing holds a page any more.
    w.cache.drain_batches();
    w.cache.invalidate(file);
    CHECK(file.cached_pages() == 0);
    open->put();
  });
  INFO(w.violation());
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
}

long fill(VfsWorld& w, sim::RegularFile& file, sim::PipeEnd& writer, sim::FileRange range) {
  IntoPipe taker(writer);
  return sim::splice_file(w.readahead, file, range, taker);
}

}  // namespace

TEST_CASE("a splice puts pages into a pipe, each in a buffer, and they are read in order") {
  VfsWorld w;
  with_pipe(w, [&](sim::RegularFile& file, sim::PipeEnd& reader, sim::PipeEnd& writer) {
    CHECK(fill(w, file, writer, {1000, 3 * page}) == static_cast<long>(3 * page));
    std::vector<sim::ContentRun> runs;
    CHECK(reader.read(runs, 5000) == 5000);
    CHECK(reader.read(runs, 100'000) == static_cast<long>(3 * page - 5000));
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].source == file.inode().id());
    CHECK(runs[0].offset == 1000);
    CHECK(runs[0].length == 3 * page);
  });
}

TEST_CASE("a pipe holds 16 pages; written bytes do not join a page") {
  VfsWorld w;
  with_pipe(w, [&](sim::RegularFile& file, sim::PipeEnd& reader, sim::PipeEnd& writer) {
    writer.nonblocking = true;
    CHECK(writer.wait_for_room() == static_cast<long>(16 * page));
    CHECK(fill(w, file, writer, {0, 15 * page}) == static_cast<long>(15 * page));
    CHECK(writer.write({7, 0, 100, 0}) == 100);
    CHECK(writer.wait_for_room() == -EAGAIN);
    CHECK(fill(w, file, writer, {15 * page, page}) == -EAGAIN);
    Sink sink;
    CHECK(reader.move(sink, 1 << 20) == static_cast<long>(15 * page + 100));
    CHECK(sink.pages == 15);
    CHECK(sink.uptodate);
    CHECK(sink.last_more);  // the caller has asked for more than there was
    CHECK(writer.wait_for_room() == static_cast<long>(16 * page));
  });
}

TEST_CASE("a sink that takes a part ends the splice, and the rest stays in the pipe") {
  VfsWorld w;
  with_pipe(w, [&](sim::RegularFile& file, sim::PipeEnd& reader, sim::PipeEnd& writer) {
    CHECK(fill(w, file, writer, {0, 2 * page}) == static_cast<long>(2 * page));
    Sink narrow;
    narrow.room = 1000;
    CHECK(reader.move(narrow, 2 * page) == 1000);
    narrow.room = -EPIPE;
    CHECK(reader.move(narrow, 2 * page) == -EPIPE);
    Sink wide;
    CHECK(reader.move(wide, 2 * page - 1000) == static_cast<long>(2 * page - 1000));
    CHECK_FALSE(wide.last_more);
  });
}

TEST_CASE("pages that are read when they leave the pipe are waited for; an error is told") {
  VfsWorld w(test::VfsOptions{.readahead = "none"});
  with_pipe(w, [&](sim::RegularFile& file, sim::PipeEnd& reader, sim::PipeEnd& writer) {
    CHECK(fill(w, file, writer, {0, 2 * page}) == static_cast<long>(2 * page));
    CHECK_FALSE(file.inode().cached(1)->uptodate());
    Sink sink;
    CHECK(reader.move(sink, 2 * page) == static_cast<long>(2 * page));
    CHECK(sink.uptodate);
    w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
    CHECK(fill(w, file, writer, {2 * page, page}) == static_cast<long>(page));
    CHECK(reader.move(sink, page) == -EIO);
    std::vector<sim::ContentRun> runs;
    CHECK(reader.read(runs, 1) == -EIO);
    w.faults.stop();
  });
}

TEST_CASE("without readers nothing can be put in, and what is left goes with the pipe") {
  VfsWorld w;
  with_pipe(w, [&](sim::RegularFile& file, sim::PipeEnd&, sim::PipeEnd&) {
    const auto [reader, writer] = sim::make_pipe(w.kernel, nullptr);
    CHECK(fill(w, file, *writer, {0, 4 * page}) == static_cast<long>(4 * page));
    reader->put();
    CHECK(writer->wait_for_room() == -EPIPE);
    CHECK(fill(w, file, *writer, {0, page}) == -EPIPE);
    writer->put();
  });
}
