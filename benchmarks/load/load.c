/* A load generator for benchmarks: sends one body again and again over some connections, and says what came back as one line of JSON.
 *
 *     load PORT PATH BODY CONNECTIONS SECONDS [REQUESTS]
 *
 * Times are in microseconds. `first` is to the first byte of the answer's body. With REQUESTS it stops after so many.
 */
#define _GNU_SOURCE
#include "load.h"

#define MOST 2000000

struct connection {
    int fd;
    int waiting;
    size_t sent;
    double began;
    double first;
    struct message in;
};

static char *request;
static size_t length;
static float *times, *firsts;
static long done, bad, reconnected;
static double ends;
static long limit = MOST;
static long begun;

static int smaller(const void *a, const void *b) {
    float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

static double at_share(float *sorted, double share) {
    return done ? sorted[(long)(share * (done - 1))] : 0;
}

static void begin(struct connection *c) {
    if (begun >= limit || now() >= ends) {
        c->waiting = 0;
        return;
    }
    begun++;
    c->sent = 0;
    c->waiting = 1;
    c->began = now();
    c->first = 0;
    start(&c->in);
}

static int connected(int poll, struct connection *c, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&at, sizeof at)) return perror("load"), 0;
    unblocked(c->fd);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &wanted);
    return 1;
}

/* 0 when the connection is gone. */
static int moved(struct connection *c) {
    static char buffer[1 << 18];
    while (c->waiting) {
        while (c->sent < length) {
            ssize_t sent = write(c->fd, request + c->sent, length - c->sent);
            if (sent < 0) {
                if (errno != EAGAIN) return 0;
                break;
            }
            c->sent += sent;
        }
        ssize_t got = read(c->fd, buffer, sizeof buffer);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        taken(&c->in, buffer, got);
        if (!c->first && c->in.state != HEAD) c->first = now();
        if (c->in.state == BROKEN) return 0;
        if (c->in.state == DONE) {
            if (c->in.status != 200) bad++;
            else if (done < MOST) {
                times[done] = (now() - c->began) * 1e6;
                firsts[done++] = (c->first - c->began) * 1e6;
            }
            begin(c);
        }
    }
    return 1;
}

int main(int count, char **words) {
    if (count < 6) return fprintf(stderr, "load PORT PATH BODY CONNECTIONS SECONDS [REQUESTS]\n"), 2;
    int port = atoi(words[1]), many = atoi(words[4]);
    FILE *file = fopen(words[3], "rb");
    if (!file) return perror(words[3]), 2;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    request = malloc(size + 1024);
    length = sprintf(request, "POST %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\nauthorization: Bearer bench\r\nanthropic-version: 2023-06-01\r\n"
                              "user-agent: load/1\r\naccept: */*\r\ncontent-length: %ld\r\n\r\n", words[2], port, size);
    length += fread(request + length, 1, size, file);
    if (count > 6) limit = atol(words[6]);
    times = malloc(MOST * sizeof *times);
    firsts = malloc(MOST * sizeof *firsts);
    struct connection *all = calloc(many, sizeof *all);
    int poll = epoll_create1(0);
    double began = now();
    ends = began + atof(words[5]);
    for (int i = 0; i < many; i++) {
        if (!connected(poll, &all[i], port)) return 1;
        begin(&all[i]);
    }
    struct epoll_event found[256];
    for (int busy = many; busy;) {
        int ready = epoll_wait(poll, found, 256, 5000);
        if (!ready) break;
        for (int i = 0; i < ready; i++) {
            struct connection *c = found[i].data.ptr;
            if (!moved(c)) {
                close(c->fd);
                reconnected++;
                bad += c->waiting;
                if (reconnected > 1000 || !connected(poll, c, port)) return fprintf(stderr, "load: connections break\n"), 1;
                begin(c);
            }
        }
        busy = 0;
        for (int i = 0; i < many; i++) busy += all[i].waiting;
    }
    double took = now() - began;
    qsort(times, done, sizeof *times, smaller);
    qsort(firsts, done, sizeof *firsts, smaller);
    printf("{\"requests\": %ld, \"bad\": %ld, \"reconnected\": %ld, \"seconds\": %.3f, \"p50\": %.1f, \"p99\": %.1f, \"first_p50\": %.1f, \"first_p99\": %.1f}\n",
           done, bad, reconnected, took, at_share(times, .5), at_share(times, .99), at_share(firsts, .5), at_share(firsts, .99));
    return 0;
}
