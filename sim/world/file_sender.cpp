#include "sim/world/file_sender.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "sim/world/system_calls.hpp"

namespace sim {

namespace {

constexpr std::int64_t piece_bytes = 65536;

class SendfileSender : public FileSender {
 public:
  explicit SendfileSender(SystemCalls& calls) : calls_(calls) {}
  bool send(int connection, int file, std::int64_t offset, std::int64_t length) override {
    for (std::int64_t sent = 0; sent < length;) {
      const long result = calls_.sendfile(connection, file, offset + sent, length - sent);
      if (result <= 0) return false;
      sent += result;
    }
    return true;
  }

 protected:
  SystemCalls& calls_;
};

class AdvisingSender final : public SendfileSender {
 public:
  using SendfileSender::SendfileSender;
  bool send(int connection, int file, std::int64_t offset, std::int64_t length) override {
    if (length == 0) return true;
    if (calls_.fadvise(file, offset, length, FileAdvice::will_need) != 0) return false;
    return SendfileSender::send(connection, file, offset, length);
  }
};

class ReadSender final : public FileSender {
 public:
  explicit ReadSender(SystemCalls& calls) : calls_(calls) {}
  bool send(int connection, int file, std::int64_t offset, std::int64_t length) override {
    for (std::int64_t sent = 0; sent < length;) {
      runs_.clear();
      const long got =
          calls_.pread(file, runs_, offset + sent, std::min(length - sent, piece_bytes));
      if (got <= 0) return false;
      sent += got;
      if (!send_buffer(connection, {false, sent < length})) return false;
    }
    return true;
  }

 private:
  bool send_buffer(int connection, kev::SendFlags flags) {
    for (std::size_t i = 0; i < runs_.size(); ++i)
      for (ContentRun run = runs_[i]; run.length != 0;) {
        const bool last = i + 1 == runs_.size();
        const long sent = calls_.send_message(connection, run, {false, flags.more || !last});
        if (sent <= 0) return false;
        run.offset += static_cast<std::uint64_t>(sent);
        run.length -= static_cast<std::uint32_t>(sent);
      }
    return true;
  }

  SystemCalls& calls_;
  std::vector<ContentRun> runs_;  ///< what the buffer holds
};

class MmapSender final : public FileSender {
 public:
  explicit MmapSender(SystemCalls& calls) : calls_(calls) {}
  bool send(int connection, int file, std::int64_t offset, std::int64_t length) override {
    if (length == 0) return true;
    MappedFile mapping(calls_, file);
    std::int64_t sent = 0;
    while (sent < length) {
      const std::int64_t piece = std::min(length - sent, piece_bytes);
      const long result = calls_.send_mapped(connection, mapping, offset + sent, piece,
                                             {false, sent + piece < length});
      if (result <= 0) break;
      sent += result;
    }
    calls_.munmap(mapping);
    return sent == length;
  }

 private:
  SystemCalls& calls_;
};

class SpliceSender final : public FileSender {
 public:
  explicit SpliceSender(SystemCalls& calls) : calls_(calls), pipe_(calls.pipe()) {}
  bool send(int connection, int file, std::int64_t offset, std::int64_t length) override {
    for (std::int64_t sent = 0; sent < length;) {
      const long got = calls_.splice(file, offset + sent, pipe_[1], length - sent);
      if (got <= 0) return false;
      sent += got;
      if (!empty_pipe(connection, got, {false, sent < length})) return false;
    }
    return true;
  }

 private:
  bool empty_pipe(int connection, std::int64_t bytes, kev::SendFlags flags) {
    while (bytes != 0) {
      const long sent = calls_.splice(pipe_[0], 0, connection, bytes, flags);
      if (sent <= 0) {
        renew();
        return false;
      }
      bytes -= sent;
    }
    return true;
  }

  /// What is in it belongs to nobody.
  void renew() {
    for (const int end : pipe_) calls_.close(end);
    pipe_ = calls_.pipe();
  }

  SystemCalls& calls_;
  std::array<int, 2> pipe_;
};

}  // namespace

std::unique_ptr<FileSender> make_sendfile_sender(SystemCalls& calls) {
  return std::make_unique<SendfileSender>(calls);
}
std::unique_ptr<FileSender> make_advising_sender(SystemCalls& calls) {
  return std::make_unique<AdvisingSender>(calls);
}
std::unique_ptr<FileSender> make_read_sender(SystemCalls& calls) {
  return std::make_unique<ReadSender>(calls);
}
std::unique_ptr<FileSender> make_mmap_sender(SystemCalls& calls) {
  return std::make_unique<MmapSender>(calls);
}
std::unique_ptr<FileSender> make_splice_sender(SystemCalls& calls) {
  return std::make_unique<SpliceSender>(calls);
}

}  // namespace sim
