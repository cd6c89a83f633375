/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_SPARSE_ENDIAN_H
#define STEER_SPARSE_ENDIAN_H

#include <arpa/inet.h>
#include <endian.h>
#include <linux/types.h>

#include <bpf/bpf_endian.h>

/**
 * DOC: byte order for sparse alone (tools/check): conversions that have types.
 *
 * Those of glibc and libbpf take and return plain numbers, so sparse would not see a value that is
 * converted twice or not at all. The results here are of the right type; their values do not
 * matter.
 */
#ifndef __force
#define __force __attribute__((force))
#endif

#undef htons
#undef htonl
#undef ntohs
#undef ntohl
#undef htobe16
#undef htobe32
#undef htobe64
#undef be16toh
#undef be32toh
#undef be64toh
#undef bpf_htons
#undef bpf_htonl
#undef bpf_ntohs
#undef bpf_ntohl
#undef bpf_cpu_to_be64
#undef bpf_be64_to_cpu

#define htobe16(x) ((__force __be16)(__u16)(x))
#define htobe32(x) ((__force __be32)(__u32)(x))
#define htobe64(x) ((__force __be64)(__u64)(x))
#define be16toh(x) ((__force __u16)(__be16)(x))
#define be32toh(x) ((__force __u32)(__be32)(x))
#define be64toh(x) ((__force __u64)(__be64)(x))

#define htons htobe16
#define htonl htobe32
#define ntohs be16toh
#define ntohl be32toh
#define bpf_htons htobe16
#define bpf_htonl htobe32
#define bpf_ntohs be16toh
#define bpf_ntohl be32toh
#define bpf_cpu_to_be64 htobe64
#define bpf_be64_to_cpu be64toh

#endif
