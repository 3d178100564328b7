/* A static program without a C library, as Go makes them: it connects to loopback by system calls of its own. */
#ifdef __x86_64__
static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
__attribute__((force_align_arg_pointer, used)) void start(long *stack) {
  char *text = (char *)stack[2];
  unsigned port = 0;
  while (*text) port = port * 10 + (*text++ - '0');
  unsigned char address[16] = {2, 0, port >> 8, port & 255, 127, 0, 0, 1};
  long s = call(41, 2, 1, 0);
  long result = call(42, s, (long)address, 16);
  call(60, result == 0 ? 0 : 1, 0, 0);
  for (;;) {}
}
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n call start\n");
#endif
