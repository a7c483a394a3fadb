#!/bin/bash
# around.sh DIRECTORY COUNT: runs the rig and tidies up after it, also when the test's process was killed.
unshare --net --mount --pid --fork --kill-child bash "${0%/*}/controller.sh" "$1" "$2"
rm -rf "$1"
name=${1##*/}
find /sys/fs/cgroup -depth -type d \( -path "*/$name" -o -path "*/$name/*" \) -exec rmdir {} \; 2>/dev/null
