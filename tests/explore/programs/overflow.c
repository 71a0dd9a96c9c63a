#include <stdlib.h>
int main() {
  volatile int* numbers = malloc(4 * sizeof(int));
  for (int i = 0; i <= 4; i++) numbers[i] = i;
  free((void*)numbers);
  return 0;
}
