#pragma once
// Reading a regular file through the page cache: read(2), and splice(2) out of a file.
//
// Which way depends on the generation (FileReadRules):
//   by page   Linux 2.6.18, mm/filemap.c, do_generic_mapping_read: readahead is asked at the index
//             that it expects, a page is found or read, waited for, and taken.
//   by batch  Linux 6.1 and 6.18, filemap_read and filemap_get_pages: cached folios up to a gap, a
//             marked one or one that is still being read are gathered; the mark is served before
//             any of them is taken; when the only one of a batch had to be waited for, the batch is
//             gathered again. filemap_splice_read goes the same way.
// A page is marked accessed when it is taken, once, however small the reads that follow each other
// in it. A read that fails after some bytes returns these.
// 2.6.18's splice (fs/splice.c, __generic_file_splice_read) is another: it asks readahead once for
// all pages that a pipe holds and waits for those it brings; a page that it does not bring is read
// alone and handed on before it is uptodate: who takes it from the pipe waits (confirm_page).
// Units: bytes. Errors: negative errno. Context: process; may sleep. Locks: none of its own.

#include <cstdint>
#include <vector>

#include "sim/vfs/readahead.hpp"

namespace sim {

/// Bytes [offset, offset + count) of a file.
struct FileRange {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};

/// Where the bytes go.
class PageTaker {
 public:
  virtual ~PageTaker() = default;
  /// How many of these bytes of the page it took; fewer than all end the read. Negative errno.
  virtual long take(Page& page, std::uint32_t offset, std::uint32_t length) = 0;
};

/// Into a program's buffer (file_read_actor): appends to `runs` and pays for the copy.
class CopyToUser final : public PageTaker {
 public:
  CopyToUser(Kernel& kernel, std::vector<ContentRun>& runs) : kernel_(kernel), runs_(runs) {}
  long take(Page& page, std::uint32_t offset, std::uint32_t length) override;

 private:
  Kernel& kernel_;
  std::vector<ContentRun>& runs_;
};

/// Bytes taken; 0 at the end of the file. -EIO, -ENOMEM.
long read_file(Readahead& readahead, RegularFile& file, const FileRange& range, PageTaker& taker);

/// The same for a splice, of as many bytes as the taker has room for. Pages may come before they
/// are uptodate.
long splice_file(Readahead& readahead, RegularFile& file, const FileRange& range, PageTaker& taker);

}  // namespace sim
