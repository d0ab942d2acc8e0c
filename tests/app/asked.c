/* Loaded before all else: writes down every name that a process asks for and every machine that it goes to. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *name) {
    int file = open(ASKED, O_WRONLY | O_APPEND | O_CREAT, 0600);
    dprintf(file, "%s\n", name);
    close(file);
}

static void note_place(const struct sockaddr *place) {
    char words[INET6_ADDRSTRLEN] = "";
    if (place && place->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)place)->sin_addr, words, sizeof words);
    if (place && place->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)place)->sin6_addr, words, sizeof words);
    if (*words) note(words);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    if (name) note(name);
    return real(name, service, hints, found);
}

struct hostent *gethostbyname(const char *name) {
    struct hostent *(*real)(const char *) = dlsym(RTLD_NEXT, "gethostbyname");
    note(name);
    return real(name);
}

int connect(int socket, const struct sockaddr *place, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    note_place(place);
    return real(socket, place, length);
}

ssize_t sendto(int socket, const void *data, size_t size, int flags, const struct sockaddr *place, socklen_t length) {
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    note_place(place);
    return real(socket, data, size, flags, place, length);
}
