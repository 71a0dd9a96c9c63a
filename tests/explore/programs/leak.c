/* Whoever comes second replaces the block of the first. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
atomic_intptr_t cache;
void* fill(void* a) {
  (void)a;
  if (atomic_load(&cache) == 0) atomic_store(&cache, (intptr_t)malloc(32));
  return 0;
}
int main() {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, fill, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
