/* The ways past a watch, one a name: bypass NAME PORT [OTHER PORT].
 * Everything goes to loopback and carries no more than the word "past". It prints what each call returned.
 * Exit codes: 0 tried, 77 this machine has no such thing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABSENT 77
static const char word[] = "past";
static int port, other;
static char *self, **environment;
extern char **environ;

static struct sockaddr_in v4(int to) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(to)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}
static long say(const char *what, long result) {
  printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
  fflush(stdout);
  return result;
}
static int tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int udp(void) { return socket(AF_INET, SOCK_DGRAM, 0); }

static int plain(void) {
  struct sockaddr_in a = v4(port);
  int s = tcp();
  say("connect", connect(s, (void *)&a, sizeof a));
  close(s);
  return 0;
}
static int raw_call(void) {
  struct sockaddr_in a = v4(port);
  say("syscall", syscall(SYS_connect, tcp(), &a, sizeof a));
  return 0;
}
#ifdef __x86_64__
static long kernel3(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  if (result < 0) errno = -result;
  return result < 0 ? -1 : result;
}
static long int80(long number, long a, long b, long c) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"((int)number), "b"((int)a), "c"((int)b), "d"((int)c) : "memory", "r8", "r9", "r10", "r11");
  if (result < 0) errno = -result;
  return result < 0 ? -1 : result;
}
static void *low(size_t size) { return mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0); }
static int assembly(void) {
  struct sockaddr_in a = v4(port);
  say("assembly", kernel3(SYS_connect, tcp(), (long)&a, sizeof a));
  return 0;
}
static int int80_connect(void) {
  struct sockaddr_in *a = low(4096);
  *a = v4(port);
  say("int80 connect", int80(362, tcp(), (long)a, sizeof *a));
  return 0;
}
static int int80_socketcall(void) {
  struct { struct sockaddr_in a; uint32_t args[6]; char data[8]; } *m = low(4096);
  m->a = v4(port);
  m->args[0] = tcp(); m->args[1] = (uint32_t)(uintptr_t)&m->a; m->args[2] = sizeof m->a;
  say("int80 socketcall connect", int80(102, 3, (long)m->args, 0));
  memcpy(m->data, word, 4);
  m->args[0] = udp(); m->args[1] = (uint32_t)(uintptr_t)m->data; m->args[2] = 4; m->args[3] = 0;
  m->args[4] = (uint32_t)(uintptr_t)&m->a; m->args[5] = sizeof m->a;
  say("int80 socketcall sendto", int80(102, 11, (long)m->args, 0));
  return 0;
}
static int x32(void) {
  struct sockaddr_in a = v4(port);
  say("x32", kernel3(0x40000000L | SYS_connect, tcp(), (long)&a, sizeof a));
  return 0;
}
#else
static int assembly(void) { return ABSENT; }
static int int80_connect(void) { return ABSENT; }
static int int80_socketcall(void) { return ABSENT; }
static int x32(void) { return ABSENT; }
#endif

static char *again[4];
static char **me(void) {
  static char text[16];
  snprintf(text, sizeof text, "%d", port);
  again[0] = self; again[1] = "connect"; again[2] = text;
  return again;
}
static int with_vfork(void) {
  char **argv = me();
  pid_t child = vfork();
  if (child == 0) { execv(self, argv); _exit(1); }
  waitpid(child, 0, 0);
  return 0;
}
static int with_spawn(void) {
  pid_t child;
  if (say("posix_spawn", posix_spawn(&child, self, 0, 0, me(), environ)) == 0) waitpid(child, 0, 0);
  return 0;
}
static int with_memfd(void) {
  char buffer[65536];
  ssize_t size;
  int from = open(self, O_RDONLY), to = memfd_create("x", 0);
  while ((size = read(from, buffer, sizeof buffer)) > 0) if (write(to, buffer, size) < 0) return ABSENT;
  if (fork() == 0) { fexecve(to, me(), environ); say("fexecve", -1); _exit(1); }
  wait(0);
  return 0;
}
static void *in_thread(void *unused) { plain(); return unused; }
static int threads(int count) {
  pthread_t t[64];
  for (int i = 0; i < count; i++) pthread_create(&t[i], 0, in_thread, 0);
  for (int i = 0; i < count; i++) pthread_join(t[i], 0);
  return 0;
}
static int one_thread(void) { return threads(1); }
static int many_threads(void) { return threads(64); }

/* A thread flips the address between an allowed and a denied port while the call is made. */
static struct { struct sockaddr_in a; struct msghdr m; } flip;
static volatile int running = 1, hold;
static void *flipper(void *unused) {
  volatile in_port_t *at = &flip.a.sin_port; /* or the compiler drops the first store */
  while (running) { *at = htons(port); *at = htons(other); }
  return unused;
}
static int attempts(void) { char *n = getenv("ATTEMPTS"); return n ? atoi(n) : 200; }
static int race(int kind) {
  pthread_t t;
  struct iovec v = {(void *)word, 4};
  struct mmsghdr mm;
  int n = attempts();
  flip.a = v4(other);
  flip.m = (struct msghdr){.msg_name = &flip.a, .msg_namelen = sizeof flip.a, .msg_iov = &v, .msg_iovlen = 1};
  pthread_create(&t, 0, flipper, 0);
  for (int i = 0; i < n; i++) {
    int s = kind ? udp() : tcp();
    if (kind == 0) connect(s, (void *)&flip.a, sizeof flip.a);
    if (kind == 1) sendto(s, word, 4, 0, (void *)&flip.a, sizeof flip.a);
    if (kind == 2) sendmsg(s, &flip.m, 0);
    if (kind == 3) { mm.msg_hdr = flip.m; sendmmsg(s, &mm, 1, 0); }
    if (hold) usleep(hold); /* leave the socket open for a look */
    close(s);
  }
  running = 0;
  pthread_join(t, 0);
  say("attempts", n);
  return 0;
}
static int race_connect(void) { return race(0); }
static int race_hold(void) { hold = 3000; return race(0); }
static int race_sendto(void) { return race(1); }
static int race_sendmsg(void) { return race(2); }
static int race_sendmmsg(void) { return race(3); }

/* A thread exchanges the socket below the descriptor: a unix one is decided on, a UDP one would be used. */
static int swapped, pair[2], datagram;
static void *swapper(void *unused) {
  while (running) { dup2(datagram, swapped); dup2(pair[0], swapped); }
  return unused;
}
static int race_descriptor(void) {
  pthread_t t;
  struct sockaddr_in a = v4(port);
  int n = attempts();
  datagram = udp();
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) return ABSENT;
  swapped = dup(pair[0]);
  struct iovec v = {(void *)word, 4};
  struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1};
  pthread_create(&t, 0, swapper, 0);
  for (int i = 0; i < n; i++) sendmsg(swapped, &m, MSG_DONTWAIT);
  running = 0;
  pthread_join(t, 0);
  return 0;
}

static void tick(int unused) { (void)unused; }
static int interrupted(void) {
  struct sigaction action = {.sa_handler = tick};
  struct itimerval often = {{0, 300}, {0, 300}};
  sigaction(SIGALRM, &action, 0);
  setitimer(ITIMER_REAL, &often, 0);
  for (int i = 0; i < 100; i++) plain();
  return 0;
}
static int session_leader(void) {
  if (fork() == 0) { setsid(); plain(); _exit(0); }
  wait(0);
  return 0;
}
static int double_fork(void) {
  if (fork() == 0) {
    if (fork() == 0) { usleep(50000); plain(); _exit(0); }
    _exit(0);
  }
  wait(0);
  return 0;
}
static int undumpable(void) { prctl(PR_SET_DUMPABLE, 0); return plain(); }

static int six(const char *text) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, text, &a.sin6_addr);
  int s = socket(AF_INET6, SOCK_STREAM, 0);
  if (s < 0) return ABSENT;
  say("connect", connect(s, (void *)&a, sizeof a));
  return 0;
}
static int ipv6(void) { return six("::1"); }
static int mapped(void) { return six("::ffff:127.0.0.1"); }

static int send_to(void) {
  struct sockaddr_in a = v4(port);
  say("sendto", sendto(udp(), word, 4, 0, (void *)&a, sizeof a));
  return 0;
}
static int unspecified(void) {
  struct sockaddr_in a = v4(port);
  a.sin_family = AF_UNSPEC;
  say("sendto", sendto(udp(), word, 4, 0, (void *)&a, sizeof a));
  return 0;
}
static int messages(int flags, int stream, int count) {
  struct sockaddr_in first = v4(other ? other : port), a = v4(port);
  struct iovec v = {(void *)word, 4};
  struct mmsghdr m[2] = {0};
  for (int i = 0; i < 2; i++) {
    m[i].msg_hdr.msg_name = i || count == 1 ? &a : &first;
    m[i].msg_hdr.msg_namelen = sizeof a;
    m[i].msg_hdr.msg_iov = &v;
    m[i].msg_hdr.msg_iovlen = 1;
  }
  int s = stream ? tcp() : udp();
  if (count == 1) say("sendmsg", sendmsg(s, &m[0].msg_hdr, flags));
  else say("sendmmsg", sendmmsg(s, m, 2, flags));
  return 0;
}
static int send_msg(void) { return messages(0, 0, 1); }
static int send_mmsg(void) { return messages(0, 0, 2); }
static int connected_write(void) {
  struct sockaddr_in a = v4(port);
  int s = udp();
  say("connect", connect(s, (void *)&a, sizeof a));
  say("write", write(s, word, 4));
  return 0;
}
static int fast_open(void) {
  struct sockaddr_in a = v4(port);
  say("sendto", sendto(tcp(), word, 4, MSG_FASTOPEN, (void *)&a, sizeof a));
  return 0;
}
static int fast_open_message(void) { return messages(MSG_FASTOPEN, 1, 1); }
static int text_tunnel(void) {
  static const unsigned char query[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\x1c""aGVsbG8gd29ybGQgaGVsbG8gd29y\7invalid\0\0\x10\0\1";
  struct sockaddr_in a = v4(port);
  int s = udp();
  say("connect", connect(s, (void *)&a, sizeof a));
  say("send", send(s, query, sizeof query - 1, 0));
  struct timeval patience = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[512];
  ssize_t size = recv(s, answer, sizeof answer, 0);
  say("answer code", size > 3 ? answer[3] & 15 : -1);
  return 0;
}
static int by_name(void) {
  struct hostent *found = gethostbyname("selftest.invalid");
  say("gethostbyname", found ? 0 : -1);
  return 0;
}
static int family(int domain, int type, int protocol, const char *what) {
  int s = socket(domain, type, protocol);
  say(what, s);
  if (s >= 0) close(s);
  return s >= 0;
}
static int vsock(void) { return family(40, SOCK_STREAM, 0, "vsock") ? 1 : 0; }
static int raw_sockets(void) {
  return family(17, SOCK_RAW, htons(3), "packet") | family(AF_INET, SOCK_RAW, 6, "raw tcp") |
         family(AF_INET, SOCK_RAW, 255, "raw") | family(AF_INET6, SOCK_RAW, 17, "raw udp");
}
static int other_protocols(void) {
  return family(AF_INET, SOCK_STREAM, 132, "sctp") | family(AF_INET, SOCK_SEQPACKET, 132, "sctp") |
         family(AF_INET, SOCK_STREAM, 262, "mptcp") | family(AF_INET, SOCK_DGRAM, 1, "ping");
}

/* io_uring, by hand: one ring, one entry. The fields are those of linux/io_uring.h. */
struct ring_offsets { uint32_t head, tail, mask, entries, flags, dropped, array, reserved; uint64_t address; };
struct ring_params { uint32_t sq_entries, cq_entries, flags, cpu, idle, features, wq, reserved[3]; struct ring_offsets sq, cq; };
static int ring_submit(int ring, struct ring_params *p, int operation, int descriptor, void *address, uint64_t length) {
  char *queue = mmap(0, p->sq.array + p->sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, 0);
  unsigned char *entry = mmap(0, p->sq_entries * 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, 0x10000000);
  if (queue == MAP_FAILED || entry == MAP_FAILED) return say("ring memory", -1);
  memset(entry, 0, 64);
  entry[0] = operation;
  memcpy(entry + 4, &descriptor, 4);
  memcpy(entry + 8, &length, 8);
  memcpy(entry + 16, &address, 8);
  *(uint32_t *)(queue + p->sq.array) = 0;
  __atomic_store_n((uint32_t *)(queue + p->sq.tail), 1, __ATOMIC_RELEASE);
  return say("io_uring_enter", syscall(426, ring, 1, 1, 1, 0, 0));
}
static int ring_connect(void) {
  struct ring_params p = {0};
  struct sockaddr_in a = v4(port);
  int ring = say("io_uring_setup", syscall(425, 2, &p));
  if (ring >= 0) ring_submit(ring, &p, 16, tcp(), &a, sizeof a);
  return 0;
}
static int ring_inherited(void) {
  for (int fd = 3; fd < 256; fd++) {
    char name[32], target[64] = "";
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (readlink(name, target, sizeof target - 1) > 0 && strstr(target, "io_uring")) {
      struct ring_params p = {.sq_entries = 2, .sq = {0, 64, 256, 264, 0, 0, 320}};
      struct sockaddr_in a = v4(port);
      ring_submit(fd, &p, 16, tcp(), &a, sizeof a);
    }
  }
  say("io_uring_enter", syscall(426, 3, 0, 0, 0, 0, 0));
  return 0;
}
static int inherited(void) {
  for (int fd = 3; fd < 256; fd++)
    if (write(fd, word, 4) == 4) say("write to an inherited descriptor", fd);
  return 0;
}
static int unix_connect(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  char *path = getenv("UNIX_SOCKET");
  if (!path) return -1;
  strncpy(a.sun_path, path, sizeof a.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return say("connect", connect(s, (void *)&a, sizeof a)) < 0 ? -1 : s;
}
static int passed(void) {
  int s = unix_connect();
  char data[8], control[64];
  struct iovec v = {data, sizeof data};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (s < 0 || recvmsg(s, &m, 0) <= 0 || !CMSG_FIRSTHDR(&m)) return 0;
  say("write", write(*(int *)CMSG_DATA(CMSG_FIRSTHDR(&m)), word, 4));
  return 0;
}
static int proxied(void) {
  int s = unix_connect();
  if (s >= 0) say("write", write(s, word, 4));
  return 0;
}

static const struct { const char *name; int (*run)(void); } ways[] = {
  {"connect", plain}, {"raw-syscall", raw_call}, {"assembly", assembly}, {"int80-connect", int80_connect},
  {"int80-socketcall", int80_socketcall}, {"x32", x32}, {"vfork", with_vfork}, {"posix-spawn", with_spawn},
  {"memfd", with_memfd}, {"thread", one_thread}, {"threads", many_threads}, {"race-connect", race_connect}, {"race-hold", race_hold},
  {"race-sendto", race_sendto}, {"race-sendmsg", race_sendmsg}, {"race-sendmmsg", race_sendmmsg},
  {"race-descriptor", race_descriptor}, {"interrupted", interrupted}, {"setsid", session_leader},
  {"double-fork", double_fork}, {"non-dumpable", undumpable}, {"ipv6", ipv6}, {"mapped", mapped}, {"sendto", send_to},
  {"unspecified", unspecified}, {"sendmsg", send_msg}, {"sendmmsg", send_mmsg}, {"write", connected_write},
  {"fast-open", fast_open}, {"fast-open-message", fast_open_message}, {"txt", text_tunnel}, {"gethostbyname", by_name},
  {"vsock", vsock}, {"raw", raw_sockets}, {"protocols", other_protocols}, {"io-uring", ring_connect},
  {"io-uring-inherited", ring_inherited}, {"inherited", inherited}, {"scm-rights", passed}, {"unix-proxy", proxied},
};

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  self = argv[0];
  port = atoi(argv[2]);
  other = argc > 3 ? atoi(argv[3]) : 0;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (!strcmp(ways[i].name, argv[1])) return ways[i].run();
  return 2;
}
