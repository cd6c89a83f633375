// SPDX-License-Identifier: GPL-2.0
#include "health/path_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/address.h"

static struct path_segment syn(const char *source, const char *destination)
{
	struct path_segment segment = {
		.source_port = 40000,
		.destination_port = 80,
		.sequence = 0x01020304,
		.flags = PATH_SYN,
	};

	assert_int_equal(address_parse(source, &segment.source), 0);
	assert_int_equal(address_parse(destination, &segment.destination), 0);
	return segment;
}

/* Made by scapy: IP(src="192.0.2.1", dst="198.51.100.1", flags="DF", id=0)/TCP(...), and IPv6. */
static const uint8_t ipv4_packet[] = {
	0x45, 0x00, 0x00, 0x28, 0x00, 0x00, 0x40, 0x00, 0x40, 0x06, 0x4e, 0x9a, 0xc0, 0x00,
	0x02, 0x01, 0xc6, 0x33, 0x64, 0x01, 0x9c, 0x40, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04,
	0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0x04, 0x00, 0x1f, 0x16, 0x00, 0x00,
};
static const uint8_t ipv6_packet[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x14, 0x06, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x05,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x9c, 0x40, 0x00, 0x50, 0x01,
	0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0x04, 0x00, 0xaf, 0xd3, 0x00, 0x00,
};

static void test_path_packet_is_as_scapy_makes_it(void **state)
{
	struct path_segment segment = syn("192.0.2.1", "198.51.100.1");
	uint8_t packet[PATH_PACKET_MAX];

	(void)state;
	assert_int_equal(path_packet_build(&segment, packet), sizeof(ipv4_packet));
	assert_memory_equal(packet, ipv4_packet, sizeof(ipv4_packet));
	segment = syn("2001:db8::1", "2001:db8:5::1");
	assert_int_equal(path_packet_build(&segment, packet), sizeof(ipv6_packet));
	assert_memory_equal(packet, ipv6_packet, sizeof(ipv6_packet));
}

static void test_path_packet_is_read_as_it_was_built(void **state)
{
	struct path_segment segment[] = {
		syn("192.0.2.1", "198.51.100.1"),
		syn("2001:db8::1", "2001:db8:5::1"),
	};
	struct path_segment read;
	uint8_t packet[PATH_PACKET_MAX];
	size_t i, bytes;

	(void)state;
	for (i = 0; i < 2; i++) {
		segment[i].acknowledgement = 7;
		segment[i].flags = PATH_SYN | PATH_ACK;
		bytes = path_packet_build(&segment[i], packet);
		assert_int_equal(path_packet_parse(packet, bytes, &read), 0);
		assert_memory_equal(&read, &segment[i], sizeof(read));
	}
}

static void test_path_packet_refuses_what_is_no_segment(void **state)
{
	struct path_segment segment = syn("192.0.2.1", "198.51.100.1"), read;
	uint8_t packet[PATH_PACKET_MAX];
	size_t bytes = path_packet_build(&segment, packet), i;

	(void)state;
	for (i = 0; i < bytes; i++)
		assert_int_equal(path_packet_parse(packet, i, &read), -EBADMSG);
	packet[9] = 17; /* UDP */
	assert_int_equal(path_packet_parse(packet, bytes, &read), -EBADMSG);
	packet[9] = 6;
	packet[7] = 1; /* a later fragment */
	assert_int_equal(path_packet_parse(packet, bytes, &read), -EBADMSG);
	packet[7] = 0;
	packet[0] = 0x44; /* a header of 16 bytes */
	assert_int_equal(path_packet_parse(packet, bytes, &read), -EBADMSG);
	packet[0] = 0x55;
	assert_int_equal(path_packet_parse(packet, bytes, &read), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_packet_is_as_scapy_makes_it),
		cmocka_unit_test(test_path_packet_is_read_as_it_was_built),
		cmocka_unit_test(test_path_packet_refuses_what_is_no_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
