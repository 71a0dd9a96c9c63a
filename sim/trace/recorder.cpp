#include "sim/trace/recorder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace sim {

namespace {

// Names come from scenario files: quote what JSON must have quoted.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Renaming onto a device or a link would destroy it.
bool replaceable(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::symlink_status(path, failed);
  return !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
}

}  // namespace

Recorder::~Recorder() {
  if (file_ == nullptr) return;
  // The execution did not reach close(): leave no half-written trace behind.
  std::fclose(file_);
  if (written_ != path_) std::remove(written_.c_str());
}

kev::Result<bool> Recorder::open(const std::string& path, std::uint64_t seed,
                                 std::string_view scenario) {
  KEV_CHECK(file_ == nullptr);
  path_ = path;
  written_ = replaceable(path) ? path + ".part" : path;
  file_ = std::fopen(written_.c_str(), "wb");
  if (file_ == nullptr)
    return kev::fail(fmt::format("cannot write trace '{}': {}", path, std::strerror(errno)));
  const std::string header =
      fmt::format("{{\"ktrace\":1,\"seed\":{},\"scenario\":{}}}\n", seed, quoted(scenario));
  std::fwrite(header.data(), 1, header.size(), file_);
  return true;
}

kev::Result<bool> Recorder::close() {
  if (file_ == nullptr) return true;
  const bool temporary = written_ != path_;
  bool complete = std::fflush(file_) == 0 && std::ferror(file_) == 0;
  int reason = errno;
  std::fclose(file_);
  file_ = nullptr;
  if (complete && temporary) {
    complete = std::rename(written_.c_str(), path_.c_str()) == 0;
    reason = errno;
  }
  if (complete) return true;
  if (temporary) std::remove(written_.c_str());
  return kev::fail(fmt::format("cannot write trace '{}': {}", path_, std::strerror(reason)));
}

void Recorder::name(std::uint32_t context, std::string_view text) {
  if (file_ == nullptr) return;
  const std::string line = fmt::format("{{\"name\":{},\"is\":{}}}\n", context, quoted(text));
  std::fwrite(line.data(), 1, line.size(), file_);
}

void Recorder::write(Ev event, std::int64_t t, std::int64_t a, std::int64_t b, std::int64_t c,
                     std::int64_t d) {
  const TraceEventInfo& info = trace_events[static_cast<std::size_t>(event)];
  fmt::memory_buffer line;
  fmt::format_to(std::back_inserter(line), R"({{"t":{},"cx":{},"ev":"{}")", t, context_, info.name);
  const std::int64_t values[] = {a, b, c, d};
  for (std::size_t i = 0; i < info.fields.size() && !info.fields[i].empty(); ++i)
    fmt::format_to(std::back_inserter(line), R"(,"{}":{})", info.fields[i], values[i]);
  line.push_back('}');
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), file_);
}

}  // namespace sim
