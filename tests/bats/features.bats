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
