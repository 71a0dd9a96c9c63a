#pragma once
// One recorded readahead case: the calls that a program made on one open file of one size, and what
// the kernel did for each.
//
// Name: <where>-ra<read_ahead_kb>-<pattern>.txt. Of the pattern only this counts: adv_seq and
// adv_rand mean that the program gave that advice first; willneedN and readaheadN ask for N pages,
// which the call's line does not say. Lines:
//   # ... pages=16384 ...                     the file's size
//   read p=4 n=2 r=8192 new: [4,8)n=4         pages [4,6) are read; what became resident
//   ... | start=4 size=8 ...                  and the state after it (2.6.18)
//   sendfile n=1 r=4096 off=5 new: -          the same up to page 5; splice too
//   fault p=7 new: -                          a mapped page is touched
//   fadvise_willneed new: [1000,1100)n=100    readahead() new: ... the same
//   -- dropped pages 40..80                   posix_fadvise(DONTNEED) of [40,80)
//         page_cache_sync_ra index=0 ...      what the kernel decided in the call above (6.18)
//         RA off=0 n=4 / MISS 4               or in the call below (2.6.18)
// Errors: a line in other words is one, with its place.

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct ReadaheadCall {
  enum class Kind : std::uint8_t { read, sendfile, splice, fault, advice, drop };
  Kind kind = Kind::read;
  std::uint64_t begin = 0;  ///< first page
  std::uint64_t count = 0;  ///< pages asked for
  int line = 0;             ///< in the file, from 1

  std::vector<std::string> actions;  ///< what the kernel decided, in its own words
  std::string resident;              ///< "[4,8) [9,10)", "-" for nothing
  std::string state;                 ///< after the call; empty where it was not recorded
};

struct ReadaheadCase {
  std::uint64_t ra_pages = 0;
  std::uint64_t file_pages = 16384;
  bool advised_sequential = false;
  bool advised_random = false;
  std::vector<ReadaheadCall> calls;
};

kev::Result<ReadaheadCase> parse_readahead_case(const std::string& name, const std::string& text);

}  // namespace sim
