#pragma once
// The calls of a recorded readahead case, on a simulated machine: a program reads, splices, touches
// and advises one file of a file system, through the page cache, from a disk. What the machine's
// readahead decides on the way is written down in the recording's words.
//
// The disk takes the same time for every request, and each call begins when the reads of the one
// before it have ended. A sendfile is, in the kernels that were recorded, a splice to a pipe of its
// own, again and again (splice_direct_to_actor). Units: pages.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/validate/readahead_case.hpp"
#include "sim/vfs/file_map.hpp"
#include "sim/vfs/file_system.hpp"

namespace sim {

/// In whose words decisions are told.
enum class ReadaheadWords : std::uint8_t { windows, tracepoints, nothing };

struct ReadaheadMachineOptions {
  std::string_view readahead;       ///< a row of readahead_kinds()
  std::uint64_t request_pages = 0;  ///< the disk's largest request; 0: the usual one
  int largest_folio = 0;            ///< order
  ReadaheadWords words = ReadaheadWords::nothing;
};

class ReadaheadMachine final : private ReadaheadObserver {
 public:
  /// With a file of that size, opened and advised as the case says.
  ReadaheadMachine(const ReadaheadCase& recorded, const ReadaheadMachineOptions& options);
  ~ReadaheadMachine() override;
  ReadaheadMachine(const ReadaheadMachine&) = delete;
  ReadaheadMachine& operator=(const ReadaheadMachine&) = delete;

  /// Performs the call, to the end of all reads it starts.
  void perform(const ReadaheadCall& call);

  [[nodiscard]] const ReadaheadState& state() const { return file_->ra; }
  /// What was decided since the last look.
  std::vector<std::string> take_log();
  /// "[0,4) [9,12)": what was read since the last look, "-" for nothing.
  std::string take_new();
  /// The first broken rule of the kernel; empty when there is none.
  [[nodiscard]] std::string violation() const;

 private:
  void on_window(const RegularFile& file, const ReadaheadWindow& window) override;
  void on_decision(const ReadaheadDecision& step, const ReadaheadState& before) override;
  void on_miss(const RegularFile& file, std::uint64_t index) override;

  void run(const std::function<void()>& program);
  void read(const ReadaheadCall& call);
  void splice(const ReadaheadCall& call);
  void drop(const ReadaheadCall& call);

  Engine engine_;
  Recorder recorder_{engine_};
  PlainChooser chooser_;
  StackPool stacks_;
  Kernel kernel_;
  Faults faults_;
  DiskHost disk_;
  PageCache cache_;
  FileSystem files_;
  Readahead readahead_;
  Inode& inode_;
  RegularFile* file_ = nullptr;
  std::unique_ptr<FileMapping> mapping_;
  const ReadaheadWords words_;
  std::vector<std::string> log_;
  std::vector<std::uint64_t> asked_;  ///< pages that somebody wanted to be read
  std::vector<bool> cached_;          ///< by page, at the last look
};

}  // namespace sim
