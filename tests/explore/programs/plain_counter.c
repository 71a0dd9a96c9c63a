/* Loses an update, which shows only where plain accesses can be preempted. */
#include <assert.h>
#include <pthread.h>
int count;
void* add(void* a) {
  (void)a;
  count++;
  return 0;
}
int main() {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, add, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  assert(count == 2);
  return 0;
}
