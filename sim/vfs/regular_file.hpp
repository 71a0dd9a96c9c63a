#pragma once
// An open regular file or directory: its inode and what readahead remembers of this opening of it.
//
// Lives as every FileObject does (sim/kernel/file.hpp); those still open when the file system goes,
// go with it.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <utility>

#include "sim/kernel/file.hpp"
#include "sim/vfs/inode.hpp"
#include "sim/vfs/readahead_policy.hpp"

namespace sim {

class RegularFile final : public FileObject,
                          public boost::intrusive::list_base_hook<
                              boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  RegularFile(Kernel& kernel, Inode& inode, const ReadaheadState& readahead,
              std::unique_ptr<kev::OriginListener> listener)
      : FileObject(kernel, Kind::regular, std::move(listener)),
        ra(readahead),
        device_ra_pages(readahead.ra_pages),
        inode_(inode) {}

  [[nodiscard]] Inode& inode() const { return inode_; }
  [[nodiscard]] kev::OriginListener* inode_listener() const override { return inode_.listener(); }
  [[nodiscard]] bool unlinked() const override { return inode_.unlinked(); }
  /// A file is always ready.
  std::uint32_t poll() override {
    return poll_bits::in | poll_bits::out | poll_bits::rdnorm | poll_bits::wrnorm;
  }

  ReadaheadState ra;
  const std::uint64_t device_ra_pages;  ///< read_ahead_kb: what advice begins from
  /// The page that a read has marked accessed last: reading on in it does not mark it again.
  std::uint64_t accessed_page = UINT64_MAX;
  std::uint64_t position = 0;  ///< where the next read or write without an offset begins, in bytes

 private:
  Inode& inode_;
};

}  // namespace sim
