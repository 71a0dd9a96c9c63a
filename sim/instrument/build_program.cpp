#include "sim/instrument/build_program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sim {

namespace {

namespace fs = std::filesystem;

// Frames and calls stay as they are written, so that places in findings are true. Threads are
// announced by us, so functions need not be.
constexpr const char* compile_options =
    "-O1 -g -fPIC -fno-plt -fsanitize=thread -fno-omit-frame-pointer -fno-optimize-sibling-calls";

constexpr const char* wrapped[] = {
#define KEVSIM_WRAP(name) #name,
#define KEVSIM_WRAP_PROGRAM(name) #name,
#define KEVSIM_WRAP_UNTIL(name) #name KEVSIM_UNTIL,
#include "sim/instrument/wrapped.hpp"
#undef KEVSIM_WRAP
#undef KEVSIM_WRAP_UNTIL
#undef KEVSIM_WRAP_PROGRAM
};

/// What a compiler or linker complains about: its lines that say "error" or "undefined", as ours.
tl::unexpected<kev::Errors> complaint(const std::string& what, const std::string& path,
                                      const fs::path& log) {
  constexpr std::size_t lines_max = 10;
  kev::Errors errors;
  errors.push_back(kev::Error{"cannot " + what, {path, 0, 0}, {}, {}, 1});
  std::ifstream file(log);
  for (std::string line; std::getline(file, line) && errors.size() <= lines_max;) {
    const bool telling =
        line.find("error") != std::string::npos || line.find("undefined") != std::string::npos;
    if (telling) errors.push_back(kev::Error{line, {path, 0, 0}, {}, {}, 1});
  }
  return tl::unexpected<kev::Errors>(std::move(errors));
}

bool is_cpp(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".cpp" || extension == ".cc" || extension == ".cxx" || extension == ".C";
}

/// The calls at each function's begin and end only cost time. And g++ gives variables in inline
/// functions a binding that all programs loaded into one process would share.
std::string compiler_options(const std::string& compiler) {
  const std::string version = output_of(quoted(compiler) + " --version 2>/dev/null");
  return version.find("clang") != std::string::npos
             ? "-mllvm -tsan-instrument-func-entry-exit=0"
             : "--param tsan-instrument-func-entry-exit=0 -fno-gnu-unique";
}

std::string wrap_options() {
  // Its own functions are the ones it calls, whatever names libraries have.
  std::string text = "-z\nnorelro\n-Bsymbolic\n";
  for (const char* name : wrapped) text += fmt::format("--wrap={}\n", name);
  return text;
}

}  // namespace

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    text.append(buffer, n);
  return ::pclose(pipe) == 0 ? text : std::string();
}

kev::Result<std::string> build_program(const ProgramSource& source) {
  std::error_code error;
  const fs::path path(source.path);
  if (!fs::is_regular_file(path, error))
    return kev::fail("no such program", {source.path, 0, 0}, "a C, C++ or object file");
  if (path.extension() == ".so")
    return kev::fail("a shared object is linked already, to functions that are not ours",
                     {source.path, 0, 0},
                     "give the object file (.o) or archive (.a) it is made of");
  std::string folder_name = (fs::temp_directory_path(error) / "kevsim-XXXXXX").string();
  if (error || ::mkdtemp(folder_name.data()) == nullptr)
    return kev::fail("cannot make a temporary folder", {folder_name, 0, 0});
  const fs::path folder(folder_name);
  const fs::path log = folder / "log";
  fs::path object = fs::absolute(path);
  const std::string compiler = !source.compiler.empty() ? source.compiler
                               : is_cpp(path)           ? "c++"
                                                        : "cc";
  const bool archive = path.extension() == ".a";
  if (path.extension() != ".o" && !archive) {
    object = folder / "program.o";
    std::string command =
        fmt::format("{} {} {}", quoted(compiler), compile_options, compiler_options(compiler));
    for (const std::string& define : source.defines) command += " " + quoted("-D" + define);
    if (!source.folder.empty()) command += " -iquote " + quoted(source.folder);
    if (is_cpp(path)) command += " -std=c++20";
    // Where the program lies must change neither its data nor its messages: __FILE__ is its name.
    if (path.has_parent_path())
      command += " " + quoted("-fmacro-prefix-map=" + path.parent_path().string() + "/=");
    command += fmt::format(" -c {} -o {} 2>{}", quoted(source.path), quoted(object.string()),
                           quoted(log.string()));
    if (std::system(command.c_str()) != 0) {
      auto failed = complaint("compile the program", source.path, log);
      fs::remove_all(folder, error);
      return failed;
    }
  }
  std::ofstream(folder / "wrap") << wrap_options();
  const fs::path library = folder / "program.so";
  // Not with libgcc.a, also behind -lgcc_s: it has a __wrap_pthread_create of its own, for split
  // stacks.
  const std::string command = fmt::format(
      "c++ -shared -nodefaultlibs {} {} {} -o {} -Wl,@{} -lstdc++ -lm -l:libgcc_s.so.1 -lc 2>{}",
      archive ? "-Wl,--whole-archive" : "", quoted(object.string()),
      archive ? "-Wl,--no-whole-archive" : "", quoted(library.string()),
      quoted((folder / "wrap").string()), quoted(log.string()));
  if (std::system(command.c_str()) != 0) {
    auto failed = complaint("link the program", source.path, log);
    fs::remove_all(folder, error);
    return failed;
  }
  return library.string();
}

}  // namespace sim
