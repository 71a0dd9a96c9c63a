#include <catch2/catch.hpp>
#include <vector>

#include "model/base/rcu_list.hpp"

namespace {

struct Node : kev::RcuListNode {
  explicit Node(int v) : value(v) {}
  int value;
};

std::vector<int> walk(const kev::RcuList& list, kev::RcuListNode* from) {
  std::vector<int> values;
  for (kev::RcuListNode* node = from; node != nullptr; node = list.next(*node))
    values.push_back(static_cast<Node*>(node)->value);
  return values;
}

}  // namespace

TEST_CASE("nodes are walked in the order linked, and removed from anywhere") {
  kev::RcuList list;
  CHECK(list.empty());
  Node a(1);
  Node b(2);
  Node c(3);
  for (Node* node : {&a, &b, &c}) list.push_back(*node);
  CHECK(walk(list, list.first()) == std::vector<int>{1, 2, 3});
  list.remove(b);
  CHECK(walk(list, list.first()) == std::vector<int>{1, 3});
  list.remove(a);
  list.remove(c);
  CHECK(list.empty());
}

TEST_CASE("a walker on a node that is removed goes on to what followed") {
  kev::RcuList list;
  Node a(1);
  Node b(2);
  Node c(3);
  for (Node* node : {&a, &b, &c}) list.push_back(*node);
  list.remove(b);
  CHECK(walk(list, &b) == std::vector<int>{2, 3});
  Node d(4);
  list.push_back(d);
  CHECK(walk(list, &b) == std::vector<int>{2, 3, 4});
}
