#pragma once
// The system calls and page faults of the recorded cases, on a ReadaheadFile: what a kernel's read
// loops do around readahead.
//
// Sources: 2.6.18 do_generic_mapping_read (page by page); 6.1 and 6.18 filemap_get_pages (a batch
// of cached folios up to a gap or a marked folio; the marker is served before the batch is copied;
// when the first is still being read, the batch is gathered again after the wait, so that it is as
// if all were uptodate), filemap_splice_read (the position moves with each page), filemap_fault and
// filemap_map_pages (fault-around: 16 pages, but no marked folio).
// A splice moves at most a pipe's 16 pages; sendfile repeats it (splice_direct_to_actor).

#include "sim/validate/readahead_file.hpp"

namespace sim {

enum class ReadLoop : std::uint8_t { by_page, by_batch };

class ReadaheadCalls {
 public:
  struct Options {
    ReadLoop loop = ReadLoop::by_page;
    std::uint64_t batch_folios = 31;  ///< PAGEVEC_SIZE: 15 in 6.1, 31 in 6.18
  };

  ReadaheadCalls(ReadaheadPolicy& policy, ReadaheadState& state, ReadaheadFile& file,
                 const Options& options)
      : policy_(policy), state_(state), file_(file), options_(options) {}

  void read(std::uint64_t begin, std::uint64_t count);
  /// sendfile too.
  void splice(std::uint64_t begin, std::uint64_t count);
  void fault(std::uint64_t index);
  void advise(std::uint64_t begin, std::uint64_t count);

 private:
  void read_by_page(std::uint64_t begin, std::uint64_t end);
  void read_by_batch(std::uint64_t begin, std::uint64_t end);
  /// The page after the batch that begins at index, which may be none.
  std::uint64_t gather(std::uint64_t index, std::uint64_t end);
  void fault_around(std::uint64_t index);

  ReadaheadPolicy& policy_;
  ReadaheadState& state_;
  ReadaheadFile& file_;
  const Options options_;
};

}  // namespace sim
