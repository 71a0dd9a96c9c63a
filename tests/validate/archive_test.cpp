#include "sim/validate/archive.hpp"

#include <catch2/catch.hpp>

#include "tests/validate/reference_folder.hpp"

using test::ReferenceFolder;

TEST_CASE("a compressed archive gives its files by name, without folders") {
  const auto files = sim::read_archive(KEVSIM_SOURCE_DIR "/traces/golden/readahead/2.6.18.tar.xz");
  REQUIRE(files);
  REQUIRE(files->size() == 171);
  CHECK(files->front().name == "k2618-ra0-back1.txt");
  CHECK(files->back().name == "k2618-ra64-thrash.txt");
  CHECK(files->front().text.find("read p=16383 n=1 new: [16383,16384)n=1") != std::string::npos);
}

TEST_CASE("a folder is as good as an archive") {
  const ReferenceFolder folder("plain-folder");
  folder.write("b.txt", "second");
  folder.write("a.txt", "first");
  folder.write("empty.txt", "");
  folder.write("below/c.txt", "not this one");
  const auto files = sim::read_archive(folder.path());
  REQUIRE(files);
  REQUIRE(files->size() == 3);
  CHECK((*files)[0].text == "first");
  CHECK((*files)[1].text == "second");
  CHECK((*files)[2].text.empty());
}

TEST_CASE("what is no archive is told with its name") {
  const ReferenceFolder folder("no-archive");
  folder.write("6.1.tar.xz", "certainly not an archive");
  for (const std::string name : {"/6.1.tar.xz", "/missing.tar.xz"}) {
    const auto files = sim::read_archive(folder.path() + name);
    REQUIRE_FALSE(files);
    CHECK(files.error().front().place.file == folder.path() + name);
    CHECK(files.error().front().message.starts_with("cannot be read: "));
  }
}

TEST_CASE("a file that is not there is told in the system's words") {
  const ReferenceFolder folder("not-there");
  const auto archive = sim::read_archive(folder.path() + "/missing.tar.xz");
  const auto file = sim::read_maybe_compressed(folder.path() + "/missing.txt");
  REQUIRE_FALSE(archive);
  REQUIRE_FALSE(file);
  CHECK(archive.error().front().message == "cannot be read: No such file or directory");
  CHECK(file.error().front().message == "cannot be read: No such file or directory");
}
