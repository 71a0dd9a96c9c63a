/* What readers do under the lock orders them, too. */
#include <pthread.h>
#include <stdatomic.h>
pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
int v;
atomic_int reads;
void* reader(void* a) {
  (void)a;
  pthread_rwlock_rdlock(&l);
  int seen = v;
  (void)seen;
  atomic_fetch_add(&reads, 1);
  pthread_rwlock_unlock(&l);
  return 0;
}
void* writer(void* a) {
  (void)a;
  pthread_rwlock_wrlock(&l);
  v++;
  pthread_rwlock_unlock(&l);
  atomic_load(&reads);
  return 0;
}
int main() {
  pthread_t t[4];
  pthread_create(&t[0], 0, reader, 0);
  pthread_create(&t[1], 0, reader, 0);
  pthread_create(&t[2], 0, writer, 0);
  pthread_create(&t[3], 0, writer, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return 0;
}
