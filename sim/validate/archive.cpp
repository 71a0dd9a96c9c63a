#include "sim/validate/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

namespace sim {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_bytes = 65536;

struct CloseArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<archive, CloseArchive>;

enum class Format : std::uint8_t { tar, raw };

tl::unexpected<kev::Errors> unreadable(const std::string& path, std::string_view why) {
  return kev::fail(fmt::format("cannot be read: {}", why), {path, 0, 0});
}

tl::unexpected<kev::Errors> unreadable(const std::string& path, archive* handle) {
  const char* why = archive_error_string(handle);
  return unreadable(path, why == nullptr ? "unknown error" : why);
}

kev::Result<Handle> open_archive(const std::string& path, Format format) {
  Handle handle(archive_read_new());
  archive_read_support_filter_all(handle.get());
  if (format == Format::tar) {
    archive_read_support_format_tar(handle.get());
  } else {
    archive_read_support_format_raw(handle.get());
    archive_read_support_format_empty(handle.get());
  }
  if (archive_read_open_filename(handle.get(), path.c_str(), block_bytes) != ARCHIVE_OK) {
    // The library's words for it repeat the path.
    return unreadable(path, std::generic_category().message(archive_errno(handle.get())));
  }
  return handle;
}

/// The current entry's bytes; false when the archive is damaged.
bool read_entry(archive* handle, std::string& out) {
  std::array<char, block_bytes> block{};
  for (;;) {
    const la_ssize_t count = archive_read_data(handle, block.data(), block.size());
    if (count < 0) return false;
    if (count == 0) return true;
    out.append(block.data(), static_cast<std::size_t>(count));
  }
}

kev::Result<std::vector<ArchivedFile>> read_tar(const std::string& path) {
  const kev::Result<Handle> opened = open_archive(path, Format::tar);
  if (!opened) return tl::unexpected(opened.error());
  archive* const handle = opened->get();
  std::vector<ArchivedFile> files;
  archive_entry* entry = nullptr;
  for (;;) {
    const int result = archive_read_next_header(handle, &entry);
    if (result == ARCHIVE_EOF) return files;
    if (result != ARCHIVE_OK) return unreadable(path, handle);
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    ArchivedFile file;
    file.name = fs::path(archive_entry_pathname(entry)).filename().string();
    if (!read_entry(handle, file.text)) return unreadable(path, handle);
    files.push_back(std::move(file));
  }
}

}  // namespace

kev::Result<std::string> read_maybe_compressed(const std::string& path) {
  const kev::Result<Handle> opened = open_archive(path, Format::raw);
  if (!opened) return tl::unexpected(opened.error());
  archive* const handle = opened->get();
  archive_entry* entry = nullptr;
  std::string text;
  const int result = archive_read_next_header(handle, &entry);
  if (result == ARCHIVE_EOF) return text;
  if (result != ARCHIVE_OK || !read_entry(handle, text)) return unreadable(path, handle);
  return text;
}

kev::Result<std::vector<ArchivedFile>> read_archive(const std::string& path) {
  std::vector<ArchivedFile> files;
  if (!fs::is_directory(path)) {
    kev::Result<std::vector<ArchivedFile>> read = read_tar(path);
    if (!read) return read;
    files = std::move(*read);
  } else {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
      if (!entry.is_regular_file()) continue;
      kev::Result<std::string> text = read_maybe_compressed(entry.path().string());
      if (!text) return tl::unexpected(text.error());
      files.push_back({entry.path().filename().string(), std::move(*text)});
    }
  }
  std::sort(files.begin(), files.end(),
            [](const ArchivedFile& a, const ArchivedFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace sim
