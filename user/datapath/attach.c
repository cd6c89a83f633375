// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xdp/libxdp.h>

#include "cleanup.h"
#include "datapath/attachment.h"
#include "datapath/error.h"
#include "steer/maps.h"

/**
 * DOC: attaching and detaching, by libxdp.
 *
 * Native mode means native mode: libxdp is never left to choose, and what the driver cannot do is
 * an error that names the alternative.
 */

static void close_program(struct xdp_program **program)
{
	if (!libxdp_get_error(*program))
		xdp_program__close(*program);
}

static void driver_of(const char *interface, char ret_driver[32])
{
	struct ethtool_drvinfo drvinfo = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&drvinfo };
	_cleanup_(cleanup_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) || !drvinfo.driver[0])
		strcpy(drvinfo.driver, "unknown");
	snprintf(ret_driver, 32, "%s", drvinfo.driver);
}

static int refuse_attach(int error, bool loaded, unsigned int ifindex, const char *interface,
			 enum datapath_mode mode, struct datapath_error *ret_error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, runs);
	char driver[32];

	driver_of(interface, driver);
	if ((error == -EBUSY || error == -EEXIST) && !bpf_xdp_query(ifindex, 0, &runs) &&
	    runs.prog_id)
		return error_kernel(ret_error, error,
				    "%s runs another XDP program (id %u) that leaves no room for "
				    "Steer's; \"ip link set dev %s %s off\" removes it%s%s",
				    interface, runs.prog_id, interface,
				    runs.attach_mode == XDP_ATTACHED_SKB ? "xdpgeneric" : "xdp",
				    geteuid()
					    ? "; or it is in a dispatcher of root's: as root, run "
					      "\"steer load\" for "
					    : "",
				    geteuid() ? interface : "");
	if (error == -EOPNOTSUPP && mode == DATAPATH_MODE_NATIVE)
		return error_say(ret_error, error,
				 "%s has no native XDP (driver %s): use another interface, or let "
				 "the stack run the program, which is slower, with --mode generic",
				 interface, driver);
	if (!loaded)
		return error_kernel(ret_error, error, "the kernel refuses the program for %s",
				    interface);
	return error_kernel(ret_error, error,
			    "cannot attach the program to %s (driver %s, %s mode)", interface,
			    driver, mode == DATAPATH_MODE_NATIVE ? "native" : "generic");
}

static int describe(struct xdp_program *program, unsigned int ifindex, enum datapath_mode mode,
		    struct attachment *ret_attachment)
{
	struct attachment attachment = { .ifindex = ifindex, .mode = mode };
	const unsigned char *tag = xdp_program__tag(program);
	int error;

	error = bpf_xdp_query_id(ifindex, 0, &attachment.attached_id);
	if (error)
		return error;
	attachment.program_id = xdp_program__id(program);
	attachment.dispatcher = attachment.attached_id != attachment.program_id;
	for (size_t i = 0; tag && i < BPF_TAG_SIZE; i++)
		snprintf(attachment.program_tag + 2 * i, 3, "%02x", tag[i]);
	attachment.program_fd = fcntl(xdp_program__fd(program), F_DUPFD_CLOEXEC, 3);
	if (attachment.program_fd < 0)
		return -errno;
	*ret_attachment = attachment;
	return 0;
}

int attachment_make(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    struct attachment *ret_attachment, struct datapath_error *ret_error)
{
	enum xdp_attach_mode xdp_mode =
		mode == DATAPATH_MODE_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = object,
			    .prog_name = STEER_PROGRAM_NAME);
	_cleanup_(close_program) struct xdp_program *program = NULL;
	char interface[IF_NAMESIZE] = "?";
	int error;

	if_indextoname(ifindex, interface);
	program = xdp_program__create(&options);
	error = libxdp_get_error(program);
	if (error)
		return error_kernel(ret_error, error, "cannot find the program %s in the object",
				    STEER_PROGRAM_NAME);
	error = xdp_program__attach(program, ifindex, xdp_mode, 0);
	if (error)
		return refuse_attach(error, xdp_program__fd(program) >= 0, ifindex, interface, mode,
				     ret_error);
	error = describe(program, ifindex, mode, ret_attachment);
	if (error) {
		xdp_program__detach(program, ifindex, xdp_mode, 0);
		return error_kernel(ret_error, error, "cannot examine the program on %s",
				    interface);
	}
	return 0;
}

/* The kernel compares, and swaps in one step. */
static int replace_alone(struct bpf_object *object, const struct attachment *running)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = running->program_fd);
	struct bpf_program *program;
	int error;

	error = bpf_object__load(object);
	if (error)
		return error;
	program = bpf_object__find_program_by_name(object, STEER_PROGRAM_NAME);
	return bpf_xdp_attach(running->ifindex, bpf_program__fd(program),
			      running->mode == DATAPATH_MODE_NATIVE ? XDP_FLAGS_DRV_MODE
								    : XDP_FLAGS_SKB_MODE,
			      &options);
}

/*
 * libxdp knows no exchange: the new one joins, then the old one leaves. Each step puts a whole new
 * dispatcher in the place of the old one. Between them both look at what they pass, and find the
 * same owner.
 */
static int replace_in_dispatcher(struct bpf_object *object, const struct attachment *running)
{
	enum xdp_attach_mode mode =
		running->mode == DATAPATH_MODE_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = object,
			    .prog_name = STEER_PROGRAM_NAME);
	_cleanup_(close_program) struct xdp_program *program = NULL;
	int error;

	program = xdp_program__create(&options);
	error = libxdp_get_error(program);
	if (!error)
		error = xdp_program__attach(program, running->ifindex, mode, 0);
	if (error)
		return error;
	error = attachment_remove(running, NULL);
	if (error)
		xdp_program__detach(program, running->ifindex, mode, 0);
	return error;
}

int attachment_replace(struct bpf_object *object, const struct attachment *running,
		       struct datapath_error *ret_error)
{
	char interface[IF_NAMESIZE] = "?";
	int error;

	if_indextoname(running->ifindex, interface);
	if (!bpf_object__find_program_by_name(object, STEER_PROGRAM_NAME))
		return error_say(ret_error, -EPROTO, "the object has no program %s",
				 STEER_PROGRAM_NAME);
	if (running->dispatcher)
		error = replace_in_dispatcher(object, running);
	else
		error = replace_alone(object, running);
	if (error)
		return error_kernel(ret_error, error,
				    "cannot replace the program on %s (id %u), which runs on",
				    interface, running->program_id);
	return 0;
}

int attachment_remove(const struct attachment *attachment, struct datapath_error *ret_error)
{
	bool native = attachment->mode == DATAPATH_MODE_NATIVE;
	_cleanup_(close_program) struct xdp_program *program = NULL;
	char interface[IF_NAMESIZE] = "?";
	int error;

	if_indextoname(attachment->ifindex, interface);
	if (attachment->dispatcher) {
		program = xdp_program__from_fd(attachment->program_fd);
		error = libxdp_get_error(program);
		if (!error)
			error = xdp_program__detach(program, attachment->ifindex,
						    native ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);
	} else {
		/* Only if it is still ours that is attached: the kernel compares. */
		LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = attachment->program_fd);

		error = bpf_xdp_detach(attachment->ifindex,
				       native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE, &options);
	}
	if (error)
		return error_kernel(ret_error, error, "cannot detach the program from %s",
				    interface);
	return 0;
}
