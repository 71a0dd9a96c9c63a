#include "sim/trace/recorder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

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

}  // namespace

Recorder::~Recorder() {
  if (file_ == nullptr) return;
  // The execution did not reach close(): leave no half-written trace behind.
  std::fclose(file_);
  std::remove(temporary_.c_str());
}

kev::Result<bool> Recorder::open(const std::string& path, std::uint64_t seed,
                                 std::string_view scenario) {
  KEV_CHECK(file_ == nullptr);
  path_ = path;
  temporary_ = path + ".part";
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr)
    return kev::fail(fmt::format("cannot write trace '{}': {}", path, std::strerror(errno)));
  const std::string header =
      fmt::format("{{\"ktrace\":1,\"seed\":{},\"scenario\":{}}}\n", seed, quoted(scenario));
  std::fwrite(header.data(), 1, header.size(), file_);
  return true;
}

kev::Result<bool> Recorder::close() {
  if (file_ == nullptr) return true;
  const bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
  const int reason = errno;
  std::fclose(file_);
  file_ = nullptr;
  if (!written || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    std::remove(temporary_.c_str());
    return kev::fail(
        fmt::format("cannot write trace '{}': {}", path_, std::strerror(written ? errno : reason)));
  }
  return true;
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
