/* A reader that takes the lock twice. */
#include <pthread.h>
pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
int v;
void* reader(void* a) {
  (void)a;
  pthread_rwlock_rdlock(&l);
  pthread_rwlock_rdlock(&l);
  int seen = v;
  (void)seen;
  pthread_rwlock_unlock(&l);
  pthread_rwlock_unlock(&l);
  return 0;
}
void* writer(void* a) {
  (void)a;
  pthread_rwlock_wrlock(&l);
  v++;
  pthread_rwlock_unlock(&l);
  return 0;
}
int main() {
  pthread_t t[2];
  pthread_create(&t[0], 0, reader, 0);
  pthread_create(&t[1], 0, writer, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
