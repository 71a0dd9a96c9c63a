#include "sim/trace/gzip_reader.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sim {

namespace {

constexpr std::size_t chunk_bytes = 256 << 10;
constexpr std::size_t longest_line_bytes = 16 << 20;

struct Foreign {
  std::string_view magic;
  const char* program;
};

constexpr Foreign foreign_formats[] = {
    {"\x28\xb5\x2f\xfd", "zstd"}, {"\xfd\x37zXZ", "xz"}, {"BZh", "bzip2"}, {"PK\x03\x04", "unzip"}};

}  // namespace

void GzipReader::Close::operator()(gzFile_s* file) const {
  gzclose_r(file);
}

GzipReader::GzipReader(std::string path, gzFile_s* file) : path_(std::move(path)), file_(file) {}

kev::Result<GzipReader> GzipReader::open(const std::string& path) {
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr)
    return kev::fail(fmt::format("cannot open: {}", std::strerror(errno == 0 ? ENOMEM : errno)),
                     {path, 0, 0});
  GzipReader reader(path, file);
  if (const kev::Result<bool> filled = reader.fill(); !filled)
    return tl::unexpected<kev::Errors>(filled.error());
  for (const Foreign& format : foreign_formats)
    if (std::string_view(reader.buffer_).starts_with(format.magic))
      return kev::fail("this compression is not understood: only gzip is", {path, 0, 0},
                       fmt::format("unpack it first, with {}", format.program));
  return reader;
}

kev::Result<bool> GzipReader::fill() {
  buffer_.erase(0, at_);
  searched_ -= at_;
  at_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + chunk_bytes);
  const int got = gzread(file_.get(), buffer_.data() + before, chunk_bytes);
  buffer_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  int error = Z_OK;
  const char* const reason = gzerror(file_.get(), &error);
  // Data that ends early is reported together with what there was: give that out first.
  if (error == Z_BUF_ERROR && got > 0) return true;
  if (error == Z_BUF_ERROR)
    return kev::fail(fmt::format("truncated: the gzip data ends early, after {} lines", line_),
                     {path_, 0, 0}, "the file was not copied or recorded completely");
  if (error == Z_ERRNO)
    return kev::fail(fmt::format("cannot read: {}", std::strerror(errno)), {path_, 0, 0});
  if (error != Z_OK || got < 0)
    return kev::fail(fmt::format("damaged gzip data after {} lines: {}", line_, reason),
                     {path_, 0, 0});
  at_end_ = got == 0;
  return true;
}

kev::Result<GzipReader::Got> GzipReader::next(std::string_view& line) {
  while (true) {
    const std::size_t newline = buffer_.find('\n', searched_);
    if (newline != std::string::npos) {
      line = std::string_view(buffer_).substr(at_, newline - at_);
      at_ = newline + 1;
      searched_ = at_;
      ++line_;
      return Got::line;
    }
    searched_ = buffer_.size();
    if (at_end_) break;
    if (buffer_.size() - at_ > longest_line_bytes)
      return kev::fail("a line longer than 16 MiB: not a text trace", {path_, line_ + 1, 1});
    if (const kev::Result<bool> filled = fill(); !filled)
      return tl::unexpected<kev::Errors>(filled.error());
  }
  if (at_ == buffer_.size()) return Got::end;
  line = std::string_view(buffer_).substr(at_);
  at_ = searched_ = buffer_.size();
  ++line_;
  return Got::last_line_without_newline;
}

}  // namespace sim
