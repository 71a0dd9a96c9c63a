/* Nobody sets the flag: the thread looks for ever, with a lock and a pause between. */
#include <pthread.h>
#include <unistd.h>
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
int done;
void* poll(void* a) {
  (void)a;
  for (;;) {
    pthread_mutex_lock(&m);
    int seen = done;
    pthread_mutex_unlock(&m);
    if (seen) return 0;
    usleep(100);
  }
}
int main() {
  pthread_t t;
  pthread_create(&t, 0, poll, 0);
#ifdef ENDS
  pthread_mutex_lock(&m);
  done = 1;
  pthread_mutex_unlock(&m);
#endif
  pthread_join(t, 0);
  return 0;
}
