/* Check and act are two steps: both threads may see the box full. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
atomic_intptr_t box;
void* drop(void* a) {
  (void)a;
  void* mine = (void*)atomic_load(&box);
  atomic_store(&box, 0);
  if (mine) free(mine);
  return 0;
}
int main() {
  atomic_store(&box, (intptr_t)malloc(8));
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, drop, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
