#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Files: volumes, what is read-only, copies, images.

load helpers

# bats test_tags=core
@test "volumes of the host, read-only and not; named volumes outlive their container" {
	needs docker
	mkdir "$T/src" "$T/out"
	chmod 0777 "$T/out"
	echo hello >"$T/src/file"
	run box -v "$T/src:/in:ro" -v "$T/out:/out" -v "$C-vol:/named" box \
		sh -c 'cp /in/file /out/copy && echo kept >/named/file; touch /in/no 2>/dev/null && echo bad; cat /in/file'
	assert_output hello
	assert_equal "$(<"$T/out/copy")" hello
	run box -v "$C-vol:/named:ro" box cat /named/file
	assert_output kept
	e volume rm "$C-vol" >/dev/null
}

# bats test_tags=core
@test "--read-only, --tmpfs, --mount" {
	needs docker
	run box --read-only --tmpfs /scratch:rw,size=1m,mode=1770 --mount type=tmpfs,dst=/fast box \
		sh -c 'touch /no 2>/dev/null && echo bad; touch /scratch/yes /fast/yes && stat -c %a /scratch && df -k /scratch | awk "END { print \$2 }"'
	assert_output $'1770\n1024'
}

# bats test_tags=core
@test "cp into and out of a container; commit, and run the new image" {
	needs docker
	echo data >"$T/file"
	detached -- sleep 1000
	e cp "$T/file" "$C:/tmp/file"
	run e exec "$C" cat /tmp/file
	assert_output data
	e exec "$C" sh -c 'echo more >>/tmp/file'
	e cp "$C:/tmp/file" "$T/back"
	assert_equal "$(<"$T/back")" $'data\nmore'
	e commit "$C" "img-$C" >/dev/null
	run box "img-$C" cat /tmp/file
	assert_output $'data\nmore'
	e rm -f "$C" >/dev/null
	e rmi "img-$C" >/dev/null
}

@test "export and import, save and load" {
	needs docker
	e create --name "$C" --network none box true >/dev/null
	e export -o "$T/root.tar" "$C"
	tar -tf "$T/root.tar" | grep -q bin/busybox
	e import "$T/root.tar" "img-$C" >/dev/null
	run box "img-$C" echo imported
	assert_output imported
	e save -o "$T/image.tar" "img-$C" >/dev/null 2>&1
	e rmi "img-$C" >/dev/null
	e load -i "$T/image.tar" >/dev/null
	run box "img-$C" echo loaded
	assert_output loaded
	e rmi "img-$C" >/dev/null
}

# bats test_tags=core
@test "an image's user, folder, environment, entrypoint and command" {
	needs docker
	engine_import "$ENGINES_WORK/box.tar" "img-$C" 'USER user' 'WORKDIR /home' 'ENV A=b' \
		'ENTRYPOINT ["/bin/sh", "-c"]' 'CMD ["echo $(id -u):$(id -g) $(pwd) $A"]' >/dev/null
	run box "img-$C"
	assert_output "1000:1000 /home b"
	run box --user root --workdir /tmp --env A=c "img-$C" 'echo $(id -u) $(pwd) $A'
	assert_output "0 /tmp c"
	run box --user 1000:1000 --group-add 2000 box id -G
	assert_output "1000 2000"
	e rmi "img-$C" >/dev/null
}

# bats test_tags=core
@test "build: RUN steps" {
	needs docker
	mkdir "$T/context"
	echo file >"$T/context/file"
	cat >"$T/context/Dockerfile" <<-'END'
		FROM box
		COPY file /data/file
		ENV WHO=world
		RUN echo "hello $WHO" >/data/hello && test "$(cat /data/file)" = file
		USER user
		RUN id -u >/tmp/id
		CMD ["cat", "/data/hello", "/tmp/id"]
	END
	DOCKER_BUILDKIT=0 e build --network none -t "img-$C" "$T/context" >"$T/log" 2>&1 || fail "$(cat "$T/log")"
	run box "img-$C"
	assert_output $'hello world\n1000'
	printf 'FROM box\nRUN exit 3\n' >"$T/context/Dockerfile"
	DOCKER_BUILDKIT=0 run e build --network none "$T/context"
	[ "$status" -ne 0 ]
	assert_has 3
	e rmi "img-$C" >/dev/null
}
