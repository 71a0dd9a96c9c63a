/* Everything of <threads.h>, used as it should be. */
#include <assert.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

mtx_t lock, nested;
cnd_t changed;
once_flag once = ONCE_FLAG_INIT;
tss_t key;
int ready, made, freed;

static void make(void) { made++; }
static void destroy(void* value) {
  mtx_lock(&lock);
  freed++;
  mtx_unlock(&lock);
  free(value);
}

static int consume(void* argument) {
  call_once(&once, make);
  tss_set(key, malloc(4));
  mtx_lock(&lock);
#ifdef BUG
  if (!ready) cnd_wait(&changed, &lock);
  assert(ready);
#else
  while (!ready) cnd_wait(&changed, &lock);
#endif
  ready--;
  mtx_unlock(&lock);
  assert(made == 1 && tss_get(key) != 0);
  return *(int*)argument;
}

static int produce(void* argument) {
  (void)argument;
  call_once(&once, make);
  mtx_lock(&nested);
  mtx_lock(&nested);
  mtx_unlock(&nested);
  mtx_unlock(&nested);
  for (int i = 0; i < 2; i++) {
    mtx_lock(&lock);
    ready++;
#ifdef BUG
    cnd_broadcast(&changed);
#else
    cnd_signal(&changed);
#endif
    mtx_unlock(&lock);
  }
  thrd_yield();
  thrd_exit(7);
}

int main(void) {
  thrd_t threads[3];
  int numbers[2] = {3, 4}, result = 0;
  struct timespec soon = {0, 1000};
  mtx_init(&lock, mtx_timed);
  mtx_init(&nested, mtx_plain | mtx_recursive);
  cnd_init(&changed);
  tss_create(&key, destroy);
  for (int i = 0; i < 2; i++) thrd_create(&threads[i], consume, &numbers[i]);
  thrd_create(&threads[2], produce, 0);
  assert(!thrd_equal(thrd_current(), threads[2]));
  for (int i = 0; i < 2; i++) {
    thrd_join(threads[i], &result);
    assert(result == numbers[i]);
  }
  thrd_join(threads[2], &result);
  assert(result == 7 && freed == 2 && ready == 0);
  int got = mtx_trylock(&lock);
  assert(got == thrd_success && mtx_timedlock(&lock, &soon) == thrd_timedout);
  int waited = cnd_timedwait(&changed, &lock, &soon);
  assert(waited == thrd_timedout);
  mtx_unlock(&lock);
  thrd_sleep(&soon, 0);
  mtx_destroy(&lock);
  cnd_destroy(&changed);
  return 0;
}
