// Threads that wait for an atomic variable to change, as the C++ library has it.
#include <atomic>
#include <thread>

std::atomic<int> flag{0};

int main() {
  std::thread one([] { flag.wait(0); });
  std::thread two([] {
    flag = 1;
    flag.notify_all();
  });
  one.join();
  two.join();
}
