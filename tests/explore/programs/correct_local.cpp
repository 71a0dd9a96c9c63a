// thread_local variables, values by key, names of threads: each thread has its own.
#include <pthread.h>

#include <atomic>
#include <cassert>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<int> ended{0};
thread_local int number = 7;
thread_local int zero;

struct Log {
  std::vector<std::string> lines;
  ~Log() {
    if (!lines.empty()) ++ended;
  }
};
thread_local Log log_lines;

pthread_key_t key;
std::atomic<int> destroyed{0};
std::atomic<int> turn{0};

void work(int id) {
  assert(number == 7 && zero == 0);
  number = id;
  zero = -id;
  log_lines.lines.push_back(std::string(40, 'x'));
  assert(pthread_getspecific(key) == nullptr);
  pthread_setspecific(key, &number);
  pthread_setname_np(pthread_self(), "worker");
  ++turn;
  assert(number == id && zero == -id && log_lines.lines.size() == 1);
  assert(pthread_getspecific(key) == &number);
}

}  // namespace

int main() {
  pthread_key_create(&key, [](void*) { ++destroyed; });
  number = 1;
  std::thread a(work, 2);
  std::thread b(work, 3);
  a.join();
  b.join();
  assert(number == 1);
  assert(ended == 2 && destroyed == 2);
  return 0;
}
