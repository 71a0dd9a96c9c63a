/* The threads never meet, but they take the locks in opposite orders: with RARE, the second of them
   in one execution of many; with HEAP, locks that are allocated. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#ifdef HEAP
pthread_mutex_t *a, *b;
#define A a
#define B b
#else
pthread_mutex_t a, b;
#define A &a
#define B &b
#endif
sem_t turn;
atomic_int idled;
void* one(void* x) {
  (void)x;
#ifdef RARE
  if (atomic_load(&idled) == RARE) return 0;
#endif
  pthread_mutex_lock(A);
  pthread_mutex_lock(B);
  pthread_mutex_unlock(B);
  pthread_mutex_unlock(A);
  sem_post(&turn);
  return 0;
}
void* two(void* x) {
  (void)x;
#ifdef RARE
  if (atomic_load(&idled) != RARE) return 0;
#else
  sem_wait(&turn);
#endif
  pthread_mutex_lock(B);
  pthread_mutex_lock(A);
  pthread_mutex_unlock(A);
  pthread_mutex_unlock(B);
  return 0;
}
void* idle(void* x) {
  (void)x;
#ifdef RARE
  for (int i = 0; i < RARE; i++) atomic_fetch_add(&idled, 1);
#endif
  for (int i = 0; i < 3; i++) sem_getvalue(&turn, &(int){0});
  return 0;
}
int main() {
  pthread_t t[3];
#ifdef HEAP
  a = calloc(1, sizeof(*a));
  b = calloc(1, sizeof(*b));
#endif
  pthread_create(&t[0], 0, one, 0);
  pthread_create(&t[1], 0, two, 0);
  pthread_create(&t[2], 0, idle, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
#ifdef HEAP
  free(a);
  free(b);
#endif
  return 0;
}
