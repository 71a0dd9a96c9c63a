// The system calls of SystemCalls that bring pages of files: reads, mappings, splices, advice.

#include <algorithm>
#include <cerrno>

#include "sim/world/devices.hpp"
#include "sim/world/file_reference.hpp"
#include "sim/world/system_calls.hpp"

namespace sim {

namespace {

/// Into a pipe, page by page.
class PipeTaker final : public PageTaker {
 public:
  explicit PipeTaker(PipeEnd& pipe) : pipe_(pipe) {}
  long take(Page& page, std::uint32_t offset, std::uint32_t length) override {
    return pipe_.put_page(page, offset, length);
  }

 private:
  PipeEnd& pipe_;
};

/// Out of a pipe, to a socket.
class SocketSink final : public PipeSink {
 public:
  SocketSink(SimPlatform& platform, FileObject& socket, kev::SendFlags flags)
      : platform_(platform), socket_(socket), flags_(flags) {}
  long take(const PipePart& part) override {
    const kev::SendFlags flags{flags_.dont_wait, flags_.more || part.more};
    if (part.page == nullptr) return static_cast<Socket&>(socket_).send_message(part.run, flags);
    return static_cast<long>(
        platform_.send_page(socket_, *part.page, part.offset, part.run.length, flags));
  }

 private:
  SimPlatform& platform_;
  FileObject& socket_;
  const kev::SendFlags flags_;
};

FileRange range_from(std::int64_t offset, std::int64_t count) {
  return {static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(count)};
}

long splice_into(Readahead& readahead, RegularFile& file, FileRange range, PipeEnd& pipe) {
  const long room = pipe.wait_for_room();
  if (room <= 0) return room;
  // The first page takes a buffer, too, however little of it is asked for.
  range.count = std::min(range.count, static_cast<std::uint64_t>(room) - range.offset % page_bytes);
  PipeTaker taker(pipe);
  return splice_file(readahead, file, range, taker);
}

}  // namespace

long SystemCalls::pread(int file, std::vector<ContentRun>& runs, std::int64_t offset,
                        std::int64_t count) {
  return on_file(file, [&](Devices& devices, RegularFile& source) -> long {
    if (offset < 0 || count < 0) return -EINVAL;
    CopyToUser taker(platform_.kernel(), runs);
    return sim::read_file(devices.readahead, source, range_from(offset, count), taker);
  });
}

long SystemCalls::read_file(int file, std::vector<ContentRun>& runs, std::int64_t count) {
  return on_file(file, [&](Devices& devices, RegularFile& source) -> long {
    if (count < 0) return -EINVAL;
    CopyToUser taker(platform_.kernel(), runs);
    const FileRange range{source.position, static_cast<std::uint64_t>(count)};
    const long got = sim::read_file(devices.readahead, source, range, taker);
    if (got > 0) source.position += static_cast<std::uint64_t>(got);
    return got;
  });
}

int SystemCalls::fadvise(int file, std::int64_t offset, std::int64_t count, FileAdvice advice) {
  return static_cast<int>(on_file(file, [&](Devices& devices, RegularFile& target) -> long {
    if (offset < 0 || count < 0) return -EINVAL;
    return advise_file(devices.readahead, target, range_from(offset, count), advice);
  }));
}

int SystemCalls::readahead(int file, std::int64_t offset, std::int64_t count) {
  return static_cast<int>(on_file(file, [&](Devices& devices, RegularFile& target) -> long {
    if (offset < 0 || count < 0) return -EINVAL;
    return read_ahead_file(devices.readahead, target, range_from(offset, count));
  }));
}

int SystemCalls::advise(int file, const ReplayAdvice& recorded) {
  using Kind = ReplayAdvice::Kind;
  FileAdvice advice = FileAdvice::normal;
  switch (recorded.kind) {
    case Kind::readahead:
      return readahead(file, recorded.offset, recorded.count);
    case Kind::normal:
      break;
    case Kind::random:
      advice = FileAdvice::random;
      break;
    case Kind::sequential:
      advice = FileAdvice::sequential;
      break;
    case Kind::will_need:
      advice = FileAdvice::will_need;
      break;
    case Kind::dont_need:
      advice = FileAdvice::dont_need;
      break;
    case Kind::no_reuse:
      advice = FileAdvice::no_reuse;
      break;
  }
  return fadvise(file, recorded.offset, recorded.count, advice);
}

long SystemCalls::splice(int from, std::int64_t offset, int to, std::int64_t count,
                         kev::SendFlags flags) {
  enter();
  const FileReference in(platform_, from);
  const FileReference out(platform_, to);
  if (in.get() == nullptr || out.get() == nullptr) return -EBADF;
  if (offset < 0 || count < 0) return -EINVAL;
  const auto kinds = std::pair(in.get()->kind(), out.get()->kind());
  using enum FileObject::Kind;
  if (kinds == std::pair(regular, pipe))
    return splice_into(platform_.machine().devices->readahead, static_cast<RegularFile&>(*in.get()),
                       range_from(offset, count), static_cast<PipeEnd&>(*out.get()));
  if (kinds != std::pair(pipe, socket)) return -EINVAL;
  SocketSink sink(platform_, *out.get(), flags);
  return static_cast<PipeEnd&>(*in.get()).move(sink, static_cast<std::uint64_t>(count));
}

MappedFile::MappedFile(SystemCalls& calls, int file) {
  calls.enter();
  FileObject* object = calls.platform_.file_get(file);
  if (object == nullptr) return;
  if (object->kind() == FileObject::Kind::regular) {
    file_ = static_cast<RegularFile*>(object);
    mapping_.emplace(calls.platform_.machine().devices->readahead, *file_);
  } else {
    object->put();
  }
}

MappedFile::~MappedFile() noexcept(false) {
  release();
}

void MappedFile::release() {
  if (!mapping_) return;
  mapping_->unmap();
  mapping_.reset();
  file_->put();
}

void SystemCalls::munmap(MappedFile& mapping) {
  enter();
  mapping.release();
}

long SystemCalls::send_mapped(int socket, MappedFile& mapping, std::int64_t offset,
                              std::int64_t count, kev::SendFlags flags) {
  enter();
  const FileReference file(platform_, socket);
  if (const int error = file.socket_error(); error != 0) return error;
  if (!mapping.mapped() || offset < 0) return -EFAULT;
  long done = 0;
  while (done < count) {
    const auto at = static_cast<std::uint64_t>(offset + done);
    Page* page = mapping.touch(page_of(at));
    if (page == nullptr) return done != 0 ? done : -EFAULT;
    const auto in_page = static_cast<std::uint32_t>(at % page_bytes);
    const auto length = static_cast<std::uint32_t>(
        std::min<std::int64_t>(count - done, static_cast<std::int64_t>(page_bytes) - in_page));
    const bool more = flags.more || done + static_cast<long>(length) < count;
    const long sent = restarted([&] {
      return file.socket().send_message(page->content(in_page, length), {flags.dont_wait, more});
    });
    if (sent <= 0) return done != 0 ? done : sent;
    done += sent;
    if (sent != static_cast<long>(length)) break;
  }
  return done;
}

}  // namespace sim
