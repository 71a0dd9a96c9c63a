#include "tests/tidy/tree.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "tests/tidy/cpp_text.hpp"

namespace tidy {

namespace fs = std::filesystem;

namespace {

constexpr std::array text_endings{".cpp", ".hpp",  ".h",    ".txt", ".cmake",
                                  ".md",  ".toml", ".json", ".sh"};

// Input and expected output of programs, kept byte for byte.
constexpr std::array data_folders{"traces/", "tests/scenario/bad/"};

bool is_data(const std::string& path) {
  return !path.ends_with(".md") &&
         std::any_of(data_folders.begin(), data_folders.end(),
                     [&](const char* folder) { return path.starts_with(folder); });
}

// Programs of the tree are shell scripts without an ending.
bool is_text(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (is_data(path)) return false;
  if (name.find('.', 1) == std::string::npos) return true;
  return std::any_of(text_endings.begin(), text_endings.end(),
                     [&](const char* ending) { return name.ends_with(ending); });
}

// What git tracks or would track; nothing when `root` is no checkout or git is not installed.
std::vector<std::string> list_with_git(const std::string& root) {
  std::vector<std::string> paths;
  if (!fs::exists(root + "/.git")) return paths;
  const std::string command =
      "git -C '" + root + "' ls-files -z --cached --others --exclude-standard 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return paths;
  std::string path;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    if (c != 0) {
      path += static_cast<char>(c);
    } else {
      paths.push_back(std::exchange(path, {}));
    }
  }
  return paths;
}

std::vector<std::string> list_by_walking(const std::string& root) {
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator entry(root), end; entry != end; ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (name == ".git" || name == "build" || name == "findings"))
      entry.disable_recursion_pending();
    else if (entry->is_regular_file())
      paths.push_back(fs::relative(entry->path(), root).generic_string());
  }
  return paths;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Tree load_tree(const std::string& root) {
  std::vector<std::string> paths = list_with_git(root);
  if (paths.empty()) paths = list_by_walking(root);
  std::sort(paths.begin(), paths.end());
  Tree tree;
  for (const std::string& path : paths) {
    std::ifstream stream(root + '/' + path, std::ios::binary);
    if (!stream) continue;  // deleted, and git was not told yet
    if (is_text(path)) {
      add_file(tree, path, std::string(std::istreambuf_iterator<char>(stream), {}));
    } else {
      tree.paths.push_back(path);
    }
  }
  return tree;
}

void add_file(Tree& tree, std::string path, std::string text) {
  File file{std::move(path), std::move(text), {}, {}};
  file.lines = split_lines(file.text);
  if (is_cpp(file)) file.code = code_only(file.text);
  tree.paths.push_back(file.path);
  tree.files.push_back(std::move(file));
}

Tree tree_of(std::string path, std::string text) {
  Tree tree;
  add_file(tree, std::move(path), std::move(text));
  return tree;
}

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool is_header(const File& file) {
  return file.path.ends_with(".hpp");
}
bool is_cpp(const File& file) {
  return is_header(file) || file.path.ends_with(".cpp");
}
bool is_markdown(const File& file) {
  return file.path.ends_with(".md");
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

int line_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace tidy
