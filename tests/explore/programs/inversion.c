/* The threads never meet, but they take the locks in opposite orders. */
#include <pthread.h>
#include <semaphore.h>
pthread_mutex_t a, b;
sem_t turn;
void* one(void* x) {
  (void)x;
  pthread_mutex_lock(&a);
  pthread_mutex_lock(&b);
  pthread_mutex_unlock(&b);
  pthread_mutex_unlock(&a);
  sem_post(&turn);
  return 0;
}
void* two(void* x) {
  (void)x;
  sem_wait(&turn);
  pthread_mutex_lock(&b);
  pthread_mutex_lock(&a);
  pthread_mutex_unlock(&a);
  pthread_mutex_unlock(&b);
  return 0;
}
void* idle(void* x) {
  (void)x;
  for (int i = 0; i < 3; i++) sem_getvalue(&turn, &(int){0});
  return 0;
}
int main() {
  pthread_t t[3];
  pthread_create(&t[0], 0, one, 0);
  pthread_create(&t[1], 0, two, 0);
  pthread_create(&t[2], 0, idle, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  return 0;
}
