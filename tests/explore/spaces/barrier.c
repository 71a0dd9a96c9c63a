/* Three meet. */
#include <pthread.h>
#include <stdatomic.h>
pthread_barrier_t all;
atomic_int count;
void* meet(void* a) {
  (void)a;
  atomic_fetch_add(&count, 1);
  pthread_barrier_wait(&all);
  atomic_fetch_add(&count, 1);
  return 0;
}
int main() {
  pthread_barrier_init(&all, 0, 3);
  pthread_t t[3];
  pthread_create(&t[0], 0, meet, 0);
  pthread_create(&t[1], 0, meet, 0);
  pthread_create(&t[2], 0, meet, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
