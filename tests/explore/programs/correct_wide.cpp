// A stack of nodes whose top carries a number that grows with each change: sixteen bytes at once.
#include <atomic>
#include <cassert>
#include <cstdint>
#include <thread>

namespace {

struct Node {
  Node* next;
};
struct alignas(16) Top {
  Node* node;
  std::uint64_t number;
};
std::atomic<Top> top;
Node nodes[3];

void push(Node* node) {
  Top old = top.load();
  do {
    node->next = old.node;
  } while (!top.compare_exchange_weak(old, {node, old.number + 1}));
}

Node* pop() {
  Top old = top.load();
  while (old.node != nullptr && !top.compare_exchange_weak(old, {old.node->next, old.number + 1})) {
  }
  return old.node;
}

}  // namespace

int main() {
  for (Node& node : nodes) push(&node);
  Node* a = nullptr;
  Node* b = nullptr;
  std::thread one([&] { a = pop(); });
  std::thread two([&] { b = pop(); });
  one.join();
  two.join();
  assert(a != b && a != nullptr && b != nullptr);
  return 0;
}
