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
#include "datapath/xdp_attach.h"
#include "datapath/error.h"
#include "datapath/reason.h"
#include "steer/maps.h"

/**
 * DOC: attaching and detaching, in libxdp's dispatcher or alone.
 *
 * Native mode means native mode: libxdp is never left to choose, and what the driver cannot do is
 * an error that names the alternative.
 *
 * The dispatcher replaces functions of its own by our program (freplace). Some kernels refuse that:
 * under lockdown, where libxdp notices and attaches our program alone; and from 6.12 on, which let
 * a function that leaves packet pointers valid be replaced only by one that does so, too. Whether
 * it is the dispatcher or our program that is refused, the messages do not tell for sure. So after
 * a failure the program is loaded alone: if that works, it was the dispatcher.
 */

static void close_program(struct xdp_program **program)
{
	if (!libxdp_get_error(*program))
		xdp_program__close(*program);
}

/* The interface as messages name it. */
struct device {
	unsigned int index, mtu;
	char name[IF_NAMESIZE];
	char driver[32];
};

static void examine_device(unsigned int ifindex, struct device *ret_device)
{
	struct ethtool_drvinfo drvinfo = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&drvinfo };
	_cleanup_(cleanup_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*ret_device = (struct device){ .index = ifindex, .name = "?" };
	if_indextoname(ifindex, ret_device->name);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ret_device->name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request) || !drvinfo.driver[0])
		strcpy(drvinfo.driver, "unknown");
	snprintf(ret_device->driver, sizeof(ret_device->driver), "%s", drvinfo.driver);
	if (fd >= 0 && !ioctl(fd, SIOCGIFMTU, &request))
		ret_device->mtu = request.ifr_mtu;
}

static int refuse_beside(int r, const struct device *device, const char *dispatcher_reason,
			 const struct bpf_xdp_query_opts *runs, struct datapath_error *ret_error)
{
	bool root = !geteuid();

	return error_say(
		ret_error, r,
		"%s runs another XDP program (id %u) that leaves no room for Steer's: %s; \"ip "
		"link set dev %s %s off\" removes it%s%s",
		device->name, runs->prog_id, *dispatcher_reason ? dispatcher_reason : strerror(-r),
		device->name, runs->attach_mode == XDP_ATTACHED_SKB ? "xdpgeneric" : "xdp",
		root ? ""
		     : "; or it is in a dispatcher of root's: as root, run \"steer load\" for ",
		root ? "" : device->name);
}

/* The program is loaded, the interface does not take it. */
static int refuse_attach(int r, unsigned int ifindex, enum datapath_mode mode,
			 const char *dispatcher_reason, struct datapath_error *ret_error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, runs);
	struct device device;

	examine_device(ifindex, &device);
	if ((r == -EBUSY || r == -EEXIST) && !bpf_xdp_query(ifindex, 0, &runs) && runs.prog_id)
		return refuse_beside(r, &device, dispatcher_reason, &runs, ret_error);
	if (mode == DATAPATH_MODE_NATIVE && reason_blames_mtu(r, error_reason(), device.mtu))
		return error_kernel(ret_error, r,
				    "%s has an MTU of %u bytes, too large for native XDP with its "
				    "driver %s: \"ip link set dev %s mtu 1500\" (of a veth pair, "
				    "also the other end), or let the stack run the program, which "
				    "is slower, with --mode generic",
				    device.name, device.mtu, device.driver, device.name);
	if (r == -EOPNOTSUPP && mode == DATAPATH_MODE_NATIVE)
		return error_say(ret_error, r,
				 "%s has no native XDP (driver %s): use another interface, or let "
				 "the stack run the program, which is slower, with --mode generic",
				 device.name, device.driver);
	return error_kernel(ret_error, r,
			    "cannot attach the program to %s (driver %s, %s mode, MTU %u)",
			    device.name, device.driver,
			    mode == DATAPATH_MODE_NATIVE ? "native" : "generic", device.mtu);
}

static __u32 flags_of(enum datapath_mode mode)
{
	return mode == DATAPATH_MODE_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

/* In the place of the old program, or of none (-1): the kernel compares, and swaps in one step. */
static int attach_alone(unsigned int ifindex, int program_fd, int old_fd, enum datapath_mode mode)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options);

	if (old_fd < 0)
		return bpf_xdp_attach(ifindex, program_fd,
				      flags_of(mode) | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	options.old_prog_fd = old_fd;
	return bpf_xdp_attach(ifindex, program_fd, flags_of(mode), &options);
}

/* Only if it is still ours that is attached: the kernel compares. */
static int detach_alone(unsigned int ifindex, int program_fd, enum datapath_mode mode)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = program_fd);

	return bpf_xdp_detach(ifindex, flags_of(mode), &options);
}

static enum xdp_attach_mode xdp_mode_of(enum datapath_mode mode)
{
	return mode == DATAPATH_MODE_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
}

static int describe(int program_fd, unsigned int ifindex, enum datapath_mode mode,
		    struct xdp_attachment *ret_attachment)
{
	struct xdp_attachment attachment = { .ifindex = ifindex, .mode = mode };
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int r;

	r = bpf_xdp_query_id(ifindex, 0, &attachment.attached_id);
	if (!r)
		r = bpf_obj_get_info_by_fd(program_fd, &info, &length);
	if (r)
		return r;
	attachment.program_id = info.id;
	attachment.dispatcher = attachment.attached_id != attachment.program_id;
	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(attachment.program_tag + 2 * i, 3, "%02x", info.tag[i]);
	attachment.program_fd = fcntl(program_fd, F_DUPFD_CLOEXEC, 3);
	if (attachment.program_fd < 0)
		return -errno;
	*ret_attachment = attachment;
	return 0;
}

int xdp_attach_join(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    struct xdp_attachment *ret_attachment)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = object,
			    .prog_name = STEER_PROGRAM_NAME);
	_cleanup_(close_program) struct xdp_program *program = NULL;
	int r;

	program = xdp_program__create(&options);
	r = libxdp_get_error(program);
	if (!r)
		r = xdp_program__attach(program, ifindex, xdp_mode_of(mode), 0);
	if (r)
		return r;
	r = describe(xdp_program__fd(program), ifindex, mode, ret_attachment);
	if (r)
		xdp_program__detach(program, ifindex, xdp_mode_of(mode), 0);
	return r;
}

int xdp_attach_make(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    const char *dispatcher_reason, struct xdp_attachment *ret_attachment,
		    struct datapath_error *ret_error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, STEER_PROGRAM_NAME);
	char interface[IF_NAMESIZE] = "?";
	int r;

	if_indextoname(ifindex, interface);
	if (!program)
		return error_say(ret_error, -ENOENT, "cannot find the program %s in the object",
				 STEER_PROGRAM_NAME);
	r = bpf_object__load(object);
	if (r)
		return error_kernel(ret_error, r, "the kernel refuses the program for %s",
				    interface);
	r = attach_alone(ifindex, bpf_program__fd(program), -1, mode);
	if (r)
		return refuse_attach(r, ifindex, mode, dispatcher_reason, ret_error);
	r = describe(bpf_program__fd(program), ifindex, mode, ret_attachment);
	if (r) {
		detach_alone(ifindex, bpf_program__fd(program), mode);
		return error_kernel(ret_error, r, "cannot examine the program on %s", interface);
	}
	return 0;
}

static int replace_alone(struct bpf_object *object, const struct xdp_attachment *running)
{
	struct bpf_program *program;
	int r;

	r = bpf_object__load(object);
	if (r)
		return r;
	program = bpf_object__find_program_by_name(object, STEER_PROGRAM_NAME);
	return attach_alone(running->ifindex, bpf_program__fd(program), running->program_fd,
			    running->mode);
}

/*
 * libxdp knows no exchange: the new one joins, then the old one leaves. Each step puts a whole new
 * dispatcher in the place of the old one. Between them both look at what they pass, and find the
 * same owner.
 */
static int replace_in_dispatcher(struct bpf_object *object, const struct xdp_attachment *running)
{
	enum xdp_attach_mode mode = xdp_mode_of(running->mode);
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = object,
			    .prog_name = STEER_PROGRAM_NAME);
	_cleanup_(close_program) struct xdp_program *program = NULL;
	int r;

	program = xdp_program__create(&options);
	r = libxdp_get_error(program);
	if (!r)
		r = xdp_program__attach(program, running->ifindex, mode, 0);
	if (r)
		return r;
	r = xdp_attach_remove(running, NULL);
	if (r)
		xdp_program__detach(program, running->ifindex, mode, 0);
	return r;
}

int xdp_attach_replace(struct bpf_object *object, const struct xdp_attachment *running,
		       struct datapath_error *ret_error)
{
	char interface[IF_NAMESIZE] = "?";
	int r;

	if_indextoname(running->ifindex, interface);
	if (!bpf_object__find_program_by_name(object, STEER_PROGRAM_NAME))
		return error_say(ret_error, -EPROTO, "the object has no program %s",
				 STEER_PROGRAM_NAME);
	if (running->dispatcher)
		r = replace_in_dispatcher(object, running);
	else
		r = replace_alone(object, running);
	if (r)
		return error_kernel(ret_error, r,
				    "cannot replace the program on %s (id %u), which runs on",
				    interface, running->program_id);
	return 0;
}

int xdp_attach_remove(const struct xdp_attachment *attachment, struct datapath_error *ret_error)
{
	_cleanup_(close_program) struct xdp_program *program = NULL;
	char interface[IF_NAMESIZE] = "?";
	int r;

	if_indextoname(attachment->ifindex, interface);
	if (attachment->dispatcher) {
		program = xdp_program__from_fd(attachment->program_fd);
		r = libxdp_get_error(program);
		if (!r)
			r = xdp_program__detach(program, attachment->ifindex,
						xdp_mode_of(attachment->mode), 0);
	} else {
		r = detach_alone(attachment->ifindex, attachment->program_fd, attachment->mode);
	}
	if (r)
		return error_kernel(ret_error, r, "cannot detach the program from %s", interface);
	return 0;
}
