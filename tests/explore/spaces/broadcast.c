/* Two are woken at once, by one who does not hold the lock. Its name is that of
 * a function of the C library: the program calls its own. */
#include <pthread.h>
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t c = PTHREAD_COND_INITIALIZER;
int ready;
void* open(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  ready = 1;
  pthread_mutex_unlock(&m);
  pthread_cond_broadcast(&c);
  return 0;
}
void* pass(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  while (!ready) pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, open, 0);
  pthread_create(&t[1], 0, pass, 0);
  pthread_create(&t[2], 0, pass, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
