/* Three want units, two come in while they wait. */
#include <pthread.h>
#include <semaphore.h>
sem_t units;
void* post(void* a) {
  (void)a;
  sem_post(&units);
  sem_post(&units);
  return 0;
}
void* take(void* a) {
  (void)a;
  sem_wait(&units);
  return 0;
}
int main() {
  sem_init(&units, 0, 1);
  pthread_t t[4];
  pthread_create(&t[0], 0, post, 0);
  pthread_create(&t[1], 0, take, 0);
  pthread_create(&t[2], 0, take, 0);
  pthread_create(&t[3], 0, take, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return 0;
}
