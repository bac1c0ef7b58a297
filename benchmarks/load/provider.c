/* A stand-in provider for benchmarks: answers every POST at once, as a stream of 51 events where the body asks for one.
 *
 *     provider PORT [INTERVAL]
 *
 * Each event of a stream is written by itself, as models send them; with INTERVAL there are so many milliseconds between two. One thread, so that what it costs does not get in the way of what is measured. Paths that end with /messages are answered in Anthropic's
 * shape, all others in that of Chat Completions.
 */
#define _GNU_SOURCE
#include "load.h"

#define EVENTS 49
#define MOST 65536
#define WORDS "All the work and none of the thought goes into this answer, which is always the same. "

static char whole_chat[MOST], stream_chat[MOST], whole_messages[MOST], stream_messages[MOST];

struct client {
    int fd;
    int stream;
    int messages;
    struct message in;
    const char *out;
    size_t left;
    struct client *next, *before;
};

static struct client all = {.next = &all, .before = &all};
static int interval;

static void sized(char *into, const char *body) {
    snprintf(into, MOST, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);
}

static char *event(char *at, const char *name, const char *data) {
    char frame[4096];
    int size = *name ? sprintf(frame, "event: %s\ndata: %s\n\n", name, data) : sprintf(frame, "data: %s\n\n", data);
    return at + sprintf(at, "%x\r\n%s\r\n", size, frame);
}

static void prepared(void) {
    static char body[MOST / 2], text[8192];
    for (int i = 0; i < 8; i++) strcat(text, WORDS);
    sprintf(body, "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":\"stand-in\",\"choices\":[{\"index\":0,\"message\":"
                  "{\"role\":\"assistant\",\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":500,"
                  "\"completion_tokens\":140,\"total_tokens\":640,\"prompt_tokens_details\":{\"cached_tokens\":0}}}", text);
    sized(whole_chat, body);
    sprintf(body, "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"stand-in\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],"
                  "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":500,\"output_tokens\":140}}", text);
    sized(whole_messages, body);
    const char *head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    char *at = stream_chat + sprintf(stream_chat, "%s", head);
#define CHUNK_HEAD "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"stand-in\",\"choices\":[{\"index\":0,\"delta\":"
    for (int i = 0; i < EVENTS; i++)
        at = event(at, "", i ? CHUNK_HEAD "{\"content\":\"some words of it \"},\"logprobs\":null,\"finish_reason\":null}]}"
                             : CHUNK_HEAD "{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}");
    at = event(at, "", CHUNK_HEAD "{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}");
    at = event(at, "", "[DONE]");
    sprintf(at, "0\r\n\r\n");
    at = stream_messages + sprintf(stream_messages, "%s", head);
    at = event(at, "message_start", "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"stand-in\",\"content\":[],"
                                    "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":500,\"output_tokens\":1}}}");
    at = event(at, "content_block_start", "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
    for (int i = 0; i < EVENTS - 3; i++)
        at = event(at, "content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"some words of it \"}}");
    at = event(at, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}");
    at = event(at, "message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":140}}");
    at = event(at, "message_stop", "{\"type\":\"message_stop\"}");
    sprintf(at, "0\r\n\r\n");
}

static void answer(struct client *c) {
    c->out = c->messages ? (c->stream ? stream_messages : whole_messages) : (c->stream ? stream_chat : whole_chat);
    c->left = strlen(c->out);
    c->stream = c->messages = 0;
    start(&c->in);
}

/* 0 when the client is gone. */
static int moved(struct client *c) {
    static char buffer[1 << 18];
    for (;;) {
        while (c->left) {
            const char *end = memmem(c->out, c->left, "\n\n\r\n", 4);
            ssize_t sent = write(c->fd, c->out, end ? (size_t)(end + 4 - c->out) : c->left);
            if (sent < 0) return errno == EAGAIN;
            c->out += sent;
            c->left -= sent;
            if (interval && end) return 1;
        }
        ssize_t got = read(c->fd, buffer, sizeof buffer);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        if (c->in.state == HEAD && memmem(buffer, got, "/messages ", 10)) c->messages = 1;
        if (memmem(buffer, got, "\"stream\":true", 13) || memmem(buffer, got, "\"stream\": true", 14)) c->stream = 1;
        taken(&c->in, buffer, got);
        if (c->in.state == BROKEN) return 0;
        if (c->in.state == DONE) answer(c);
    }
}

int main(int count, char **words) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 9001), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&at, sizeof at) || listen(listening, 4096)) return perror("provider"), 1;
    unblocked(listening);
    prepared();
    struct epoll_event found[256], wanted = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll, EPOLL_CTL_ADD, listening, &wanted);
    interval = count > 2 ? atoi(words[2]) : 0;
    for (double tick = now();;) {
        int ready = epoll_wait(poll, found, 256, interval ? interval : -1);
        if (interval && now() - tick >= interval / 1e3) {
            tick = now();
            for (struct client *c = all.next; c != &all; c = c->next)
                if (c->left) moved(c);
        }
        for (int i = 0; i < ready; i++) {
            struct client *c = found[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept(listening, NULL, NULL)) >= 0) {
                    unblocked(fd);
                    c = calloc(1, sizeof *c);
                    c->fd = fd;
                    c->next = all.next, c->before = &all;
                    all.next->before = c, all.next = c;
                    start(&c->in);
                    wanted = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
                    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted);
                }
            } else if (!(interval && c->left) && !moved(c)) {
                c->before->next = c->next, c->next->before = c->before;
                close(c->fd);
                free(c);
            }
        }
    }
}
