/* Readers and writers, some of whom do not wait. */
#include <pthread.h>
pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
int v;
void* reader(void* a) {
  (void)a;
  pthread_rwlock_rdlock(&l);
  int seen = v;
  (void)seen;
  pthread_rwlock_unlock(&l);
  return 0;
}
void* trier(void* a) {
  (void)a;
  if (pthread_rwlock_tryrdlock(&l) == 0) pthread_rwlock_unlock(&l);
  return 0;
}
void* writer(void* a) {
  (void)a;
  pthread_rwlock_wrlock(&l);
  v++;
  pthread_rwlock_unlock(&l);
  if (pthread_rwlock_trywrlock(&l) == 0) pthread_rwlock_unlock(&l);
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, reader, 0);
  pthread_create(&t[1], 0, trier, 0);
  pthread_create(&t[2], 0, writer, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
