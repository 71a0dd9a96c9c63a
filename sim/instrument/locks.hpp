#pragma once
// Mutexes, reader-writer locks, semaphores, condition variables, barriers and one-time
// initialisation of an explored program: what the hooks do once they know that the program runs.
// Results are those of the pthread functions (0 or an errno), with the semaphore's translated.
//
// Modelled: who gets a free lock, and which waiter a signal wakes, are choices; when they are asked
// for, also waits that end without a signal, once a thread (they show a program that forgets its
// loop, and double the ways to go in all others).

#include "sim/instrument/mutex_steps.hpp"
#include "sim/instrument/runtime.hpp"
#include "sim/instrument/sync_objects.hpp"

namespace sim {

int try_lock_mutex(Runtime& runtime, UserMutex& mutex, const void* pc);

int lock_spin(Runtime& runtime, volatile int& lock, const void* pc);
int try_lock_spin(Runtime& runtime, volatile int& lock, const void* pc);
int unlock_spin(Runtime& runtime, volatile int& lock, const void* pc);

int wait_condition(Runtime& runtime, UserCondition& condition, UserMutex& mutex, const void* pc);
/// May run out at any moment: ETIMEDOUT, and the clock shows `until` (Runtime::now).
int wait_condition_timed(Runtime& runtime, UserCondition& condition, UserMutex& mutex,
                         std::int64_t until, const void* pc);
void signal_condition(Runtime& runtime, UserCondition& condition, const void* pc);
void broadcast_condition(Runtime& runtime, UserCondition& condition, const void* pc);

int read_lock(Runtime& runtime, UserRwLock& lock, const void* pc);
int write_lock(Runtime& runtime, UserRwLock& lock, const void* pc);
int try_read_lock(Runtime& runtime, UserRwLock& lock, const void* pc);
int try_write_lock(Runtime& runtime, UserRwLock& lock, const void* pc);
int unlock_rw(Runtime& runtime, UserRwLock& lock, const void* pc);

void wait_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc);
/// False when it is 0.
bool try_wait_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc);
void post_semaphore(Runtime& runtime, UserSemaphore& semaphore, const void* pc);
std::uint32_t value_of(Runtime& runtime, UserSemaphore& semaphore, const void* pc);

/// True for the thread that arrives last.
bool wait_barrier(Runtime& runtime, UserBarrier& barrier, const void* pc);

/// True: the caller initialises, and says end_once; false: it is done. `state` is the program's.
bool begin_once(Runtime& runtime, OnceState& state, const void* pc);
void end_once(Runtime& runtime, OnceState& state, OnceState end, const void* pc);

/// Waits while *word is `expected`; false when it was not. Wakes one after the other, at most
/// `count`, and says how many.
bool wait_futex(Runtime& runtime, const volatile std::uint32_t* word, std::uint32_t expected,
                const void* pc);
/// The same, with a time that may run out at any moment.
enum class FutexEnd : std::uint8_t { woken, differed, timed_out };
FutexEnd wait_futex_timed(Runtime& runtime, const volatile std::uint32_t* word,
                          std::uint32_t expected, std::int64_t until, const void* pc);
std::uint32_t wake_futex(Runtime& runtime, const volatile std::uint32_t* word, std::uint32_t count,
                         const void* pc);

}  // namespace sim
