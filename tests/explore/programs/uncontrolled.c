/* Asks the processor for the time, which nobody can intercept. */
#include <pthread.h>
#include <stdatomic.h>
#include <x86intrin.h>
atomic_int last;
void* look(void* a) {
  (void)a;
  atomic_store(&last, (int)__rdtsc());
  return 0;
}
int main() {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, look, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
