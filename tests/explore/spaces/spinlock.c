/* As mtxN with three threads of two rounds. */
#include <pthread.h>
pthread_spinlock_t s;
int v;
void* work(void* a) {
  (void)a;
  for (int i = 0; i < 2; i++) {
    pthread_spin_lock(&s);
    v++;
    pthread_spin_unlock(&s);
  }
  return 0;
}
int main() {
  pthread_spin_init(&s, 0);
  pthread_t t[3];
  pthread_create(&t[0], 0, work, 0);
  pthread_create(&t[1], 0, work, 0);
  pthread_create(&t[2], 0, work, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
