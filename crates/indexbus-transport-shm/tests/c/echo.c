/*
 * Joins two events lanes that Rust created: receives COUNT numbers from one, sends each one more by the
 * other. Nothing but the header is known of them; the protocol is in docs/spec/regions.md.
 *
 * echo THERE BACK COUNT
 */
/* What is asked of the system is POSIX, also under -std=c11. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexbus_v1.h"

#define LANE struct indexbus_shared_layout

static void fail(const char *what) {
    fprintf(stderr, "echo: %s\n", what);
    exit(1);
}

/* Maps a region and checks what every reader checks. */
static LANE *join_lane(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat stat;
    if (file < 0 || fstat(file, &stat) != 0) {
        fail("can't open the region");
    }
    if (!S_ISREG(stat.st_mode) || (size_t)stat.st_size < sizeof(LANE)) {
        fail("the region is too short, or no file");
    }
    LANE *lane = mmap(NULL, sizeof(LANE), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (lane == MAP_FAILED) {
        fail("can't map the region");
    }
    if (__atomic_load_n(&lane->initialized, __ATOMIC_ACQUIRE) != INDEXBUS_INITIALIZED) {
        fail("the region is not initialized");
    }
    const uint32_t needed = INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES |
                            INDEXBUS_CAP_SLOTS_BY_ENTRY;
    if (lane->header.magic != INDEXBUS_MAGIC_IBUS ||
        lane->header.version != INDEXBUS_ABI_VERSION_V1 ||
        (lane->header.flags & INDEXBUS_FLAGS_REGION_KIND_MASK) != INDEXBUS_REGION_KIND_EVENTS ||
        (lane->header.capabilities & needed) != needed ||
        lane->header.layout_bytes < sizeof(LANE)) {
        fail("no events region of this version");
    }
    return lane;
}

static uint32_t stamp_of(uint64_t count) {
    return (uint32_t)count & 0x7fffffffu;
}

/* The slot of a put: that of its entry, which has to say so. */
static uint32_t slot_of(LANE *lane, uint64_t count) {
    uint32_t slot = (uint32_t)(count % INDEXBUS_QUEUE_CAPACITY);
    if (__atomic_load_n(&lane->spsc.entries[slot], __ATOMIC_RELAXED) != slot) {
        fail("an entry names another slot");
    }
    return slot;
}

/* Sends one number; the only producer of the lane. */
static void send_number(LANE *lane, uint64_t *sent, uint64_t number) {
    while (*sent - __atomic_load_n(&lane->spsc.head, __ATOMIC_ACQUIRE) >= INDEXBUS_QUEUE_CAPACITY) {
        sched_yield();
    }
    uint32_t slot = slot_of(lane, *sent);
    struct indexbus_slot *to = &lane->pool.slots[slot];
    __atomic_store_n(&to->len, (uint32_t)sizeof(number), __ATOMIC_RELAXED);
    __atomic_store_n((uint64_t *)(void *)to->data, number, __ATOMIC_RELAXED);
    __atomic_store_n(&lane->sequences[slot], stamp_of(*sent), __ATOMIC_RELEASE);
    *sent += 1;
    __atomic_store_n(&lane->spsc.tail, *sent, __ATOMIC_RELEASE);
}

/* Receives one number; the only consumer of the lane. */
static uint64_t receive_number(LANE *lane, uint64_t *taken) {
    while (__atomic_load_n(&lane->spsc.tail, __ATOMIC_ACQUIRE) == *taken) {
        sched_yield();
    }
    uint32_t slot = slot_of(lane, *taken);
    if (__atomic_load_n(&lane->sequences[slot], __ATOMIC_ACQUIRE) != stamp_of(*taken)) {
        fail("a slot holds another payload");
    }
    struct indexbus_slot *from = &lane->pool.slots[slot];
    uint64_t number;
    if (__atomic_load_n(&from->len, __ATOMIC_RELAXED) != sizeof(number)) {
        fail("a payload of another length");
    }
    number = __atomic_load_n((uint64_t *)(void *)from->data, __ATOMIC_RELAXED);
    *taken += 1;
    __atomic_store_n(&lane->receivers[0].taken, *taken, __ATOMIC_RELEASE);
    __atomic_store_n(&lane->spsc.head, *taken, __ATOMIC_RELEASE);
    return number;
}

int main(int count, char **words) {
    if (count != 4) {
        fail("usage: echo THERE BACK COUNT");
    }
    LANE *there = join_lane(words[1]);
    LANE *back = join_lane(words[2]);
    uint64_t taken = __atomic_load_n(&there->receivers[0].taken, __ATOMIC_ACQUIRE);
    uint64_t sent = __atomic_load_n(&back->spsc.tail, __ATOMIC_ACQUIRE);
    unsigned long numbers = strtoul(words[3], NULL, 10);
    while (numbers-- > 0) {
        send_number(back, &sent, receive_number(there, &taken) + 1);
    }
    return 0;
}
