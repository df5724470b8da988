// What sshfs starts instead of ssh: the second program of the bundle, which loads nothing but the guard.
import { decodeSetup, runGuard } from "./domain/mount/guard.ts";

const [setup = "", ...ssh] = process.argv.slice(2);
// sshfs gives its own standard error to us, and that is the mount's log.
const say = (line: string) => process.stderr.write(`${new Date().toISOString()} guard: ${line}\n`);

await runGuard(decodeSetup(setup), ssh, say);
