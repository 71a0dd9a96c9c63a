#pragma once
// An unmodified program: compiled with -fsanitize=thread against our hooks instead of that
// sanitizer's library, loaded into this process, run again and again. Its variables are restored
// from an image before each execution, which is taken after its static initialisation.
//
// Errors: a file that cannot be read, compiled, linked or loaded, with the compiler's words.
// Limits: one program a process at a time; main() gets no arguments; what it prints is printed by
// every execution (callers send it away).

#include <memory>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/instrument/code_places.hpp"
#include "sim/instrument/runtime.hpp"
#include "sim/instrument/symbols.hpp"

namespace sim {

struct ProgramSource {
  std::string path;                  ///< C, C++ or an object file
  std::vector<std::string> defines;  ///< NAME or NAME=VALUE
  std::string compiler;              ///< empty: cc or c++, by the file's name
  std::string folder = {};           ///< of its own headers, when they do not lie beside it
};

class Program {
 public:
  [[nodiscard]] static kev::Result<std::unique_ptr<Program>> load(const ProgramSource& source,
                                                                  const RuntimeOptions& options);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// One execution, from the beginning.
  void run(Strategy& strategy);
  [[nodiscard]] Runtime& runtime() { return runtime_; }
  /// "file:line" for code places, from now on; slower, for the executions that are shown.
  void name_lines() { lines_ = std::make_unique<CodePlaces>(file_, base_); }
  [[nodiscard]] std::string object_name(std::uint32_t object) const;
  [[nodiscard]] std::string place_name(std::uintptr_t pc) const;

 private:
  explicit Program(const RuntimeOptions& options) : runtime_(options) {}
  kev::Result<bool> open(const std::string& library);
  static void* run_main(void* program);

  Runtime runtime_;
  void* library_ = nullptr;
  int (*main_)(int, char**, char**) = nullptr;
  Symbols symbols_;
  std::string file_;  ///< the shared object, kept while it is loaded
  std::uintptr_t base_ = 0;
  std::uintptr_t data_ = 0;
  std::vector<unsigned char> image_;
  std::unique_ptr<CodePlaces> lines_;  ///< null: places are told by symbol
};

}  // namespace sim
