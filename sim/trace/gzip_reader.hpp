#pragma once
// Reads a file by lines, decompressing gzip on the way. Content decides, not the name: without
// gzip's magic bytes the file is taken as it is.
//
// Errors name the file: it cannot be opened or read, its gzip data is damaged or ends early, it is
// compressed with something else, a line is longer than any trace has.

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace sim {

class GzipReader {
 public:
  [[nodiscard]] static kev::Result<GzipReader> open(const std::string& path);

  enum class Got { line, last_line_without_newline, end };
  /// The next line, without its newline, in `line`, which is valid until the next call.
  [[nodiscard]] kev::Result<Got> next(std::string_view& line);

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  GzipReader(std::string path, gzFile_s* file);
  [[nodiscard]] kev::Result<bool> fill();

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::string buffer_;
  std::size_t at_ = 0;        ///< first byte of buffer_ not yet given out
  std::size_t searched_ = 0;  ///< no newline from at_ to here
  int line_ = 0;
  bool at_end_ = false;
};

}  // namespace sim
