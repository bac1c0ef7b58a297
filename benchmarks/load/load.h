/* What the load generator and the stand-in provider share: sockets that do not block, time, and HTTP/1.1 messages read to their end. */
#ifndef LOAD_H
#define LOAD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD, SIZED, CHUNK_SIZE, CHUNK, CHUNK_END, DONE, BROKEN };

/* A message being read. Bodies are not kept; `streams` notes whether the words "stream": true or text/event-stream came by. */
struct message {
    int state;
    long left;
    int status;
    int streams;
    size_t held;
    char head[8192];
};

static inline double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static inline void unblocked(int fd) {
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static inline void start(struct message *m) {
    m->state = HEAD;
    m->held = 0;
    m->left = 0;
    m->streams = 0;
}

static inline void headed(struct message *m) {
    m->head[m->held] = 0;
    char *length = strcasestr(m->head, "\ncontent-length:");
    m->status = strncmp(m->head, "HTTP/1.", 7) ? 0 : atoi(m->head + 9);
    m->streams = strcasestr(m->head, "text/event-stream") != NULL;
    if (strcasestr(m->head, "\ntransfer-encoding: chunked")) {
        m->state = CHUNK_SIZE;
    } else {
        m->left = length ? atol(length + 16) : 0;
        m->state = m->left ? SIZED : DONE;
    }
    m->held = 0;
}

/* Take bytes until the message is done; how many were taken. */
static inline size_t taken(struct message *m, const char *bytes, size_t count) {
    size_t at = 0;
    while (at < count && m->state != DONE && m->state != BROKEN) {
        if (m->state == HEAD || m->state == CHUNK_SIZE || m->state == CHUNK_END) {
            if (m->held + 1 >= sizeof m->head) {
                m->state = BROKEN;
                break;
            }
            m->head[m->held++] = bytes[at++];
            if (m->state == HEAD && m->held >= 4 && !memcmp(m->head + m->held - 4, "\r\n\r\n", 4)) {
                headed(m);
            } else if (m->state != HEAD && m->head[m->held - 1] == '\n') {
                m->head[m->held] = 0;
                if (m->state == CHUNK_END) {
                    m->state = m->left ? CHUNK_SIZE : DONE;
                } else {
                    m->left = strtol(m->head, NULL, 16);
                    m->state = m->left ? CHUNK : CHUNK_END;
                }
                m->held = 0;
            }
        } else {
            size_t some = count - at < (size_t)m->left ? count - at : (size_t)m->left;
            at += some;
            m->left -= some;
            if (!m->left) {
                if (m->state == SIZED) {
                    m->state = DONE;
                } else {
                    m->state = CHUNK_END;
                    m->left = 1;
                }
            }
        }
    }
    return at;
}

#endif
