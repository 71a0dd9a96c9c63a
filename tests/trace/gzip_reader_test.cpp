#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <cstdio>
#include <string>
#include <vector>

#include "sim/trace/gzip_reader.hpp"
#include "sim/trace/replay_plan.hpp"

namespace {

// A file in the build tree, named after its test, removed at the end of it.
class File {
 public:
  File(const std::string& name, const std::string& content)
      : path_(fmt::format("{}/gzip_reader_{}", KEVSIM_BINARY_DIR, name)) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
    REQUIRE(std::fclose(file) == 0);
  }
  ~File() { std::remove(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Lines {
  std::vector<std::string> lines;
  bool last_is_open = false;
  std::string error;
};

Lines read_lines(const std::string& path) {
  Lines result;
  auto reader = sim::GzipReader::open(path);
  if (!reader) {
    result.error = reader.error().at(0).message;
    return result;
  }
  std::string_view line;
  while (true) {
    const auto got = reader->next(line);
    if (!got) {
      result.error = got.error().at(0).message;
      CHECK(got.error().at(0).place.file == path);
      return result;
    }
    if (*got == sim::GzipReader::Got::end) return result;
    result.lines.emplace_back(line);
    result.last_is_open = *got == sim::GzipReader::Got::last_line_without_newline;
  }
}

// Long enough for several buffers.
std::string many_lines() {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += fmt::format("line {} of a long text\n", i);
  return text;
}

}  // namespace

TEST_CASE("plain text and gzip read the same, whatever the name says") {
  const std::string text = many_lines();
  const File plain("plain.gz", text);
  const File packed("packed.txt", gzip(text));
  const Lines from_plain = read_lines(plain.path());
  const Lines from_packed = read_lines(packed.path());
  CHECK(from_plain.error.empty());
  CHECK(from_packed.error.empty());
  REQUIRE(from_plain.lines.size() == 60'000);
  CHECK(from_plain.lines[59'999] == "line 59999 of a long text");
  CHECK(from_plain.lines == from_packed.lines);
  CHECK_FALSE(from_plain.last_is_open);
}

TEST_CASE("several gzip parts in one file are one text") {
  const File file("parts", gzip("a\nb\n") + gzip("c\n"));
  CHECK(read_lines(file.path()).lines == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a last line without newline is told apart") {
  const File open("open", "a\nb");
  CHECK(read_lines(open.path()).lines == std::vector<std::string>{"a", "b"});
  CHECK(read_lines(open.path()).last_is_open);
  const File empty("empty", "");
  CHECK(read_lines(empty.path()).lines.empty());
  CHECK(read_lines(empty.path()).error.empty());
}

TEST_CASE("truncated gzip data is an error, after the lines that are there") {
  const std::string packed = gzip(many_lines());
  const File file("truncated", packed.substr(0, packed.size() / 2));
  const Lines result = read_lines(file.path());
  CHECK(result.lines.size() > 1000);
  CHECK_THAT(result.error, Catch::Contains("truncated"));
  CHECK_THAT(result.error, Catch::Contains(fmt::format("after {} lines", result.lines.size())));

  const File without_trailer("trailer", packed.substr(0, packed.size() - 4));
  CHECK_THAT(read_lines(without_trailer.path()).error, Catch::Contains("truncated"));
  CHECK(read_lines(without_trailer.path()).lines.size() == 60'000);
}

TEST_CASE("damaged gzip data is an error") {
  std::string packed = gzip(many_lines());
  packed[packed.size() - 6] ^= 0x40;  // in the checksum
  const File file("damaged", packed);
  CHECK_THAT(read_lines(file.path()).error, Catch::Contains("damaged"));
}

TEST_CASE("what cannot be read says why") {
  CHECK_THAT(read_lines("/no/such/trace").error, Catch::Contains("No such file"));
  CHECK_THAT(read_lines(KEVSIM_BINARY_DIR).error, Catch::Contains("directory"));
  const File zstd("zstd", "\x28\xb5\x2f\xfdxxxx");
  CHECK_THAT(read_lines(zstd.path()).error, Catch::Contains("compression"));
  const File endless("endless", std::string(20 << 20, 'x'));
  CHECK_THAT(read_lines(endless.path()).error, Catch::Contains("16 MiB"));
}

TEST_CASE("errors of the file come out of plan_from_strace") {
  const auto missing = sim::plan_from_strace("/no/such/trace");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().at(0).place.file == "/no/such/trace");

  const File empty("plan_empty", "");
  const auto nothing = sim::plan_from_strace(empty.path());
  REQUIRE_FALSE(nothing.has_value());
  CHECK_THAT(nothing.error().at(0).message, Catch::Contains("empty"));

  std::string noise;
  for (int i = 0; i < 4096; ++i) noise += static_cast<char>((i * 37 + i / 7) & 0xff);
  const File garbage("plan_garbage", noise);
  const auto refused = sim::plan_from_strace(garbage.path());
  REQUIRE_FALSE(refused.has_value());
  CHECK_THAT(refused.error().at(0).message, Catch::Contains("not an strace capture"));
  CHECK(refused.error().at(0).place.line == 1);

  const std::string packed = gzip("7 10.0 getpid() = 7 <0.000010>\n");
  const File truncated("plan_truncated", packed.substr(0, packed.size() - 5));
  const auto cut = sim::plan_from_strace(truncated.path());
  REQUIRE_FALSE(cut.has_value());
  CHECK_THAT(cut.error().at(0).message, Catch::Contains("truncated"));
}
