/* Every kind of lock, used well: nothing may be reported, in any schedule. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, recursive;
pthread_cond_t cv = PTHREAD_COND_INITIALIZER;
pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_barrier_t barrier;
pthread_spinlock_t spin;
sem_t items;
int shared, made, full, spun, tried, counted;
atomic_int stop;
void make() { made++; }
void* first(void* a) {
  pthread_once(&once, make);
  pthread_rwlock_wrlock(&rw);
  shared = 1;
  pthread_rwlock_unlock(&rw);
  pthread_mutex_lock(&m);
  full = 1;
  pthread_cond_signal(&cv);
  pthread_mutex_unlock(&m);
  pthread_barrier_wait(&barrier);
  pthread_spin_lock(&spin);
  spun++;
  pthread_spin_unlock(&spin);
  counted = 1;
  sem_post(&items);
  while (!atomic_load(&stop)) sched_yield();
  return a;
}
void* second(void* a) {
  pthread_once(&once, make);
  pthread_rwlock_rdlock(&rw);
  int seen = shared;
  (void)seen;
  pthread_rwlock_unlock(&rw);
  pthread_mutex_lock(&m);
  while (!full) pthread_cond_wait(&cv, &m);
  pthread_mutex_unlock(&m);
  pthread_barrier_wait(&barrier);
  pthread_spin_lock(&spin);
  spun++;
  pthread_spin_unlock(&spin);
  sem_wait(&items);
  assert(counted == 1);
  pthread_mutex_lock(&recursive);
  pthread_mutex_lock(&recursive);
  pthread_mutex_unlock(&recursive);
  pthread_mutex_unlock(&recursive);
  if (pthread_mutex_trylock(&m) == 0) {
    tried++;
    pthread_mutex_unlock(&m);
  }
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  pthread_mutex_lock(&m);
  pthread_cond_timedwait(&cv, &m, &until);
  pthread_mutex_unlock(&m);
  usleep(100);
  atomic_store(&stop, 1);
  return a;
}
int main() {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &kind);
  pthread_barrier_init(&barrier, 0, 2);
  pthread_spin_init(&spin, 0);
  sem_init(&items, 0, 0);
  char* text = strdup("text");
  char bytes[4] = {0};
  pthread_t t[2];
  void* result = 0;
  pthread_create(&t[0], 0, first, bytes);
  pthread_create(&t[1], 0, second, bytes);
  pthread_join(t[0], &result);
  pthread_join(t[1], 0);
  assert(result == bytes && made == 1 && spun == 2);
  free(text);
  return 0;
}
