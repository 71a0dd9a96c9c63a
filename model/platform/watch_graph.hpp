#pragma once
// Which files watch which. An event queue has readiness of its own, so another queue may watch it;
// chains are allowed, circles are not: in a circle one event would wake the queues for ever, and
// files would keep each other alive.
//
// Source of the rules: Linux' epoll, which refuses to watch itself (EINVAL), and circles and chains
// of more than five files (ELOOP, EP_MAX_NESTS 4). The 2006 patches had no such check.
// Requires: one caller at a time, for all nodes of a machine; the platform has a mutex for it.
// Cost: as many steps as there are watches above and below the two files.

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <cerrno>
#include <cstdint>

namespace kev {

class WatchNode;

/// One file watches another; embedded in whatever stands for that.
struct Watch {
  WatchNode* watcher = nullptr;
  WatchNode* watched = nullptr;
  boost::intrusive::list_member_hook<> above_hook;
  boost::intrusive::list_member_hook<> below_hook;
};

/// A file that can watch others.
class WatchNode {
 private:
  friend class WatchGraph;
  template <boost::intrusive::list_member_hook<> Watch::* hook>
  using Watches = boost::intrusive::list<
      Watch, boost::intrusive::member_hook<Watch, boost::intrusive::list_member_hook<>, hook>>;

  Watches<&Watch::above_hook> watchers_;
  Watches<&Watch::below_hook> watched_;
  std::uint64_t visit_ = 0;  ///< the walk that has seen it
  int longest_ = 0;          ///< and the longest chain from here that it found
};

class WatchGraph {
 public:
  static constexpr int longest_chain = 4;  ///< watches in a row

  /// 0, -EINVAL (itself), -ELOOP (a circle, or too long a chain).
  int add(Watch& watch, WatchNode& watcher, WatchNode& watched) {
    if (&watcher == &watched) return -EINVAL;
    ++visit_;
    const int below = longest_below(watched);
    if (watcher.visit_ == visit_) return -ELOOP;  // it is below itself
    ++visit_;
    if (longest_above(watcher) + 1 + below > longest_chain) return -ELOOP;
    watch.watcher = &watcher;
    watch.watched = &watched;
    watcher.watched_.push_back(watch);
    watched.watchers_.push_back(watch);
    return 0;
  }

  /// Nothing happens when it was not added.
  void remove(Watch& watch) {
    if (watch.watcher == nullptr) return;
    watch.watcher->watched_.erase(watch.watcher->watched_.iterator_to(watch));
    watch.watched->watchers_.erase(watch.watched->watchers_.iterator_to(watch));
    watch.watcher = watch.watched = nullptr;
  }

 private:
  int longest_below(WatchNode& node) {
    return longest<&WatchNode::watched_, &Watch::watched>(node);
  }
  int longest_above(WatchNode& node) {
    return longest<&WatchNode::watchers_, &Watch::watcher>(node);
  }
  // Chains are short, so recursion is shallow; a node is worked out once a walk.
  template <auto watches, auto far_end>
  int longest(WatchNode& node) {
    if (node.visit_ == visit_) return node.longest_;
    node.visit_ = visit_;
    node.longest_ = 0;
    for (Watch& watch : node.*watches)
      node.longest_ = std::max(node.longest_, 1 + longest<watches, far_end>(*(watch.*far_end)));
    return node.longest_;
  }

  std::uint64_t visit_ = 0;
};

}  // namespace kev
