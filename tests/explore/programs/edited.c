/* A failure that needs four turns; EDITED has steps more, SHORTER one step less. MENDED does not
 * fail there any more, but where the last turns go another way. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
atomic_int x, y, noise;
void* writer(void* a) {
  (void)a;
#ifdef EDITED
  atomic_fetch_add(&noise, 1);
#endif
  atomic_store(&x, 1);
#ifdef EDITED
  atomic_load(&noise);
  atomic_load(&noise);
#endif
  atomic_store(&y, 1);
#ifndef SHORTER
  atomic_load(&noise);
#endif
  atomic_store(&x, 2);
  return 0;
}
void* reader(void* a) {
  (void)a;
#ifdef EDITED
  atomic_fetch_add(&noise, 2);
#endif
  int first = atomic_load(&x);
#ifndef SHORTER
  atomic_load(&noise);
#endif
  int second = atomic_load(&y);
  int third = atomic_load(&x);
#ifdef MENDED
  assert(!(first == 1 && second == 1 && third == 2));
#else
  assert(!(first == 1 && second == 1 && third == 1));
#endif
  return 0;
}
int main() {
  pthread_t t[2];
  pthread_create(&t[0], 0, writer, 0);
  pthread_create(&t[1], 0, reader, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
