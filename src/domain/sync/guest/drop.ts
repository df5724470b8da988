// The constant script that drops the scratch repository of a save. Pure.
import { ENVIRONMENT } from "./common.ts";

/** Argument: its name. It holds only what was borrowed or copied. */
export const DROP_SCRATCH = `
case \${1#.agent-vm.save.} in "$1" | '' | */*) exit 64 ;; esac
${ENVIRONMENT}
rm -rf -- "$root/$1"
`;
