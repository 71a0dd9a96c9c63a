/* One wait may run out, the other may not. */
#include <pthread.h>
#include <time.h>
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t c = PTHREAD_COND_INITIALIZER;
int ready;
void* put(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  ready++;
  pthread_cond_broadcast(&c);
  pthread_mutex_unlock(&m);
  return 0;
}
void* take(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec++;
  if (!ready) pthread_cond_timedwait(&c, &m, &until);
  pthread_mutex_unlock(&m);
  return 0;
}
void* wait(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  while (!ready) pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, put, 0);
  pthread_create(&t[1], 0, take, 0);
  pthread_create(&t[2], 0, wait, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
