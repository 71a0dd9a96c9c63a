/* One of three initialises. */
#include <pthread.h>
#include <stdatomic.h>
pthread_once_t once = PTHREAD_ONCE_INIT;
atomic_int made;
void make() { atomic_fetch_add(&made, 1); }
void* use(void* a) {
  (void)a;
  pthread_once(&once, make);
  atomic_load(&made);
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, use, 0);
  pthread_create(&t[1], 0, use, 0);
  pthread_create(&t[2], 0, use, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
