// The constant scripts that delete: workspaces that are proven to be safe elsewhere, and a save's scratch. Pure.
import { WAITING } from "../../lfs/guest/objects.ts";
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";
import { GIVEN, HALF } from "./half.ts";
import { DROP } from "./scratch.ts";

/**
 * Deletes workspaces. Arguments: "left" (only what was renamed away by LEAVE, which has been proven since) or "any" (by
 * force), then directories. Each is renamed once more before anything in it goes, so that what lies under the name of a
 * leaving workspace is always whole. What an interrupted deletion left goes too; a leaving workspace never does.
 */
export const REMOVE = `
${ENVIRONMENT}${DROP}
which=$1
shift
cd -- "$root" 2>/dev/null || exit 0
for dir do
  ${CHECK_DIR}
  for from in ".agent-vm.leaving.$dir" "$dir"; do
    [ "$which:$from" != "left:$dir" ] || continue
    [ -e "$from" ] || [ -L "$from" ] || continue
    to=.agent-vm.trash.$dir.$$
    while [ -e "$to" ] || [ -L "$to" ]; do to=$to.0; done
    mv -T -- "$from" "$to" || exit 1
  done
  drop "$root/.agent-vm.save.$dir" && empty "${WAITING}$dir" || exit 1
  for on_its_way in "${HALF}.$dir" "${HALF}.$dir+"* "${GIVEN}.$dir" "${GIVEN}.$dir+"*; do
    empty "$on_its_way" || exit 1
  done
done
for old in .agent-vm.trash.*; do
  empty "$old" || exit 1
done
`;

/** Deletes the scratch repository of a save. Argument: its name. */
export const DROP_SCRATCH = `
dir=\${1#.agent-vm.save.}
[ "$dir" != "$1" ] || exit 64
${CHECK_DIR}${ENVIRONMENT}${DROP}
drop "$root/$1"
`;
