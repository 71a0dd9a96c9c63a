#pragma once
// sync-sendfile: what sendfile() did in Linux 2.6.18 (do_generic_mapping_read with
// file_send_actor).
//
// The caller's thread walks the file page by page: readahead, find the page, wait for its lock
// while the disk reads it, hand it to the socket, wait for buffer space. Disk and network overlap
// only as far as readahead looks ahead of the reader. The same loop serves every readahead
// generation: 2.6.18's is asked before the lookup, at the index it expects next; the on-demand ones
// are asked on a miss and on a marked page. An error after partial progress is hidden: the count
// sent so far is returned, as in 2.6.18.

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "model/platform/platform.hpp"

namespace kev {

inline constexpr std::int64_t page_size = 4096;

template <class P>
class SyncSendfile {
 public:
  /// Sends file[offset, offset + count) or up to its end. Bytes sent, or a negative errno if none
  /// were. Process context, sleeps (on the disk always; on the socket unless it is non-blocking).
  static std::int64_t send(P& platform, typename P::File& socket, typename P::File& file,
                           std::int64_t offset, std::int64_t count);

 private:
  SyncSendfile(P& platform, typename P::File& socket, typename P::File& file)
      : platform_(platform), socket_(socket), file_(file), inode_(*platform.inode_of(file)) {}

  int get_page(std::uint64_t index, std::uint64_t remaining, typename P::Page** found);
  int read_missing(std::uint64_t index, typename P::Page** found);
  int make_uptodate(typename P::Page& page);

  P& platform_;
  typename P::File& socket_;
  typename P::File& file_;
  typename P::Inode& inode_;
  std::uint64_t next_index_ = 0;  ///< where 2.6.18's readahead wants to be asked again
};

template <class P>
std::int64_t SyncSendfile<P>::send(P& platform, typename P::File& socket, typename P::File& file,
                                   std::int64_t offset, std::int64_t count) {
  if (platform.inode_of(file) == nullptr) return -EINVAL;
  if (offset < 0 || count < 0) return -EINVAL;
  SyncSendfile loop(platform, socket, file);
  auto index = static_cast<std::uint64_t>(offset / page_size);
  const auto last = static_cast<std::uint64_t>((offset + count + page_size - 1) / page_size);
  std::int64_t in_page = offset % page_size;
  std::int64_t sent = 0;
  std::int64_t error = 0;
  std::uint64_t accessed = UINT64_MAX;
  loop.next_index_ = index;
  while (sent < count) {
    const std::int64_t at = static_cast<std::int64_t>(index) * page_size + in_page;
    if (at >= platform.size_of(loop.inode_)) break;
    typename P::Page* page = nullptr;
    error = loop.get_page(index, last - index, &page);
    if (error != 0) break;
    if (page == nullptr) continue;
    // The size again, for each page: the file may have become shorter or longer meanwhile.
    const std::int64_t size = platform.size_of(loop.inode_);
    if (at >= size) {
      platform.put_page(*page);
      break;
    }
    const std::int64_t length = std::min({page_size - in_page, size - at, count - sent});
    if (accessed != index) platform.mark_accessed(*page);
    accessed = index;
    const SendFlags flags{false, sent + length < count};
    const std::int64_t result =
        platform.send_page(socket, *page, static_cast<std::uint32_t>(in_page),
                           static_cast<std::uint32_t>(length), flags);
    platform.put_page(*page);
    if (result < 0) {
      error = result;
      break;
    }
    sent += result;
    in_page += result;
    index += static_cast<std::uint64_t>(in_page / page_size);
    in_page %= page_size;
    if (result != length) break;  // a non-blocking socket took only a part
  }
  platform.readahead_end(file, static_cast<std::uint64_t>(offset + sent));
  return sent > 0 ? sent : error;
}

/// An uptodate page with a reference. Null without an error: its file was truncated while it was
/// waited for, and it must be looked for again.
template <class P>
int SyncSendfile<P>::get_page(std::uint64_t index, std::uint64_t remaining,
                              typename P::Page** found) {
  if (index == next_index_) next_index_ = platform_.readahead_expected(file_, index, remaining);
  typename P::Page* page = platform_.find_get_page(inode_, index);
  if (page == nullptr) {
    platform_.readahead_missed(file_, index, remaining);
    page = platform_.find_page_again(inode_, index);
  } else if (platform_.marked(*page)) {
    platform_.readahead_marked(file_, *page, index, remaining);
  }
  int error = page == nullptr ? read_missing(index, &page) : 0;
  if (error != 0) return error;
  if (!platform_.uptodate(*page)) error = make_uptodate(*page);
  if (error == 0 && platform_.uptodate(*page))
    *found = page;
  else
    platform_.put_page(*page);
  return error;
}

/// No readahead brought it: allocates it and starts its read.
template <class P>
int SyncSendfile<P>::read_missing(std::uint64_t index, typename P::Page** found) {
  for (;;) {
    typename P::Page* page = platform_.allocate_page();
    if (page == nullptr) return -ENOMEM;
    const int error = platform_.add_page(*page, inode_, index);
    if (error == 0) {
      platform_.read_page(*page, {});
      *found = page;
      return 0;
    }
    platform_.put_page(*page);
    if (error != -EEXIST) return error;
    // Somebody else was faster; theirs may be gone again before it is found.
    *found = platform_.find_page_again(inode_, index);
    if (*found != nullptr) return 0;
  }
}

/// Waits for the read that is under way, or reads again what an error has left behind. 0 for a page
/// that was truncated, too; it is not uptodate.
template <class P>
int SyncSendfile<P>::make_uptodate(typename P::Page& page) {
  platform_.lock_page(page);
  if (platform_.uptodate(page) || platform_.truncated(page)) {
    platform_.unlock_page(page);
    return 0;
  }
  platform_.read_page(page, {});
  platform_.lock_page(page);
  const bool good = platform_.uptodate(page) || platform_.truncated(page);
  platform_.unlock_page(page);
  if (good) return 0;
  platform_.readahead_failed(file_);
  return -EIO;
}

}  // namespace kev
