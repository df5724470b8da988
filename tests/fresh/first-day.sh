#!/bin/sh
# What a newcomer types on a fresh machine, in the checkout: the README's first command, then a day's work.
set -eu

say() { printf '== %s (%s s)\n' "$1" "$(($(date +%s) - began))"; }
expect() { [ "$2" = "$3" ] || { printf 'first-day: %s: "%s" instead of "%s"\n' "$1" "$2" "$3" >&2; exit 1; }; }
began=$(date +%s)
git config user.name "New Comer"
git config user.email new@comer.invalid

say "the README's first command"
inside=$(./agent-vm connect first-branch --yes -- git rev-parse HEAD)
expect "the branch's commit" "$inside" "$(git rev-parse HEAD)"

say "a commit made inside comes home"
./agent-vm connect first-branch -- sh -c 'echo inside > inside.txt && git add inside.txt && git commit -q -m "made inside"'
./agent-vm fetch first-branch
expect "the fetched commit" "$(git log -1 --format=%s first-branch)" "made inside"

say "a commit of the host goes there"
git checkout -q first-branch
echo outside >outside.txt
git add outside.txt
git commit -q -m "made outside"
./agent-vm push first-branch
expect "the pushed file" "$(./agent-vm connect first-branch -- cat outside.txt)" outside
expect "the file in the mount" "$(cat ~/.agent-vm-mounts/workspace/agent-vm-first-branch/outside.txt)" outside

say "the VM stops and starts"
./agent-vm stop
./agent-vm start
expect "the kept file" "$(./agent-vm connect first-branch -- cat inside.txt)" inside
code=0
./agent-vm connect first-branch -- sh -c 'exit 7' || code=$?
expect "a command's exit code" "$code" 7
./agent-vm status
./agent-vm doctor

say "the end"
./agent-vm clean first-branch --yes
./agent-vm destroy --yes
say "done"
