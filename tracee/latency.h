// Latencies in a histogram of fixed size: sixteen buckets to each power of two of nanoseconds, so
// that a quantile is right within 6 % however many values there are. For one thread at a time.
#ifndef SIDESTEP_LATENCY_H
#define SIDESTEP_LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum { kLatencyBits = 4, kLatencyBuckets = 64 << kLatencyBits };

struct latency {
  uint64_t buckets[kLatencyBuckets], count;
};

static inline void latency_note(struct latency* all, double seconds) {
  uint64_t ns = seconds <= 0 ? 0 : (uint64_t)(seconds * 1e9);
  size_t shift = 0;
  while (ns >> (shift + kLatencyBits + 1)) ++shift;
  const size_t bucket = (shift << kLatencyBits) + (size_t)(ns >> shift);
  ++all->buckets[bucket < kLatencyBuckets ? bucket : kLatencyBuckets - 1];
  ++all->count;
}

static inline void latency_add(struct latency* all, const struct latency* more) {
  for (size_t i = 0; i < kLatencyBuckets; ++i) all->buckets[i] += more->buckets[i];
  all->count += more->count;
}

// The middle of the bucket in which this part of all values is reached, in microseconds.
static inline double latency_us(const struct latency* all, double part) {
  const double wanted = part * (double)all->count;
  uint64_t seen = 0;
  for (size_t i = 0; i < kLatencyBuckets; ++i) {
    seen += all->buckets[i];
    if (seen == 0 || (double)seen < wanted) continue;
    if (i < (2u << kLatencyBits)) return ((double)i + 0.5) * 1e-3;
    const size_t shift = (i >> kLatencyBits) - 1;
    const uint64_t begin = (uint64_t)(i - (shift << kLatencyBits)) << shift;
    return ((double)begin + 0.5 * (double)(1ull << shift)) * 1e-3;
  }
  return 0;
}

#endif
