// SPDX-License-Identifier: GPL-2.0
#include "datapath/error.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "cleanup.h"
#include "datapath/reason.h"

/**
 * DOC: from an errno to a sentence.
 *
 * libbpf and libxdp tell the reason of a failure only by printing it. Their print functions, which
 * are one per process, are replaced by one that keeps the reason, as reason.c picks it.
 */
static _Thread_local struct reason collected;

static const struct {
	const char *name;
	unsigned int number;
} needed_capabilities[] = {
	{ "CAP_BPF", CAP_BPF },
	{ "CAP_PERFMON", CAP_PERFMON },
	{ "CAP_NET_ADMIN", CAP_NET_ADMIN },
	{ "CAP_SYS_ADMIN (to find maps and programs by id; steerd gives it up again)",
	  CAP_SYS_ADMIN },
};

static void collect(const char *format, va_list arguments, bool warning)
{
	_cleanup_(cleanup_free) char *message = NULL;

	if (vasprintf(&message, format, arguments) >= 0)
		reason_take(&collected, message, warning);
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN)
		collect(format, arguments, true);
	return 0;
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list arguments)
{
	if (level == LIBXDP_WARN || level == LIBXDP_INFO)
		collect(format, arguments, level == LIBXDP_WARN);
	return 0;
}

void error_collect(void)
{
	collected = (struct reason){};
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

const char *error_reason(void)
{
	return collected.text;
}

static void __attribute__((format(printf, 2, 3)))
append(struct datapath_error *error, const char *format, ...)
{
	size_t length = strlen(error->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text + length, sizeof(error->text) - length, format, arguments);
	va_end(arguments);
}

/* CAP_SYS_ADMIN stands for the two that were split off it. */
static void append_missing_capabilities(struct datapath_error *error)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	const char *separator = "; missing: ";
	uint64_t effective;

	if (syscall(SYS_capget, &header, data))
		return;
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	if (effective & 1ULL << CAP_SYS_ADMIN)
		effective |= 1ULL << CAP_BPF | 1ULL << CAP_PERFMON;
	for (size_t i = 0; i < sizeof(needed_capabilities) / sizeof(*needed_capabilities); i++) {
		if (effective & 1ULL << needed_capabilities[i].number)
			continue;
		append(error, "%s%s", separator, needed_capabilities[i].name);
		separator = ", ";
	}
}

int error_say(struct datapath_error *ret_error, int error, const char *format, ...)
{
	va_list arguments;

	if (!ret_error)
		return error;
	va_start(arguments, format);
	vsnprintf(ret_error->text, sizeof(ret_error->text), format, arguments);
	va_end(arguments);
	return error;
}

void error_note(struct datapath_error *ret_error, const char *format, ...)
{
	va_list arguments;

	if (!ret_error)
		return;
	va_start(arguments, format);
	vsnprintf(ret_error->note, sizeof(ret_error->note), format, arguments);
	va_end(arguments);
}

/* libbpf has numbers of its own, above all others. */
static void append_meaning(struct datapath_error *ret_error, int error)
{
	char text[128];

	if (-error < __LIBBPF_ERRNO__START || libbpf_strerror(error, text, sizeof(text)))
		append(ret_error, ": %s", strerror(-error));
	else
		append(ret_error, ": %s", text);
}

int error_kernel(struct datapath_error *ret_error, int error, const char *format, ...)
{
	va_list arguments;

	if (!ret_error)
		return error;
	va_start(arguments, format);
	vsnprintf(ret_error->text, sizeof(ret_error->text), format, arguments);
	va_end(arguments);
	append_meaning(ret_error, error);
	if (error == -EPERM || error == -EACCES)
		append_missing_capabilities(ret_error);
	if (*collected.text)
		append(ret_error, " (%s)", collected.text);
	return error;
}
