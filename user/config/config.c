// SPDX-License-Identifier: GPL-2.0
#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steer/gue.h"
#include "steer/sbfd.h"

#include "cleanup.h"
#include "config/digest.h"
#include "config/document.h"
#include "config/keyfile.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "config/value.h"

enum {
	CLUSTER,
	SELF,
	KEY_FILE,
	LIVENESS,
	DAMPING,
	FORWARD,
	TUNNEL_SOURCE,
	GUE_PORT,
	NODES,
	POOLS,
	SERVICES,
	KEYS,
};

static const struct walk_key root_keys[KEYS] = {
	[CLUSTER] = { "cluster", true },
	[SELF] = { "self", false },
	[KEY_FILE] = { "key-file", true },
	[LIVENESS] = { "liveness", false },
	[DAMPING] = { "damping", false },
	[FORWARD] = { "forward", false },
	[TUNNEL_SOURCE] = { "tunnel-source", false },
	[GUE_PORT] = { "gue-port", false },
	[NODES] = { "nodes", true },
	[POOLS] = { "pools", true },
	[SERVICES] = { "services", true },
};

static void cleanup_errors(struct errors *errors)
{
	errors_clear(errors);
}

static void cleanup_cluster(struct cluster **cluster)
{
	cluster_free(*cluster);
}

static void loader_clear(struct loader *loader)
{
	names_clear(&loader->node_names);
	names_clear(&loader->node_ids);
	names_clear(&loader->node_addresses);
	names_clear(&loader->pool_names);
	names_clear(&loader->service_names);
	names_clear(&loader->endpoints);
	free(loader->check);
}

static void read_key(struct loader *loader, const yaml_node_t *value, const char *path)
{
	const struct walk *walk = &loader->walk;
	const char *slash = strrchr(path, '/');
	char name[PATH_MAX], full[2 * PATH_MAX];

	if (value_text(walk, value, "key-file", sizeof(name), name) < 0)
		return;
	if (name[0] == '/' || !slash)
		snprintf(full, sizeof(full), "%s", name);
	else
		snprintf(full, sizeof(full), "%.*s/%s", (int)(slash - path), path, name);
	keyfile_read(full, walk_position(value), walk->errors, loader->cluster);
}

/* Find the node with the host's name, or with the host's name up to its first dot. */
static const struct cluster_node *find_host(const struct cluster *cluster, char *host_name)
{
	const struct cluster_node *node = cluster_node_by_name(cluster, host_name);

	if (!node && strchr(host_name, '.')) {
		*strchr(host_name, '.') = '\0';
		node = cluster_node_by_name(cluster, host_name);
	}
	return node;
}

/* Find the own node: by the option, else by the file, else by the host name. */
static void find_self(struct loader *loader, const char *self_name, const yaml_node_t *value,
		      const yaml_node_t *nodes)
{
	struct cluster *cluster = loader->cluster;
	char host_name[HOST_NAME_MAX + 1] = "", suggestion[SUGGEST_TEXT_MAX];
	const struct cluster_node *node;
	size_t self = 0;
	int r;

	/* An error in the file is reported even if the option overrides it. */
	r = section_find(loader, value, "self", &loader->node_names, section_node_name, &self);
	if (!loader->node_names.root || (r == -EINVAL && !self_name))
		return;
	if (self_name) {
		node = cluster_node_by_name(cluster, self_name);
		if (!node)
			walk_error(
				&loader->walk, nodes,
				"no node has the name \"%.64s\", which was given for this node; %s",
				self_name,
				suggest_text(self_name, section_node_name, cluster, suggestion));
	} else if (r == 0) {
		node = &cluster->nodes[self];
	} else {
		gethostname(host_name, sizeof(host_name) - 1);
		node = find_host(cluster, host_name);
		if (!node)
			walk_error(&loader->walk, nodes,
				   "no node has the name \"%s\" of this host; add it to nodes, "
				   "write self: NODE, or start with --node NODE",
				   host_name);
	}
	if (!node)
		return;
	cluster->self = (size_t)(node - cluster->nodes);
	if (node->agentless)
		walk_error(&loader->walk, nodes,
			   "node %s, which is this node, has no agent; remove its agent: false, or "
			   "start with --node NODE",
			   node->name);
}

static void read_gue_port(const struct walk *walk, const yaml_node_t *value, uint32_t *ret_port)
{
	*ret_port = STEER_GUE_PORT;
	value_number(walk, value, "gue-port", 1, UINT16_MAX, ret_port);
	if (*ret_port == STEER_SBFD_PORT)
		walk_error(walk, value,
			   "gue-port %d is the port of liveness probes; take another one",
			   STEER_SBFD_PORT);
}

static void read_root(struct loader *loader, const yaml_node_t *root, const char *path,
		      const char *self_name)
{
	struct cluster *cluster = loader->cluster;
	const struct walk *walk = &loader->walk;
	const yaml_node_t *value[KEYS];

	if (walk_mapping(walk, root, "the configuration", root_keys, KEYS, value) < 0)
		return;
	loader->forward = STEER_FORWARD_L2;
	value_name(walk, value[CLUSTER], "cluster", cluster->name);
	read_key(loader, value[KEY_FILE], path);
	section_liveness(loader, value[LIVENESS]);
	section_damping(loader, value[DAMPING]);
	section_forward(walk, value[FORWARD], &loader->forward);
	section_tunnel_source(loader, value[TUNNEL_SOURCE]);
	read_gue_port(walk, value[GUE_PORT], &cluster->gue_port);
	if (value[NODES])
		section_nodes(loader, value[NODES]);
	if (value[NODES])
		find_self(loader, self_name, value[SELF], value[NODES]);
	if (value[POOLS])
		section_pools(loader, value[POOLS]);
	if (value[SERVICES])
		section_services(loader, value[SERVICES]);
	section_check_targets(loader);
}

/* Read the loaded document. Return: 0, also with errors added; -ENOMEM. */
static int read_document(yaml_document_t *document, struct errors *errors, const char *path,
			 const char *self_name, struct cluster **ret_cluster)
{
	_cleanup_(loader_clear) struct loader loader = { .walk = { document, errors } };
	_cleanup_(cleanup_cluster) struct cluster *cluster = calloc(1, sizeof(*cluster));
	const yaml_node_t *root = yaml_document_get_root_node(document);

	if (!cluster)
		return -ENOMEM;
	if (!root || (root->type == YAML_SCALAR_NODE && !root->data.scalar.length)) {
		errors_add(errors, (struct position){ 1, 1 },
			   "is empty; write cluster:, key-file:, nodes:, pools: and services:");
		return 0;
	}
	loader.cluster = cluster;
	read_root(&loader, root, path, self_name);
	cluster->digest = digest_cluster(cluster);
	cluster->pools_digest = digest_pools(cluster);
	*ret_cluster = TAKE_PTR(cluster);
	return 0;
}

int config_load(const char *path, const char *self_name, struct cluster **ret_cluster,
		struct config_errors *ret_errors)
{
	_cleanup_(cleanup_cluster) struct cluster *cluster = NULL;
	_cleanup_(cleanup_errors) struct errors errors = {};
	yaml_document_t document;
	int r;

	r = document_load(path, &errors, &document);
	if (r == 0) {
		r = read_document(&document, &errors, path, self_name, &cluster);
		yaml_document_delete(&document);
	}
	if (r == -ENOMEM || errors.out_of_memory)
		return -ENOMEM;
	if (r < 0 || errors.n) {
		r = errors_report(&errors, path, ret_errors);
		return r < 0 ? r : -EINVAL;
	}
	*ret_cluster = TAKE_PTR(cluster);
	return 0;
}
