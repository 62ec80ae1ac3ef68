// The ends of the measured connections: cheap enough to leave a processor to what is between them.
//
//   load upstream ECHO SINK               answers on the first port, swallows on the second
//   load ping PORT CONNECTIONS SECONDS    1 KiB there and back
//   load connect PORT AT-ONCE SECONDS HOW connects, a byte there and back, and ends it with an end
//                                         ("end") or a reset ("reset")
//   load bulk PORT BYTES                  sends, and waits for the end
//   load repeat PORT                      sends each datagram back
//   load datagrams PORT CLIENTS SECONDS   100 bytes there and back, from a socket each
//   load idle PORT CONNECTIONS            holds them, each after a byte there and back, until its
//                                         standard input ends; prints how many there are
//
// The other clients print how many there were in a second, and how many in all.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, MESSAGE = 1024, DATAGRAM = 100, MOST = 65536 };

static char buffer[1 << 18];
static int poller;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in address(const char *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

static void watch(int how, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(poller, how, fd, &event)) fail("epoll_ctl");
}

static int wait_some(struct epoll_event *events) {
  int count = epoll_wait(poller, events, EVENTS, 100);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  return count < 0 ? 0 : count;
}

static int dial(struct sockaddr_in *to, int flags) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (void *)to, sizeof *to) && errno != EINPROGRESS) fail("connect");
  return fd;
}

static int listening(const char *port) {
  struct sockaddr_in at = address(port);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (void *)&at, sizeof at) || listen(fd, 4096)) fail("listen");
  watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  return fd;
}

static void upstream(char **ports) {
  static char swallows[MOST];
  struct epoll_event events[EVENTS];
  int echo = listening(ports[0]), sink = listening(ports[1]), one = 1, fd;
  puts("ready");
  fflush(stdout);
  for (;;)
    for (int left = wait_some(events); left--;) {
      int from = events[left].data.fd;
      if (from == echo || from == sink) {
        while ((fd = accept4(from, 0, 0, SOCK_NONBLOCK)) >= 0) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          if (fd >= MOST) exit(1);
          swallows[fd] = from == sink;
          watch(EPOLL_CTL_ADD, fd, EPOLLIN);
        }
        continue;
      }
      ssize_t count = read(from, buffer, sizeof buffer);
      if (count < 0 && errno == EAGAIN) continue;
      if (count <= 0 || (!swallows[from] && write(from, buffer, count) < 0)) close(from);
    }
}

static void ping(struct sockaddr_in to, int connections, double seconds) {
  static int got[MOST];
  struct epoll_event events[EVENTS];
  for (int i = 0; i < connections; i++) {
    int fd = dial(&to, 0);
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    if (write(fd, buffer, MESSAGE) != MESSAGE) fail("write");
  }
  long done = 0;
  double began = now();
  while (!done || now() < began + seconds)
    for (int left = wait_some(events); left--;) {
      int fd = events[left].data.fd;
      ssize_t count = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (count <= 0) fail("a connection ended");
      for (got[fd] += count; got[fd] >= MESSAGE; got[fd] -= MESSAGE, done++)
        if (write(fd, buffer, MESSAGE) != MESSAGE) fail("write");
    }
  printf("%.0f %ld\n", done / (now() - began), done);
}

static void connect_often(struct sockaddr_in to, int at_once, double seconds, int by_reset) {
  struct epoll_event events[EVENTS];
  struct linger at_once_gone = {1, 0};
  long done = 0;
  double began = now();
  for (int i = 0; i < at_once; i++) watch(EPOLL_CTL_ADD, dial(&to, SOCK_NONBLOCK), EPOLLOUT);
  while (!done || now() < began + seconds)
    for (int left = wait_some(events); left--;) {
      int fd = events[left].data.fd;
      if (events[left].events & EPOLLOUT) {
        if (write(fd, "x", 1) != 1) fail("write");
        watch(EPOLL_CTL_MOD, fd, EPOLLIN);
        continue;
      }
      if (read(fd, buffer, 1) != 1) fail("a connection ended");
      done++;
      if (by_reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once_gone, sizeof at_once_gone);
      close(fd);
      watch(EPOLL_CTL_ADD, dial(&to, SOCK_NONBLOCK), EPOLLOUT);
    }
  printf("%.0f %ld\n", done / (now() - began), done);
}

static void bulk(struct sockaddr_in to, double bytes) {
  int fd = dial(&to, 0);
  double began = now();
  for (double left = bytes; left > 0;) {
    ssize_t count = write(fd, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
    if (count <= 0) fail("write");
    left -= count;
  }
  shutdown(fd, SHUT_WR);
  if (read(fd, buffer, sizeof buffer)) fail("there was no end");
  printf("%.0f %.0f\n", bytes / (now() - began), bytes);
}

static void repeat(struct sockaddr_in at) {
  struct sockaddr_in from;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (void *)&at, sizeof at)) fail("bind");
  puts("ready");
  fflush(stdout);
  for (;;) {
    socklen_t length = sizeof from;
    ssize_t count = recvfrom(fd, buffer, sizeof buffer, 0, (void *)&from, &length);
    if (count >= 0) sendto(fd, buffer, count, 0, (void *)&from, length);
  }
}

static void datagrams(struct sockaddr_in to, int clients, double seconds) {
  static int fds[MOST];
  struct epoll_event events[EVENTS];
  for (int i = 0; i < clients; i++) {
    fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(fds[i], (void *)&to, sizeof to)) fail("connect");
    watch(EPOLL_CTL_ADD, fds[i], EPOLLIN);
    send(fds[i], buffer, DATAGRAM, 0);
  }
  long done = 0;
  double began = now();
  while (now() < began + seconds) {
    int left = wait_some(events);
    if (!left)  // lost, all of them: a datagram may be
      for (int i = 0; i < clients; i++) send(fds[i], buffer, DATAGRAM, 0);
    while (left--) {
      int fd = events[left].data.fd;
      if (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) < 0) continue;
      send(fd, buffer, DATAGRAM, 0);
      done++;
    }
  }
  printf("%.0f %ld\n", done / (now() - began), done);
}

static void idle(struct sockaddr_in to, int connections) {
  for (int i = 0; i < connections; i++) {
    int fd = dial(&to, 0);
    if (write(fd, "x", 1) != 1 || read(fd, buffer, 1) != 1) fail("a connection ended");
  }
  printf("%d\n", connections);
  fflush(stdout);
  while (read(0, buffer, sizeof buffer) > 0) continue;
}

int main(int count, char **words) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(0);
  const char *verb = count > 2 ? words[1] : "";
  if (!strcmp(verb, "repeat")) repeat(address(words[2]));
  if (count < 4) return 2;
  if (!strcmp(verb, "upstream")) upstream(words + 2);
  struct sockaddr_in to = address(words[2]);
  if (!strcmp(verb, "bulk")) return bulk(to, atof(words[3])), 0;
  if (!strcmp(verb, "idle")) return idle(to, atoi(words[3])), 0;
  if (count > 4 && !strcmp(verb, "datagrams"))
    return datagrams(to, atoi(words[3]), atof(words[4])), 0;
  if (count > 4 && !strcmp(verb, "ping")) return ping(to, atoi(words[3]), atof(words[4])), 0;
  if (count < 6 || strcmp(verb, "connect")) return 2;
  connect_often(to, atoi(words[3]), atof(words[4]), !strcmp(words[5], "reset"));
  return 0;
}
