// The constant script that tells whether a workspace's repository is damaged. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/**
 * Reads, without writing anything, every object that a reference, the index or a reflog needs, as packing does. Argument:
 * directory. Answer: "damaged" when git gives up on it (exit code 128) or complains about a reference, "sound", or
 * "unknown" when there is none, or it takes longer than two minutes.
 */
export const DAMAGE = `
dir=$1
${CHECK_DIR}${ENVIRONMENT}
at=$root/$dir
[ -e "$at" ] || at=$root/.agent-vm.leaving.$dir
if [ ! -d "$at/.git" ]; then printf 'unknown\\0'; exit 0; fi
export GIT_DIR="$at/.git" GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
if [ -n "$(git for-each-ref 2>&1 >/dev/null)" ]; then printf 'damaged\\0'; exit 0; fi
timeout 120 git pack-objects -q --all --reflog --indexed-objects --window=0 --stdout </dev/null >/dev/null 2>&1
case $? in 0) printf 'sound\\0' ;; 128) printf 'damaged\\0' ;; *) printf 'unknown\\0' ;; esac
`;
