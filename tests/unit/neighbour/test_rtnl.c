// SPDX-License-Identifier: GPL-2.0
#include "neighbour/rtnl.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Answers that a kernel never gives; those it gives are in test_neighbour.c. */
static char answer[512] __attribute__((aligned(8)));

/* These take the place of libmnl's. */
ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request, size_t bytes)
{
	(void)socket;
	(void)request;
	return bytes;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t bytes)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)answer;

	(void)socket;
	assert_true(message->nlmsg_len <= bytes);
	memset(buffer, 0xee, bytes);
	memcpy(buffer, answer, message->nlmsg_len);
	return message->nlmsg_len;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return 0;
}

static const struct steer_addr addr = { { 0, 0, 0xffff0000, 0x0b0200c0 } };

static struct nlmsghdr *begin(uint16_t type)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(answer);

	message->nlmsg_type = type;
	return message;
}

static void expect_nothing_known(int error)
{
	struct rtnl_route route;
	struct rtnl_link link;
	uint8_t mac[6];

	assert_int_equal(rtnl_get_route(NULL, &addr, &route), error);
	assert_int_equal(rtnl_get_link(NULL, 1, &link), error);
	assert_int_equal(rtnl_get_neighbour(NULL, 1, &addr, mac), error);
}

static void test_rtnl_an_acknowledgement_is_no_answer(void **state)
{
	(void)state;
	mnl_nlmsg_put_extra_header(begin(NLMSG_ERROR), sizeof(struct nlmsgerr));
	expect_nothing_known(-EBADMSG);
	assert_int_equal(rtnl_resolve(NULL, 1, &addr), 0);
	begin(NLMSG_DONE);
	expect_nothing_known(-EBADMSG);
	begin(NLMSG_NOOP);
	expect_nothing_known(-EBADMSG);
}

static void test_rtnl_an_answer_without_its_header_is_none(void **state)
{
	(void)state;
	begin(RTM_NEWROUTE);
	expect_nothing_known(-EBADMSG);
}

static void test_rtnl_short_attributes_are_absent(void **state)
{
	const uint16_t half = 1400;
	struct nlmsghdr *message;
	struct rtnl_route route;
	struct rtmsg *head;

	(void)state;
	message = begin(RTM_NEWROUTE);
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(message, RTA_OIF, 7);
	mnl_attr_put(message, RTA_OIF, 0, NULL);
	mnl_attr_put(message, RTA_METRICS, 0, NULL);
	mnl_attr_put(message, RTA_PREFSRC, sizeof(half), &half);
	assert_int_equal(rtnl_get_route(NULL, &addr, &route), 0);
	assert_int_equal(route.ifindex, 0);
	assert_int_equal(route.source.word[3], 0);
}

/* The kind of a link that ends without its zero, at the end of all there is. */
static void test_rtnl_kind_without_end(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct nlmsghdr *message;
	struct ifinfomsg *head;
	struct rtnl_link link;
	struct nlattr *info;

	(void)state;
	message = begin(RTM_NEWLINK);
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->ifi_type = ARPHRD_ETHER;
	mnl_attr_put(message, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_u32(message, IFLA_LINK, 3);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put(message, IFLA_INFO_KIND, 4, "vlan");
	mnl_attr_nest_end(message, info);
	assert_int_equal(rtnl_get_link(NULL, 1, &link), 0);
	assert_int_equal(link.kind, RTNL_KIND_OTHER);
	assert_int_equal(link.below, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rtnl_an_acknowledgement_is_no_answer),
		cmocka_unit_test(test_rtnl_an_answer_without_its_header_is_none),
		cmocka_unit_test(test_rtnl_short_attributes_are_absent),
		cmocka_unit_test(test_rtnl_kind_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
