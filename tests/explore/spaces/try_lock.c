/* Two lock, one tries. */
#include <pthread.h>
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
int v;
void* lock(void* a) {
  (void)a;
  pthread_mutex_lock(&m);
  v++;
  pthread_mutex_unlock(&m);
  return 0;
}
void* trier(void* a) {
  (void)a;
  if (pthread_mutex_trylock(&m) == 0) {
    v++;
    pthread_mutex_unlock(&m);
  }
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, lock, 0);
  pthread_create(&t[1], 0, trier, 0);
  pthread_create(&t[2], 0, lock, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
