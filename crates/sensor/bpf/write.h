// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Building one record in a buffer of the processor, then handing it over.
#pragma once
#include "record.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

// A record is at most RECORD_MAX bytes; the rest of the buffer is slack, so that a piece that starts below the
// limit may be written whole and the verifier sees that it fits.
#define RECORD_MAX 16384
#define PIECE_MAX 4096
#define NAME_PIECE_MAX 256

// A function that is not static is verified once, by itself, and not again at each call: the whole stays below the verifier's
// limit of a million steps. The price: pointers into the kernel are handed over as numbers.
#define ALONE __attribute__((noinline))
typedef u64 address;

// What a system call was given and gave.
struct arguments {
	u64 values[6];
	s64 result;
};

struct buffer {
	u8 bytes[RECORD_MAX + PIECE_MAX + 64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct buffer);
} buffers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} ring SEC(".maps");

// How many records found no room, by cgroup and kind.
struct loss {
	u64 cgroup;
	u32 kind;
	u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct loss);
	__type(value, u64);
} losses SEC(".maps");

// What was lost when `losses` itself was full, and what a limit of the rate held back.
enum counter { COUNTER_UNCOUNTED = 0, COUNTER_LIMITED = 1, COUNTER_WRITTEN = 2, COUNTERS = 8 };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} policies SEC(".maps");

// Set before loading: the process of the sensor itself, never told; the host's mount namespace; the
// policy of every container that has none of its own; how full the ring may get before the reader
// is woken; how many records a cgroup may cause in a second, 0 for any number.
const volatile u32 own_tgid = 0;
const volatile u32 host_mnt_ns = 0;
const volatile u32 container_policy = 0;
const volatile u64 wake_bytes = 1024 * 1024;
const volatile u32 rate_max = 0;

static __always_inline void count(u32 which)
{
	u64 *value = bpf_map_lookup_elem(&counters, &which);

	if (value)
		*value += 1;
}

static __always_inline u32 policy_of(u64 cgroup)
{
	u32 *policy = bpf_map_lookup_elem(&policies, &cgroup);

	return policy ? *policy : 0;
}

struct bucket {
	u64 second;
	u32 records;
	u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct bucket);
} buckets SEC(".maps");

// Whether a cgroup has used up its records of this second. Two processors may both count the last one: the limit is
// about work, not about an exact number.
static __always_inline bool over_rate(u64 cgroup, u64 now_ns)
{
	struct bucket *bucket, fresh = { .second = now_ns >> 30, .records = 1 };

	if (!rate_max)
		return false;
	bucket = bpf_map_lookup_elem(&buckets, &cgroup);
	if (!bucket) {
		bpf_map_update_elem(&buckets, &cgroup, &fresh, BPF_ANY);
		return false;
	}
	if (bucket->second != fresh.second) {
		bucket->second = fresh.second;
		bucket->records = 0;
	}
	bucket->records += 1;
	return bucket->records > rate_max;
}

static __always_inline void lost(u64 cgroup, u32 kind)
{
	struct loss key = { .cgroup = cgroup, .kind = kind };
	u64 one = 1, *value = bpf_map_lookup_elem(&losses, &key);

	if (value)
		*value += 1;
	else if (bpf_map_update_elem(&losses, &key, &one, BPF_NOEXIST))
		count(COUNTER_UNCOUNTED);
}

// The compiler must not use what it knows of an offset to leave the mask away: the verifier does not know it.
#define WITHIN(offset) asm volatile("%0 &= %1" : "+r"(offset) : "i"(RECORD_MAX - 1))

static __always_inline void *place(struct buffer *buffer, u64 offset)
{
	WITHIN(offset);
	return buffer->bytes + offset;
}

// Starts a record of a task, by its process and thread; NULL when nothing is to be told of it.
static __always_inline struct buffer *begin_of(u32 kind, u64 cgroup, u64 ids)
{
	u32 zero = 0;
	u64 now_ns = bpf_ktime_get_boot_ns();
	struct buffer *buffer;
	struct header *header;

	if (ids >> 32 == own_tgid)
		return NULL;
	if (policy_of(cgroup) & POLICY_IGNORE)
		return NULL;
	if (kind == KIND_SYSCALL && over_rate(cgroup, now_ns)) {
		count(COUNTER_LIMITED);
		lost(cgroup, KINDS + kind);
		return NULL;
	}
	buffer = bpf_map_lookup_elem(&buffers, &zero);
	if (!buffer)
		return NULL;
	header = (struct header *)buffer->bytes;
	header->length = sizeof(*header);
	header->kind = kind;
	header->cpu = bpf_get_smp_processor_id();
	header->time_ns = now_ns;
	header->tgid = ids >> 32;
	header->tid = ids;
	header->cgroup = cgroup;
	header->result = 0;
	header->number = 0;
	header->flags = 0;
	return buffer;
}

static __always_inline struct buffer *begin(u32 kind, u64 cgroup)
{
	return begin_of(kind, cgroup, bpf_get_current_pid_tgid());
}

static __always_inline u32 length_of(struct buffer *buffer)
{
	return ((struct header *)buffer->bytes)->length;
}

// Opens a part; its bytes are written from the offset returned on.
static __always_inline u32 part_begin(struct buffer *buffer)
{
	return length_of(buffer) + sizeof(struct part);
}

// Closes a part whose bytes end before `end`.
static __always_inline void part_end(struct buffer *buffer, u16 tag, u32 end)
{
	u32 start = length_of(buffer);
	struct part *part = place(buffer, start);

	if (end > RECORD_MAX)
		return;
	part->tag = tag;
	part->length = end - start - sizeof(struct part);
	((struct header *)buffer->bytes)->length = end;
}

static __always_inline void part_number(struct buffer *buffer, u16 tag, u64 value)
{
	u32 start = part_begin(buffer);

	__builtin_memcpy(place(buffer, start), &value, sizeof(value));
	part_end(buffer, tag, start + sizeof(value));
}

// Hands the record over. Waking the reader costs more than the record, so it happens for what cannot wait, and when
// the ring fills.
static __always_inline void commit(struct buffer *buffer, bool is_urgent)
{
	struct header *header = (struct header *)buffer->bytes;
	u64 flags = BPF_RB_NO_WAKEUP, length = header->length;

	if (is_urgent || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > wake_bytes)
		flags = BPF_RB_FORCE_WAKEUP;
	if (length > RECORD_MAX)
		length = RECORD_MAX;
	if (bpf_ringbuf_output(&ring, buffer->bytes, length, flags))
		lost(header->cgroup, header->kind);
}
