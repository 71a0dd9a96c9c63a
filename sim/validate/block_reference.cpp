// The order of dispatch: recorded block events, *.txt below block/.
//
// The queue gets each request when the kernel's elevator got it, and the disk ends each when the
// kernel's disk did; every request must then go to the disk in the place it had. Nothing expires,
// since a recording has no instants.

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "model/base/check.hpp"
#include "sim/block/block_queue.hpp"
#include "sim/validate/archive.hpp"
#include "sim/validate/block_recording.hpp"
#include "sim/validate/reference.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

/// Ends requests when it is told to.
class RecordedDisk final : public Disk {
 public:
  explicit RecordedDisk(std::uint32_t depth) : depth_(depth) {}
  [[nodiscard]] std::string_view kind() const override { return "recorded"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override { return UINT64_MAX; }
  [[nodiscard]] std::uint32_t queue_depth() const override { return depth_; }
  void start(DiskRequest& request) override {
    inside_.push_back(&request);
    BlockEvent& event = issued.emplace_back();
    event.write = request.write;
    event.sector = request.sector;
    event.sectors = request.sectors;
  }
  /// False when there is no such request at the disk.
  bool end(const BlockEvent& event) {
    const auto found = std::find_if(inside_.begin(), inside_.end(), [&](const DiskRequest* one) {
      return one->sector == event.sector && one->write == event.write;
    });
    if (found == inside_.end()) return false;
    DiskRequest& request = **found;
    inside_.erase(found);
    finish(request);
    return true;
  }

  std::vector<BlockEvent> issued;

 private:
  std::uint32_t depth_;
  std::vector<DiskRequest*> inside_;
};

/// One recording, driven through a queue of its own.
class Drive {
 public:
  Drive(const BlockRecording& recording, const ElevatorKind& kind) : recording_(recording) {
    auto disk = std::make_unique<RecordedDisk>(recording.depth());
    disk_ = disk.get();
    BlockParams params;
    params.nr_requests = static_cast<std::uint32_t>(recording.events.size()) + 4;
    params.unplug_requests = params.nr_requests;
    queue_ = std::make_unique<BlockQueue>(engine_, recorder_, chooser_, std::move(disk),
                                          kind.make(recording.tuning), params, &completed, nullptr);
  }

  /// Requests issued as recorded; what was not, in words.
  std::uint64_t run(std::vector<std::string>& differences) {
    std::uint64_t issues = 0;
    std::uint64_t same = 0;
    for (const BlockEvent& event : recording_.events) {
      switch (event.kind) {
        case BlockEvent::Kind::insert:
          submit(event);
          break;
        case BlockEvent::Kind::issue:
          if (!waits(event)) submit(event);  // it went past the elevator
          queue_->unplug();
          if (std::string difference = compare(event, issues++); difference.empty())
            ++same;
          else
            differences.push_back(std::move(difference));
          break;
        case BlockEvent::Kind::complete:
          if (!disk_->end(event))
            differences.push_back(fmt::format("line {}: completed, but never issued", event.line));
          break;
      }
    }
    queue_->unplug();
    for (std::uint64_t place = issues; place < disk_->issued.size(); ++place)
      differences.push_back(fmt::format("at the end\n  recorded: nothing\n  kevsim:   {}",
                                        words(disk_->issued[place])));
    return same;
  }

 private:
  static void completed(void*, Bio&) {}

  void submit(const BlockEvent& event) {
    Bio& bio = bios_.emplace_back();
    bio.sector = event.sector;
    bio.sectors = event.sectors;
    bio.write = event.write;
    bio.id = static_cast<std::uint32_t>(bios_.size());
    queue_->submit(bio);
    submitted_.push_back(event);
  }
  [[nodiscard]] bool waits(const BlockEvent& event) const {
    return std::any_of(submitted_.begin(), submitted_.end(),
                       [&](const BlockEvent& one) { return one.same_request(event); });
  }
  [[nodiscard]] std::string compare(const BlockEvent& event, std::uint64_t place) const {
    if (place >= disk_->issued.size())
      return fmt::format("line {}\n  recorded: {}\n  kevsim:   nothing", event.line, words(event));
    const BlockEvent& got = disk_->issued[place];
    if (got.same_request(event)) return {};
    return fmt::format("line {}\n  recorded: {}\n  kevsim:   {}", event.line, words(event),
                       words(got));
  }
  static std::string words(const BlockEvent& event) {
    return fmt::format("{} {} + {}", event.write ? "write" : "read", event.sector, event.sectors);
  }

  const BlockRecording& recording_;
  Engine engine_;
  Recorder recorder_{engine_};
  PlainChooser chooser_;
  std::deque<Bio> bios_;
  std::vector<BlockEvent> submitted_;
  RecordedDisk* disk_ = nullptr;
  std::unique_ptr<BlockQueue> queue_;
};

void validate_recording(const BlockRecording& recording, const std::string& file, Validation& out) {
  const std::string reference = fmt::format("block/{}", file);
  std::vector<std::string> differences;
  std::uint64_t passed = 0;
  if (const ElevatorKind* kind = find_elevator_kind(recording.elevator))
    passed = Drive(recording, *kind).run(differences);
  else
    differences.push_back(fmt::format("there is no elevator '{}'", recording.elevator));
  for (std::string& difference : differences)
    out.mismatches.push_back({reference, recording.elevator, std::move(difference)});
  const auto issues = static_cast<std::uint64_t>(
      std::count_if(recording.events.begin(), recording.events.end(),
                    [](const BlockEvent& event) { return event.kind == BlockEvent::Kind::issue; }));
  out.rows.push_back(exact_row(reference + " " + recording.elevator,
                               "place of each request in the order of dispatch", issues, passed));
}

void validate_file(const fs::path& path, Validation& out) {
  const auto take = [&](const kev::Errors& errors) {
    out.errors.insert(out.errors.end(), errors.begin(), errors.end());
  };
  const kev::Result<std::string> text = read_maybe_compressed(path.string());
  if (!text) return take(text.error());
  const auto recordings = parse_block_recordings(*text, path.string());
  if (!recordings) return take(recordings.error());
  if (recordings->empty()) take({{"no block events in it", {path.string(), 0, 0}, {}, {}, 1}});
  for (const BlockRecording& recording : *recordings)
    validate_recording(recording, path.stem().string(), out);
}

}  // namespace

void validate_block(const std::string& folder, Validation& out) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "block", error))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) out.notes.emplace_back("block/*.txt: not there, not compared");
  for (const fs::path& file : files) validate_file(file, out);
}

}  // namespace sim
