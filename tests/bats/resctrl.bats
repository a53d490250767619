#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.intelRdt, on a folder that stands in for the resctrl tree (tests/tools/fake-resctrl.c), as few machines have one.

load helpers

# bats file_tags=mcrun

setup() {
	requires mcrun
	setup_bundle
	FAKE=$T/resctrl
	mkdir -p "$FAKE"/{info/L3_MON,mon_groups,silver/mon_groups}
	printf '    MB:0= 100\n    L3:0=7ff\n' >"$FAKE/schemata"
	printf '    MB:0=  20\n    L3:0=07f\n' >"$FAKE/silver/schemata"
	: >"$FAKE/tasks"
	: >"$FAKE/silver/tasks"
}

# tree: all that is in it.
tree() {
	find "$FAKE" | sort
}

# From here on mcrun sees the tree.
with_resctrl() {
	find_tool fake-resctrl.so -shared -fPIC -ldl
	export LD_PRELOAD=$TOOL FAKE_RESCTRL=$FAKE
	config '.linux.intelRdt = {}'
	"$RUNTIME" explain --show-facts --bundle "$BUNDLE" 2>/dev/null | grep -qF "$FAKE" || skip "machine: nothing can be preloaded into a static build, or one with sanitizers"
}

@test "without resctrl on the host, intelRdt is refused" {
	grep -q ' - resctrl ' /proc/self/mountinfo && skip "machine: has resctrl"
	config '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:0=f"}'
	create
	assert_refused /linux/intelRdt resctrl
}

@test "without closID the container has a class of its own, with its schemata, that goes with it" {
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=7f", memBwSchema: "MB:0=20", schemata: ["L2:0=1"]}'
	create_ok
	assert_equal "$(cat "$FAKE/$ID/tasks")" "$(pid_of)" tasks
	assert file_has "$FAKE/$ID/schemata" .
	mcrun delete --force "$ID"
	assert_success
	refute test -e "$FAKE/$ID"
}

@test "a closID that is not there is made, and stays after delete" {
	with_resctrl
	config '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=7f"]}'
	create_ok
	assert_equal "$(cat "$FAKE/gold/tasks")" "$(pid_of)" tasks
	assert_equal "$(cat "$FAKE/gold/schemata")" "L3:0=7f"
	mcrun delete --force "$ID"
	assert_success
	assert test -d "$FAKE/gold"
}

@test "a closID that is there is used when it has these schemata, and not changed" {
	with_resctrl
	config '.linux.intelRdt = {closID: "silver", l3CacheSchema: "L3:0=7f", memBwSchema: "MB:0=20"}'
	create_ok
	assert_equal "$(cat "$FAKE/silver/tasks")" "$(pid_of)" tasks
	assert file_has "$FAKE/silver/schemata" 'MB:0=  20'
	mcrun delete --force "$ID"
	assert test -d "$FAKE/silver"
	config '.linux.intelRdt.l3CacheSchema = "L3:0=ff"'
	create
	assert_refused /linux/intelRdt/l3CacheSchema silver
}

@test "a closID that is not there, without schemata, is refused" {
	with_resctrl
	config '.linux.intelRdt = {closID: "gold"}'
	create
	assert_refused /linux/intelRdt/closID gold
	refute test -e "$FAKE/gold"
}

@test "closID / is the default class" {
	with_resctrl
	config '.linux.intelRdt = {closID: "/"}'
	create_ok
	assert_equal "$(cat "$FAKE/tasks")" "$(pid_of)" tasks
	mcrun delete --force "$ID"
	assert_success
}

# What was written below the tree, in this order: "FILE: TEXT".
written() {
	cat "$FAKE.log"
}

# bats test_tags=must:intelRdt
@test "intelRdt: l3CacheSchema is written first, then memBwSchema, schemata last" {
	with_resctrl
	config '.linux.intelRdt = {schemata: ["L2:0=1", "L2:1=3"], memBwSchema: "MB:0=20", l3CacheSchema: "L3:0=7f"}'
	create_ok
	assert_equal "$(written)" "$(printf "$ID/%s\n" "schemata: "{L3:0=7f,MB:0=20,L2:0=1,L2:1=3} "tasks: $(pid_of)")"
}

# bats test_tags=must:intelRdt
@test "intelRdt: delete removes what create made, and nothing else" {
	with_resctrl
	local rdt before
	mkdir "$FAKE/silver/mon_groups/other"
	before=$(tree)
	for rdt in '{}' '{l3CacheSchema: "L3:0=7f", enableMonitoring: true}' '{closID: "silver"}' \
		'{closID: "silver", enableMonitoring: true}' '{closID: "/", enableMonitoring: true}'; do
		config ".linux.intelRdt = $rdt"
		create_ok
		mcrun delete --force "$ID"
		assert_success
		assert_equal "$(tree)" "$before" "after delete with $rdt"
	done
}

# bats test_tags=must:intelRdt
@test "intelRdt: enableMonitoring makes a group of the container's own below its class" {
	with_resctrl
	config '.linux.intelRdt = {closID: "silver", enableMonitoring: true}'
	create_ok
	assert_equal "$(cat "$FAKE/silver/mon_groups/$ID/tasks")" "$(pid_of)" tasks
	mcrun delete --force "$ID"
	assert_success
	refute test -e "$FAKE/silver/mon_groups/$ID"
	assert test -d "$FAKE/silver/mon_groups"
}

@test "exec: the process is in the container's class and group" {
	requires command:exec
	with_resctrl
	config '.linux.intelRdt = {closID: "silver", enableMonitoring: true}'
	create_ok
	start_ok
	: >"$FAKE/silver/tasks"
	: >"$FAKE/silver/mon_groups/$ID/tasks"
	mcrun exec --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_success
	assert_equal "$(cat "$FAKE/silver/tasks")" "$(<"$T/pid")" tasks
	assert_equal "$(cat "$FAKE/silver/mon_groups/$ID/tasks")" "$(<"$T/pid")" "tasks of the group"
	mv "$FAKE/silver" "$FAKE/gone"
	mcrun exec "$ID" true
	assert_equal "$status" 255
	assert_says "$FAKE/silver/tasks"
	mv "$FAKE/gone" "$FAKE/silver"
}

# restore: of nothing, by a CRIU that makes a process and puts it nowhere: where CRIU itself is, in the container's cgroup.
restore() {
	mkdir -p "$T/bin" "$T/images"
	install -m 0755 "$TESTS_DIR/fake-criu.py" "$T/bin/criu"
	ln -sf /bin/true "$T/bin/iptables-restore"
	FAKE_CRIU=restores PATH=$T/bin:$PATH mcrun restore --image-path "$T/images" --bundle "$BUNDLE" --detach \
		--manage-cgroups-mode ignore "$ID"
}

@test "restore: the process is in the container's class and group, and delete takes away what restore has made" {
	requires root tool:python3 command:restore
	with_resctrl
	local before
	before=$(tree)
	config '.linux.intelRdt = {closID: "silver", enableMonitoring: true}'
	restore
	assert_success
	assert_equal "$(cat "$FAKE/silver/tasks")" "$(pid_of)" tasks
	assert_equal "$(cat "$FAKE/silver/mon_groups/$ID/tasks")" "$(pid_of)" "tasks of the group"
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(tree)" "$before" "after delete"
	rm "$FAKE.log"
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=7f", memBwSchema: "MB:0=20"}'
	restore
	assert_success
	assert_equal "$(written)" "$(printf "$ID/%s\n" "schemata: "{L3:0=7f,MB:0=20} "tasks: $(pid_of)")"
	mcrun delete --force "$ID"
	assert_success
	assert_equal "$(tree)" "$before" "after delete"
}

@test "a restore that fails leaves no class and no group, and no process" {
	requires root tool:python3 command:restore
	with_resctrl
	local before
	before=$(tree)
	config '.linux.intelRdt = {enableMonitoring: true} | .hooks.poststart = [{path: "/bin/false"}]'
	restore
	assert_refused /hooks/poststart/0
	assert_has "$(written)" "$ID/mon_groups/$ID/tasks: "
	assert_equal "$(tree)" "$before" "what is left"
}

@test "a create that fails leaves no class and no group" {
	with_resctrl
	config '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=7f"], enableMonitoring: true} |
		.hooks.createRuntime = [{path: "/bin/false"}]'
	create
	assert_refused /hooks/createRuntime/0
	refute test -e "$FAKE/gold"
}

@test "without intelRdt the tree is left alone" {
	with_resctrl
	config 'del(.linux.intelRdt)'
	create_ok
	assert_equal "$(find "$FAKE" -name tasks -size +0)" ""
}

@test "update writes other schemata to the container's class" {
	with_resctrl
	config '.linux.intelRdt = {l3CacheSchema: "L3:0=7f"}'
	create_ok
	mcrun update --l3-cache-schema "L3:0=3" "$ID"
	assert_success
	assert_equal "$(cat "$FAKE/$ID/schemata")" "L3:0=3"
	mcrun update --mem-bw-schema "L3:0=3" "$ID"
	assert_failure
	assert_says --mem-bw-schema "must begin with 'MB:'"
	rm "$FAKE/$ID/schemata"
	mcrun update --mem-bw-schema "MB:0=10" "$ID"
	assert_failure
	assert_says "$FAKE/$ID/schemata"
}
