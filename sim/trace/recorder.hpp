#pragma once
// Records what happens in one execution: always as a fingerprint, and as JSON Lines when a file is
// asked for.
//
// Format (.ktrace): a header line {"ktrace":1,"seed":...,"scenario":"..."}, then one event a line
// with fixed key order: {"t":120,"cx":3,"ev":"kevent.ready","queue":1,"id":7}. "t" is in
// nanoseconds, "cx" is the context (thread or interrupt) that acted. {"name":3,"is":"kaio/0"} lines
// say what ids mean. The file is written under a temporary name and renamed when complete: nothing
// is half-written. What exists and is no regular file (a device, a pipe, a link) is written to,
// never replaced. Equal fingerprints mean equal event sequences, whether or not a file was written.

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/engine/engine.hpp"
#include "sim/engine/hash.hpp"
#include "sim/trace/trace_event.hpp"

namespace sim {

class Recorder {
 public:
  explicit Recorder(const Engine& engine) : engine_(engine) {}
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Starts writing to `path`. Errors name the path and the reason.
  [[nodiscard]] kev::Result<bool> open(const std::string& path, std::uint64_t seed,
                                       std::string_view scenario);
  /// Completes the file under its final name; a no-op when none is open.
  [[nodiscard]] kev::Result<bool> close();

  /// The context that acts from now on: part of every event.
  void set_context(std::uint32_t context) { context_ = context; }

  void emit(Ev event, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0,
            std::int64_t d = 0) {
    const std::int64_t t = engine_.now().ns();
    fingerprint_.add(static_cast<std::uint64_t>(t));
    fingerprint_.add((static_cast<std::uint64_t>(context_) << 16) |
                     static_cast<std::uint64_t>(event));
    fingerprint_.add(static_cast<std::uint64_t>(a));
    fingerprint_.add(static_cast<std::uint64_t>(b));
    fingerprint_.add(static_cast<std::uint64_t>(c));
    fingerprint_.add(static_cast<std::uint64_t>(d));
    if (file_ != nullptr) [[unlikely]]
      write(event, t, a, b, c, d);
  }

  /// Says what an id of the "cx" column means; not part of the fingerprint.
  void name(std::uint32_t context, std::string_view text);

  [[nodiscard]] kev::Instant now() const { return engine_.now(); }
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_.value(); }

 private:
  void write(Ev event, std::int64_t t, std::int64_t a, std::int64_t b, std::int64_t c,
             std::int64_t d);

  const Engine& engine_;
  Fingerprint fingerprint_;
  std::uint32_t context_ = 0;
  std::FILE* file_ = nullptr;
  std::string path_;
  std::string written_;  ///< a temporary name, or path_ itself where that must not be replaced
};

}  // namespace sim
