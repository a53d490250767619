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

# The specification's table of mount options, which no schema has.
MOUNT_OPTIONS="async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime
	noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime
	relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate
	rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid
	symfollow sync tmpcopyup unbindable idmap ridmap"

@test "features lists every mount option of the spec's table" {
	mcrun_bare features
	local missing
	# shellcheck disable=SC2086
	missing=$(jq -r --args '$ARGS.positional - .mountOptions | join(" ")' -- $MOUNT_OPTIONS <<<"$output")
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

# features_and_host: what features says, as $FEATURES; $T/host is a machine with all that a config can ask for.
features_and_host() {
	mcrun_bare features
	assert_success
	FEATURES=$output
	jq -s '.[0] + {rdt: .[1].rdt} | .cgroup.controllers += ["rdma"]' "$TESTS_DIR"/../plan/{full,resctrl}.facts.json >"$T/host"
	cp "$BUNDLE/config.json" "$T/plain"
}

# planned [JQ-OPTION...] EXPR: explain, for that machine, with config.json changed so; what it says is the last call's.
planned() {
	jq "$@" "$T/plain" >"$BUNDLE/config.json"
	mcrun_bare explain --bundle "$BUNDLE" --facts "$T/host"
}

# listed PATH: one word a line.  unlisted PATH WORD...: those of the words that features does not list.
listed() {
	jq -r "$1[]" <<<"$FEATURES"
}

unlisted() {
	jq -r --args "\$ARGS.positional - $1 | .[]" -- "${@:2}" <<<"$FEATURES"
}

# as_listed PATH DEFINITION EXPR: each word that features lists is planned where EXPR puts $w; the others of the
# specification, and one that nobody has, are refused by name.
as_listed() {
	local word words
	mapfile -t words < <(jq -r --arg d "$2" '.definitions[$d].enum[]' "$TESTS_DIR/../data/schema/defs-linux.json")
	[ ${#words[@]} -gt 1 ] || fail "no words of $2"
	[ -n "$(listed "$1")" ] || fail "features lists nothing at $1"
	for word in $(listed "$1"); do
		planned --arg w "$word" "$3"
		assert_success
	done
	for word in $(unlisted "$1" "${words[@]}" NO_SUCH_WORD); do
		planned --arg w "$word" "$3"
		assert_failure
		assert_has "$stderr" "'$word'"
	done
}

# bats test_tags=mcrun
@test "features: of namespaces, seccomp and memory policies what is listed is planned, and nothing else" {
	requires mcrun
	features_and_host
	as_listed .linux.namespaces NamespaceType 'del(.hostname) | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}]
		| .linux.gidMappings = .linux.uidMappings | .mounts = []
		| .linux.namespaces = ([{type: "mount"}, {type: "user"}, {type: $w}] | unique)'
	as_listed .linux.seccomp.actions SeccompAction '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/agent",
		syscalls: [{names: ["mount"], action: $w}]}'
	as_listed .linux.seccomp.operators SeccompOperators '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mount"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: $w}]}]}'
	as_listed .linux.seccomp.archs SeccompArch '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: [$w],
		syscalls: [{names: ["mount"], action: "SCMP_ACT_ERRNO"}]}'
	as_listed .linux.seccomp.knownFlags SeccompFlag '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [$w],
		listenerPath: "/agent", syscalls: [{names: ["mount"], action: "SCMP_ACT_NOTIFY"}]}'
	as_listed .linux.memoryPolicy.modes MemoryPolicyMode '.linux.memoryPolicy = {mode: $w,
		nodes: (if $w | IN("MPOL_DEFAULT", "MPOL_LOCAL") then "" else "0" end)}'
	as_listed .linux.memoryPolicy.flags MemoryPolicyFlag '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: [$w]}'
}

# bats test_tags=mcrun
@test "features: of seccomp's flags those that this kernel has are planned for this host" {
	requires mcrun
	local word
	features_and_host
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/agent",
		syscalls: [{names: ["mount"], action: "SCMP_ACT_NOTIFY"}]}'
	for word in $(listed .linux.seccomp.knownFlags); do
		config --arg w "$word" '.linux.seccomp.flags = [$w]'
		mcrun_bare explain --bundle "$BUNDLE"
		if jq -e --arg w "$word" '.linux.seccomp.supportedFlags | index($w)' <<<"$FEATURES" >/dev/null; then
			assert_success
		else
			assert_failure
			assert_has "$stderr" "this kernel has no $word"
		fi
	done
}

# bats test_tags=mcrun
@test "features: hooks that are listed are planned, and there are no others" {
	requires mcrun
	local word words
	features_and_host
	mapfile -t words < <(jq -r '.properties.hooks.properties | keys[]' "$TESTS_DIR/../data/schema/config-schema.json")
	[ ${#words[@]} -gt 1 ] || fail "the schema has no hooks"
	for word in $(listed .hooks); do
		planned --arg w "$word" '.hooks[$w] = [{path: "/bin/hook"}]'
		assert_success
		assert_has "$output" "/hooks/$word/0 " /bin/hook
	done
	# A property that a runtime does not know it must pass over.
	for word in $(unlisted .hooks "${words[@]}" noSuchHook); do
		planned --arg w "$word" '.hooks[$w] = [{path: "/bin/hook"}]'
		assert_success
		assert_has_not "$output" "/hooks" /bin/hook
	done
}

# bats test_tags=mcrun
@test "features: mount options that are listed are mcrun's, others belong to the file system" {
	requires mcrun
	local word
	features_and_host
	for word in $(listed .mountOptions); do
		# A bind mount makes no file system, and these are of one.
		case $word in
		tmpcopyup | async | sync | dirsync | mand | nomand | lazytime | nolazytime)
			planned --arg w "$word" '.mounts = [{destination: "/mnt", type: "tmpfs", options: [$w]}]'
			;;
		*) planned --arg w "$word" '.mounts = [{destination: "/mnt", source: "/tmp", options: ["bind", $w]}
			+ if $w | test("^r?idmap$") then {uidMappings: [{containerID: 0, hostID: 1, size: 1}],
				gidMappings: [{containerID: 0, hostID: 1, size: 1}]} else {} end]' ;;
		esac
		assert_success
		assert_equal "$stderr" "" stderr
	done
	# shellcheck disable=SC2086
	for word in $(unlisted .mountOptions $MOUNT_OPTIONS nosuchoption); do
		planned --arg w "$word" '.mounts = [{destination: "/mnt", source: "/tmp", options: ["bind", $w]}]'
		assert_has "$stderr" "/mounts/0/options/1: '$word' belongs to a file system that is not made here"
		planned --arg w "$word" '.mounts = [{destination: "/mnt", type: "tmpfs", options: [$w]}]'
		assert_success
		assert grep -qE "^  /mounts/0 .* $word\$" <<<"$output"
	done
}

# bats test_tags=mcrun
@test "features: capabilities that are listed are planned, others are left out with a warning that names them" {
	requires mcrun
	local word
	features_and_host
	planned --argjson w "$(jq -c .linux.capabilities <<<"$FEATURES")" '.process.capabilities.bounding = $w'
	assert_success
	assert_has_not "$output$stderr" "unknown capability"
	# No schema has them; of those that came last one is missing first.
	for word in $(unlisted .linux.capabilities CAP_CHOWN CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE CAP_NO_SUCH_WORD); do
		planned --arg w "$word" '.process.capabilities.bounding = [$w]'
		assert_success
		assert_has "$stderr" "/process/capabilities/bounding/0: unknown capability '$word'; left out"
	done
}

# bats test_tags=mcrun
@test "features: the versions are the oldest and the newest that are planned without a word" {
	requires mcrun
	local word
	features_and_host
	for word in $(jq -r '.ociVersionMin, .ociVersionMax' <<<"$FEATURES"); do
		planned --arg w "$word" '.ociVersion = $w'
		assert_success
		assert_equal "$stderr" "" stderr
	done
	planned '.ociVersion = "0.9.0"'
	assert_failure
	assert_has "$stderr" "version 0.9.0"
	planned --arg w "$word" '.ociVersion = ($w / "." | "\(.[0]).\(.[1] | tonumber + 1).0")'
	assert_success
	assert_has "$stderr" "is newer than $word"
}

# as_said PATH NAME EXPR: explain shows NAME for EXPR if features says true at PATH, and refuses it with NAME if false.
as_said() {
	planned "$3"
	case $(jq "$1" <<<"$FEATURES") in
	true)
		assert_success
		assert_has "$output" "$2 "
		;;
	false)
		assert_failure
		assert_has "$stderr" "$2"
		;;
	*) fail "features says neither yes nor no at $1" ;;
	esac
}

# bats test_tags=mcrun
@test "features: each yes is planned on a host that has it, each no is refused" {
	requires mcrun
	features_and_host
	as_said .linux.cgroup.v1 /linux/resources/memory/kernelTCP '.linux.resources.memory = {kernelTCP: 1000000}'
	as_said .linux.cgroup.v1 /linux/resources/network/classID '.linux.resources.network = {classID: 1048577}'
	as_said .linux.cgroup.v2 /linux/resources/unified/memory.high '.linux.resources.unified = {"memory.high": "max"}'
	as_said .linux.cgroup.rdma /linux/resources/rdma/mlx '.linux.resources.rdma = {mlx: {hcaHandles: 3}}'
	as_said .linux.seccomp.enabled /linux/seccomp '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
	as_said .linux.apparmor.enabled /process/apparmorProfile '.process.apparmorProfile = "profile"'
	as_said .linux.selinux.enabled /process/selinuxLabel '.process.selinuxLabel = "u:r:t:s0"'
	as_said .linux.intelRdt.enabled /linux/intelRdt '.linux.intelRdt = {l3CacheSchema: "L3:0=f"}'
	as_said .linux.intelRdt.schemata /linux/intelRdt/schemata/0 '.linux.intelRdt = {schemata: ["L3:0=f"]}'
	as_said .linux.intelRdt.monitoring /linux/intelRdt/enableMonitoring '.linux.intelRdt = {l3CacheSchema: "L3:0=f", enableMonitoring: true}'
	as_said .linux.mountExtensions.idmap.enabled /mounts/0 '.mounts = [{destination: "/mnt", source: "/tmp", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}]'
	assert_has "$output" idmap
	as_said .linux.netDevices.enabled /linux/netDevices/eth0 '.linux.netDevices = {eth0: {}}'
	assert_equal "$(jq -c '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$FEATURES")" '"true"'
	mcrun_bare help
	assert grep -q '^  checkpoint ' <<<"$output"
}

# bats test_tags=mcrun
@test "features: the annotations that it warns of change the plan" {
	requires mcrun
	local word
	features_and_host
	for word in $(listed .potentiallyUnsafeConfigAnnotations); do
		planned --arg w "$word" '.annotations[$w] = "no" | .linux.mountLabel = "u:r:t:s0" | .hooks.poststop = [{path: "/bin/hook"}]'
		case $word in
		org.systemd.property.)
			planned 'del(.linux.cgroupsPath) | .annotations["org.systemd.property.Delegate"] = "no"'
			mcrun_bare --systemd-cgroup explain --bundle "$BUNDLE" --facts "$T/host"
			assert_failure
			assert_has "$stderr" "/annotations/$word"
			;;
		run.oci.hooks.*) assert grep -q "^  /annotations/$word .* goes to .*/no\$" <<<"$output" ;;
		org.criu.config) ;; # for CRIU alone: checkpoint.bats
		*)
			assert_failure
			assert_has "$stderr" "/annotations/$word: 'no'"
			;;
		esac
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
