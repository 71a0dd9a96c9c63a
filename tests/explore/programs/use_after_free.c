/* The owner may free the box while the other thread still reads it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
atomic_int* box;
atomic_int done;
void* reader(void* a) {
  (void)a;
  atomic_load(box);
  atomic_store(&done, 1);
  return 0;
}
int main() {
  box = malloc(sizeof(*box));
  atomic_store(box, 1);
  pthread_t t;
  pthread_create(&t, 0, reader, 0);
  atomic_load(&done);
  free(box);
  pthread_join(t, 0);
  return 0;
}
