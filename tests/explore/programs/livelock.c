/* Waits for a flag that nobody sets any more. */
#include <pthread.h>
#include <stdatomic.h>
atomic_int ready, taken;
void* a(void* x) {
  (void)x;
  if (atomic_exchange(&taken, 1) == 0) atomic_store(&ready, 1);
  return 0;
}
void* b(void* x) {
  (void)x;
  if (atomic_exchange(&taken, 1) == 0) return 0;
  while (!atomic_load(&ready)) {
  }
  atomic_store(&ready, 0);
  while (!atomic_load(&ready)) {
  }
  return 0;
}
int main() {
  pthread_t t[2];
  pthread_create(&t[0], 0, a, 0);
  pthread_create(&t[1], 0, b, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
