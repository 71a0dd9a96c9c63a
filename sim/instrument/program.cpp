#include "sim/instrument/program.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "model/base/check.hpp"
#include "sim/instrument/build_program.hpp"
#include "sim/instrument/crashes.hpp"
#include "sim/instrument/loading.hpp"

namespace sim {

namespace {

struct Segments {
  std::string path;
  std::uintptr_t base = 0;
  std::uintptr_t data = 0;
  std::uintptr_t data_end = 0;
  ThreadLocals locals;
};

int find_segments(dl_phdr_info* info, std::size_t, void* argument) {
  auto& found = *static_cast<Segments*>(argument);
  if (info->dlpi_name == nullptr || found.path != info->dlpi_name) return 0;
  found.base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_TLS)
      found.locals = {
          info->dlpi_tls_modid, reinterpret_cast<const void*>(info->dlpi_addr + segment.p_vaddr),
          segment.p_filesz, segment.p_memsz, std::max<std::size_t>(segment.p_align, 16)};
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    found.data = found.data == 0 ? begin : std::min(found.data, begin);
    found.data_end = std::max(found.data_end, begin + segment.p_memsz);
  }
  return 1;
}

}  // namespace

kev::Result<std::unique_ptr<Program>> Program::load(const ProgramSource& source,
                                                    const RuntimeOptions& options) {
  const kev::Result<std::string> library = build_program(source);
  if (!library) return tl::unexpected<kev::Errors>(library.error());
  std::unique_ptr<Program> program(new Program(options));
  program->file_ = *library;
  const kev::Result<bool> opened = program->open(*library);
  if (!opened) return tl::unexpected<kev::Errors>(opened.error());
  return program;
}

kev::Result<bool> Program::open(const std::string& library) {
  kev::Result<Symbols> symbols = read_symbols(library);
  if (!symbols) return tl::unexpected<kev::Errors>(symbols.error());
  symbols_ = std::move(*symbols);
  for (const char* const asks :
       {"pthread_mutex_trylock", "pthread_mutex_timedlock", "pthread_mutex_clocklock",
        "pthread_rwlock_tryrdlock", "pthread_rwlock_trywrlock", "pthread_rwlock_timedrdlock",
        "pthread_rwlock_timedwrlock", "pthread_rwlock_clockrdlock", "pthread_rwlock_clockwrlock",
        "pthread_spin_trylock", "mtx_trylock", "mtx_timedlock"})
    if (symbols_.imports(std::string("__wrap_") + asks)) runtime_.options().unlock_is_step = true;

  for (const char* const unknown : {"pthread_cancel", "pthread_kill", "fork"})
    if (symbols_.imports(unknown))
      return kev::fail(fmt::format("the program calls {}, which is not modelled", unknown),
                       {library, 0, 0});

  allocating_for = &runtime_;
  library_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  allocating_for = nullptr;
  if (library_ == nullptr)
    return kev::fail(fmt::format("cannot load the program: {}", ::dlerror()), {library, 0, 0},
                     "a function that kevsim does not know may be missing");
  main_ = reinterpret_cast<int (*)(int, char**, char**)>(::dlsym(library_, "main"));
  if (main_ == nullptr) return kev::fail("the program has no main()", {library, 0, 0});
  Segments segments;
  segments.path = library;
  ::dl_iterate_phdr(&find_segments, &segments);
  runtime_.set_thread_locals(segments.locals);
  base_ = segments.base;
  data_ = segments.data;
  runtime_.code_base = base_;
  runtime_.code_bytes = segments.data_end - base_;
  runtime_.memory().set_data(data_, segments.data_end - data_);
  const auto* bytes = reinterpret_cast<const unsigned char*>(data_);
  image_.assign(bytes, bytes + (segments.data_end - data_));
  runtime_.heap().keep();
  runtime_.keep_keys();
  runtime_.name_object = [this](std::uint32_t object) { return object_name(object); };
  runtime_.name_place = [this](std::uintptr_t pc) { return place_name(pc); };
  runtime_.name_line = [this](std::uintptr_t pc) {
    return lines_ == nullptr ? place_name(pc) : lines_->line(pc);
  };
  catch_crashes();
  return true;
}

Program::~Program() {
  // Its static destructors would run on the state of the last execution: it stays loaded.
  std::error_code ignored;
  if (!file_.empty())
    std::filesystem::remove_all(std::filesystem::path(file_).parent_path(), ignored);
}

void* Program::run_main(void* argument) {
  auto& program = *static_cast<Program*>(argument);
  char name[] = "program";
  char* arguments[] = {name, nullptr};
  char* environment[] = {nullptr};
  const int status = program.main_(1, arguments, environment);
  if (status != 0) {
    active = nullptr;
    program.runtime_.violate("exit_status", fmt::format("main() returned {}", status));
  }
  return nullptr;
}

void Program::run(Strategy& strategy) {
  std::memcpy(reinterpret_cast<void*>(data_), image_.data(), image_.size());
  runtime_.execute(strategy, &Program::run_main, this);
}

std::string Program::object_name(std::uint32_t object) const {
  const MemoryMap::Where where = MemoryMap::where(object);
  if (where.kind == MemoryKind::data) {
    const std::uintptr_t offset = data_ - base_ + where.offset;
    const Symbol* symbol = Symbols::find(symbols_.objects, offset);
    if (symbol == nullptr) return fmt::format("data+{:#x}", where.offset);
    const std::uint64_t inside = offset - symbol->value;
    return inside == 0 ? symbol->name : fmt::format("{}+{}", symbol->name, inside);
  }
  if (where.kind == MemoryKind::foreign) return fmt::format("memory {}", where.offset);
  if (where.offset < MemoryMap::stacks_bytes) {
    const std::size_t thread = where.offset / MemoryMap::stack_bytes;
    return fmt::format("stack of {}-{:#x}",
                       runtime_.thread_name(static_cast<std::uint32_t>(thread)),
                       MemoryMap::stack_bytes - where.offset % MemoryMap::stack_bytes);
  }
  const std::size_t offset = where.offset - MemoryMap::stacks_bytes;
  // The heap is this object's own: naming changes nothing in it.
  const Heap& heap = const_cast<Program*>(this)->runtime_.heap();
  const Heap::Block* block = heap.near(offset);
  if (block == nullptr) return fmt::format("heap+{:#x}", offset);
  return fmt::format("block {}+{}", heap.number(*block), offset - block->offset);
}

std::string Program::place_name(std::uintptr_t pc) const {
  if (lines_ != nullptr)
    if (const std::string& line = lines_->name(pc); !line.empty()) return line;
  // A return address is of the instruction after the call.
  const std::uintptr_t offset = pc - base_ - 1;
  const Symbol* function = Symbols::find(symbols_.functions, offset);
  if (function == nullptr) return fmt::format("+{:#x}", offset);
  return fmt::format("{}+{:#x}", function->name, offset - function->value);
}

}  // namespace sim
