#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The command features: a JSON document that engines decode.

load helpers

@test "features is one JSON object, and nothing is on stderr" {
	mcrun_bare features
	assert_success
	assert_equal "$stderr" "" stderr
	assert jq -e 'type == "object"' <<<"$output"
}

@test "features names the versions of the spec" {
	mcrun_bare features
	assert jq -e '(.ociVersionMin | test("^1\\.0\\.[0-9]")) and (.ociVersionMax | test("^1\\.[0-9]+\\.[0-9]"))' <<<"$output"
}

@test "features lists the six kinds of hooks" {
	mcrun_bare features
	assert_equal "$(jq -c '.hooks | sort' <<<"$output")" \
		'["createContainer","createRuntime","poststart","poststop","prestart","startContainer"]'
}

@test "features lists every mount option of the spec's table" {
	mcrun_bare features
	local missing
	missing=$(jq -r --args '$ARGS.positional - .mountOptions | join(" ")' -- \
		async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime \
		noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev \
		rdiratime relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid \
		rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw \
		shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap <<<"$output")
	assert_equal "$missing" "" "options that are missing"
}

@test "features lists the namespaces" {
	mcrun_bare features
	assert jq -e '["cgroup","ipc","mount","network","pid","user","uts"] - .linux.namespaces == []' <<<"$output"
	[ ! -e /proc/self/ns/time ] || assert jq -e '.linux.namespaces | index("time")' <<<"$output"
}

@test "features lists capabilities by name" {
	mcrun_bare features
	assert jq -e '.linux.capabilities | index("CAP_SYS_ADMIN") and index("CAP_CHOWN") and length >= 38' <<<"$output"
}

@test "features says cgroup v2, seccomp with its actions and operators" {
	mcrun_bare features
	assert jq -e '.linux.cgroup.v2 == true and .linux.seccomp.enabled == true
		and (["SCMP_ACT_ALLOW","SCMP_ACT_ERRNO","SCMP_ACT_KILL","SCMP_ACT_KILL_PROCESS","SCMP_ACT_LOG","SCMP_ACT_TRAP"]
			- .linux.seccomp.actions == [])
		and (["SCMP_CMP_EQ","SCMP_CMP_GE","SCMP_CMP_GT","SCMP_CMP_LE","SCMP_CMP_LT","SCMP_CMP_MASKED_EQ","SCMP_CMP_NE"]
			- .linux.seccomp.operators == [])
		and (.linux.seccomp.archs | index("SCMP_ARCH_X86_64"))' <<<"$output"
}

@test "features says whether idmapped mounts work" {
	mcrun_bare features
	assert jq -e '.linux.mountExtensions.idmap.enabled | type == "boolean"' <<<"$output"
}

@test "features has every property of the schema, and nothing but the truth" {
	mcrun_bare features
	assert jq -e '(.hooks and .annotations and (.potentiallyUnsafeConfigAnnotations | type == "array"))
		and .linux.cgroup.v1 == false and (.linux.cgroup.rdma | type == "boolean")
		and (.linux.cgroup.systemd | type == "boolean") and (.linux.cgroup.systemdUser | type == "boolean")
		and (.linux.seccomp.knownFlags | index("SECCOMP_FILTER_FLAG_LOG")) and (.linux.seccomp.supportedFlags | type == "array")
		and (.linux.apparmor.enabled | type == "boolean") and (.linux.selinux.enabled | type == "boolean")
		and (.linux.memoryPolicy.modes | type == "array") and (.linux.memoryPolicy.flags | type == "array")
		and .linux.intelRdt.enabled == .linux.intelRdt.schemata and .linux.intelRdt.enabled == .linux.intelRdt.monitoring
		and (.linux.netDevices.enabled | type == "boolean")' <<<"$output"
}

# bats test_tags=mcrun
@test "features: seccomp has every action, and the flags that this kernel has" {
	requires mcrun
	mcrun_bare features
	assert jq -e '.linux.seccomp.actions | index("SCMP_ACT_NOTIFY")' <<<"$output"
	assert jq -e '.linux.seccomp.knownFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' <<<"$output"
	assert jq -e '.linux.seccomp | .supportedFlags - .knownFlags == []' <<<"$output"
	assert jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_LOG")' <<<"$output"
	assert jq -e '.linux.memoryPolicy.modes | index("MPOL_WEIGHTED_INTERLEAVE")' <<<"$output"
	assert jq -e '.linux.memoryPolicy.flags | index("MPOL_F_STATIC_NODES")' <<<"$output"
}

@test "features is what the schema of the specification says: no other member, no other type" {
	requires tool:python3
	mcrun_bare features
	assert python3 - "$TESTS_DIR/../.." "$OUT" <<-'END'
	import importlib.util, json, sys
	sys.dont_write_bytecode = True
	spec = importlib.util.spec_from_file_location("schema", sys.argv[1] + "/tests/unit/test-oci-schema.py")
	schema = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(schema)
	schema.SOURCE = sys.argv[1]
	schemas = schema.Schemas()
	props = schemas.flatten(schemas.load("features-schema.json"), "features-schema.json")
	types = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
	def check(value, at):
	    if at.startswith(("/annotations/", *schema.TEXT_ONLY)):
	        return
	    want = props.get(at) or props[at.rsplit("/", 1)[0] + "/*"]
	    assert (want[0] or "object") == types[type(value)], f"{at}: {want[0]}"
	    for key, child in value.items() if isinstance(value, dict) else [("*", v) for v in value] if isinstance(value, list) else []:
	        check(child, f"{at}/{key}")
	check(json.load(open(sys.argv[2])), "")
	END
}

# bats test_tags=mcrun
@test "what features lists is planned, what it does not list is refused" {
	requires mcrun
	local features word
	mcrun_bare features
	features=$output
	for word in $(jq -r '.mountOptions[]' <<<"$features"); do
		# A remount and a bind take these too; a plain tmpfs does not copy from a source.
		config --arg o "$word" '.mounts = [{destination: "/mnt", source: "/tmp", options: ["bind", $o]}]'
		case $word in
		tmpcopyup) config '.mounts[0] = {destination: "/mnt", type: "tmpfs", options: ["tmpcopyup"]}' ;;
		idmap | ridmap) config '.mounts[0] += {uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}' ;;
		esac
		mcrun_bare explain --bundle "$BUNDLE"
		assert_success
	done
	config '.mounts = []'
	for word in $(jq -r '.linux.seccomp.actions[]' <<<"$features"); do
		config --arg a "$word" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/agent",
			syscalls: [{names: ["mount"], action: $a}]}'
		mcrun_bare explain --bundle "$BUNDLE"
		assert_success
	done
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [$op[] as $o | {names: ["mount"], action: "SCMP_ACT_ERRNO",
		args: [{index: 0, value: 1, op: $o}]}], architectures: $arch}' \
		--argjson op "$(jq -c .linux.seccomp.operators <<<"$features")" --argjson arch "$(jq -c .linux.seccomp.archs <<<"$features")"
	for word in $(jq -r '.linux.seccomp.supportedFlags[]' <<<"$features"); do
		config --arg f "$word" '.linux.seccomp.flags = [$f]'
		case $word in
		*WAIT_KILLABLE*) config '.linux.seccomp |= (.listenerPath = "/agent" | .syscalls += [{names: ["umount2"], action: "SCMP_ACT_NOTIFY"}])' ;;
		esac
		mcrun_bare explain --bundle "$BUNDLE"
		assert_success
	done
	for word in $(jq -r '.linux.seccomp | .knownFlags - .supportedFlags | .[]' <<<"$features"); do
		config --arg f "$word" '.linux.seccomp.flags = [$f]'
		mcrun_bare explain --bundle "$BUNDLE"
		assert_failure
	done
	config 'del(.linux.seccomp)'
	for word in $(jq -r '.linux.capabilities[]' <<<"$features"); do
		config --arg c "$word" '.process.capabilities.bounding = [$c]'
		mcrun_bare explain --bundle "$BUNDLE"
		assert_success
		assert_has_not "$output" "unknown capability"
	done
}

# bats test_tags=mcrun
@test "features says that it knows systemd's cgroups where the helper program for them was built" {
	requires mcrun
	local built=false
	[ -n "${MCRUN_LIBEXECDIR:-}" ] || skip "machine: another mcrun than the one that was built"
	[ ! -x "$MCRUN_LIBEXECDIR/mcrun-systemd" ] || built=true
	mcrun_bare features
	assert_equal "$(jq -c '.linux.cgroup | [.systemd, .systemdUser]' <<<"$output")" "[$built,$built]"
}
