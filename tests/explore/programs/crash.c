/* Uses what the other thread may not have set yet. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
atomic_intptr_t box;
int value;
void* publish(void* a) {
  (void)a;
  atomic_store(&box, (intptr_t)&value);
  return 0;
}
int main() {
  pthread_t t;
  pthread_create(&t, 0, publish, 0);
  *(int*)atomic_load(&box) = 1;
  pthread_join(t, 0);
  return 0;
}
