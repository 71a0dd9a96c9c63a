/* A wait lets go of the lock, which shows to who only tries to take it. */
#include <pthread.h>
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t c = PTHREAD_COND_INITIALIZER;
int ready;
void* put(void* a) {
  (void)a;
  if (pthread_mutex_trylock(&m) == 0) pthread_mutex_unlock(&m);
  pthread_mutex_lock(&m);
  ready = 1;
  pthread_cond_signal(&c);
  pthread_mutex_unlock(&m);
  return 0;
}
void* take(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  while (!ready) pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  return 0;
}
int main() {
  pthread_t t[2];
  pthread_create(&t[0], 0, put, 0);
  pthread_create(&t[1], 0, take, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}
