/* SPDX-License-Identifier: Apache-2.0 */
/* Fills `struct error`. Allocates nothing, so that an error can be told in any state. */
#include "libocispec/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef __GLIBC__
#define strerrordesc_np strerror /* neither allocates */
#endif

/*
 * The errors that people meet, in words that no engine takes for "command not found" (Podman and
 * Docker classify by the strings of strerror), and those for which libcs have different words. The
 * rest is strerror's.
 */
static const struct {
	int code;
	const char *text;
} texts[] = {
	{ ENOENT, "missing (ENOENT)" },
	{ EPERM, "not permitted (EPERM)" },
	{ EACCES, "access denied (EACCES)" },
	{ EROFS, "on a read-only file system (EROFS)" },
	{ EISDIR, "is a folder (EISDIR)" },
	{ ENOTDIR, "a part of the path is no folder (ENOTDIR)" },
	{ EADDRINUSE, "Address already in use" },
	{ EBUSY, "Device or resource busy" },
	{ EIO, "Input/output error" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ EMFILE, "Too many open files" },
	{ EMSGSIZE, "Message too long" },
	{ ENAMETOOLONG, "File name too long" },
	{ ENOMEM, "Cannot allocate memory" },
	{ ENOTSOCK, "Socket operation on non-socket" },
	{ ENOTTY, "Inappropriate ioctl for device" },
	{ EOPNOTSUPP, "Operation not supported" },
	{ EOVERFLOW, "Value too large for defined data type" },
	{ ERANGE, "Numerical result out of range" },
	{ EXDEV, "Invalid cross-device link" },
};

const char *err_text(int code)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;

	const char *text = strerrordesc_np(code);

	return text ? text : "unknown error";
}

/* Copies `src` so that a terminal or a log line survives whatever a hostile name contains. */
static void copy_clean(char *dst, size_t size, const char *src)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *src && n + 5 < size; src++) {
		unsigned char c = (unsigned char)*src;

		if (c >= ' ' && c != 0x7f) {
			dst[n++] = (char)c;
			continue;
		}
		dst[n++] = '\\';
		dst[n++] = 'x';
		dst[n++] = hex[c >> 4];
		dst[n++] = hex[c & 15];
	}
	dst[n] = '\0';
}

__attribute__((format(printf, 3, 0))) static void set_text(struct error *err, int code,
							   const char *fmt, va_list ap)
{
	char text[sizeof(err->msg)];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (code && len < sizeof(text))
		snprintf(text + len, sizeof(text) - len, ": %s", err_text(code));
	err->code = code;
	err->line = err->column = 0;
	copy_clean(err->msg, sizeof(err->msg), text);
}

int err_set(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(err, code, fmt, ap);
	va_end(ap);
	err->at[0] = '\0';
	return -1;
}

int err_add(struct error *err, const char *fmt, ...)
{
	char place[sizeof(err->msg)], text[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(place, sizeof(place), fmt, ap);
	va_end(ap);
	if (snprintf(text, sizeof(text), "%s: %s", place, err->msg) < 0)
		return -1;
	copy_clean(err->msg, sizeof(err->msg), text);
	return -1;
}

int err_at(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (err->at[0])
		return -1;
	va_start(ap, fmt);
	vsnprintf(err->at, sizeof(err->at), fmt, ap);
	va_end(ap);
	return -1;
}

int err_in(struct error *err, const char *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(err, 0, fmt, ap);
	va_end(ap);
	snprintf(err->at, sizeof(err->at), "%s", at);
	return -1;
}
