// Fibers: order of switches, reuse of stacks and fibers, unwinding, exceptions.

#include "sim/engine/fiber.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using sim::Fiber;
using sim::StackPool;

/// A fiber that runs a function object.
class Body {
 public:
  Body(StackPool& pool, std::function<void(Fiber&)> body)
      : body_(std::move(body)), fiber_(pool, &Body::enter, this) {}
  [[nodiscard]] Fiber& fiber() { return fiber_; }
  void again() { fiber_.restart(&Body::enter, this); }

 private:
  static void enter(void* argument) {
    auto* self = static_cast<Body*>(argument);
    self->body_(self->fiber_);
  }

  std::function<void(Fiber&)> body_;
  Fiber fiber_;
};

/// Counts the objects alive.
class Canary {
 public:
  explicit Canary(int& alive) : alive_(alive) { ++alive_; }
  ~Canary() { --alive_; }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

 private:
  int& alive_;
};

/// How a process that writes there ends: the signal that it dies of, 0 when it survives.
int signal_of_write_at(char* address) {
  const pid_t child = fork();
  if (child == 0) {
    // Sanitizers would turn the signal into a report of theirs.
    static_cast<void>(std::signal(SIGSEGV, SIG_DFL));
    *static_cast<volatile char*>(address) = 1;
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("what runs over the end of its stack dies of it, and reaches no other stack") {
  StackPool pool;
  const StackPool::Stack stack = pool.take();
  char* const lowest = static_cast<char*>(stack.top) - stack.bytes;
  CHECK(signal_of_write_at(lowest) == 0);
  CHECK(signal_of_write_at(lowest - 1) == SIGSEGV);
  pool.give_back(stack);
}

TEST_CASE("two fibers and the main side take turns") {
  StackPool pool;
  std::string log;
  Body first(pool, [&](Fiber& self) {
    log += 'a';
    self.suspend();
    log += 'b';
  });
  Body second(pool, [&](Fiber& self) {
    log += 'x';
    self.suspend();
    log += 'y';
  });
  CHECK(log.empty());
  first.fiber().resume();
  second.fiber().resume();
  log += '|';
  second.fiber().resume();
  CHECK(second.fiber().finished());
  CHECK_FALSE(first.fiber().finished());
  first.fiber().resume();
  CHECK(first.fiber().finished());
  CHECK(log == "ax|yb");
}

TEST_CASE("a fiber may resume another") {
  StackPool pool;
  std::string log;
  Body inner(pool, [&](Fiber& self) {
    log += '1';
    self.suspend();
    log += '3';
  });
  Body outer(pool, [&](Fiber& self) {
    inner.fiber().resume();
    log += '2';
    self.suspend();
    inner.fiber().resume();
    CHECK(self.running());
    CHECK_FALSE(inner.fiber().running());
  });
  outer.fiber().resume();
  outer.fiber().resume();
  CHECK(log == "123");
}

TEST_CASE("who is handed over to suspends to the resumer, and so do those after it") {
  StackPool pool;
  std::string log;
  Body third(pool, [&](Fiber&) { log += '3'; });
  Body second(pool, [&](Fiber& self) {
    log += '2';
    self.suspend();
    log += '5';
    self.hand_over(third.fiber());
    log += '8';
  });
  Body first(pool, [&](Fiber& self) {
    log += '1';
    self.hand_over(second.fiber());
    log += '6';
    self.hand_over(second.fiber());
    log += '9';
  });
  Body outer(pool, [&](Fiber& self) {
    first.fiber().resume();
    log += 'a';
    self.suspend();
    second.fiber().resume();  // ends with the third
    log += 'b';
    first.fiber().resume();  // ends with the second
    log += 'c';
    CHECK(self.running());
  });
  outer.fiber().resume();
  CHECK(log == "12a");
  CHECK_FALSE(first.fiber().running());
  CHECK_FALSE(second.fiber().running());
  outer.fiber().resume();
  CHECK(log == "12a53b68c");
  CHECK(second.fiber().finished());
  CHECK(third.fiber().finished());
  first.fiber().resume();
  CHECK(log == "12a53b68c9");
  CHECK(first.fiber().finished());
}

TEST_CASE("a fiber that has handed over is unwound where it stands, and hands over no more") {
  StackPool pool;
  int alive = 0;
  bool ran = false;
  Body last(pool, [&](Fiber&) { ran = true; });
  {
    Body second(pool, [&](Fiber& self) {
      const Canary here(alive);
      self.suspend();
    });
    Body first(pool, [&](Fiber& self) {
      struct Leaves {
        Fiber& self;
        Fiber& last;
        ~Leaves() { self.hand_over(last); }
      } const leaves{self, last.fiber()};
      const Canary here(alive);
      self.hand_over(second.fiber());
    });
    first.fiber().resume();
    CHECK(alive == 2);
  }
  CHECK(alive == 0);
  CHECK_FALSE(ran);
}

TEST_CASE("fibers that hand over inside handlers keep their own exceptions") {
  StackPool pool;
  std::string log;
  const auto handler = [&log](const char* name, Fiber* next) {
    return [&log, name, next](Fiber& self) {
      try {
        throw std::runtime_error(name);
      } catch (const std::runtime_error&) {
        if (next == nullptr)
          self.suspend();
        else
          self.hand_over(*next);
        try {
          throw;  // its own
        } catch (const std::runtime_error& error) {
          log += error.what();
        }
      }
    };
  };
  Body second(pool, handler("b", nullptr));
  Body first(pool, handler("a", &second.fiber()));
  first.fiber().resume();
  CHECK(std::current_exception() == nullptr);
  first.fiber().resume();
  second.fiber().resume();
  CHECK(log == "ab");
  CHECK(std::uncaught_exceptions() == 0);
}

TEST_CASE("stacks are reused, a fiber that never ran takes none") {
  StackPool pool;
  for (int i = 0; i < 100; ++i) {
    Body body(pool, [](Fiber& self) { self.suspend(); });
    CHECK(pool.in_use() == 0);
    body.fiber().resume();
    CHECK(pool.in_use() == 1);
  }
  CHECK(pool.mapped() == 1);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("many fibers have separate stacks") {
  StackPool pool;
  constexpr int count = 200;
  std::vector<std::unique_ptr<Body>> bodies;
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    bodies.push_back(std::make_unique<Body>(pool, [&sum, i](Fiber& self) {
      volatile int own[1024];
      for (volatile int& cell : own) cell = i;
      self.suspend();
      for (volatile int& cell : own) sum += cell == i ? 1 : 0;
    }));
  }
  for (auto& body : bodies) body->fiber().resume();
  for (auto& body : bodies) body->fiber().resume();
  CHECK(sum == count * 1024);
  CHECK(pool.mapped() == count);
}

TEST_CASE("a finished fiber restarts on the stack it has") {
  StackPool pool;
  int runs = 0;
  Body body(pool, [&](Fiber& self) {
    ++runs;
    self.suspend();
    ++runs;
  });
  for (int i = 0; i < 50; ++i) {
    body.fiber().resume();
    body.fiber().resume();
    CHECK(body.fiber().finished());
    body.again();
    CHECK_FALSE(body.fiber().finished());
  }
  CHECK(runs == 100);
  CHECK(pool.mapped() == 1);
}

TEST_CASE("destroying a suspended fiber runs the destructors on its stack, wherever it stands") {
  constexpr int suspensions = 5;
  for (int stop_at = 0; stop_at <= suspensions; ++stop_at) {
    StackPool pool;
    int alive = 0;
    int alive_while_suspended = 0;
    int resumed = 0;
    {
      Body body(pool, [&alive, &resumed](Fiber& self) {
        std::vector<std::unique_ptr<Canary>> canaries;
        for (int i = 0; i < suspensions; ++i) {
          const Canary in_loop(alive);
          canaries.push_back(std::make_unique<Canary>(alive));
          self.suspend();
          ++resumed;
        }
      });
      for (int i = 0; i < stop_at; ++i) body.fiber().resume();
      alive_while_suspended = alive;
    }
    INFO("destroyed at suspension " << stop_at);
    CHECK(alive_while_suspended == (stop_at == 0 ? 0 : stop_at + 1));
    CHECK(alive == 0);
    CHECK(resumed == std::max(stop_at - 1, 0));  // nothing after the suspension ran
    CHECK(pool.in_use() == 0);
  }
}

TEST_CASE("a fiber that is unwound may be restarted") {
  StackPool pool;
  int alive = 0;
  Body body(pool, [&](Fiber& self) {
    const Canary canary(alive);
    self.suspend();
  });
  body.fiber().resume();
  CHECK(alive == 1);
  body.fiber().unwind();
  CHECK(alive == 0);
  CHECK(body.fiber().finished());
  body.again();
  body.fiber().resume();
  CHECK(alive == 1);
}

TEST_CASE("a destructor may pass a choice point while its fiber is unwound") {
  StackPool pool;
  bool passed = false;
  struct Unlocks {
    Fiber& fiber;
    bool& passed;
    ~Unlocks() {
      fiber.suspend();
      passed = fiber.unwinding();
    }
  };
  {
    Body body(pool, [&](Fiber& self) {
      const Unlocks guard{self, passed};
      self.suspend();
    });
    body.fiber().resume();
  }
  CHECK(passed);
}

TEST_CASE("exceptions that are caught inside a fiber stay inside") {
  StackPool pool;
  std::string log;
  Body body(pool, [&](Fiber& self) {
    try {
      self.suspend();
      throw std::runtime_error("first");
    } catch (const std::runtime_error& error) {
      log += error.what();
    }
    self.suspend();
    log += " after";
  });
  for (int i = 0; i < 3; ++i) body.fiber().resume();
  CHECK(body.fiber().finished());
  CHECK(log == "first after");
}

TEST_CASE("fibers that suspend inside handlers keep their own exceptions") {
  StackPool pool;
  std::string log;
  const auto handler = [&log](const char* name) {
    return [&log, name](Fiber& self) {
      try {
        throw std::runtime_error(name);
      } catch (const std::runtime_error&) {
        self.suspend();
        try {
          throw;  // the one this fiber is handling, not the other fiber's
        } catch (const std::runtime_error& error) {
          log += error.what();
        }
      }
    };
  };
  Body first(pool, handler("a"));
  Body second(pool, handler("b"));
  first.fiber().resume();
  second.fiber().resume();
  CHECK(std::current_exception() == nullptr);
  CHECK(std::uncaught_exceptions() == 0);
  first.fiber().resume();
  second.fiber().resume();
  CHECK(log == "ab");
}

TEST_CASE("a fiber that suspends in a handler is unwound too") {
  StackPool pool;
  int alive = 0;
  {
    Body body(pool, [&](Fiber& self) {
      const Canary outside(alive);
      try {
        throw std::runtime_error("handled");
      } catch (const std::runtime_error&) {
        const Canary inside(alive);
        self.suspend();
      }
    });
    body.fiber().resume();
    CHECK(alive == 2);
  }
  CHECK(alive == 0);
  CHECK(std::current_exception() == nullptr);
}
