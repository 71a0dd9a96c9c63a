#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

#include "sim/vfs/name_space.hpp"
#include "tests/support/explore.hpp"
#include "tests/support/fixed_disk.hpp"
#include "tests/support/kind_program.hpp"

using namespace test;

namespace {

std::unique_ptr<kev::OriginListener> make_storage(void* platform) {
  return static_cast<sim::SimPlatform*>(platform)->make_listener();
}

/// A file system whose inodes can be watched.
struct Names {
  explicit Names(TestMachine& m)
      : disk(m.kernel(), m->faults, std::make_unique<FixedDisk>(m->engine, kev::Duration(1000)),
             sim::find_elevator_kind("noop")->make({}), sim::BlockParams{}),
        files(m.kernel(), disk, options(m)),
        names(m.kernel(), files),
        m_(m) {}

  int open(sim::Inode& inode) { return m_->files.install(*files.open(inode)); }
  int open_root() { return open(names.root()); }
  sim::Inode& at_root(const char* name) { return *names.find(names.root(), name); }

  sim::DiskHost disk;
  sim::FileSystem files;
  sim::NameSpace names;

 private:
  static sim::FileSystemOptions options(TestMachine& m) {
    sim::FileSystemOptions out;
    out.origins = &make_storage;
    out.machine = &m.platform();
    return out;
  }
  TestMachine& m_;
};

abi::ukevent watch(int descriptor, std::uint32_t flags = 0,
                   std::uint32_t mask = abi::KEVENT_MASK_ALL) {
  return QueueUser::request(abi::KEVENT_INODE, static_cast<std::uint32_t>(descriptor), flags, mask);
}

constexpr std::uint32_t broken = abi::KEVENT_RET_DONE | abi::KEVENT_RET_BROKEN;

}  // namespace

TEST_CASE("a watched directory tells of names made and names gone, as its mask says") {
  TestMachine m;
  Names fs(m);
  in_program(m, [&](QueueUser& user, int queue) {
    const int first = fs.open_root();
    const int second = fs.open_root();
    CHECK(user.add(queue, watch(first, 0, abi::KEVENT_INODE_CREATE)) == 0);
    CHECK(user.add(queue, watch(second, 0, abi::KEVENT_INODE_REMOVE)) == 0);
    CHECK(look(user, queue) == 0);
    CHECK(fs.names.create(fs.names.root(), "a", 100) == 0);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().id.raw[0] == static_cast<std::uint32_t>(first));
    CHECK(user.event().ret_flags == abi::KEVENT_RET_DONE);
    CHECK(look(user, queue) == 0);  // it happened once
    CHECK(fs.names.remove(fs.names.root(), "a") == 0);
    CHECK(look(user, queue) == 1);
    CHECK(user.event().id.raw[0] == static_cast<std::uint32_t>(second));
    CHECK(fs.names.make_directory(fs.names.root(), "d") == 0);
    CHECK(fs.names.create(fs.names.root(), "b") == 0);
    CHECK(look(user, queue) == 1);  // merged
    for (const int descriptor : {first, second}) {
      CHECK(user.remove(queue, watch(descriptor)) == 0);
      CHECK(m.calls().close(descriptor) == 0);
    }
  });
}

TEST_CASE("by default the first watcher of a directory is told, with WAKEUP_ALL every one") {
  TestMachine m;
  Names fs(m);
  in_program(m, [&](QueueUser& user, int queue) {
    const int plain_first = fs.open_root();
    const int plain_second = fs.open_root();
    const int all = fs.open_root();
    CHECK(user.add(queue, watch(plain_first)) == 0);
    CHECK(user.add(queue, watch(plain_second, abi::KEVENT_REQ_ONESHOT)) == 0);
    CHECK(user.add(queue, watch(all, abi::KEVENT_REQ_WAKEUP_ALL)) == 0);
    CHECK(fs.names.create(fs.names.root(), "a") == 0);
    CHECK(look(user, queue) == 2);
    CHECK(user.event(0).id.raw[0] == static_cast<std::uint32_t>(plain_first));
    CHECK(user.event(1).id.raw[0] == static_cast<std::uint32_t>(all));
    CHECK(fs.names.create(fs.names.root(), "b") == 0);
    CHECK(fs.names.create(fs.names.root(), "c") == 0);  // the first is ready already
    CHECK(look(user, queue) == 3);
    CHECK(user.ready(queue, watch(plain_second)) == 0);  // one-shot: gone
    for (const int descriptor : {plain_first, plain_second, all}) m.calls().close(descriptor);
  });
}

TEST_CASE("when a directory is removed, each of its watchers is broken, once") {
  TestMachine m;
  Names fs(m);
  in_program(m, [&](QueueUser& user, int queue) {
    CHECK(fs.names.make_directory(fs.names.root(), "d") == 0);
    sim::Inode& directory = fs.at_root("d");
    int descriptors[3];
    for (int& descriptor : descriptors) {
      descriptor = fs.open(directory);
      CHECK(user.add(queue, watch(descriptor)) == 0);
    }
    CHECK(fs.names.remove(fs.names.root(), "d") == 0);
    CHECK(look(user, queue) == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(user.event(i).ret_flags == broken);
    CHECK(look(user, queue) == 0);
    // Closing it, and watching what has no name any more.
    CHECK(m.calls().close(descriptors[0]) == 0);
    CHECK(refused(user, queue, watch(descriptors[1])) == EEXIST);
    CHECK(user.remove(queue, watch(descriptors[1])) == 0);
    CHECK(refused(user, queue, watch(descriptors[1])) == ENOENT);
    CHECK(fs.names.create(directory, "late") == -ENOENT);
    CHECK(m.calls().close(descriptors[1]) == 0);
    CHECK(m.calls().close(descriptors[2]) == 0);
  });
}

TEST_CASE("names: their errors leave everything as it was, and nobody is told") {
  TestMachine m;
  Names fs(m);
  in_program(m, [&](QueueUser& user, int queue) {
    sim::Inode& root = fs.names.root();
    CHECK(fs.names.create(root, "a") == 0);
    CHECK(fs.names.make_directory(root, "d") == 0);
    CHECK(fs.names.create(fs.at_root("d"), "x") == 0);
    const int descriptor = fs.open_root();
    CHECK(user.add(queue, watch(descriptor)) == 0);
    CHECK(fs.names.create(root, "a") == -EEXIST);
    CHECK(fs.names.create(fs.at_root("a"), "b") == -ENOTDIR);
    CHECK(fs.names.remove(root, "d") == -ENOTEMPTY);
    CHECK(fs.names.remove(root, "none") == -ENOENT);
    CHECK(fs.names.create(root, "big", std::uint64_t{1} << 60) == -ENOSPC);
    CHECK(look(user, queue) == 0);
    CHECK(user.remove(queue, watch(descriptor)) == 0);
    CHECK(m.calls().close(descriptor) == 0);
  });
}

TEST_CASE("what is no file of a file system cannot be watched as an inode") {
  in_program([](TestMachine&, QueueUser& user, int queue) {
    CHECK(refused(user, queue, watch(99)) == EBADF);
    CHECK(refused(user, queue, watch(queue)) == EINVAL);
  });
}

TEST_CASE("a descriptor's number given to another file does not change what is watched") {
  TestMachine m;
  Names fs(m);
  in_program(m, [&](QueueUser& user, int queue) {
    CHECK(fs.names.make_directory(fs.names.root(), "d") == 0);
    const int descriptor = fs.open_root();
    CHECK(user.add(queue, watch(descriptor)) == 0);
    CHECK(m.calls().close(descriptor) == 0);
    const int reused = fs.open(fs.at_root("d"));
    CHECK(reused == descriptor);
    CHECK(fs.names.create(fs.at_root("d"), "x") == 0);
    CHECK(look(user, queue) == 0);
    CHECK(fs.names.create(fs.names.root(), "y") == 0);
    CHECK(look(user, queue) == 1);
    CHECK(m.calls().close(reused) == 0);
  });
}

TEST_CASE("a directory is removed while it is watched, unwatched and watched again") {
  std::shared_ptr<Names> fs;
  under_all(
      [&fs](TestMachine& m) {
        fs = std::make_shared<Names>(m);
        m.thread("program", [&m, fs] {
          CHECK(fs->names.make_directory(fs->names.root(), "d") == 0);
          const int queue = m.calls().kevent_init();
          const int descriptor = fs->open(fs->at_root("d"));
          auto told = std::make_shared<int>(0);
          auto ended = std::make_shared<int>(0);
          m.thread("watcher", [&m, fs, told, ended, queue, descriptor] {
            QueueUser user(m);
            bool registered = user.add(queue, watch(descriptor, abi::KEVENT_REQ_ET)) == 0;
            if (!registered && user.answer().ret_data[1] == ENOENT) ++*told;
            if (registered && user.remove(queue, watch(descriptor)) == 0) {
              registered = user.add(queue, watch(descriptor)) == 0;
              if (!registered && user.answer().ret_data[1] == ENOENT) ++*told;
            }
            while (registered && *told == 0) {
              CHECK(user.wait(queue, 1, 1) == 1);
              if ((user.event().ret_flags & abi::KEVENT_RET_BROKEN) != 0) ++*told;
            }
            CHECK(look(user, queue) == 0);
            if (++*ended == 2) m.calls().close(queue);
          });
          m.thread("remover", [&m, fs, ended, queue, descriptor] {
            sim::Inode& directory = fs->at_root("d");
            CHECK(fs->names.create(directory, "x") == 0);
            CHECK(fs->names.remove(directory, "x") == 0);
            CHECK(fs->names.remove(fs->names.root(), "d") == 0);
            m.calls().close(descriptor);
            if (++*ended == 2) m.calls().close(queue);
          });
        });
      },
      [&fs](TestMachine& m) {
        REQUIRE(m->allocator.live() == 0);
        REQUIRE(m->rcu.idle());
        fs.reset();  // before its machine
      });
}
